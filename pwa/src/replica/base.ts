/** The server's rows as last pulled, and the cursor with its checksum. */

import Dexie from "dexie";
import type { WireRow } from "../engine/changes";
import { add, rowChecksum, subtract } from "../engine/checksum";
import { agendaOf } from "./agenda";
import type { ReplicaDatabase, StoredRow } from "./database";

/** Replace rows and return the scope's new checksum; an older state changes nothing. */
export async function putRows(
  database: ReplicaDatabase,
  scope: string,
  rows: readonly WireRow[],
  total: number,
): Promise<number> {
  const known = await database.rows.bulkGet(rows.map(([, row]) => row));
  const fresh = new Map<string, StoredRow>();
  let sum = total;
  for (const [at, one] of rows.entries()) {
    const [, row, seq] = one;
    const before = fresh.get(row) ?? known[at];
    if (before !== undefined && before.scope === scope && before.stale !== 1) {
      if (before.seq >= seq) continue;
      if (!before.deleted) sum = subtract(sum, before.hash);
    }
    const stored = storedRow(scope, one);
    sum = add(sum, stored.hash);
    fresh.set(row, stored);
  }
  await database.rows.bulkPut([...fresh.values()]);
  return sum;
}

/** Make what is kept of a row that came. */
export function storedRow(
  scope: string,
  [table, row, seq, deleted, vector, values, review]: WireRow,
): StoredRow {
  return {
    row,
    table,
    scope,
    seq,
    deleted,
    vector,
    values,
    review: review ?? [],
    hash: deleted ? 0 : rowChecksum(table, row, values),
    ...agendaOf(table, scope, deleted, values),
  };
}

export async function position(
  database: ReplicaDatabase,
  scope: string,
): Promise<{ seq: number; checksum: number }> {
  return (await database.cursors.get(scope)) ?? { seq: 0, checksum: 0 };
}

/** Remove a scope's rows, cursor and unfinished snapshots; return the rows' ids. */
export async function drop(database: ReplicaDatabase, scope: string): Promise<string[]> {
  const rows = await inScope(database, scope).primaryKeys();
  await database.rows.bulkDelete(rows);
  await forgetCursor(database, scope);
  return rows;
}

function inScope(database: ReplicaDatabase, scope: string) {
  return database.rows.where("[scope+table]").between([scope, Dexie.minKey], [scope, Dexie.maxKey]);
}

/** Make the next pull of a scope begin at zero. */
export async function forgetCursor(database: ReplicaDatabase, scope: string): Promise<void> {
  await database.cursors.delete(scope);
  await database.downloads.delete(scope);
}

/** Fetch a scope again from zero; its rows stay in sight until the fetch has replaced them. */
export async function restart(database: ReplicaDatabase, scope: string): Promise<void> {
  await inScope(database, scope).modify({ stale: 1 });
  await forgetCursor(database, scope);
}

/** Fetch every scope again from zero. */
export async function restartAll(database: ReplicaDatabase): Promise<void> {
  await database.rows.toCollection().modify({ stale: 1 });
  await database.cursors.clear();
  await database.downloads.clear();
}

/** Remove the rows of a scope that a fetch from zero did not bring again. */
export async function dropStale(database: ReplicaDatabase, scope: string): Promise<string[]> {
  const stale = database.rows.where("[scope+stale]").equals([scope, 1]);
  const rows = await stale.primaryKeys();
  await database.rows.bulkDelete(rows);
  return rows;
}

/** Remove stale rows of scopes that a complete pull no longer brought at all. */
export async function dropStaleWithoutCursor(database: ReplicaDatabase): Promise<string[]> {
  const cursors = new Set(await database.cursors.toCollection().primaryKeys());
  const scopes = new Set(
    (await database.rows.orderBy("[scope+stale]").uniqueKeys())
      .map((key) => key as unknown as [string, number])
      .filter(([scope, stale]) => stale === 1 && !cursors.has(scope))
      .map(([scope]) => scope),
  );
  const dropped: string[] = [];
  for (const scope of scopes) dropped.push(...(await dropStale(database, scope)));
  return dropped;
}
