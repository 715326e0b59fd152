/** Rebase: what a row shows, from the server's state and the replica's own changes over it. */

import type { Change } from "./changes";
import { covers, join, seen, type VersionVector } from "./clock";
import { byCodePoint, same } from "./equal";
import { counter } from "./policy";
import { fieldsOf, type Table, type Value, type Values } from "./schema";
import { mergeTexts } from "./text";

/**
 * `saved_here`: on this device only, as far as it knows. `sent`: the server has answered for it.
 * `confirmed`: what is shown came back from the server.
 */
export type SyncState = "saved_here" | "sent" | "confirmed";

/** The server's state of a row, as last pulled. */
export interface BaseRow {
  table: string;
  row: string;
  scope: string;
  seq: number;
  deleted: boolean;
  vector: VersionVector;
  values: Values;
  review: string[];
}

/** A change of this replica that the base may not hold yet. */
export interface OwnChange {
  replica: string;
  counter: number;
  acknowledged: boolean;
  change: Change;
}

/** A row as the replica shows it. */
export interface Shown {
  table: string;
  row: string;
  scope: string;
  values: Values;
  deleted: boolean;
  state: SyncState;
  review: string[];
}

/**
 * Apply a replica's own changes, in the order they were made, over the server's row.
 *
 * A change that the row's vector covers is in the base already: its answer was lost on the way.
 * Null when nothing is known of the row but changes of it: the scope was withdrawn, or its
 * creation rejected.
 */
export function rebase(
  table: Table,
  base: BaseRow | null,
  own: readonly OwnChange[],
): Shown | null {
  const values = { ...base?.values };
  const vector = base?.vector ?? {};
  let deleted = base?.deleted ?? false;
  let known = base !== null;
  let scope = base?.scope;
  let state: SyncState = "confirmed";
  for (const one of own) {
    const { change } = one;
    if (!one.acknowledged) state = "saved_here";
    else if (state === "confirmed") state = "sent";
    if (covers(vector, one.replica, one.counter)) continue;
    known = known || change.operation === "create";
    scope = scope ?? change.scope;
    if (change.operation === "delete") {
      deleted = true;
      continue;
    }
    apply(table, values, change);
    deleted = deleted && table.delete === "delete_wins" && !hadSeen(one, vector);
  }
  const row = base?.row ?? own[0]?.change.row;
  if (!known || scope === undefined || row === undefined) return null;
  if (base === null && Object.keys(values).length === 0) return null;
  return { table: table.name, row, scope, values, deleted, state, review: base?.review ?? [] };
}

function hadSeen(one: OwnChange, vector: VersionVector): boolean {
  const context = one.change.context ?? {};
  return Object.entries(vector).every(
    ([maker, count]) => maker === one.replica || seen(context, maker) >= count,
  );
}

function apply(table: Table, values: Values, change: Change): void {
  const fields = fieldsOf(table);
  for (const [name, after] of Object.entries(change.after ?? {})) {
    const before = change.before?.[name] ?? null;
    const shown = values[name] ?? null;
    switch (fields.get(name)?.policy) {
      case "counter":
        values[name] = counter(shown, before, after);
        break;
      case "set":
        values[name] = applySet(shown, before, after);
        break;
      case "text":
        values[name] = same(shown, before) ? after : applyText(shown, before, after);
        break;
      default:
        values[name] = after;
    }
  }
}

function applySet(shown: Value, before: Value, after: Value): string[] {
  const list = (value: Value): string[] => (Array.isArray(value) ? value.map(String) : []);
  const kept = new Set(list(shown));
  for (const one of list(before)) if (!list(after).includes(one)) kept.delete(one);
  for (const one of list(after)) if (!list(before).includes(one)) kept.add(one);
  return [...kept].sort(byCodePoint);
}

function applyText(shown: Value, before: Value, after: Value): Value {
  const text = (value: Value): string => (typeof value === "string" ? value : "");
  return mergeTexts(text(before), text(shown), text(after)) ?? after;
}

/**
 * Return what the replica has seen of a row, for the context of a new change.
 *
 * The base's vector, and its own answered changes under other ids it had before it forked; those
 * under its present id go without saying.
 */
export function contextOf(
  base: BaseRow | null,
  own: readonly OwnChange[],
  replica: string,
): VersionVector {
  let context = { ...base?.vector };
  for (const one of own) {
    if (one.replica !== replica && one.acknowledged) {
      context = join(context, { [one.replica]: one.counter });
    }
  }
  return context;
}
