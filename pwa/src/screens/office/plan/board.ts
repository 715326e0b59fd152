/** The board: tasks by state, found by words, person and group. */

import { byCode } from "../../../app/order";
import type { Entity } from "../../../replica/view";
import type { TaskStatus } from "../../crew/TaskCard";
import { movesFrom, TASK_STATES } from "../../crew/taskMoves";

export type Task = Entity<"task">;

export interface Wanted {
  words: string;
  /** Whose; empty for everyone's. */
  person: string;
  /** Under which group; empty for all. */
  group: string;
}

export type Columns = Record<TaskStatus, Task[]>;

function plain(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{Diacritic}/gu, "")
    .toLowerCase();
}

/** Return the ids of everything below a group, however deep. */
export function below(tasks: readonly Task[], group: string): ReadonlySet<string> {
  const children = new Map<string, string[]>();
  for (const { id, parent_id } of tasks) {
    if (!parent_id) continue;
    const known = children.get(parent_id);
    if (known === undefined) children.set(parent_id, [id]);
    else known.push(id);
  }
  const found = new Set<string>();
  const stack = [...(children.get(group) ?? [])];
  while (stack.length > 0) {
    const one = stack.pop() as string;
    if (found.has(one)) continue;
    found.add(one);
    stack.push(...(children.get(one) ?? []));
  }
  return found;
}

/** Return the board's columns: what ends first comes first; groups are no work of their own. */
export function columnsOf(tasks: readonly Task[], wanted: Wanted): Columns {
  const columns = Object.fromEntries(TASK_STATES.map((state) => [state, [] as Task[]])) as Columns;
  const words = plain(wanted.words.trim());
  const inside = wanted.group === "" ? null : below(tasks, wanted.group);
  for (const task of tasks) {
    if (task.kind === "summary") continue;
    if (inside !== null && !inside.has(task.id)) continue;
    if (wanted.person !== "" && !(task.assignees?.includes(wanted.person) ?? false)) continue;
    if (words !== "" && !plain(`${task.code ?? ""} ${task.name}`).includes(words)) continue;
    columns[task.status ?? "todo"].push(task);
  }
  for (const column of Object.values(columns)) column.sort(byFinish);
  return columns;
}

function byFinish(left: Task, right: Task): number {
  return (
    (left.planned_finish ?? "9").localeCompare(right.planned_finish ?? "9") ||
    byCode(left, right) ||
    left.id.localeCompare(right.id)
  );
}

/** Return the state beside a task's own, in the board's order, that it may be moved to by a key. */
export function besideOf(
  status: TaskStatus,
  step: 1 | -1,
  rights: { verifies: boolean; cancels: boolean },
): TaskStatus | null {
  const allowed = movesFrom(status, rights);
  for (
    let at = TASK_STATES.indexOf(status) + step;
    at >= 0 && at < TASK_STATES.length;
    at += step
  ) {
    const state = TASK_STATES[at] as TaskStatus;
    if (allowed.includes(state)) return state;
  }
  return null;
}
