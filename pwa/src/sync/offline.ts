/** The lane of documents to keep: one at a time, after rows and uploads; what is not wanted goes. */

import { fetchAndKeep } from "../documents/fetching";
import { wantedVersions } from "../documents/keeping";
import type { ReplicaDatabase } from "../replica/database";
import { isTight } from "../replica/room";
import type { TokenSource } from "../replica/transport";
import { rowsEverywhere } from "../replica/view";

/** Bring what this device keeps offline up to date; stop where one fails, or room is short. */
export async function keepOffline(
  database: ReplicaDatabase,
  tokens: TokenSource,
  person: string,
  signal: AbortSignal,
): Promise<void> {
  const [documents, versions, rules, pins] = await Promise.all([
    rowsEverywhere(database, "document"),
    rowsEverywhere(database, "document_version"),
    rowsEverywhere(database, "offline_rule"),
    database.pins.toCollection().primaryKeys(),
  ]);
  const known = new Map(versions.map((one) => [one.id, one]));
  const wanted = wantedVersions(documents, known, rules, {
    person,
    pins: new Set(pins),
    now: Date.now(),
  });
  // What one may no longer read, or nobody knows any more, goes before anything is fetched.
  await drop(database, (version) => !known.has(version));
  for (const one of wanted) {
    if (signal.aborted || (await isTight())) return;
    const version = known.get(one.version);
    const name = version?.file_name ?? one.version;
    const type = version?.content_type ?? "application/octet-stream";
    const { bytes, sha256 } = one;
    await fetchAndKeep(
      database,
      tokens,
      { version: one.version, name, type, bytes, sha256 },
      signal,
    );
  }
  // An older version stays until the newer one is here; one that was just sent, until it is stored.
  const keeps = new Set(wanted.map((one) => one.version));
  await drop(database, (version) => {
    return !keeps.has(version) && known.get(version)?.state === "stored";
  });
}

async function drop(database: ReplicaDatabase, goes: (version: string) => boolean): Promise<void> {
  const held = await database.blobs.where("purpose").anyOf("offline", "fetching").primaryKeys();
  await database.blobs.bulkDelete(held.filter(goes));
}
