/**
 * Daily reports as every tablet makes them alike: their ids, and what they begin with.
 *
 * As `sync.reports` has it: one site has one report a day, shift and revision, and two tablets that
 * write it offline write one row.
 */

import { sha1 } from "@noble/hashes/legacy.js";
import { fieldsOf } from "../../engine/schema";
import type { DailyReport, ReportLine, Task } from "../../generated/tables";
import { TABLES } from "../../generated/tables";

export type Shift = DailyReport["shift"];
export type LineKind = ReportLine["kind"];
export const LINE_KINDS = (fieldsOf(TABLES.report_line).get("kind")?.choices ??
  []) as readonly LineKind[];

const NAMESPACE = "5a1f7c7e6f3b5d0a8a539c2b6a0f41d7";
const NIGHT_BEGINS_HOUR = 18;
const DAY_BEGINS_HOUR = 6;
const PLANNED_TASKS_MAX = 200;

/** Return the row id of the report of a site, day, shift and revision: a UUID of version 5. */
export function reportId(project: string, date: string, shift: Shift, revision = 1): string {
  const name = new TextEncoder().encode(`${project}/${date}/${shift}/${revision}`);
  const bytes = new Uint8Array(16 + name.length);
  for (let at = 0; at < 16; at += 1) {
    bytes[at] = Number.parseInt(NAMESPACE.slice(2 * at, 2 * at + 2), 16);
  }
  bytes.set(name, 16);
  const digest = sha1(bytes).slice(0, 16);
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x50;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  const text = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [8, 4, 4, 4, 12]
    .reduce<[string[], number]>(
      ([parts, from], size) => [[...parts, text.slice(from, from + size)], from + size],
      [[], 0],
    )[0]
    .join("-");
}

/** Return the date and shift that someone works on at a local time (`YYYY-MM-DDTHH:MM`). */
export function shiftAt(local: string): { date: string; shift: Shift } {
  const hour = Number(local.slice(11, 13));
  const date = local.slice(0, 10);
  if (hour >= DAY_BEGINS_HOUR) return { date, shift: hour < NIGHT_BEGINS_HOUR ? "day" : "night" };
  // The night shift of the day before is still at work.
  const before = new Date(Date.parse(`${date}T00:00Z`) - 86_400_000);
  return { date: before.toISOString().slice(0, 10), shift: "night" };
}

/** Whether a task is to be worked on at a date: planned for it, or begun and not finished. */
export function plannedOn(task: Task, date: string): boolean {
  const status = task.status ?? "todo";
  if (task.kind === "summary" || !["todo", "in_progress", "blocked"].includes(status)) return false;
  const start = task.actual_start ?? task.planned_start;
  if (!start || start.slice(0, 10) > date) return false;
  if (status !== "todo") return true;
  return (task.planned_finish ?? start).slice(0, 10) >= date;
}

export interface Prefilled {
  planned: string;
  lines: Partial<ReportLine>[];
}

/** Return the planned work of a day in words, and a line for each task that is measured. */
export function prefilled(tasks: readonly (Task & { id: string })[], date: string): Prefilled {
  const key = (task: Task & { id: string }): string[] => [
    task.planned_start ?? "",
    task.code ?? "",
    task.id,
  ];
  const found = tasks
    .filter((task) => plannedOn(task, date))
    .sort((left, right) => compare(key(left), key(right)))
    .slice(0, PLANNED_TASKS_MAX);
  return {
    planned: found.map((task) => [task.code, task.name].filter(Boolean).join(" ")).join("\n"),
    lines: found
      .filter((task) => task.quantity_unit)
      .map((task) => ({
        kind: "quantity" as const,
        label: task.name.slice(0, 200),
        task_id: task.id,
        unit: task.quantity_unit ?? null,
      })),
  };
}

function compare(left: readonly string[], right: readonly string[]): number {
  for (const [at, one] of left.entries()) {
    const other = right[at] ?? "";
    if (one !== other) return one < other ? -1 : 1;
  }
  return 0;
}

/** What is asked of each kind of line, in the order of the form. */
export const ASKED: Record<LineKind, readonly (keyof ReportLine)[]> = {
  labour: ["label", "company", "count", "minutes"],
  equipment: ["label", "state", "count", "minutes", "note"],
  quantity: ["label", "task_id", "quantity", "unit", "note"],
  delivery: ["label", "company", "quantity", "unit", "note"],
  visitor: ["label", "company", "count", "note"],
  delay: ["label", "cause", "minutes", "note"],
  safety: ["label", "count", "note"],
};

export interface Sum {
  people: number;
  minutes: number;
}

/** Return what lines of one kind add up to. */
export function sumOf(lines: readonly ReportLine[]): Sum {
  return lines.reduce(
    (sum, line) => ({
      people: sum.people + (line.count ?? 0),
      minutes: sum.minutes + (line.minutes ?? 0),
    }),
    { people: 0, minutes: 0 },
  );
}

/** Return the report of a day and shift as it stands: its latest revision. */
export function latestOf<T extends Pick<DailyReport, "date" | "shift" | "revision">>(
  reports: readonly T[],
  date: string,
  shift: Shift,
): T | null {
  return reports
    .filter((one) => one.date === date && one.shift === shift)
    .reduce<T | null>(
      (latest, one) =>
        latest === null || (one.revision ?? 1) > (latest.revision ?? 1) ? one : latest,
      null,
    );
}
