/** One line of a budget: its code, what it is for, how much, and what it will still take. */

import { type FormEvent, useState } from "react";
import { useNavigate, useParams } from "react-router";
import { useOfficeWords } from "../../../app/officeWords";
import { useRowForm } from "../../../app/useRowForm";
import { useSaving } from "../../../app/useSaving";
import { useRow } from "../../../app/workplace";
import { Button, Empty, Notice, ScreenHead } from "../../../components/basics";
import { RowFields } from "../../../components/RowFields";
import type { Entity } from "../../../replica/view";
import HistoryToggle from "../HistoryToggle";
import { AnnualAmounts } from "./AnnualAmounts";
import { amountsOf, read, same, typed } from "./annual";

const ASKED = [
  "cost_code",
  "kind",
  "category",
  "description",
  "amount",
  "estimate_to_complete",
] as const;

export default function LineForm() {
  const { budget: of, line: id } = useParams();
  const { o } = useOfficeWords();
  const budget = useRow("budget", of);
  const row = useRow("budget_line", id ?? null);
  if (budget === undefined || row === undefined) return null;
  if (budget === null) return <Empty icon="budget" title={o("budget.none")} />;
  return <Form budget={budget} key={row?.id ?? "new"} row={row} />;
}

function Form({ budget, row }: { budget: Entity<"budget">; row: Entity<"budget_line"> | null }) {
  const { t, o } = useOfficeWords();
  const navigate = useNavigate();
  const { busy, trouble, save } = useSaving();
  const locked = budget.status === "locked";
  const form = useRowForm({
    table: "budget_line",
    draft: `budget_line:${row?.id ?? `new:${budget.id}`}`,
    row,
    names: ASKED,
    // In a locked budget a new line begins with nothing: requests bring it money.
    begun: { kind: "cost", ...(locked ? { amount: 0 } : {}) },
    currency: budget.currency,
  });
  const annual = amountsOf(row?.annual_amounts);
  const [years, setYears] = useState(() => typed(annual, budget.currency));
  const leave = async (): Promise<void> => {
    await form.clear();
    await navigate("/budget/lines");
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const written = form.read();
    const amounts = read(years, budget.currency);
    if (written === null || amounts === null) return;
    const after = same(annual, amounts) ? written : { ...written, annual_amounts: amounts };
    const made = { project_id: budget.project_id, budget_id: budget.id };
    const saved = await save("budget.write_line", [
      row === null
        ? { table: "budget_line", after: { ...made, ...after } }
        : { table: "budget_line", row: row.id, after },
    ]);
    if (saved !== null) await leave();
  };
  const remove = async (): Promise<void> => {
    if (row === null) return;
    const saved = await save("budget.drop_line", [
      { table: "budget_line", row: row.id, operation: "delete" },
    ]);
    if (saved !== null) await leave();
  };
  return (
    <div className="flex flex-col gap-5">
      <ScreenHead
        back="/budget/lines"
        backLabel={t("common.back")}
        title={row === null ? o("keeping.new_line") : `${row.cost_code} · ${budget.name}`}
      />
      {locked && <Notice icon="lock" mood="accent" title={o("keeping.locked_help")} />}
      <form className="flex max-w-4xl flex-col gap-5" onSubmit={submit}>
        <RowFields
          entries={ASKED.map((name) => ({
            name,
            label: o(`field.${name}` as never, { defaultValue: name }),
            word: (value: string) => o(`choice.${value}` as never, { defaultValue: value }),
            disabled: (name === "amount" && locked) || (name === "kind" && row !== null),
          }))}
          form={form}
        />
        <AnnualAmounts
          amounts={years}
          currency={budget.currency}
          given={locked ? annual : {}}
          onChange={setYears}
        />
        {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
        <div className="flex flex-wrap gap-3">
          <Button disabled={busy} icon="check" tone="primary" type="submit">
            {t("common.save")}
          </Button>
          {row !== null && (!locked || row.amount === 0) && (
            <Button disabled={busy} onClick={() => void remove()} tone="danger">
              {t("common.delete")}
            </Button>
          )}
        </div>
      </form>
      {row !== null && <HistoryToggle row={row.id} />}
    </div>
  );
}
