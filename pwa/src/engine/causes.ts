/** What a row remembers, beside its values, so that the next change can be merged. */

import { beyond, type VersionVector } from "./clock";
import { byCodePoint, same } from "./equal";
import { compareDots, type Sibling } from "./policy";
import type { Values } from "./schema";
import { type Additions, type Removals, rests } from "./sets";

export interface TextWrites {
  /** Sorted by dot; a lone one leaves its value to the row's values. */
  siblings: Sibling[];
  /** Replica -> its last write of this field. */
  wrote: VersionVector;
}

/** A delete that stands. */
export interface Tombstone {
  replica: string;
  counter: number;
  time: number;
  /** What the deleter had seen beyond the row's vector: edits that will arrive late. */
  unseen: VersionVector;
}

/** What writers had seen beyond the row's vector: it will arrive late. */
export interface Awaited {
  edits: VersionVector;
  fields: Record<string, VersionVector>;
  removals: Record<string, Removals>;
}

export interface Causes {
  /** Fields with the writes that no other write has seen, sorted by dot; nearly always one. */
  writes: Record<string, Sibling[]>;
  sets: Record<string, Additions>;
  texts: Record<string, TextWrites>;
  tombstones: Tombstone[];
  /** Vector of the edits alone, once the row's vector also covers deletes. */
  edits: VersionVector | null;
  awaited: Awaited;
}

export interface Row {
  table: string;
  id: string;
  vector: VersionVector;
  values: Values;
  causes: Causes;
  deleted: boolean;
  review: string[];
}

export function noAwaited(): Awaited {
  return { edits: {}, fields: {}, removals: {} };
}

export function noCauses(): Causes {
  return { writes: {}, sets: {}, texts: {}, tombstones: [], edits: null, awaited: noAwaited() };
}

/** Return the live writes of a one-value field, sorted by dot; none if it was never written. */
export function writersOf(row: Row, name: string): Sibling[] {
  const text = row.causes.texts[name];
  const found = text === undefined ? (row.causes.writes[name] ?? []) : text.siblings;
  const [first] = found;
  return found.length === 1 && first !== undefined
    ? [{ ...first, value: row.values[name] ?? null }]
    : found;
}

/** Drop what the row's vector has caught up with. */
export function stillAwaited(awaited: Awaited, vector: VersionVector): Awaited {
  const removals = Object.entries(awaited.removals)
    .map(([name, known]) => [name, rests(known, vector)] as const)
    .filter(([, known]) => Object.keys(known).length > 0);
  return {
    edits: beyond(awaited.edits, vector),
    fields: rests(awaited.fields, vector),
    removals: Object.fromEntries(removals),
  };
}

/** Return the whole state of a row in the form that the conformance files give. */
export function canonical(row: Row): Record<string, unknown> {
  const { causes } = row;
  const names = [...new Set([...Object.keys(causes.writes), ...Object.keys(causes.texts)])];
  const each = <T, R>(of: Record<string, T>, make: (one: T) => R): Record<string, R> =>
    Object.fromEntries(Object.entries(of).map(([name, one]) => [name, make(one)]));
  return {
    table: row.table,
    id: row.id,
    vector: row.vector,
    values: row.values,
    deleted: row.deleted,
    review: [...row.review].sort(byCodePoint),
    writes: Object.fromEntries(
      names.map((name) => [
        name,
        writersOf(row, name).map((one) => [one.replica, one.counter, one.time, one.value]),
      ]),
    ),
    texts: each(causes.texts, (text) => ({
      wrote: text.wrote,
      from: text.siblings.map((one) => [one.replica, one.before ?? null, one.context]),
    })),
    sets: causes.sets,
    deletes: [...causes.tombstones]
      .sort(compareDots)
      .map((one) => [one.replica, one.counter, one.time]),
    deletes_await: Object.fromEntries(
      causes.tombstones
        .filter((one) => !same(one.unseen, {}))
        .map((one) => [`${one.replica}:${one.counter}`, one.unseen]),
    ),
    edits: causes.edits ?? row.vector,
    awaited: causes.awaited,
  };
}
