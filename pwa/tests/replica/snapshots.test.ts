/** A first download goes on where it was cut, builds never mix, and what is stored adds up. */

import "fake-indexeddb/auto";
import { describe, expect, test } from "vitest";
import type { PullResponse, SnapshotOffer, WireRow } from "../../src/engine/changes";
import { add, rowChecksum } from "../../src/engine/checksum";
import { ReplicaDatabase } from "../../src/replica/database";
import { ensureIdentity } from "../../src/replica/identity";
import { synchronise } from "../../src/replica/synchronising";
import { RefusedByServerError, type Transport, TransportError } from "../../src/replica/transport";
import { rowsIn } from "../../src/replica/view";

const PROJECT = "7d0f6c1e-7c41-4b5e-9f3e-0d1f3b6a0002";
const SCOPE = `project:${PROJECT}`;
const PERSON = "7d0f6c1e-7c41-4b5e-9f3e-0d1f3b6a0001";
const PAGE_ROWS = 3;
let clock = 1_800_000_000_000;
const SOURCES = {
  now: () => (clock += 1),
  random: (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes)),
};

function task(at: number, name: string, seq: number): WireRow {
  const row = `7d0f6c1e-7c41-7b5e-9f3e-${String(at).padStart(12, "0")}`;
  return ["task", row, seq, false, {}, { project_id: PROJECT, name, kind: "task" }];
}

function sumOf(rows: readonly WireRow[]): number {
  return rows.reduce(
    (sum, [table, row, , , , values]) => add(sum, rowChecksum(table, row, values)),
    0,
  );
}

/** A server with one scope, offered as a snapshot to who has nothing of it yet. */
class Server {
  rows: WireRow[] = [];
  build = "build-1";
  /** Sends the scope as pages of a pull instead, from zero. */
  withoutSnapshot = false;
  asked: string[] = [];
  /** Called before each page is sent. */
  before: (page: number) => void = () => undefined;
  wrongSum = false;

  get head(): number {
    return Math.max(0, ...this.rows.map(([, , seq]) => seq));
  }

  get offer(): SnapshotOffer {
    return {
      scope: SCOPE,
      snapshot: this.build,
      seq: this.head,
      checksum: this.wrongSum ? 1 : sumOf(this.rows),
      pages: Math.ceil(this.rows.length / PAGE_ROWS),
      rows: this.rows.length,
      bytes: 1,
    };
  }

  get transport(): Transport {
    return {
      register: async (replica) => ({
        replica,
        person: PERSON,
        epoch: 1,
        last_counter: 0,
        server_time: 0,
        server_epoch: 1,
      }),
      push: () => Promise.reject(new TransportError("nothing to push")),
      pull: async ({ cursor }): Promise<PullResponse> => {
        const seq = cursor[SCOPE] ?? 0;
        const offered = seq === 0 && !this.withoutSnapshot;
        const fresh = offered ? [] : this.rows.filter((one) => one[2] > seq);
        const page = {
          scope: SCOPE,
          seq: this.head,
          head: this.head,
          checksum: sumOf(this.rows),
          rows: fresh,
        };
        return {
          server_epoch: 1,
          pages: offered ? [] : [page],
          more: false,
          withdrawn: [],
          snapshots: offered ? [this.offer] : [],
          server_time: 0,
        };
      },
      snapshotPage: async (snapshot, page) => {
        this.before(page);
        if (snapshot !== this.build) {
          const problem = { code: "snapshot_gone" } as ConstructorParameters<
            typeof RefusedByServerError
          >[0];
          throw new RefusedByServerError(problem);
        }
        this.asked.push(`${snapshot}/${page}`);
        const rows = this.rows.slice(page * PAGE_ROWS, (page + 1) * PAGE_ROWS);
        return { scope: SCOPE, snapshot, page, pages: this.offer.pages, rows };
      },
      liveTicket: () => Promise.reject(new Error("not asked here")),
      reportWiped: () => Promise.reject(new Error("not asked here")),
    };
  }
}

let made = 0;

async function begin(rows: number): Promise<{ server: Server; database: ReplicaDatabase }> {
  const server = new Server();
  server.rows = Array.from({ length: rows }, (_, at) => task(at, `Tâche ${at}`, at + 1));
  made += 1;
  const database = new ReplicaDatabase(`snapshots-${made}`);
  await ensureIdentity(database, SOURCES, { person: PERSON, name: "Tablette" });
  return { server, database };
}

async function synchronised(server: Server, database: ReplicaDatabase) {
  return synchronise({ database, sources: SOURCES }, server.transport);
}

async function expectWhole(server: Server, database: ReplicaDatabase): Promise<void> {
  const names = (await rowsIn(database, "task", SCOPE)).map((one) => one.name).sort();
  expect(names).toEqual(server.rows.map(([, , , , , values]) => values.name).sort());
  expect(await database.cursors.get(SCOPE)).toEqual({
    scope: SCOPE,
    seq: server.head,
    checksum: sumOf(server.rows),
  });
  expect(await database.downloads.count()).toBe(0);
  expect(await database.rows.filter((one) => one.stale === 1).count()).toBe(0);
}

describe("a snapshot", () => {
  test("that comes without a break is stored as the server has it", async () => {
    const { server, database } = await begin(10);
    const { report, pullError } = await synchronised(server, database);
    expect(pullError).toBeNull();
    expect([report.snapshots, report.pulledRows]).toEqual([1, 10]);
    await expectWhole(server, database);
  });

  test("that is cut shows what came, and goes on from there", async () => {
    const { server, database } = await begin(10);
    server.before = (page) => {
      if (page === 2) throw new TransportError("cut");
    };
    expect((await synchronised(server, database)).pullError?.message).toBe("cut");
    expect(await rowsIn(database, "task", SCOPE)).toHaveLength(6);
    expect(await database.cursors.get(SCOPE)).toBeUndefined();
    server.before = () => undefined;
    server.asked = [];
    expect((await synchronised(server, database)).pullError).toBeNull();
    expect(server.asked).toEqual(["build-1/2", "build-1/3"]);
    await expectWhole(server, database);
  });

  test("of another build begins anew, and keeps nothing that is only in the first", async () => {
    const { server, database } = await begin(10);
    server.before = (page) => {
      if (page !== 2) return;
      server.before = () => undefined;
      server.build = "build-2";
      server.rows = server.rows
        .slice(4)
        .map(([, , seq], at) => task(at + 4, `Neuve ${at}`, seq + 10));
    };
    expect((await synchronised(server, database)).pullError).toBeNull();
    await expectWhole(server, database);
  });

  test("that was cut is left behind when the rows come as a pull's instead", async () => {
    const { server, database } = await begin(10);
    server.before = (page) => {
      if (page === 2) throw new TransportError("cut");
    };
    await synchronised(server, database);
    server.withoutSnapshot = true;
    server.rows = server.rows.slice(2);
    const { report, pullError } = await synchronised(server, database);
    expect([pullError, report.refetched]).toEqual([null, 0]);
    await expectWhole(server, database);
  });

  test("that does not add up is not taken for whole, and is fetched again", async () => {
    const { server, database } = await begin(10);
    server.wrongSum = true;
    const { report, pullError } = await synchronised(server, database);
    expect([report.refetched, report.snapshots]).toEqual([1, 0]);
    expect(pullError?.message).toContain("does not add up");
    expect(await database.cursors.get(SCOPE)).toBeUndefined();
    server.wrongSum = false;
    expect((await synchronised(server, database)).pullError).toBeNull();
    await expectWhole(server, database);
  });
});
