/** A project's rules of money: control, tolerance, retention, delays; one row, made when first set. */

import { type FormEvent, useState } from "react";
import { useOfficeWords } from "../../../app/officeWords";
import { useRowForm } from "../../../app/useRowForm";
import { useSaving } from "../../../app/useSaving";
import { useRow } from "../../../app/workplace";
import { Button, Notice, Panel } from "../../../components/basics";
import { type Entry, RowFields } from "../../../components/RowFields";
import { SyncMark } from "../../../components/SyncMark";
import type { Entity } from "../../../replica/view";
import type { OfProject } from "../Budget";
import { ApprovalRules } from "./ApprovalRules";
import { settingsId } from "./settings";

const ASKED = [
  "control_request",
  "control_order",
  "control_actual",
  "control_sum",
  "annual_request",
  "annual_order",
  "annual_actual",
  "annual_sum",
  "fiscal_year_month",
  "match_tolerance_basis_points",
  "match_tolerance_amount",
  "receipt_required_from",
  "small_below",
  "retention_basis_points",
  "payment_days",
  "client",
  "contract_amount",
] as const;

export function MoneyRules({ project }: OfProject) {
  const row = useRow("finance_settings", settingsId(project.id));
  if (row === undefined) return null;
  return (
    <div className="flex flex-col gap-8">
      <Rules key={row === null ? "new" : row.id} project={project} row={row} />
      <ApprovalRules project={project} />
    </div>
  );
}

function Rules({
  project,
  row,
}: OfProject & {
  row: Entity<"finance_settings"> | null;
}) {
  const { t, o } = useOfficeWords();
  const { busy, trouble, save } = useSaving();
  const [kept, setKept] = useState(false);
  const form = useRowForm({
    table: "finance_settings",
    draft: `finance_settings:${project.id}`,
    row,
    names: ASKED,
    currency: project.currency,
  });
  const entries: Entry<"finance_settings">[] = ASKED.map((name) => ({
    name,
    label: o(`field.${name}` as never, { defaultValue: name }),
    word: (value) => o(`rules.action.${value}` as never, { defaultValue: value }),
    help: name.startsWith("match_") ? o("rules.tolerance_help") : undefined,
  }));
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const after = form.read();
    if (after === null || Object.keys(after).length === 0) return;
    const saved = await save("budget.rule", [
      {
        table: "finance_settings",
        row: settingsId(project.id),
        scope: `finance:${project.id}`,
        operation: row === null ? "create" : "update",
        after: row === null ? { project_id: project.id, ...after } : after,
      },
    ]);
    if (saved === null) return;
    await form.clear();
    setKept(true);
  };
  return (
    <Panel className="p-4">
      <form className="flex max-w-4xl flex-col gap-5" onSubmit={submit}>
        <p className="text-muted">{o("rules.words")}</p>
        <RowFields entries={entries} form={form} />
        {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
        <div className="flex flex-wrap items-center gap-3">
          <Button disabled={busy} icon="check" tone="primary" type="submit">
            {t("common.save")}
          </Button>
          {kept && trouble === null && (
            <Notice icon="check" mood="good" title={t("common.saved")} />
          )}
          {row && <SyncMark state={row.syncState} />}
        </div>
      </form>
    </Panel>
  );
}
