/**
 * The agenda: which open tasks fall into a week, and whose they are.
 *
 * A crew's day is found among tens of thousands of tasks by what is stored beside each row, not by
 * a look at all of them.
 */

import type { Shown } from "../engine/rebase";
import type { Values } from "../engine/schema";
import type { ReplicaDatabase } from "./database";
import { type Entity, shownAs } from "./view";

/** What is stored beside an open task's row, and indexed. */
export interface Agenda {
  /** The scope with each week that the plan gives the task, and with what else it is found by. */
  weeks?: string[];
  /** Whose it is. */
  duty?: string[];
}

/** A longer task is found under one word instead of under each of its weeks. */
const WEEKS_MAX = 26;
const LONG = "long";
/** What has begun concerns every day until it is done. */
const BEGUN = "begun";
const WEEK_MS = 7 * 24 * 3_600_000;

const ENDED: ReadonlySet<unknown> = new Set(["done", "verified", "cancelled"]);
const WORK: ReadonlySet<unknown> = new Set(["task", "milestone"]);

/** Whether there is still something to do about a task. */
export function isOpenTask({ status }: { status?: unknown }): boolean {
  return !ENDED.has(status);
}

/** Whether a task is one that people do: not a summary of others. */
export function isWork({ kind }: { kind?: unknown }): boolean {
  return WORK.has(kind);
}

/** Whether the plan has people at a task on a day. */
export function isPlannedOn(
  values: { planned_start?: unknown; planned_finish?: unknown },
  day: string,
): boolean {
  const [start, finish] = [dayOf(values.planned_start), dayOf(values.planned_finish)];
  return start !== null && finish !== null && start <= day && day <= finish;
}

/** Return what to store beside a row; nothing beside all that is not an open task. */
export function agendaOf(table: string, scope: string, deleted: boolean, values: Values): Agenda {
  if (table !== "task" || deleted || !isOpenTask(values) || !isWork(values)) return {};
  const agenda: Agenda = {};
  const weeks = weeksOf(scope, values);
  if (weeks.length > 0) agenda.weeks = weeks;
  const duty = values.assignees;
  if (Array.isArray(duty) && duty.length > 0) agenda.duty = duty as string[];
  return agenda;
}

/** Return the open tasks that the plan has in a day's week, or that have begun. */
export function tasksAround(
  database: ReplicaDatabase,
  scope: string,
  day: string,
): Promise<Entity<"task">[]> {
  return openTasks(database, scope, day, null);
}

/** Open tasks of a project: those of one person, and those the plan has others at on a day. */
export interface OpenWork {
  mine: Entity<"task">[];
  others: Entity<"task">[];
}

/** Return the open tasks that concern a person on a day, as the person sees them. */
export async function openWork(
  database: ReplicaDatabase,
  scope: string,
  person: string,
  day: string,
): Promise<OpenWork> {
  const found = await openTasks(database, scope, day, person);
  const isMine = (task: Entity<"task">): boolean => task.assignees?.includes(person) ?? false;
  return {
    mine: found.filter(isMine),
    others: found.filter((task) => !isMine(task) && isPlannedOn(task, day)),
  };
}

/** Return a scope's open tasks around a day and those of a person, with the replica's own changes. */
function openTasks(
  database: ReplicaDatabase,
  scope: string,
  day: string,
  person: string | null,
): Promise<Entity<"task">[]> {
  const { rows, views } = database;
  const keys = [Math.floor(Date.parse(day) / WEEK_MS), LONG, BEGUN].map((one) => key(scope, one));
  return database.transaction("r", [rows, views], async () => {
    const [around, duty, changed] = await Promise.all([
      rows.where("weeks").anyOf(keys).distinct().toArray(),
      person === null ? [] : rows.where("duty").equals(person).toArray(),
      views.where("[table+scope]").equals(["task", scope]).toArray(),
    ]);
    const shown = new Map<string, Omit<Shown, "deleted">>();
    for (const one of [...around, ...duty]) {
      if (one.scope === scope) shown.set(one.row, { ...one, state: "confirmed" });
    }
    for (const one of changed) {
      if (one.deleted || !isOpenTask(one.values) || !isWork(one.values)) shown.delete(one.row);
      else shown.set(one.row, one);
    }
    return [...shown].map(([row, one]) => shownAs<"task">(row, one));
  });
}

function dayOf(moment: unknown): string | null {
  return typeof moment === "string" && moment.length >= 10 ? moment.slice(0, 10) : null;
}

function key(scope: string, week: number | string): string {
  return `${scope} ${week}`;
}

/** Weeks are counted from the first of January 1970: for a search any count does. */
function weeksOf(scope: string, values: Values): string[] {
  const { status, actual_start } = values;
  const begun = status === "in_progress" || status === "blocked" || actual_start != null;
  const words = begun ? [key(scope, BEGUN)] : [];
  const start = dayOf(values.planned_start);
  if (start === null) return words;
  const first = Math.floor(Date.parse(start) / WEEK_MS);
  const last = Math.floor(Date.parse(dayOf(values.planned_finish) ?? start) / WEEK_MS);
  if (!(last - first <= WEEKS_MAX)) return [...words, key(scope, LONG)];
  for (let week = first; week <= last; week += 1) words.push(key(scope, week));
  return words;
}
