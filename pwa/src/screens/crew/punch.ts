/** The punch list: what a person may do with a defect from where it stands, and in which order. */

import { fieldsOf } from "../../engine/schema";
import { type PunchItem, TABLES } from "../../generated/tables";

export type PunchStatus = NonNullable<PunchItem["status"]>;

const FIELDS = fieldsOf(TABLES.punch_item);
export const PUNCH_STATES = (FIELDS.get("status")?.choices ?? []) as readonly PunchStatus[];
const PRIORITIES = FIELDS.get("priority")?.choices ?? [];

/** Return the states a person may bring a defect to: who mended it is not who verifies that. */
export function movesOf(item: PunchItem, person: string, verifies: boolean): PunchStatus[] {
  const workflow = FIELDS.get("status")?.workflow;
  const status = item.status ?? "open";
  return ((workflow?.transitions[status] ?? []) as PunchStatus[]).filter((to) => {
    if (to === "verified") return verifies && item.resolved_by !== person;
    if (to === "closed") return verifies;
    return true;
  });
}

export function isLifted(item: Pick<PunchItem, "status">): boolean {
  return ["verified", "closed"].includes(item.status ?? "open");
}

/** Sort what is open first: the gravest, then what is due the earliest. */
export function inOrder<T extends PunchItem & { id: string }>(items: readonly T[]): T[] {
  const rank = (item: T): number => PRIORITIES.indexOf(item.priority ?? "normal");
  return [...items].sort(
    (left, right) =>
      Number(isLifted(left)) - Number(isLifted(right)) ||
      rank(right) - rank(left) ||
      (left.due ?? "9").localeCompare(right.due ?? "9") ||
      right.id.localeCompare(left.id),
  );
}
