/** From what a person did to a change set: fill in what they had seen, refuse what cannot be. */

import { encode } from "@msgpack/msgpack";
import { noCauses, type Row } from "../engine/causes";
import type { Change, ChangeSet, Operation } from "../engine/changes";
import { contextOf } from "../engine/rebase";
import { scopeOf, type Values } from "../engine/schema";
import { checkScope, checkShape, checkState } from "../engine/validation";
import { ERRORS } from "../generated/errors";
import { type Rows, SCHEMA_VERSION, type TableName } from "../generated/tables";
import type { ReplicaDatabase } from "./database";
import { nextCounter, nextTime, requireIdentity, type Sources, uuid7 } from "./identity";
import { append } from "./outbox";
import { keeping } from "./room";
import { refresh, shownOf, tableNamed } from "./view";

/** What a person did to one row. `after` holds the touched fields only. */
export interface Edit<T extends TableName = TableName> {
  table: T;
  /** Left out for a new row whose id nobody needs beforehand. */
  row?: string;
  /** Left out when the row's values or its stored state say it. */
  scope?: string;
  operation?: Operation;
  after?: Partial<Rows[T]>;
}

/** The entry cannot be: it was not saved. */
export class RefusedError extends Error {
  constructor(
    readonly code: string,
    readonly table: string,
    readonly field: string | null,
  ) {
    super(`${code} (${field === null ? table : `${table}.${field}`})`);
    this.name = "RefusedError";
  }

  /** Return what the person is told. */
  sentence(language: "fr" | "en"): string {
    return ERRORS[this.code]?.[language] ?? this.code;
  }
}

/**
 * Save one user action and show it at once; it is on the disk when this resolves.
 *
 * Returns the ids of the rows, by position. Throws RefusedError when the server would be bound to
 * reject it; nothing was saved then.
 */
export async function edit(
  database: ReplicaDatabase,
  sources: Sources,
  intent: string,
  edits: readonly Edit[],
): Promise<string[]> {
  const ids = edits.map((one) => one.row ?? uuid7(sources));
  const save = async (): Promise<void> => {
    const { replica } = await requireIdentity(database);
    const changes: Change[] = [];
    for (const [at, one] of edits.entries()) {
      changes.push(await changeOf(database, one, ids[at] as string, replica));
    }
    const changeSet: ChangeSet = {
      counter: await nextCounter(database, replica),
      time: await nextTime(database, sources.now()),
      intent,
      schema: SCHEMA_VERSION,
      changes,
    };
    await append(database, replica, changeSet, encode(changeSet).length);
    await refresh(database, ids);
  };
  await keeping(() => database.writing(save));
  return ids;
}

async function changeOf(
  database: ReplicaDatabase,
  one: Edit,
  row: string,
  replica: string,
): Promise<Change> {
  const table = tableNamed(one.table);
  if (table === undefined) throw new RefusedError("table_unknown", one.table, null);
  const { shown, base, own } = await shownOf(database, row);
  const operation = one.operation ?? (one.row === undefined ? "create" : "update");
  const after = (one.after ?? {}) as Values;
  const known = shown?.values ?? {};
  const scope = one.scope ?? shown?.scope ?? scopeOf(table, row, after, table.scopes[0] ?? "org");
  if (scope === null) throw new RefusedError("scope_unknown", one.table, table.scopeField);
  const change: Change = {
    scope,
    table: table.name,
    row,
    operation,
    context: contextOf(base, own, replica),
    before: Object.fromEntries(
      Object.keys(after)
        .filter((name) => Object.hasOwn(known, name))
        .map((name) => [name, known[name]]),
    ),
    after,
  };
  const state: Row | null =
    shown === null
      ? null
      : {
          table: shown.table,
          id: row,
          vector: base?.vector ?? {},
          values: known,
          causes: noCauses(),
          deleted: shown.deleted,
          review: [],
        };
  const fault =
    checkShape(table, change, { newer: false }) ??
    checkScope(table, change, shown?.values ?? null) ??
    checkState(table, state, change, replica);
  if (fault !== null) throw new RefusedError(fault.code, one.table, fault.field);
  return change;
}
