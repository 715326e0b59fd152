/** Work with a replica that no tab has open: one at a time synchronises it, whoever that is. */

import { ReplicaDatabase } from "../replica/database";
import { databaseName } from "../session/login";
import { leaderLock } from "./messages";

/**
 * Do something with a person's replica, unless a tab of theirs works with it; null then.
 *
 * `frozen`: that tab says nothing any more, the lock is taken away from it.
 */
export function withReplicaOf<T>(
  person: string,
  work: (database: ReplicaDatabase) => Promise<T>,
  frozen = false,
): Promise<T | null> {
  return navigator.locks.request(
    leaderLock(person),
    frozen ? { steal: true } : { ifAvailable: true },
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
