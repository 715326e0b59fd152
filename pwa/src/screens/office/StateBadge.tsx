/** Where a request, an order, an invoice or a payment stands. */

import { useOfficeWords } from "../../app/officeWords";
import { Badge } from "../../components/basics";
import { STATUS_MOODS } from "./reviewing";

export function StateBadge({ status }: { status: string }) {
  const { o } = useOfficeWords();
  const look = STATUS_MOODS[status] ?? { mood: "plain" as const, icon: "clock" as const };
  return <Badge {...look}>{o(`choice.${status}` as never, { defaultValue: status })}</Badge>;
}
