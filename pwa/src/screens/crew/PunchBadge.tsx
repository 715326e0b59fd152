/** Where a defect stands, and how grave it is. */

import { useFieldWords } from "../../app/fieldWords";
import { Badge, type Mood } from "../../components/basics";
import type { IconName } from "../../components/icons";
import type { PunchItem } from "../../generated/tables";
import type { PunchStatus } from "./punch";

const LOOKS: Record<PunchStatus, { mood: Mood; icon: IconName }> = {
  open: { mood: "bad", icon: "punch" },
  in_progress: { mood: "accent", icon: "forward" },
  resolved: { mood: "warn", icon: "check" },
  verified: { mood: "good", icon: "confirmed" },
  closed: { mood: "plain", icon: "lock" },
};

export function PunchBadge({ item }: { item: PunchItem }) {
  const { f } = useFieldWords();
  const status = item.status ?? "open";
  return (
    <>
      {(item.priority === "high" || item.priority === "blocking") && (
        <Badge icon="alert" mood="bad">
          {f(`punch.priority.${item.priority}`)}
        </Badge>
      )}
      <Badge {...LOOKS[status]}>{f(`punch.status.${status}`)}</Badge>
    </>
  );
}
