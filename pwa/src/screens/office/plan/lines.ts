/** The tree of tasks as lines from top to bottom, and the days as pixels from left to right. */

import { byCode } from "../../../app/order";
import type { Entity } from "../../../replica/view";

export type Task = Entity<"task">;
export type Link = Entity<"task_link">;

export interface Line {
  task: Task;
  depth: number;
  /** Whether something is below it; folded when `open` is false. */
  parent: boolean;
  open: boolean;
}

const DAY_MS = 86_400_000;

/** Return the lines that show, in the order of the tree; tasks whose parent is not here are roots. */
export function linesOf(
  tasks: readonly Task[],
  folded: ReadonlySet<string>,
  criticalOnly: boolean,
): Line[] {
  const known = new Map(tasks.map((task) => [task.id, task]));
  const kept = criticalOnly ? withAncestors(tasks, known) : null;
  const below = new Map<string | null, Task[]>();
  for (const task of tasks) {
    if (kept !== null && !kept.has(task.id)) continue;
    const parent = task.parent_id && known.has(task.parent_id) ? task.parent_id : null;
    const siblings = below.get(parent);
    if (siblings === undefined) below.set(parent, [task]);
    else siblings.push(task);
  }
  for (const siblings of below.values()) siblings.sort(byPlace);
  const lines: Line[] = [];
  // A stack, not a recursion: a deep tree of a broken import must not end the screen.
  const stack = (below.get(null) ?? []).toReversed().map((task) => ({ task, depth: 0 }));
  while (stack.length > 0) {
    const { task, depth } = stack.pop() as { task: Task; depth: number };
    const children = below.get(task.id) ?? [];
    const open = !folded.has(task.id);
    lines.push({ task, depth, parent: children.length > 0, open });
    if (!open) continue;
    for (const child of children.toReversed()) stack.push({ task: child, depth: depth + 1 });
  }
  return lines;
}

function withAncestors(
  tasks: readonly Task[],
  known: ReadonlyMap<string, Task>,
): ReadonlySet<string> {
  const kept = new Set<string>();
  for (const task of tasks) {
    if (!task.critical) continue;
    let one: Task | undefined = task;
    while (one !== undefined && !kept.has(one.id)) {
      kept.add(one.id);
      one = one.parent_id ? known.get(one.parent_id) : undefined;
    }
  }
  return kept;
}

function byPlace(left: Task, right: Task): number {
  return (
    (left.position ?? 0) - (right.position ?? 0) ||
    byCode(left, right) ||
    left.id.localeCompare(right.id)
  );
}

/** Return the milliseconds of a local time, as if its zone were UTC: only distances count. */
export function at(local: string): number {
  return Date.parse(`${local.length > 10 ? local.slice(0, 16) : `${local}T00:00`}Z`);
}

export interface Span {
  start: number;
  finish: number;
}

/** Return when a task is planned; where nobody planned it, when it can be at the earliest. */
export function spanOf(task: Task): Span | null {
  const start = task.planned_start ?? task.early_start ?? task.planned_finish;
  const finish = task.planned_finish ?? task.early_finish ?? task.planned_start;
  if (!start || !finish) return null;
  const from = at(start);
  return { start: from, finish: Math.max(from, at(finish)) };
}

export type Zoom = "day" | "week" | "month";
export const ZOOMS: readonly Zoom[] = ["day", "week", "month"];
const DAY_PX: Record<Zoom, number> = { day: 32, week: 10, month: 3 };

export interface Scale {
  origin: number;
  dayPx: number;
  width: number;
  x: (moment: number) => number;
}

const MARGIN_DAYS = 14;

/** Return the scale that holds all tasks, from a Monday on. */
export function scaleOf(tasks: readonly Task[], zoom: Zoom, now: number): Scale {
  let first = now;
  let last = now;
  for (const task of tasks) {
    const span = spanOf(task);
    if (span === null) continue;
    first = Math.min(first, span.start);
    last = Math.max(last, span.finish);
  }
  const begin = new Date(first - 7 * DAY_MS);
  begin.setUTCHours(0, 0, 0, 0);
  const origin = begin.getTime() - ((begin.getUTCDay() + 6) % 7) * DAY_MS;
  const dayPx = DAY_PX[zoom];
  const x = (moment: number): number => ((moment - origin) / DAY_MS) * dayPx;
  return { origin, dayPx, x, width: Math.ceil(x(last + MARGIN_DAYS * DAY_MS)) };
}

/** Return where the scale is labelled. */
export function ticksOf(scale: Scale, zoom: Zoom): number[] {
  const ticks: number[] = [];
  const end = scale.origin + (scale.width / scale.dayPx) * DAY_MS;
  if (zoom === "month") {
    const month = new Date(scale.origin);
    month.setUTCDate(1);
    month.setUTCMonth(month.getUTCMonth() + 1);
    while (month.getTime() < end) {
      ticks.push(month.getTime());
      month.setUTCMonth(month.getUTCMonth() + 1);
    }
    return ticks;
  }
  const step = zoom === "day" ? 2 * DAY_MS : 7 * DAY_MS;
  for (let moment = scale.origin; moment < end; moment += step) ticks.push(moment);
  return ticks;
}

export interface Arrow {
  id: string;
  path: string;
  /** The triangle at its end; a marker of SVG would be drawn anew for each. */
  head: string;
  critical: boolean;
  /** How far it reaches to the left and to the right. */
  from: number;
  to: number;
}

const ELBOW_PX = 10;
const HEAD_LENGTH_PX = 7;
const HEAD_HALF_PX = 4;

/**
 * Return the links that touch the lines of a stretch, as paths over them.
 *
 * Cost is by what is in sight, whatever the size of the network.
 */
export function arrowsOf(
  stretch: readonly Line[],
  placeOf: ReadonlyMap<string, number>,
  links: ReadonlyMap<string, readonly Link[]>,
  lines: readonly Line[],
  scale: Scale,
  linePx: number,
): Arrow[] {
  const drawn = new Map<string, Arrow>();
  for (const { task } of stretch) {
    for (const link of links.get(task.id) ?? []) {
      if (drawn.has(link.id)) continue;
      const from = placeOf.get(link.predecessor_id);
      const to = placeOf.get(link.successor_id);
      if (from === undefined || to === undefined) continue;
      const before = lines[from]?.task;
      const after = lines[to]?.task;
      const one = before && spanOf(before);
      const other = after && spanOf(after);
      if (!before || !after || !one || !other) continue;
      const [leaves, enters] = link.kind.split("_") as ["start" | "finish", "start" | "finish"];
      const x1 = Math.round(scale.x(one[leaves]));
      const x2 = Math.round(scale.x(other[enters]));
      const y1 = (from + 0.5) * linePx;
      const y2 = (to + 0.5) * linePx;
      const out = x1 + (leaves === "finish" ? ELBOW_PX : -ELBOW_PX);
      const back = x2 + (enters === "start" ? -ELBOW_PX : ELBOW_PX);
      const between = y1 + (y2 > y1 ? linePx / 2 : -linePx / 2);
      const straight = leaves === "finish" && enters === "start" && back >= out;
      const path = straight
        ? `M${x1} ${y1}H${out}V${y2}H${x2}`
        : `M${x1} ${y1}H${out}V${between}H${back}V${y2}H${x2}`;
      const tail = x2 + (enters === "start" ? -HEAD_LENGTH_PX : HEAD_LENGTH_PX);
      drawn.set(link.id, {
        id: link.id,
        path,
        head: `M${x2} ${y2}L${tail} ${y2 - HEAD_HALF_PX}V${y2 + HEAD_HALF_PX}z`,
        critical: before.critical === true && after.critical === true,
        from: Math.min(x1, x2, out, back),
        to: Math.max(x1, x2, out, back),
      });
    }
  }
  return [...drawn.values()];
}

/** Return the links by each of their ends. */
export function byEnd(links: readonly Link[]): ReadonlyMap<string, readonly Link[]> {
  const found = new Map<string, Link[]>();
  for (const link of links) {
    for (const end of [link.predecessor_id, link.successor_id]) {
      const known = found.get(end);
      if (known === undefined) found.set(end, [link]);
      else known.push(link);
    }
  }
  return found;
}
