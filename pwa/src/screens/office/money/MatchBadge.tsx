/** How a supplier's invoice stands to what was ordered and what was spent. */

import { money } from "../../../app/format";
import { useOfficeWords } from "../../../app/officeWords";
import { Badge, type Mood } from "../../../components/basics";
import type { SupplierInvoice } from "../../../generated/tables";

type Match = NonNullable<SupplierInvoice["match_state"]>;
const MOODS: Record<Match, Mood> = {
  matched: "good",
  tolerated: "warn",
  over: "bad",
  unmatched: "plain",
};

export function MatchBadge({
  state,
  difference,
  currency,
}: {
  state: Match;
  difference?: number | null | undefined;
  currency?: string;
}) {
  const { o, language } = useOfficeWords();
  const beyond = difference && currency ? ` (${money(difference, currency, language)})` : "";
  return (
    <Badge icon={state === "over" ? "alert" : "check"} mood={MOODS[state]}>
      {o(`paper.match.${state}`)}
      {beyond}
    </Badge>
  );
}
