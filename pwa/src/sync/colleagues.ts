/**
 * A tablet that a crew shares: whoever works there lends the link to those who left entries behind.
 * Nothing of theirs is shown; each one's work goes under their own session.
 */

import type { ReplicaDatabase } from "../replica/database";
import { DEVICE_SOURCES } from "../replica/identity";
import { waiting } from "../replica/outbox";
import { synchronise } from "../replica/synchronising";
import { LoginNeededError, type Transport } from "../replica/transport";
import { device } from "../session/device";
import { tokensOf } from "../session/tokens";
import { withReplicaOf } from "./borrowing";
import { uploadFiles } from "./uploads";

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
