/** Work with a replica that no tab has open: one at a time synchronises it, whoever that is. */

import { ReplicaDatabase } from "../replica/database";
import { databaseName } from "../session/login";
import { leaderLock } from "./messages";

/** A tab that is being closed lets go of its lock before that. */
const CLOSING_MS_MAX = 5_000;

/**
 * What to do while a tab of the person's has the replica: leave it to the tab; wait, for it may be
 * about to close; or, where it says nothing any more, take the lock away from it.
 */
export type Meanwhile = "leave" | "wait" | "steal";

/** Do something with a person's replica, unless a tab of theirs works with it; null then. */
export async function withReplicaOf<T>(
  person: string,
  work: (database: ReplicaDatabase) => Promise<T>,
  meanwhile: Meanwhile = "leave",
): Promise<T | null> {
  const begun = async (lock: Lock | null): Promise<T | null> => {
    if (lock === null) return null;
    const database = new ReplicaDatabase(databaseName(person));
    try {
      return await work(database);
    } finally {
      database.close();
    }
  };
  const name = leaderLock(person);
  if (meanwhile === "leave") return navigator.locks.request(name, { ifAvailable: true }, begun);
  if (meanwhile === "steal") return navigator.locks.request(name, { steal: true }, begun);
  const signal = AbortSignal.timeout(CLOSING_MS_MAX);
  try {
    return await navigator.locks.request(name, { signal }, begun);
  } catch (error) {
    // The tab is still there, and at work. What the work itself says is not ours to judge.
    if (error === signal.reason) return null;
    throw error;
  }
}
