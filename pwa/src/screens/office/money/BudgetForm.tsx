/** Begin a budget, or rename one; its amount is what its lines come to, or what was granted. */

import type { FormEvent } from "react";
import { useNavigate, useParams } from "react-router";
import { useOfficeWords } from "../../../app/officeWords";
import { useRowForm } from "../../../app/useRowForm";
import { useSaving } from "../../../app/useSaving";
import { useProject, useRow } from "../../../app/workplace";
import { Button, Notice, ScreenHead } from "../../../components/basics";
import { RowFields } from "../../../components/RowFields";
import type { Entity } from "../../../replica/view";
import { useCurrencyChoices } from "./choices";

export default function BudgetForm() {
  const { budget: id } = useParams();
  const project = useProject();
  const row = useRow("budget", id ?? null);
  if (!project || row === undefined) return null;
  return <Form key={row?.id ?? "new"} project={project} row={row} />;
}

function Form({ project, row }: { project: Entity<"project">; row: Entity<"budget"> | null }) {
  const { t, o } = useOfficeWords();
  const navigate = useNavigate();
  const { busy, trouble, save } = useSaving();
  const currencies = useCurrencyChoices(project);
  const form = useRowForm({
    table: "budget",
    draft: `budget:${row?.id ?? `new:${project.id}`}`,
    row,
    names: ["name", "currency", "amount"],
    begun: { currency: project.currency },
    currency: project.currency,
  });
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const after = form.read();
    if (after === null) return;
    const made = { project_id: project.id, status: "draft" as const };
    const saved = await save("budget.write", [
      row === null
        ? { table: "budget", after: { ...made, ...after } }
        : { table: "budget", row: row.id, after },
    ]);
    if (saved === null) return;
    await form.clear();
    await navigate("/budget/lines");
  };
  return (
    <>
      <ScreenHead
        back="/budget/lines"
        backLabel={t("common.back")}
        title={o(row === null ? "keeping.new_budget" : "keeping.edit_budget")}
      />
      <form className="flex max-w-4xl flex-col gap-5" onSubmit={submit}>
        <RowFields
          entries={[
            { name: "name", label: o("field.name") },
            {
              name: "currency",
              label: o("field.currency"),
              choices: currencies,
              disabled: row !== null,
            },
            {
              name: "amount",
              label: o("field.amount"),
              disabled: row?.status === "locked",
              help: row?.status === "locked" ? o("keeping.locked_help") : undefined,
            },
          ]}
          form={form}
        />
        {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
        <Button className="self-start" disabled={busy} icon="check" tone="primary" type="submit">
          {t("common.save")}
        </Button>
      </form>
    </>
  );
}
