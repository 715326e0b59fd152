/**
 * The outbox: change sets in the order they were made, sent verbatim until each is answered.
 *
 * Only `acknowledge` takes a change set out of the waiting ones, and only for an answer to its dot.
 * Answered ones are kept for the retention: a server restored from a backup may need them again.
 */

import type { Answer, ChangeSet, Rejection, Waiting } from "../engine/changes";
import type { ReplicaDatabase, StoredBlob, StoredChangeSet } from "./database";

const DAY_MS = 86_400_000;

const NO_REASON: Rejection = {
  code: "rejected",
  message: { fr: "Le serveur a refusé cette saisie.", en: "The server refused this entry." },
};

/** Add a change set and show its changes over the base. */
export async function append(
  database: ReplicaDatabase,
  replica: string,
  changeSet: ChangeSet,
  bytes: number,
): Promise<void> {
  const { counter } = changeSet;
  const sequence = await database.outbox.add({
    replica,
    counter,
    state: "pending",
    changeSet,
    bytes,
  });
  await overlay(database, sequence, changeSet);
}

/** Show a change set's changes over the base. */
export async function overlay(
  database: ReplicaDatabase,
  sequence: number,
  changeSet: ChangeSet,
): Promise<void> {
  await database.overlay.bulkPut(
    changeSet.changes.map((change, position) => ({
      sequence,
      position,
      row: change.row,
      scope: change.scope,
      change,
    })),
  );
}

/** Return every change set that has no answer yet, in order. */
export async function waiting(database: ReplicaDatabase): Promise<StoredChangeSet[]> {
  return database.outbox.where("state").equals("pending").sortBy("sequence");
}

/** Return how many bytes of files wait for their upload. */
export async function fileBytesWaiting(database: ReplicaDatabase): Promise<number> {
  const files = await database.blobs.where("purpose").equals("upload").toArray();
  return bytesLeft(files);
}

/** Return how many bytes of files are still to be sent. */
export function bytesLeft(files: readonly StoredBlob[]): number {
  return files.reduce((sum, one) => sum + one.blob.size - one.sentBytes, 0);
}

/** Return the next unanswered change sets of a replica id, at least one if there is one. */
export function batchOf(
  pending: readonly StoredChangeSet[],
  replica: string,
  limits: { count: number; bytes: number },
): StoredChangeSet[] {
  const mine = pending
    .filter((one) => one.replica === replica)
    .sort((left, right) => left.counter - right.counter);
  const taken: StoredChangeSet[] = [];
  let bytes = 0;
  for (const one of mine) {
    const last = taken.at(-1);
    bytes += one.bytes;
    const full = taken.length >= limits.count || bytes > limits.bytes;
    if (last !== undefined && (full || one.counter !== last.counter + 1)) break;
    taken.push(one);
  }
  return taken;
}

/** Return what will wait on the device once `sent` has arrived. */
export function stillWaiting(
  pending: readonly StoredChangeSet[],
  sent: readonly StoredChangeSet[],
  uploadBytes: number,
): Waiting {
  const gone = new Set(sent.map((one) => one.sequence));
  const left = pending.filter((one) => !gone.has(one.sequence));
  const times = left.map((one) => one.changeSet.time);
  return {
    change_sets: left.length,
    oldest: times.length === 0 ? null : Math.min(...times),
    upload_bytes: uploadBytes,
  };
}

export function isRejected(answer: Answer): boolean {
  return answer.status === "rejected" || answer.stored === "rejected";
}

/**
 * Store the server's answer for one dot; a rejected change set is un-applied at once.
 *
 * Returns the rows whose view may have changed, or null when nothing waited under that dot.
 */
export async function acknowledge(
  database: ReplicaDatabase,
  replica: string,
  answer: Answer,
  at: { heads: Record<string, number>; now: number },
): Promise<string[] | null> {
  const dot: [string, number] = [replica, answer.counter];
  const entry = await database.outbox.where("[replica+counter]").equals(dot).first();
  if (entry === undefined || entry.state !== "pending") return null;
  const { trouble: _, ...rest } = entry;
  await database.outbox.put({ ...rest, state: "acknowledged", answer, answeredAt: at.now });
  const shown = await database.overlay
    .where("[sequence+position]")
    .between([entry.sequence, 0], [entry.sequence, Number.POSITIVE_INFINITY])
    .toArray();
  await database.conflicts.bulkPut(
    (answer.conflicts ?? []).map((notice, position) => ({
      replica,
      counter: answer.counter,
      position,
      receivedAt: at.now,
      notice,
    })),
  );
  if (isRejected(answer)) {
    await reject(database, entry, answer, at.now);
  } else {
    await database.rejections.delete(dot);
    await database.overlay.bulkPut(
      shown
        .filter((one) => Object.hasOwn(at.heads, one.scope))
        .map((one) => ({ ...one, settledSeq: at.heads[one.scope] as number })),
    );
  }
  return shown.map((one) => one.row);
}

async function reject(
  database: ReplicaDatabase,
  entry: StoredChangeSet,
  answer: Answer,
  now: number,
): Promise<void> {
  const key: [string, number] = [entry.replica, entry.counter];
  if ((await database.rejections.get(key)) === undefined) {
    await database.rejections.put({
      replica: entry.replica,
      counter: entry.counter,
      receivedAt: now,
      changeSet: entry.changeSet,
      rejection: answer.rejection ?? NO_REASON,
    });
  }
  await unshow(database, entry.sequence);
}

async function unshow(database: ReplicaDatabase, sequence: number): Promise<void> {
  await database.overlay
    .where("[sequence+position]")
    .between([sequence, 0], [sequence, Number.POSITIVE_INFINITY])
    .delete();
}

/** Make the answered change sets above `lastCounter` wait again: the server lost them. */
export async function resendAfter(
  database: ReplicaDatabase,
  replica: string,
  lastCounter: number,
): Promise<string[]> {
  const lost = await database.outbox
    .where("[replica+counter]")
    .between([replica, lastCounter + 1], [replica, Number.POSITIVE_INFINITY])
    .filter((one) => one.state === "acknowledged")
    .toArray();
  const rows: string[] = [];
  for (const entry of lost) {
    const { answer, answeredAt: _, ...rest } = entry;
    await database.outbox.put({ ...rest, state: "pending" });
    if (answer !== undefined && isRejected(answer)) continue;
    await overlay(database, entry.sequence, entry.changeSet);
    rows.push(...entry.changeSet.changes.map((change) => change.row));
  }
  return rows;
}

/** Forget change sets answered longer ago than the retention and no longer shown. */
export async function prune(
  database: ReplicaDatabase,
  now: number,
  retentionDays = 180,
): Promise<void> {
  const oldest = now - retentionDays * DAY_MS;
  const answered = await database.outbox.where("state").equals("acknowledged").toArray();
  const old = answered.filter((one) => (one.answeredAt ?? now) < oldest);
  if (old.length === 0) return;
  const shown = new Set(
    (await database.overlay.toCollection().primaryKeys()).map(([sequence]) => sequence),
  );
  await database.outbox.bulkDelete(
    old.map((one) => one.sequence).filter((sequence) => !shown.has(sequence)),
  );
}
