/** Ask for money: more for a line, a transfer between two, or a draw on the contingency. */

import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";
import { money, readMoney } from "../../app/format";
import { useOfficeWords } from "../../app/officeWords";
import { useDraft } from "../../app/useDraft";
import { useSaving } from "../../app/useSaving";
import { useProject, useRows, useWorkplace } from "../../app/workplace";
import { Button, Empty, Notice, ScreenHead } from "../../components/basics";
import { AreaField, ChoiceField, SelectField, TextField } from "../../components/fields";
import type { BudgetRequest } from "../../generated/tables";
import { figuresOf } from "./BudgetLines";
import { amountsOf } from "./money/annual";

type Kind = BudgetRequest["kind"];
const KINDS: Kind[] = ["increase", "transfer", "contingency"];
const EMPTY = {
  kind: "increase" as Kind,
  title: "",
  reason: "",
  line: "",
  source: "",
  amount: "",
  neededBy: "",
  year: "",
};

export default function NewRequest() {
  const { t, o, language } = useOfficeWords();
  const { person } = useWorkplace();
  const navigate = useNavigate();
  const project = useProject();
  const scope = project ? `finance:${project.id}` : null;
  const budgets = useRows("budget", scope);
  const lines = useRows("budget_line", scope);
  const { busy, trouble, save } = useSaving();
  const { values, set, clear } = useDraft("budget-request", EMPTY);
  const [tried, setTried] = useState(false);
  if (!project || budgets === undefined || lines === undefined) return null;

  // A draft budget changes directly; only a locked one is asked of.
  const open = lines.filter(
    (line) => budgets.find((one) => one.id === line.budget_id)?.status === "locked",
  );
  const head = (
    <ScreenHead back="/budget/requests" backLabel={t("common.back")} title={o("request.title")} />
  );
  if (open.length === 0) {
    return (
      <>
        {head}
        <Empty icon="lock" title={o("request.no_locked")} />
      </>
    );
  }
  const line = open.find((one) => one.id === values.line);
  const budget = budgets.find((one) => one.id === line?.budget_id);
  const currency = budget?.currency ?? project.currency;
  const amount = readMoney(values.amount, currency);
  const needsSource = values.kind !== "increase";
  const sources = open.filter(
    (one) =>
      one.id !== values.line &&
      (line === undefined || one.budget_id === line.budget_id) &&
      (one.kind === "contingency") === (values.kind === "contingency"),
  );
  const faults = {
    title: values.title.trim() === "" ? o("request.title_missing") : null,
    line: line === undefined ? o("request.line_missing") : null,
    source:
      needsSource && !sources.some((one) => one.id === values.source)
        ? o("request.source_missing")
        : null,
    amount: amount === null || amount === 0 ? t("expense.amount_wrong") : null,
  };
  // Only a year that one of the lines has an amount for can be moved.
  const years = [line, open.find((one) => one.id === values.source)].flatMap((one) =>
    Object.keys(amountsOf(one?.annual_amounts)),
  );
  const year = years.includes(values.year) ? values.year : "";
  const shown = (fault: string | null): string | null => (tried ? fault : null);
  const choices = (from: typeof open) => [
    { value: "", label: "—" },
    ...from
      .toSorted((left, right) => left.cost_code.localeCompare(right.cost_code))
      .map((one) => ({
        value: one.id,
        label: `${one.cost_code} · ${one.description ?? ""} (${money(
          figuresOf(one).remaining,
          budgets.find((other) => other.id === one.budget_id)?.currency ?? currency,
          language,
        )})`,
      })),
  ];

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setTried(true);
    if (Object.values(faults).some((one) => one !== null)) return;
    if (line === undefined || amount === null) return;
    const saved = await save("request.submit", [
      {
        table: "budget_request",
        after: {
          project_id: project.id,
          kind: values.kind,
          title: values.title.trim(),
          budget_id: line.budget_id,
          budget_line_id: line.id,
          amount,
          status: "submitted",
          author_id: person,
          ...(needsSource ? { source_line_id: values.source } : {}),
          ...(values.reason.trim() === "" ? {} : { reason: values.reason.trim() }),
          ...(year === "" ? {} : { annual_year: Number(year) }),
          ...(values.neededBy === "" ? {} : { needed_by: values.neededBy }),
        },
      },
    ]);
    if (saved === null) return;
    await clear();
    await navigate("/budget/requests");
  };

  return (
    <>
      {head}
      <form className="flex max-w-3xl flex-col gap-5" onSubmit={submit}>
        <ChoiceField
          choices={KINDS.map((kind) => ({ value: kind, label: o(`choice.${kind}`) }))}
          label={o("field.kind")}
          onChange={(kind) => set({ kind: kind as Kind, source: "" })}
          value={values.kind}
        />
        <TextField
          error={shown(faults.title)}
          label={o("field.title")}
          maxLength={200}
          onChange={(event) => set({ title: event.target.value })}
          value={values.title}
        />
        <SelectField
          choices={choices(open)}
          error={shown(faults.line)}
          help={o("request.line_help")}
          label={o("request.line")}
          onChange={(event) => set({ line: event.target.value })}
          value={values.line}
        />
        {needsSource && (
          <SelectField
            choices={choices(sources)}
            error={shown(faults.source)}
            label={o("request.source")}
            onChange={(event) => set({ source: event.target.value })}
            value={values.source}
          />
        )}
        <TextField
          error={shown(faults.amount)}
          inputMode="decimal"
          label={o("field.amount")}
          onChange={(event) => set({ amount: event.target.value })}
          suffix={currency}
          value={values.amount}
        />
        {years.length > 0 && (
          <SelectField
            choices={[
              { value: "", label: o("annual.none") },
              ...[...new Set(years)].sort().map((one) => ({ value: one, label: one })),
            ]}
            label={o("field.annual_year")}
            onChange={(event) => set({ year: event.target.value })}
            value={year}
          />
        )}
        <TextField
          label={`${o("field.needed_by")} (${t("common.optional")})`}
          onChange={(event) => set({ neededBy: event.target.value })}
          type="date"
          value={values.neededBy}
        />
        <AreaField
          label={`${o("field.reason")} (${t("common.optional")})`}
          maxLength={4_000}
          onChange={(event) => set({ reason: event.target.value })}
          value={values.reason}
        />
        {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
        <Button className="self-start" disabled={busy} icon="sent" tone="primary" type="submit">
          {o("request.submit")}
        </Button>
      </form>
    </>
  );
}
