/** The payments of an invoice: planned, made, reversed. */

import { Link } from "react-router";
import { date, money } from "../../../app/format";
import { useOfficeWords } from "../../../app/officeWords";
import { useRows } from "../../../app/workplace";
import { Panel } from "../../../components/basics";
import { StateBadge } from "../StateBadge";
import type { Invoice } from "./papers";

export function PaymentsOf({ invoice }: { invoice: Invoice }) {
  const { o, language } = useOfficeWords();
  const payments = useRows("payment", invoice.scope);
  const own = (payments ?? [])
    .filter((one) => one.invoice_id === invoice.id)
    .sort((left, right) => left.date.localeCompare(right.date) || left.id.localeCompare(right.id));
  if (own.length === 0) return null;
  return (
    <Panel className="flex flex-col gap-2 p-4">
      <h2>{o("paper.payments_list")}</h2>
      <ul className="divide-y divide-line">
        {own.map((one) => (
          <li key={one.id}>
            <Link
              className="target flex flex-wrap items-center gap-x-4 gap-y-1 py-2"
              to={`/budget/payments/${one.id}`}
            >
              <span className="text-accent underline">{date(one.date, language)}</span>
              <strong className="min-w-40 flex-1 tabular-nums">
                {money(one.amount, one.currency, language)}
              </strong>
              {one.kind === "retention" && <span>{o("paper.retention")}</span>}
              <StateBadge status={one.status ?? "scheduled"} />
            </Link>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
