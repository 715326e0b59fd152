/** The agenda finds what a look at every task would find. */

import "fake-indexeddb/auto";
import { describe, expect, test } from "vitest";
import { openWork } from "../../src/replica/agenda";
import { putRows } from "../../src/replica/base";
import { ReplicaDatabase } from "../../src/replica/database";
import { edit } from "../../src/replica/editing";
import { ensureIdentity } from "../../src/replica/identity";

const SCOPE = "project:7d0f6c1e-7c41-4b5e-9f3e-0d1f3b6a0002";
const OTHER_SCOPE = "project:7d0f6c1e-7c41-4b5e-9f3e-0d1f3b6a0009";
const ME = "7d0f6c1e-7c41-4b5e-9f3e-0d1f3b6a0001";
const DAY = "2026-11-26";
const SOURCES = {
  now: () => 1_800_000_000_000,
  random: (bytes: number) => new Uint8Array(bytes).fill(7),
};

let made = 0;

async function stored(
  tasks: readonly Record<string, unknown>[],
  scope = SCOPE,
): Promise<ReplicaDatabase> {
  made += 1;
  const database = new ReplicaDatabase(`agenda-${made}`);
  await putRows(
    database,
    scope,
    tasks.map((values, at) => [
      "task",
      idOf(at),
      at + 1,
      values.deleted === true,
      {},
      { name: `Tâche ${at}`, kind: "task", project_id: scope.slice(8), ...values },
    ]),
    0,
  );
  return database;
}

function idOf(at: number): string {
  return `7d0f6c1e-7c41-7b5e-9f3e-${String(at).padStart(12, "0")}`;
}

async function others(tasks: readonly Record<string, unknown>[]): Promise<number[]> {
  const database = await stored(tasks);
  const found = (await openWork(database, SCOPE, ME, DAY)).others.map((task) => task.id);
  return tasks.flatMap((_, at) => (found.includes(idOf(at)) ? [at] : []));
}

describe("what the plan has people at today", () => {
  test("begins by today and ends from today on, whatever its length", async () => {
    const span = (planned_start?: string, planned_finish?: string) => ({
      planned_start,
      planned_finish,
    });
    expect(
      await others([
        span("2026-11-26T08:00", "2026-11-26T18:00"),
        span("2026-11-20T08:00", "2026-11-26T18:00"),
        span("2026-11-26T08:00", "2026-12-24T18:00"),
        span("2020-01-01T08:00", "2031-01-01T18:00"),
        span("2026-11-27T08:00", "2026-11-30T18:00"),
        span("2026-11-23T08:00", "2026-11-25T18:00"),
        span("2026-11-26T08:00"),
        span(undefined, "2026-11-26T08:00"),
        span("2026-11-30T08:00", "2026-11-20T08:00"),
      ]),
    ).toEqual([0, 1, 2, 3]);
  });

  test("is work that is not ended, and here", async () => {
    const today = { planned_start: "2026-11-26T08:00", planned_finish: "2026-11-26T18:00" };
    expect(
      await others([
        { ...today, status: "todo" },
        { ...today, status: "blocked" },
        { ...today, status: "done" },
        { ...today, status: "verified" },
        { ...today, status: "cancelled" },
        { ...today, kind: "summary" },
        { ...today, kind: "milestone" },
        { ...today, deleted: true },
        { ...today, assignees: [ME] },
      ]),
    ).toEqual([0, 1, 6]);
  });
});

test("what is mine is found whatever its dates, in its own project only", async () => {
  const tasks = [{ assignees: [ME] }, { assignees: ["x", ME], status: "done" }, {}];
  const here = await stored(tasks);
  expect((await openWork(here, SCOPE, ME, DAY)).mine.map((task) => task.id)).toEqual([idOf(0)]);
  const elsewhere = await stored(tasks, OTHER_SCOPE);
  expect(await openWork(elsewhere, SCOPE, ME, DAY)).toEqual({ mine: [], others: [] });
});

test("my own changes count before the server has answered", async () => {
  const database = await stored([{ assignees: [ME] }, {}]);
  await ensureIdentity(database, SOURCES, { person: ME, name: "Tablette" });
  await edit(database, SOURCES, "task.report", [
    { table: "task", row: idOf(0), after: { status: "done" } },
    { table: "task", row: idOf(1), after: { assignees: [ME] } },
  ]);
  const { mine } = await openWork(database, SCOPE, ME, DAY);
  expect(mine.map((task) => [task.id, task.syncState])).toEqual([[idOf(1), "saved_here"]]);
});
