/** The expenses that a supplier's invoice covers: from its approval on it counts in their stead. */

import { date, money } from "../../../app/format";
import { useOfficeWords } from "../../../app/officeWords";
import { useSaving } from "../../../app/useSaving";
import { useRows } from "../../../app/workplace";
import { Notice, Panel } from "../../../components/basics";
import type { Entity } from "../../../replica/view";

const OFFERED_MAX = 30;

/** Return what it covers, then what it might: the supplier's own first. */
export function offered(
  invoice: Entity<"supplier_invoice">,
  expenses: readonly Entity<"expense">[],
): Entity<"expense">[] {
  const supplier = invoice.supplier.trim().toLowerCase();
  const like = (one: Entity<"expense">): number =>
    one.invoice_id === invoice.id
      ? 0
      : (one.supplier ?? "").trim().toLowerCase() === supplier
        ? 1
        : 2;
  return expenses
    .filter((one) => one.invoice_id === invoice.id || !one.invoice_id)
    .filter(
      (one) => one.invoice_id === invoice.id || !["refused", "paid"].includes(one.status ?? ""),
    )
    .filter((one) => like(one) < 2)
    .sort((left, right) => like(left) - like(right) || right.date.localeCompare(left.date))
    .slice(0, OFFERED_MAX);
}

export function CoveredExpenses({ invoice }: { invoice: Entity<"supplier_invoice"> }) {
  const { o, language } = useOfficeWords();
  const expenses = useRows("expense", `project:${invoice.project_id}`);
  const { busy, trouble, save } = useSaving();
  const shown = offered(invoice, expenses ?? []);
  if (shown.length === 0 || invoice.kind === "credit_note") return null;
  const closed = !["draft", "pending"].includes(invoice.status ?? "draft");
  return (
    <Panel className="flex flex-col gap-2 p-4">
      <h2>{o("paper.covered")}</h2>
      <p className="text-base text-muted">{o("paper.covered_words")}</p>
      <ul className="divide-y divide-line">
        {shown.map((one) => (
          <li key={one.id}>
            <label className="target flex cursor-pointer items-center gap-3">
              <input
                checked={one.invoice_id === invoice.id}
                className="h-6 w-6 accent-accent"
                disabled={busy || closed}
                onChange={(event) =>
                  void save("expense.cover", [
                    {
                      table: "expense",
                      row: one.id,
                      after: { invoice_id: event.target.checked ? invoice.id : null },
                    },
                  ])
                }
                type="checkbox"
              />
              <span className="min-w-0 flex-1 break-words">
                {date(one.date, language)} · {one.supplier} {one.description}
              </span>
              <strong className="tabular-nums">{money(one.amount, one.currency, language)}</strong>
            </label>
          </li>
        ))}
      </ul>
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
    </Panel>
  );
}
