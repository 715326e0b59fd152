/** What is unpaid and for how long, and what comes in and goes out by month: the server's reckoning. */

import { useServer } from "../../../app/asking";
import { amount, date, money } from "../../../app/format";
import { useOfficeWords } from "../../../app/officeWords";
import { Empty, Notice, Panel } from "../../../components/basics";
import { type Column, DataTable } from "../../../components/DataTable";
import type { OfProject } from "../Budget";
import { type CashMonth, flowsOf } from "./cash";

/** As `GET /api/projects/{project}/figures/ageing` answers. */
interface AgeingRow {
  side: "receivable" | "payable";
  party: string;
  currency: string;
  invoices: number;
  not_due: number;
  days_30: number;
  days_60: number;
  days_90: number;
  older: number;
  total: number;
}

const AGES = ["not_due", "days_30", "days_60", "days_90", "older", "total"] as const;

export function Figures({ project }: OfProject) {
  const { o, language } = useOfficeWords();
  const base = `/api/projects/${project.id}/figures`;
  const ageing = useServer<{ reading: { data_date: string }; rows: AgeingRow[] }>(`${base}/ageing`);
  const cash = useServer<{ months: CashMonth[] }>(`${base}/cash-flow`);
  const rows = ageing.data?.rows ?? [];
  const months = cash.data?.months ?? [];
  if (ageing.data === undefined && ageing.failed) {
    return <Notice icon="offline" mood="warn" title={o("figures.needs_link")} />;
  }
  if (ageing.data === undefined) return null;
  return (
    <div className="flex flex-col gap-6">
      <p className="text-muted">
        {o("dashboard.as_of", { date: date(ageing.data.reading.data_date, language) })}
      </p>
      {(["payable", "receivable"] as const).map((side) => (
        <section className="flex flex-col gap-3" key={side}>
          <h2>{o(`figures.${side}`)}</h2>
          <Ageing rows={rows.filter((one) => one.side === side)} side={side} />
        </section>
      ))}
      <section className="flex flex-col gap-3">
        <h2>{o("figures.cash")}</h2>
        {months.length === 0 ? (
          <Empty icon="budget" title={o("figures.no_cash")} />
        ) : (
          [...new Set(months.map((one) => one.currency))].map((currency) => (
            <Cash
              currency={currency}
              key={currency}
              months={months.filter((one) => one.currency === currency)}
            />
          ))
        )}
      </section>
    </div>
  );
}

function Ageing({ rows, side }: { rows: readonly AgeingRow[]; side: AgeingRow["side"] }) {
  const { o, language } = useOfficeWords();
  type Row = AgeingRow & { id: string };
  const keyed: Row[] = rows.map((one) => ({ ...one, id: `${one.party}:${one.currency}` }));
  if (keyed.length === 0) return <Empty icon="check" title={o(`figures.none_${side}`)} />;
  const columns: Column<Row>[] = [
    {
      key: "party",
      label: o("paper.party"),
      value: (one) => one.party,
      show: (one) => (
        <span className="flex min-w-40 flex-col">
          <strong>{one.party}</strong>
          <span className="text-muted">
            {o("figures.invoices", { count: one.invoices })} · {one.currency}
          </span>
        </span>
      ),
    },
    ...AGES.map((age) => ({
      key: age,
      label: o(`figures.${age}`),
      value: (one: Row) => one[age],
      show: (one: Row) => (
        <span
          className={
            age === "total" ? "font-bold" : age !== "not_due" && one[age] > 0 ? "text-bad" : ""
          }
        >
          {one[age] === 0 ? "—" : amount(one[age], one.currency, language)}
        </span>
      ),
      numeric: true,
    })),
  ];
  return <DataTable columns={columns} first="total" label={o(`figures.${side}`)} rows={keyed} />;
}

const BAR_PX = 120;

/** Months as pairs of bars over and under a line: what comes in above, what goes out below. */
function Cash({ months, currency }: { months: readonly CashMonth[]; currency: string }) {
  const { o, language } = useOfficeWords();
  type Row = CashMonth & { id: string };
  const flows = flowsOf(months, BAR_PX);
  const name = (month: string): string => `${month.slice(5)}/${month.slice(0, 4)}`;
  const columns: Column<Row>[] = [
    {
      key: "month",
      label: o("figures.month"),
      value: (one) => one.month,
      show: (one) => name(one.month),
    },
    ...(["received", "expected", "paid", "to_pay", "balance"] as const).map((key) => ({
      key,
      label: o(`figures.${key}`),
      value: (one: Row) => one[key],
      show: (one: Row) => (
        <span className={one[key] < 0 ? "text-bad" : ""}>
          {amount(one[key], currency, language)}
        </span>
      ),
      numeric: true,
    })),
  ];
  return (
    <>
      <Panel className="p-4">
        <p className="pb-3 text-base text-muted">{o("figures.cash_words", { currency })}</p>
        <section
          aria-label={o("figures.cash_words", { currency })}
          className="relative overflow-x-auto"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what is wide scrolls by keyboard too.
          tabIndex={0}
        >
          <ol className="flex min-w-max items-center gap-3">
            {flows.map((flow) => (
              <li className="flex w-16 flex-col items-center" key={flow.month}>
                <span className="flex flex-col justify-end" style={{ height: BAR_PX }}>
                  <span
                    className="w-8 rounded-t border-2 border-dashed border-good bg-good-soft"
                    style={{ height: flow.expected }}
                  />
                  <span className="w-8 bg-good" style={{ height: flow.received }} />
                </span>
                <span className="h-0.5 w-full bg-ink" />
                <span className="flex flex-col" style={{ height: BAR_PX }}>
                  <span className="w-8 bg-bad" style={{ height: flow.paid }} />
                  <span
                    className="w-8 rounded-b border-2 border-dashed border-bad bg-bad-soft"
                    style={{ height: flow.toPay }}
                  />
                </span>
                <span className="text-base tabular-nums">{name(flow.month)}</span>
                <span className="sr-only">{money(flow.balance, currency, language)}</span>
              </li>
            ))}
          </ol>
        </section>
      </Panel>
      <DataTable
        columns={columns}
        first="month"
        label={o("figures.cash")}
        rows={months.map((one) => ({ ...one, id: one.month }))}
      />
    </>
  );
}
