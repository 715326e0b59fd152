/** What the person sees of a row: its base with the replica's own changes over it. */

import type { WireRow } from "../engine/changes";
import { seen } from "../engine/clock";
import { type BaseRow, type OwnChange, rebase, type Shown } from "../engine/rebase";
import type { Table, Values } from "../engine/schema";
import { type Rows, TABLES, type TableName } from "../generated/tables";
import type { ReplicaDatabase, StoredOverlay } from "./database";

export function tableNamed(name: string): Table | undefined {
  return Object.hasOwn(TABLES, name) ? TABLES[name as TableName] : undefined;
}

/** Return the replica's own changes shown over a row, in the order they were made. */
async function overlayOf(
  database: ReplicaDatabase,
  row: string,
): Promise<{ overlay: StoredOverlay; own: OwnChange }[]> {
  const found = await database.overlay.where("row").equals(row).toArray();
  found.sort((left, right) => left.sequence - right.sequence || left.position - right.position);
  const sets = await database.outbox.bulkGet(found.map((one) => one.sequence));
  return found.flatMap((overlay, at) => {
    const set = sets[at];
    if (set === undefined) return [];
    const { replica, counter, state } = set;
    const acknowledged = state === "acknowledged";
    return [{ overlay, own: { replica, counter, acknowledged, change: overlay.change } }];
  });
}

/** Return what a row shows, and the base and the own changes it is made from. */
export async function shownOf(
  database: ReplicaDatabase,
  row: string,
): Promise<{ shown: Shown | null; base: BaseRow | null; own: OwnChange[] }> {
  const base = (await database.rows.get(row)) ?? null;
  const own = (await overlayOf(database, row)).map((one) => one.own);
  const name = base?.table ?? own[0]?.change.table;
  const table = name === undefined ? undefined : tableNamed(name);
  return { shown: table === undefined ? null : rebase(table, base, own), base, own };
}

/** Derive the view of just these rows anew; forget own changes the base has caught up with. */
export async function refresh(database: ReplicaDatabase, rows: Iterable<string>): Promise<void> {
  for (const row of new Set(rows)) {
    await forgetCovered(database, row);
    const { shown, own } = await shownOf(database, row);
    if (own.length === 0 || shown === null) await database.views.delete(row);
    else await database.views.put(shown);
  }
}

/** Derive the views of the rows that were just stored, where the replica has own changes. */
export async function refreshPulled(
  database: ReplicaDatabase,
  rows: readonly WireRow[],
): Promise<void> {
  const mine = new Set((await database.overlay.orderBy("row").uniqueKeys()) as string[]);
  if (mine.size === 0) return;
  await refresh(
    database,
    rows.map(([, row]) => row).filter((row) => mine.has(row)),
  );
}

/** Stop showing answered changes that the base covers, by its vector or by the scope's seq. */
async function forgetCovered(database: ReplicaDatabase, row: string): Promise<void> {
  const answered = (await overlayOf(database, row)).filter((one) => one.own.acknowledged);
  if (answered.length === 0) return;
  const vector = (await database.rows.get(row))?.vector ?? {};
  for (const { overlay, own } of answered) {
    const at = (await database.cursors.get(overlay.scope))?.seq ?? 0;
    const reached = overlay.settledSeq !== undefined && at >= overlay.settledSeq;
    if (reached || seen(vector, own.replica) >= own.counter) {
      await database.overlay.delete([overlay.sequence, overlay.position]);
    }
  }
}

/** A row as screens use it: its values, with its id, scope and state beside them. */
export type Entity<T extends TableName> = Rows[T] & {
  id: string;
  scope: string;
  /** Where it stands between this device and the server. */
  syncState: Shown["state"];
  /** Fields whose concurrent values wait for a person's decision. */
  review: string[];
};

/** Return a row as screens use it, of what it shows. */
export function shownAs<T extends TableName>(
  row: string,
  shown: Omit<Shown, "deleted">,
): Entity<T> {
  return {
    ...(shown.values as Values),
    id: row,
    scope: shown.scope,
    syncState: shown.state,
    review: shown.review,
  } as Entity<T>;
}

function fromBase<T extends TableName>(base: BaseRow): Entity<T> {
  return shownAs<T>(base.row, { ...base, state: "confirmed" });
}

/** Return the rows of a table in a scope, as the person sees them; for live queries. */
export function rowsIn<T extends TableName>(
  database: ReplicaDatabase,
  table: T,
  scope: string,
): Promise<Entity<T>[]> {
  return shownIn(database, table, () => Promise.resolve([scope]));
}

/** Return the rows of a table in every scope that this replica holds. */
export function rowsEverywhere<T extends TableName>(
  database: ReplicaDatabase,
  table: T,
): Promise<Entity<T>[]> {
  return shownIn(database, table, async () => {
    const [held, own] = await Promise.all([
      database.cursors.toCollection().primaryKeys(),
      database.overlay.orderBy("scope").uniqueKeys(),
    ]);
    const kinds: readonly string[] = TABLES[table].scopes;
    return [...new Set([...held, ...own].map(String))].filter((scope) =>
      kinds.includes(scope.split(":", 1)[0] ?? ""),
    );
  });
}

/** Read a table in some scopes in one transaction: each one more costs a slow phone a frame. */
function shownIn<T extends TableName>(
  database: ReplicaDatabase,
  table: T,
  scopesOf: () => Promise<readonly string[]>,
): Promise<Entity<T>[]> {
  const { rows, views, cursors, overlay } = database;
  return database.transaction("r", [rows, views, cursors, overlay], async () => {
    const scopes = await scopesOf();
    const [base, pending] = await Promise.all([
      rows
        .where("[scope+table]")
        .anyOf(scopes.map((scope) => [scope, table]))
        .toArray(),
      views
        .where("[table+scope]")
        .anyOf(scopes.map((scope) => [table, scope]))
        .toArray(),
    ]);
    const changed = new Set(pending.map((view) => view.row));
    const found: Entity<T>[] = [];
    for (const one of base) {
      if (!one.deleted && !changed.has(one.row)) found.push(fromBase<T>(one));
    }
    for (const view of pending) if (!view.deleted) found.push(shownAs<T>(view.row, view));
    return found;
  });
}

/** Return one row as the person sees it; undefined when it is not here or deleted. */
export async function rowById<T extends TableName>(
  database: ReplicaDatabase,
  table: T,
  row: string,
): Promise<Entity<T> | undefined> {
  const view = await database.views.get(row);
  if (view !== undefined) {
    return view.deleted || view.table !== table ? undefined : shownAs<T>(row, view);
  }
  const base = await database.rows.get(row);
  return base === undefined || base.deleted || base.table !== table ? undefined : fromBase<T>(base);
}

/** Return the rows with fields that wait for a person's decision, by table. */
export async function rowsInReview(
  database: ReplicaDatabase,
): Promise<{ table: TableName; entity: Entity<TableName> }[]> {
  const found = await database.rows.orderBy("review").uniqueKeys();
  if (found.length === 0) return [];
  const base = await database.rows.where("review").anyOf(found).distinct().toArray();
  const shown = await database.views.bulkGet(base.map((one) => one.row));
  return base.flatMap((one, at) => {
    const table = one.table as TableName;
    const view = shown[at];
    if (tableNamed(table) === undefined || (view ?? one).deleted) return [];
    return [{ table, entity: view ? shownAs<TableName>(one.row, view) : fromBase<TableName>(one) }];
  });
}
