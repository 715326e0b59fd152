/**
 * The last resort: what waits, as a file that another device or the command line can take over.
 *
 * The file is JSON, so that a person can read it, with every change set's bytes beside. Change sets
 * keep their dots: what the first device did send after all is answered as a duplicate, not merged
 * twice.
 */

import { decode, encode } from "@msgpack/msgpack";
import type { Change, ChangeSet } from "../engine/changes";
import type { ReplicaDatabase, StoredBlob } from "./database";
import { addReplica, requireIdentity } from "./identity";
import { append, waiting } from "./outbox";
import { refresh } from "./view";

const FORMAT = 1;
const PIECE = 0x8000;

interface EscapedEntry {
  replica: string;
  counter: number;
  time: number;
  intent: string;
  /** As it goes over the wire, in Base64. */
  payload: string;
  /** The same, for people. */
  changes: Change[];
}

/** A file that waits for its upload. */
interface EscapedFile {
  id: string;
  name: string;
  type: string;
  made_at: number;
  content: string;
}

export interface EscapedOutbox {
  format: number;
  server: string;
  person: string;
  name: string;
  /** Milliseconds since 1970. */
  exported_at: number;
  /** Replica id -> epoch. */
  epochs: Record<string, number>;
  entries: EscapedEntry[];
  files: EscapedFile[];
}

/** Why a file was not taken over: it is none, of a newer app, or another person's. */
export class EscapeError extends Error {
  constructor(readonly reason: "unreadable" | "newer" | "other_person") {
    super(reason);
    this.name = "EscapeError";
  }
}

/** Return what waits, files included. */
export async function exportOutbox(
  database: ReplicaDatabase,
  server: string,
  now: number,
): Promise<EscapedOutbox> {
  const [mine, replicas, pending, blobs] = await database.transaction(
    "r",
    database.tables,
    async () =>
      [
        await requireIdentity(database),
        await database.replicas.toArray(),
        await waiting(database),
        await database.blobs.where("purpose").equals("upload").toArray(),
      ] as const,
  );
  return {
    format: FORMAT,
    server,
    person: mine.person,
    name: mine.name,
    exported_at: now,
    epochs: Object.fromEntries(replicas.map((one) => [one.replica, one.epoch])),
    entries: pending.map(({ replica, counter, changeSet }) => ({
      replica,
      counter,
      time: changeSet.time,
      intent: changeSet.intent,
      payload: toBase64(encode(changeSet)),
      changes: changeSet.changes,
    })),
    files: await Promise.all(blobs.map(escapedFile)),
  };
}

async function escapedFile(stored: StoredBlob): Promise<EscapedFile> {
  return {
    id: stored.id,
    name: stored.name,
    type: stored.type,
    made_at: stored.madeAt,
    content: toBase64(new Uint8Array(await stored.blob.arrayBuffer())),
  };
}

/** Read an exported outbox. Throws EscapeError. */
export function readOutbox(text: string): EscapedOutbox {
  let found: Partial<EscapedOutbox> | null;
  try {
    found = JSON.parse(text) as Partial<EscapedOutbox> | null;
  } catch {
    throw new EscapeError("unreadable");
  }
  if (typeof found?.format === "number" && found.format > FORMAT) throw new EscapeError("newer");
  const entries = found?.entries;
  if (found?.format !== FORMAT || typeof found.person !== "string" || !Array.isArray(entries)) {
    throw new EscapeError("unreadable");
  }
  return { epochs: {}, files: [], ...found } as EscapedOutbox;
}

/**
 * Add what an exported outbox holds and this replica does not; return how many entries were added.
 *
 * Throws EscapeError, having changed nothing.
 */
export async function takeOver(database: ReplicaDatabase, escaped: EscapedOutbox): Promise<number> {
  const sets = escaped.entries.map(({ replica, payload }) => ({
    replica,
    ...changeSetOf(payload),
  }));
  const files = (escaped.files ?? []).map(storedFile);
  return database.transaction("rw", database.tables, async () => {
    const mine = await requireIdentity(database);
    if (mine.person !== escaped.person) throw new EscapeError("other_person");
    const rows: string[] = [];
    let added = 0;
    for (const { replica, changeSet, bytes } of sets) {
      await addReplica(database, replica, escaped.epochs[replica] ?? 1, changeSet.counter);
      const dot = [replica, changeSet.counter];
      if ((await database.outbox.where("[replica+counter]").equals(dot).count()) > 0) continue;
      await append(database, replica, changeSet, bytes);
      rows.push(...changeSet.changes.map((change) => change.row));
      added += 1;
    }
    for (const file of files) {
      if ((await database.blobs.get(file.id)) === undefined) await database.blobs.put(file);
    }
    await refresh(database, rows);
    return added;
  });
}

function changeSetOf(payload: string): { changeSet: ChangeSet; bytes: number } {
  try {
    const bytes = fromBase64(payload);
    const changeSet = decode(bytes) as ChangeSet;
    if (!Number.isInteger(changeSet.counter) || !Array.isArray(changeSet.changes)) {
      throw new EscapeError("unreadable");
    }
    return { changeSet, bytes: bytes.length };
  } catch {
    throw new EscapeError("unreadable");
  }
}

function storedFile(file: EscapedFile): StoredBlob {
  return {
    id: file.id,
    purpose: "upload",
    name: file.name,
    type: file.type,
    blob: new Blob([fromBase64(file.content)], { type: file.type }),
    madeAt: file.made_at,
    sentBytes: 0,
  };
}

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE) {
    text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  }
  return btoa(text);
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
}
