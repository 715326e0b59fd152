/** Who this replica is: its ids, counters and hybrid clock. Always within the caller's transaction. */

import { receive, tick } from "../engine/clock";
import type { ReplicaDatabase, StoredIdentity } from "./database";

/** Where time and randomness come from: tests bring their own. */
export interface Sources {
  now: () => number;
  random: (bytes: number) => Uint8Array;
}

export const DEVICE_SOURCES: Sources = {
  now: () => Date.now(),
  random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
};

function hex(bytes: Iterable<number>): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function newReplicaId(sources: Sources): string {
  return hex(sources.random(8));
}

/** Build a UUID of version 7 (RFC 9562): ids are made on the device, in order of time. */
export function uuid7(sources: Sources): string {
  const raw = new Uint8Array(16);
  const time = sources.now();
  for (let at = 0; at < 6; at += 1) raw[at] = Math.floor(time / 2 ** (8 * (5 - at))) % 256;
  raw.set(sources.random(10), 6);
  raw[6] = 0x70 | ((raw[6] ?? 0) & 0x0f);
  raw[8] = 0x80 | ((raw[8] ?? 0) & 0x3f);
  const text = hex(raw);
  return [
    text.slice(0, 8),
    text.slice(8, 12),
    text.slice(12, 16),
    text.slice(16, 20),
    text.slice(20),
  ].join("-");
}

/** Return the identity that the store holds. Throws where it holds none. */
export async function requireIdentity(database: ReplicaDatabase): Promise<StoredIdentity> {
  const identity = await database.identity.get(1);
  if (identity === undefined) throw new Error("the store holds no replica");
  return identity;
}

/** Make the replica of a person, once; a second call finds it. */
export async function ensureIdentity(
  database: ReplicaDatabase,
  sources: Sources,
  who: { person: string; name: string },
): Promise<StoredIdentity> {
  return database.writing(async () => {
    const known = await database.identity.get(1);
    if (known !== undefined) return known;
    const replica = newReplicaId(sources);
    await addReplica(database, replica);
    const made: StoredIdentity = {
      one: 1,
      replica,
      name: who.name,
      person: who.person,
      serverEpoch: 0,
      clock: 0,
      wipe: false,
    };
    await database.identity.put(made);
    return made;
  });
}

/** Remember a replica id whose change sets the store holds, and the last counter it is known by. */
export async function addReplica(
  database: ReplicaDatabase,
  replica: string,
  epoch = 1,
  counter = 0,
): Promise<void> {
  const known = await database.replicas.get(replica);
  if (known === undefined) {
    await database.replicas.put({ replica, epoch, counter, registered: false });
  } else if (known.counter < counter) {
    await database.replicas.update(replica, { counter });
  }
}

/** Go on under another replica id. */
export async function become(database: ReplicaDatabase, replica: string): Promise<void> {
  await addReplica(database, replica);
  await database.identity.update(1, { replica });
}

/** Assign the next counter of a replica id. */
export async function nextCounter(database: ReplicaDatabase, replica: string): Promise<number> {
  const known = await database.replicas.get(replica);
  const counter = (known?.counter ?? 0) + 1;
  await database.replicas.update(replica, { counter });
  return counter;
}

/** Return the hybrid time of a new local event; it never goes back, whatever the wall does. */
export async function nextTime(database: ReplicaDatabase, wallMs: number): Promise<number> {
  const { clock } = await requireIdentity(database);
  const time = tick(clock, wallMs);
  await database.identity.update(1, { clock: time });
  return time;
}

/** Move the clock past what the server has seen. */
export async function seeTime(
  database: ReplicaDatabase,
  serverTime: number,
  wallMs: number,
): Promise<void> {
  const { clock } = await requireIdentity(database);
  await database.identity.update(1, { clock: receive(clock, serverTime, wallMs) });
}
