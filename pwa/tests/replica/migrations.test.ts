/**
 * An app update strands nothing: the store of every released version opens in this one.
 *
 * `released/NAME-VERSION.json` holds each released declaration with rows as that release wrote them.
 * A version without its file, or a released declaration that was changed, fails here: raise the
 * version instead, and add its file when it is released.
 */

import "fake-indexeddb/auto";
import { readdirSync, readFileSync } from "node:fs";
import Dexie from "dexie";
import { describe, expect, test } from "vitest";
import { openWork } from "../../src/replica/agenda";
import { ReplicaDatabase } from "../../src/replica/database";
import { edit } from "../../src/replica/editing";
import { waiting } from "../../src/replica/outbox";
import { rowById, rowsInReview } from "../../src/replica/view";
import { DeviceDatabase } from "../../src/session/device";

interface Released {
  version: number;
  stores: Record<string, string>;
  rows: Record<string, Record<string, unknown>[]>;
}

const FOLDER = new URL("./released/", import.meta.url);
const TASK = "7d0f6c1e-7c41-7b5e-9f3e-0d1f3b6a0003";
const PERSON = "7d0f6c1e-7c41-4b5e-9f3e-0d1f3b6a0001";
const SOURCES = {
  now: () => 1_800_000_000_000,
  random: (bytes: number) => new Uint8Array(bytes).fill(7),
};

function releasesOf(name: string): Released[] {
  return readdirSync(FOLDER)
    .filter((file) => new RegExp(`^${name}-\\d+\\.json$`).test(file))
    .map((file) => JSON.parse(readFileSync(new URL(file, FOLDER), "utf-8")) as Released)
    .sort((left, right) => left.version - right.version);
}

/** What a database declares, by version: Dexie keeps it, and has no public word for it. */
function declared(database: Dexie): Map<number, Record<string, string>> {
  const versions = (
    database as unknown as {
      _versions: { _cfg: { version: number; storesSource: Record<string, string> } }[];
    }
  )._versions
    .map((one) => one._cfg)
    .sort((left, right) => left.version - right.version);
  const found = new Map<number, Record<string, string>>();
  let stores: Record<string, string> = {};
  for (const { version, storesSource } of versions) {
    stores = { ...stores, ...storesSource };
    found.set(version, stores);
  }
  return found;
}

/** Make the store as a release left it on a device. */
async function leftBy(release: Released, name: string): Promise<void> {
  const former = new Dexie(name);
  former.version(release.version).stores(release.stores);
  await former.open();
  for (const [store, rows] of Object.entries(release.rows)) {
    await former.table(store).bulkPut(rows.map(asStored));
  }
  former.close();
}

function asStored(row: Record<string, unknown>): Record<string, unknown> {
  return typeof row.blob === "string" ? { ...row, blob: new Blob([row.blob]) } : row;
}

function without(row: Record<string, unknown>, name: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).filter(([key]) => key !== name));
}

async function contentOf(database: Dexie, store: string): Promise<unknown[]> {
  const rows = (await database.table(store).toArray()) as Record<string, unknown>[];
  return Promise.all(
    rows.map(async (row) =>
      row.blob instanceof Blob ? { ...row, blob: await row.blob.text() } : row,
    ),
  );
}

describe.each([
  ["derrick", (name: string) => new ReplicaDatabase(name) as Dexie],
  ["derrick-device", (name: string) => new DeviceDatabase(name) as Dexie],
])("the store %s", (name, open) => {
  test("keeps a file of every released version, declared as it was", () => {
    const released = new Map(releasesOf(name).map((one) => [one.version, one.stores]));
    expect(released).toEqual(declared(open("declaration")));
  });

  test.each(releasesOf(name))(
    "of version $version opens with all that it held",
    async (release) => {
      const here = `${name}-from-${release.version}`;
      await leftBy(release, here);
      const database = open(here);
      for (const [store, rows] of Object.entries(release.rows)) {
        // What a later version derives stands beside it; `stale` is there only while it is 1.
        expect(await contentOf(database, store)).toMatchObject(
          rows.map((row) => (row.stale === 0 ? without(row, "stale") : row)),
        );
      }
      database.close();
    },
  );
});

test.each(releasesOf("derrick"))(
  "work goes on after an update from version $version",
  async (release) => {
    const name = `work-from-${release.version}`;
    await leftBy(release, name);
    const database = new ReplicaDatabase(name);
    await edit(database, SOURCES, "task.report", [
      { table: "task", row: TASK, after: { status: "blocked" } },
    ]);
    const pending = await waiting(database);
    expect(pending.map((one) => [one.counter, one.changeSet.intent])).toEqual([
      [2, "task.report"],
      [3, "task.report"],
    ]);
    // Sent as the older app wrote it: the server upgrades it.
    expect(pending[0]?.changeSet).toEqual(release.rows.outbox?.[1]?.changeSet);
    expect((await rowById(database, "task", TASK))?.status).toBe("blocked");
    expect(await rowsInReview(database)).toHaveLength(1);
    database.close();
  },
);

test.each(releasesOf("derrick"))(
  "the day's work is found after an update from version $version",
  async (release) => {
    const name = `day-from-${release.version}`;
    const planned = {
      assignees: [PERSON],
      planned_start: "2026-11-23T08:00",
      planned_finish: "2026-11-27T18:00",
    };
    const rows = (release.rows.rows ?? []).map((row) => ({
      ...row,
      values: { ...(row.values as object), ...planned },
    }));
    await leftBy({ ...release, rows: { ...release.rows, rows } }, name);
    const database = new ReplicaDatabase(name);
    const scope = String(rows[0]?.["scope" as keyof (typeof rows)[0]]);
    const mine = await openWork(database, scope, PERSON, "2026-11-25");
    expect(mine.mine.map((task) => task.id)).toEqual([TASK]);
    const others = await openWork(database, scope, "somebody else", "2026-11-25");
    expect(others.others.map((task) => task.id)).toEqual([TASK]);
    database.close();
  },
);
