/** The lane of files: what was not answered for goes on waiting, and one bad file holds up no other. */

import "fake-indexeddb/auto";
import { beforeEach, expect, test, vi } from "vitest";
import { ReplicaDatabase } from "../../src/replica/database";
import { uploadFiles } from "../../src/sync/uploads";

interface Options {
  metadata: { id: string };
  onSuccess: () => void;
  onError: (error: Error) => void;
}

const server = vi.hoisted(() => ({
  /** What becomes of an upload, by file. */
  answers: new Map<string, "stored" | "silent" | number | "cut">(),
  begun: [] as string[],
}));

vi.mock("tus-js-client", () => {
  class DetailedError extends Error {
    constructor(readonly status: number | null) {
      super("tus");
    }
    get originalResponse() {
      return this.status === null ? null : { getStatus: () => this.status };
    }
  }
  class Upload {
    url = null;
    constructor(
      readonly file: Blob,
      readonly options: Options,
    ) {}
    start(): void {
      const { id } = this.options.metadata;
      server.begun.push(id);
      const answer = server.answers.get(id);
      if (answer === "stored") this.options.onSuccess();
      else if (answer === "cut") this.options.onError(new DetailedError(null));
      else if (typeof answer === "number") this.options.onError(new DetailedError(answer));
    }
    async abort(): Promise<void> {}
  }
  return { Upload, DetailedError };
});

const TOKENS = { token: async () => "token", renew: async () => "token" };
let number = 0;

async function storeWith(...files: string[]): Promise<ReplicaDatabase> {
  number += 1;
  const database = new ReplicaDatabase(`uploads-${number}`);
  for (const [at, id] of files.entries()) {
    await database.blobs.put({
      id,
      purpose: "upload",
      name: id,
      type: "image/jpeg",
      blob: new Blob(["bytes"]),
      madeAt: at,
      sentBytes: 0,
    });
    await database.rows.put({
      row: id,
      table: "document_version",
      scope: "project:1",
      seq: 1,
      deleted: false,
      vector: {},
      values: {},
      review: [],
      hash: 0,
      stale: 0,
    });
  }
  return database;
}

async function purposes(database: ReplicaDatabase): Promise<Record<string, string>> {
  const found = await database.blobs.toArray();
  return Object.fromEntries(found.map((one) => [one.id, one.purpose]));
}

beforeEach(() => {
  server.answers.clear();
  server.begun.length = 0;
});

test("a file leaves the waiting ones only when the server has it", async () => {
  const database = await storeWith("a");
  server.answers.set("a", "stored");
  await uploadFiles(database, TOKENS, new AbortController().signal);
  expect(await purposes(database)).toEqual({ a: "offline" });
});

test("an upload that is broken off goes on waiting", async () => {
  const database = await storeWith("a");
  server.answers.set("a", "silent");
  const stop = new AbortController();
  const done = uploadFiles(database, TOKENS, stop.signal);
  await vi.waitFor(() => expect(server.begun).toEqual(["a"]));
  stop.abort();
  await done;
  expect(await purposes(database)).toEqual({ a: "upload" });
});

test("a file that the server refuses holds up no other", async () => {
  const database = await storeWith("a", "b");
  server.answers.set("a", 415).set("b", "stored");
  await uploadFiles(database, TOKENS, new AbortController().signal);
  expect(await purposes(database)).toEqual({ a: "upload", b: "offline" });
  expect((await database.blobs.get("a"))?.trouble).toBeDefined();
});

test.each([["cut" as const], [503], [429], [401]])("%s ends the lane: all wait", async (answer) => {
  const database = await storeWith("a", "b");
  server.answers.set("a", answer).set("b", "stored");
  await expect(uploadFiles(database, TOKENS, new AbortController().signal)).rejects.toThrow();
  expect(await purposes(database)).toEqual({ a: "upload", b: "upload" });
});

test("a file whose row is not on the server yet waits for it", async () => {
  const database = await storeWith("a");
  await database.rows.clear();
  server.answers.set("a", "stored");
  await uploadFiles(database, TOKENS, new AbortController().signal);
  expect(server.begun).toEqual([]);
});
