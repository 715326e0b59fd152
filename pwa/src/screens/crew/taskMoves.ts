/** Where a task may be moved, and what is written with it: the same from a card and from the board. */

import { localTime } from "../../app/format";
import { fieldsOf } from "../../engine/schema";
import type { Task as TaskValues } from "../../generated/tables";
import { TABLES } from "../../generated/tables";
import type { Task, TaskStatus } from "./TaskCard";

const FIELD = fieldsOf(TABLES.task).get("status");
export const TASK_STATES = (FIELD?.choices ?? []) as readonly TaskStatus[];

/** The states that may follow where a task is; verifying and cancelling are for those who may. */
export function movesFrom(
  status: TaskStatus,
  { verifies = false, cancels = false }: { verifies?: boolean; cancels?: boolean } = {},
): TaskStatus[] {
  const next = (FIELD?.workflow?.transitions[status] ?? []) as TaskStatus[];
  return next.filter(
    (to) =>
      (verifies || (to !== "verified" && status !== "verified")) && (cancels || to !== "cancelled"),
  );
}

/** Return what a move writes: the work begins and ends with it, where nobody said when. */
export function moved(task: Task, status: TaskStatus, now = localTime()): Partial<TaskValues> {
  const after: Partial<TaskValues> = { status };
  if (status === "in_progress" && !task.actual_start) after.actual_start = now;
  if (status === "done") {
    after.actual_finish = now;
    after.progress = 10_000;
  }
  return after;
}
