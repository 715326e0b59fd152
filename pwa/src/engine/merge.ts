/**
 * The merge: (stored row, change) -> (new row, outcome). Pure.
 *
 * The state of a row is a function of the set of changes merged into it: any order of delivery
 * that keeps each replica's own order, any duplication and any batching give the same row.
 */

import {
  type Awaited,
  noAwaited,
  noCauses,
  type Row,
  stillAwaited,
  type TextWrites,
  type Tombstone,
  writersOf,
} from "./causes";
import type { Change, ConflictNotice } from "./changes";
import { beyond, dominates, join, seen, type VersionVector } from "./clock";
import { byCodePoint, same } from "./equal";
import { compareDots, counter, type Settled, type Sibling, settle, writeOnce } from "./policy";
import { type Field, fieldsOf, type Table, type Value, type Values } from "./schema";
import { type Additions, members, writeSet } from "./sets";

export interface Merged {
  row: Row;
  duplicate: boolean;
  conflicts: ConflictNotice[];
  /** Fields that waited for a person's decision and no longer do. */
  settled: string[];
  /** One-value fields on which the change changed nothing: a stored writer had seen it. */
  late: string[];
  /** One-value fields on which the change met writes that it had not seen, nor they it. */
  concurrent: string[];
}

/** Merge one change into the stored state of its row; null when nothing of it was ever merged. */
export function merge(
  table: Table,
  stored: Row | null,
  change: Change,
  dot: { replica: string; counter: number; time: number },
): Merged {
  const row: Row = stored ?? {
    table: change.table,
    id: change.row,
    vector: {},
    values: {},
    causes: noCauses(),
    deleted: false,
    review: [],
  };
  if (seen(row.vector, dot.replica) >= dot.counter) {
    return { row, duplicate: true, conflicts: [], settled: [], late: [], concurrent: [] };
  }
  return new Merging(table, row, change, dot).run();
}

function textsOf(value: Value): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** One merge; lives as long as the call. */
class Merging {
  private readonly replica: string;
  private readonly counter: number;
  private readonly time: number;
  private readonly context: VersionVector;
  private readonly unseen: VersionVector;
  private readonly vector: VersionVector;
  private readonly values: Values;
  private readonly writes: Record<string, Sibling[]>;
  private readonly sets: Record<string, Additions>;
  private readonly texts: Record<string, TextWrites>;
  private tombstones: Tombstone[];
  private edits: VersionVector | null;
  private readonly awaited: Awaited;
  private readonly review: Set<string>;
  private readonly conflicts: ConflictNotice[] = [];
  private readonly late: string[] = [];
  private readonly concurrent: string[] = [];

  constructor(
    private readonly table: Table,
    private readonly row: Row,
    private readonly change: Change,
    dot: { replica: string; counter: number; time: number },
  ) {
    this.replica = dot.replica;
    this.counter = dot.counter;
    this.time = dot.time;
    this.context = Object.fromEntries(
      Object.entries(change.context ?? {}).filter(([maker]) => maker !== dot.replica),
    );
    this.unseen = beyond(this.context, row.vector);
    this.vector = { ...row.vector, [dot.replica]: dot.counter };
    this.values = { ...row.values };
    this.writes = { ...row.causes.writes };
    this.sets = { ...row.causes.sets };
    this.texts = { ...row.causes.texts };
    this.tombstones = row.causes.tombstones;
    this.edits = row.causes.edits;
    const known = row.causes.awaited ?? noAwaited();
    this.awaited = {
      edits: known.edits,
      fields: { ...known.fields },
      removals: { ...known.removals },
    };
    this.review = new Set(row.review);
  }

  run(): Merged {
    if (this.change.operation === "delete") this.delete();
    else this.edit();
    return {
      row: {
        table: this.row.table,
        id: this.row.id,
        vector: this.vector,
        values: this.values,
        causes: {
          writes: this.writes,
          sets: this.sets,
          texts: this.texts,
          tombstones: this.tombstones.map((one) => ({
            ...one,
            unseen: beyond(one.unseen, this.vector),
          })),
          edits: this.edits,
          awaited: stillAwaited(this.awaited, this.vector),
        },
        deleted: this.tombstones.length > 0,
        review: [...this.review].sort(byCodePoint),
      },
      duplicate: false,
      conflicts: this.conflicts,
      settled: this.row.review.filter((name) => !this.review.has(name)).sort(byCodePoint),
      late: this.late,
      concurrent: this.concurrent,
    };
  }

  private hadSeen(one: { replica: string; counter: number }): boolean {
    return one.replica === this.replica || seen(this.context, one.replica) >= one.counter;
  }

  // Fields

  private edit(): void {
    const before = this.change.before ?? {};
    const fields = fieldsOf(this.table);
    for (const [name, after] of Object.entries(this.change.after ?? {})) {
      const field = fields.get(name);
      switch (field?.policy) {
        case "counter":
          this.values[name] = counter(this.values[name], before[name], after);
          break;
        case "set":
          this.writeSet(name, textsOf(before[name]), textsOf(after));
          break;
        case "write_once":
          this.writeOnce(name, after);
          break;
        default:
          this.write(name, field, after);
      }
    }
    this.outliveDeletes();
  }

  private writeSet(name: string, before: string[], after: string[]): void {
    const [additions, removals] = writeSet(
      this.sets[name] ?? {},
      this.awaited.removals[name] ?? {},
      before,
      after,
      {
        replica: this.replica,
        counter: this.counter,
        context: this.context,
        unseen: this.unseen,
      },
    );
    this.sets[name] = additions;
    this.values[name] = members(Object.keys(additions));
    if (Object.keys(removals).length > 0) this.awaited.removals[name] = removals;
  }

  private sibling(value: Value): Sibling {
    const { replica, counter: number, time } = this;
    return { replica, counter: number, time, value, before: null, context: {} };
  }

  /** Keep the earliest of all writes, seen or not: whatever is late is no less early. */
  private writeOnce(name: string, after: Value): void {
    const stored = writersOf(this.row, name);
    const kept = writeOnce([...stored, this.sibling(after)]);
    const shown = this.values[name] ?? null;
    this.values[name] = kept.value;
    this.writes[name] = [kept];
    if (!stored.every((one) => this.hadSeen(one))) this.concurrent.push(name);
    for (const lost of [shown, after]) {
      if (lost !== null && lost !== undefined && !same(lost, kept.value)) {
        this.report(name, "write_once", kept.value, lost);
      }
    }
  }

  /** Merge a write of a one-value field: it replaces the writes that its writer had seen. */
  private write(name: string, field: Field | undefined, after: Value): void {
    const stored = writersOf(this.row, name);
    const concurrent = stored.filter((one) => !this.hadSeen(one));
    const isText = field?.policy === "text";
    const write = isText ? this.textWrite(name, after) : this.sibling(after);
    let live: Sibling[];
    if (seen(this.awaited.fields[name] ?? {}, this.replica) >= this.counter) {
      this.late.push(name);
      live = concurrent.length > 0 ? concurrent : stored;
    } else {
      live = [...concurrent, write].sort(compareDots);
      if (concurrent.length > 0) this.concurrent.push(name);
    }
    if (Object.keys(this.unseen).length > 0) {
      this.awaited.fields[name] = join(this.awaited.fields[name] ?? {}, this.unseen);
    }
    const settled = settle(field, live);
    this.reportLosers(name, field, live, settled, write);
    this.review.delete(name);
    if (settled.review) this.review.add(name);
    this.values[name] = settled.value;
    this.store(name, live, isText);
  }

  /** Build a text's write: with the text it began from, and what its writer had seen. */
  private textWrite(name: string, after: Value): Sibling {
    const own = this.texts[name]?.wrote[this.replica];
    const context = own === undefined ? this.context : { ...this.context, [this.replica]: own };
    return { ...this.sibling(after), before: this.change.before?.[name] ?? null, context };
  }

  private store(name: string, live: Sibling[], isText: boolean): void {
    if (!isText) {
      this.writes[name] = live;
      return;
    }
    const wrote = { ...this.texts[name]?.wrote, [this.replica]: this.counter };
    this.texts[name] = { siblings: live, wrote };
  }

  /** Record each value that lost now: every live one, less those whose loss is on record. */
  private reportLosers(
    name: string,
    field: Field | undefined,
    live: Sibling[],
    settled: Settled,
    write: Sibling,
  ): void {
    const policy = field?.policy ?? "latest";
    if (live.length === 1 || (policy === "text" && !settled.review)) return;
    const recorded = policy !== "text" || this.row.review.includes(name);
    const shown = this.row.values[name] ?? null;
    const told: Value[] = [settled.value];
    for (const one of live) {
      const known = recorded && one !== write && !same(one.value, shown);
      if (known || told.some((value) => same(value, one.value))) continue;
      told.push(one.value);
      this.report(name, policy, settled.value, one.value, settled.review);
    }
  }

  private report(
    field: string | null,
    policy: string,
    kept: Value,
    lost: Value,
    review = false,
  ): void {
    const { table, id: row } = this.row;
    this.conflicts.push({ table, row, field, policy, kept, lost, ...(review && { review }) });
  }

  // Life and death of the row

  /** Let the edit lift the deletes it had seen, and those it raced where edits win. */
  private outliveDeletes(): void {
    if (this.edits !== null) this.edits = { ...this.edits, [this.replica]: this.counter };
    if (Object.keys(this.unseen).length > 0) {
      this.awaited.edits = join(this.awaited.edits, this.unseen);
    }
    const editWins = this.table.delete === "edit_wins";
    let raced = false;
    const kept: Tombstone[] = [];
    for (const one of this.tombstones) {
      if (this.hadSeen(one)) continue;
      const late = seen(one.unseen, this.replica) >= this.counter;
      raced = raced || !late;
      if (late || !editWins) kept.push(one);
    }
    this.tombstones = kept;
    if (raced) this.reportRace(!editWins);
  }

  private delete(): void {
    const edits = this.edits ?? this.row.vector;
    this.edits = edits;
    if (seen(this.awaited.edits, this.replica) >= this.counter) return;
    const context = { ...this.context, [this.replica]: this.counter };
    const raced = !dominates(context, edits);
    const stands = !raced || this.table.delete === "delete_wins";
    if (stands) {
      const { replica, counter: number, time, unseen } = this;
      this.tombstones = [...this.tombstones, { replica, counter: number, time, unseen }];
    }
    if (raced) this.reportRace(stands);
  }

  private reportRace(deleted: boolean): void {
    const [kept, lost] = deleted ? ["delete", "edit"] : ["edit", "delete"];
    this.report(null, this.table.delete, kept, lost);
  }
}
