/**
 * A tablet that a crew shares: whoever works there lends the link to those who left entries behind.
 * Nothing of theirs is shown; each one's work goes under their own session.
 */

import { ReplicaDatabase } from "../replica/database";
import { DEVICE_SOURCES } from "../replica/identity";
import { waiting } from "../replica/outbox";
import { synchronise } from "../replica/synchronising";
import { LoginNeededError, type Transport } from "../replica/transport";
import { device } from "../session/device";
import { databaseName } from "../session/login";
import { tokensOf } from "../session/tokens";
import { uploadFiles } from "./uploads";

/** Do something with a colleague's replica, unless a tab of theirs works with it; null then. */
export function withReplicaOf<T>(
  person: string,
  work: (database: ReplicaDatabase) => Promise<T>,
): Promise<T | null> {
  return navigator.locks.request(
    `derrick-leader-${person}`,
    { ifAvailable: true },
    async (lock): Promise<T | null> => {
      if (lock === null) return null;
      const database = new ReplicaDatabase(databaseName(person));
      try {
        return await work(database);
      } finally {
        database.close();
      }
    },
  );
}

/**
 * Send what the others on this device have left unsent. Throws TransportError where the link broke;
 * a session that has ended waits for its owner's login.
 */
export async function sendForColleagues(
  mine: string,
  transportOf: (person: string) => Transport,
  signal: AbortSignal,
): Promise<void> {
  for (const { person } of await device.accounts.toArray()) {
    if (person === mine || signal.aborted) continue;
    await withReplicaOf(person, (database) => send(database, person, transportOf, signal));
  }
}

async function send(
  database: ReplicaDatabase,
  person: string,
  transportOf: (person: string) => Transport,
  signal: AbortSignal,
): Promise<void> {
  const files = await database.blobs.where("purpose").equals("upload").count();
  if (files === 0 && (await waiting(database)).length === 0) return;
  try {
    const replica = { database, sources: DEVICE_SOURCES };
    const { pushError, pullError } = await synchronise(replica, transportOf(person));
    const error = pushError ?? pullError;
    if (error !== null) throw error;
    await uploadFiles(database, tokensOf(person), signal);
  } catch (error) {
    if (!(error instanceof LoginNeededError)) throw error;
  }
}
