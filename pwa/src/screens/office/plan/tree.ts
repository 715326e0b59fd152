/**
 * The work breakdown as a tree that people shape: in, out, up, down; and the network over it.
 *
 * Each function returns what has to be written of which tasks, the fewest that bring it about.
 */

import { byCode } from "../../../app/order";
import type { TaskLink, Task as TaskValues } from "../../../generated/tables";
import type { Entity } from "../../../replica/view";

type Task = Entity<"task">;

export interface Placed {
  row: string;
  after: Partial<Pick<TaskValues, "parent_id" | "position">>;
}

const STEP = 1_000;

export function byPlace(left: Task, right: Task): number {
  return (
    (left.position ?? 0) - (right.position ?? 0) ||
    byCode(left, right) ||
    left.id.localeCompare(right.id)
  );
}

function parentOf(tasks: readonly Task[], task: Task): string | null {
  return task.parent_id && tasks.some((one) => one.id === task.parent_id) ? task.parent_id : null;
}

export function childrenOf(tasks: readonly Task[], parent: string | null): Task[] {
  const known = new Set(tasks.map((one) => one.id));
  return tasks
    .filter((one) => (one.parent_id && known.has(one.parent_id) ? one.parent_id : null) === parent)
    .sort(byPlace);
}

/**
 * Return the place of a new child of a parent, after one of its children, or at the end.
 *
 * `moves` are the others that have to make room: none where there is a gap.
 */
export function placeAfter(
  siblings: readonly Task[],
  after: string | null,
): { position: number; moves: Placed[] } {
  const at = after === null ? siblings.length : siblings.findIndex((one) => one.id === after) + 1;
  const before = siblings[at - 1];
  const next = siblings[at];
  const low = before === undefined ? null : (before.position ?? 0);
  if (next === undefined) return { position: low === null ? STEP : low + STEP, moves: [] };
  const high = next.position ?? 0;
  const floor = low ?? high - 2 * STEP;
  if (high - floor >= 2) return { position: Math.floor((floor + high) / 2), moves: [] };
  // No gap is left: the siblings are numbered anew, with room between them.
  const moves: Placed[] = [];
  for (const [place, one] of siblings.entries()) {
    const position = (place < at ? place + 1 : place + 2) * STEP;
    if (one.position !== position) moves.push({ row: one.id, after: { position } });
  }
  return { position: (at + 1) * STEP, moves };
}

function placed(
  tasks: readonly Task[],
  task: Task,
  parent: string | null,
  after: string | null,
): Placed[] {
  const siblings = childrenOf(tasks, parent).filter((one) => one.id !== task.id);
  const { position, moves } = placeAfter(siblings, after);
  const same = parentOf(tasks, task) === parent;
  return [...moves, { row: task.id, after: { position, ...(same ? {} : { parent_id: parent }) } }];
}

/** Under the sibling above it; null where there is none. */
export function indent(tasks: readonly Task[], task: Task): Placed[] | null {
  const siblings = childrenOf(tasks, parentOf(tasks, task));
  const above = siblings[siblings.findIndex((one) => one.id === task.id) - 1];
  return above === undefined ? null : placed(tasks, task, above.id, null);
}

/** Beside its parent, just below it; null at the top. */
export function outdent(tasks: readonly Task[], task: Task): Placed[] | null {
  const parent = tasks.find((one) => one.id === parentOf(tasks, task));
  return parent === undefined ? null : placed(tasks, task, parentOf(tasks, parent), parent.id);
}

/** One place up or down among its siblings; null at the end of them. */
export function shift(tasks: readonly Task[], task: Task, step: 1 | -1): Placed[] | null {
  const parent = parentOf(tasks, task);
  const siblings = childrenOf(tasks, parent);
  const at = siblings.findIndex((one) => one.id === task.id);
  const other = siblings[at + step];
  if (other === undefined) return null;
  if (step === 1) return placed(tasks, task, parent, other.id);
  const before = siblings[at - 2];
  if (before !== undefined) return placed(tasks, task, parent, before.id);
  // To the very top: before the first.
  return [{ row: task.id, after: { position: (other.position ?? 0) - STEP } }];
}

/** Whether a link from one task to another would close a loop in the network. */
export function wouldLoop(
  links: readonly Pick<TaskLink, "predecessor_id" | "successor_id">[],
  from: string,
  to: string,
): boolean {
  if (from === to) return true;
  const next = new Map<string, string[]>();
  for (const { predecessor_id, successor_id } of links) {
    const known = next.get(predecessor_id);
    if (known === undefined) next.set(predecessor_id, [successor_id]);
    else known.push(successor_id);
  }
  const seen = new Set<string>();
  const stack = [to];
  while (stack.length > 0) {
    const one = stack.pop() as string;
    if (one === from) return true;
    if (seen.has(one)) continue;
    seen.add(one);
    stack.push(...(next.get(one) ?? []));
  }
  return false;
}
