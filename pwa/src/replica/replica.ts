/** One person's replica on this device: the store, and where its time and randomness come from. */

import type { ReplicaDatabase } from "./database";
import type { Sources } from "./identity";

export interface Replica {
  database: ReplicaDatabase;
  sources: Sources;
}

/** Erase every row and every change set; the identity remains, for the receipt. */
export async function wipe({ database }: Replica): Promise<void> {
  await database.transaction("rw", database.tables, async () => {
    for (const table of database.tables) {
      if (table !== (database.identity as unknown) && table !== (database.replicas as unknown)) {
        await table.clear();
      }
    }
  });
}
