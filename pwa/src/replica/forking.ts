/** A replica whose counters are taken goes on under a new id; nothing is lost. */

import { encode } from "@msgpack/msgpack";
import { sha256 } from "@noble/hashes/sha2.js";
import type { ChangeSet } from "../engine/changes";
import { join } from "../engine/clock";
import type { ReplicaDatabase, StoredChangeSet } from "./database";
import {
  addReplica,
  become,
  newReplicaId,
  nextCounter,
  requireIdentity,
  type Sources,
} from "./identity";
import { isRejected, overlay, resendAfter, waiting } from "./outbox";

/**
 * Give the unanswered change sets of `replica` new dots under a new id.
 *
 * The new id and the new change sets follow from what forked alone: two copies of one store that
 * fork over the same work end in duplicates on the server, not in the work done twice.
 */
export async function fork(
  database: ReplicaDatabase,
  replica: string,
  sources: Sources,
): Promise<string[]> {
  await settleRefused(database, replica);
  const pending = (await waiting(database)).filter((one) => one.replica === replica);
  const [first] = pending;
  const target = first === undefined ? newReplicaId(sources) : derivedId(first);
  if ((await requireIdentity(database)).replica === replica) await become(database, target);
  else if (first !== undefined) await addReplica(database, target);
  const merged = await ownMerged(database, replica);
  const rows: string[] = [];
  for (const entry of pending) {
    const counter = await nextCounter(database, target);
    const changeSet = redotted(entry.changeSet, counter, replica, merged);
    const { trouble: _, ...rest } = entry;
    const bytes = encode(changeSet).length;
    await database.outbox.put({ ...rest, replica: target, counter, changeSet, bytes });
    await overlay(database, entry.sequence, changeSet);
    rows.push(...changeSet.changes.map((change) => change.row));
  }
  return rows;
}

/** What was refused before the server was restored has had its answer: it is not sent again. */
async function settleRefused(database: ReplicaDatabase, replica: string): Promise<void> {
  for (const entry of await waiting(database)) {
    const key: [string, number] = [entry.replica, entry.counter];
    if (entry.replica === replica && (await database.rejections.get(key)) !== undefined) {
      await database.outbox.update(entry.sequence, { state: "acknowledged" });
    }
  }
}

function derivedId(entry: StoredChangeSet): string {
  const name = new TextEncoder().encode(`${entry.replica} ${entry.counter} `);
  const digest = sha256(new Uint8Array([...name, ...encode(entry.changeSet)]));
  return [...digest.slice(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Return, by row, the last of a replica's own change sets that the server has merged into it. */
async function ownMerged(database: ReplicaDatabase, replica: string): Promise<Map<string, number>> {
  const merged = new Map<string, number>();
  const answered = await database.outbox.where("state").equals("acknowledged").sortBy("counter");
  for (const entry of answered) {
    if (entry.replica !== replica || entry.answer === undefined || isRejected(entry.answer)) {
      continue;
    }
    for (const change of entry.changeSet.changes) merged.set(change.row, entry.counter);
  }
  return merged;
}

function redotted(
  changeSet: ChangeSet,
  counter: number,
  former: string,
  merged: Map<string, number>,
): ChangeSet {
  const changes = changeSet.changes.map((change) => {
    const last = merged.get(change.row);
    if (last === undefined) return change;
    return { ...change, context: join(change.context ?? {}, { [former]: last }) };
  });
  return { ...changeSet, counter, changes };
}

/** Send again from `lastCounter` + 1; what is no longer held makes it a fork. */
export async function fillGap(
  database: ReplicaDatabase,
  replica: string,
  lastCounter: number,
  sources: Sources,
): Promise<{ rows: string[]; forked: boolean }> {
  const rows = await resendAfter(database, replica, lastCounter);
  const counters = (await waiting(database))
    .filter((one) => one.replica === replica && one.counter > lastCounter)
    .map((one) => one.counter)
    .sort((left, right) => left - right);
  if (counters.every((counter, at) => counter === lastCounter + 1 + at)) {
    return { rows, forked: false };
  }
  return { rows: [...rows, ...(await fork(database, replica, sources))], forked: true };
}
