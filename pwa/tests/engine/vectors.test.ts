/** The conformance files that the Python implementation runs: this one gives the same. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { canonical, type Row } from "../../src/engine/causes";
import type { Change } from "../../src/engine/changes";
import { add, MODULUS, rowChecksum } from "../../src/engine/checksum";
import { beyond, clamp, dominates, join, receive, tick } from "../../src/engine/clock";
import { type Merged, merge } from "../../src/engine/merge";
import { scopeOf, type Table, type Values } from "../../src/engine/schema";
import { mergeTexts } from "../../src/engine/text";
import { checkScope, checkShape, checkState } from "../../src/engine/validation";
import { TABLES, type TableName } from "../../src/generated/tables";

function load<T>(name: string): T {
  const path = new URL(`../../../sync/vectors/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(path, "utf-8")) as T;
}

interface Write {
  replica: string;
  counter: number;
  time: number;
  change: Change;
}

interface Step {
  duplicate: boolean;
  late: string[];
  concurrent: string[];
  settled: string[];
  conflicts: unknown[];
}

interface MergeCase {
  name: string;
  table: string;
  writes: Write[];
  steps: Step[];
  row: unknown;
  other_order: number[];
}

interface DeclaredForTest {
  name: string;
  delete: Table["delete"];
  fields: { name: string; policy: Table["fields"][number]["policy"]; precedence: string[] }[];
}

const MERGES = load<{ tables: Record<string, DeclaredForTest>; cases: MergeCase[] }>("merge");

function tableOf(declared: DeclaredForTest): Table {
  return {
    name: declared.name,
    service: "test",
    scopes: ["org"],
    scopeField: null,
    delete: declared.delete,
    indexes: [],
    fields: declared.fields.map(({ name, policy, precedence }) => ({
      name,
      policy,
      kind: "text",
      ...(precedence.length > 0
        ? { workflow: { initial: "", transitions: {}, precedence, entered: [] } }
        : {}),
    })),
  };
}

function stepOf(merged: Merged): Step {
  const { duplicate, late, concurrent, settled, conflicts } = merged;
  return {
    duplicate,
    late,
    concurrent,
    settled,
    conflicts,
  };
}

function run(table: Table, writes: Write[]): [Row, Step[]] {
  let row: Row | null = null;
  const steps: Step[] = [];
  for (const { change, ...dot } of writes) {
    const merged: Merged = merge(table, row, change, dot);
    row = merged.row;
    steps.push(stepOf(merged));
  }
  return [row as Row, steps];
}

describe("merge.json", () => {
  test.each(MERGES.cases)("$name", (given) => {
    const table = tableOf(MERGES.tables[given.table] as DeclaredForTest);
    const [row, steps] = run(table, given.writes);
    expect(steps).toEqual(given.steps);
    expect(canonical(row)).toEqual(given.row);
    const again = given.other_order.map((at) => given.writes[at] as Write);
    expect(canonical(run(table, again)[0])).toEqual(given.row);
  });
});

describe("text.json", () => {
  interface TextCase {
    ancestor: string;
    left: string;
    right: string;
    merged: string | null;
  }
  test.each(load<{ cases: TextCase[] }>("text").cases)(
    "$ancestor | $left | $right",
    ({ ancestor, left, right, merged }) => {
      expect(mergeTexts(ancestor, left, right)).toBe(merged);
    },
  );
});

describe("checksum.json", () => {
  interface ChecksumCase {
    table: string;
    row: string;
    values: Values;
    checksum: number;
  }
  const given = load<{ cases: ChecksumCase[]; total: number; modulus: number }>("checksum");

  test("each row counts what the file says, and together they add up", () => {
    let total = 0;
    for (const { table, row, values, checksum } of given.cases) {
      expect(rowChecksum(table, row, values)).toBe(checksum);
      total = add(total, checksum);
    }
    expect(total).toBe(given.total);
    expect(MODULUS).toBe(given.modulus);
  });
});

describe("clock.json", () => {
  const given = load<{
    tick: { previous: number; wall_ms: number; time: number }[];
    receive: { previous: number; seen: number; wall_ms: number; time: number }[];
    clamp: { time: number; wall_ms: number; drift_ms_max: number; clamped: number }[];
    vectors: {
      left: Record<string, number>;
      right: Record<string, number>;
      join: Record<string, number>;
      dominates: boolean;
      beyond: Record<string, number>;
    }[];
  }>("clock");

  test("times are those of the file", () => {
    for (const one of given.tick) expect(tick(one.previous, one.wall_ms)).toBe(one.time);
    for (const one of given.receive) {
      expect(receive(one.previous, one.seen, one.wall_ms)).toBe(one.time);
    }
    for (const one of given.clamp) {
      expect(clamp(one.time, one.wall_ms, one.drift_ms_max)).toBe(one.clamped);
    }
  });

  test("vectors obey the algebra of the file", () => {
    for (const one of given.vectors) {
      expect(join(one.left, one.right)).toEqual(one.join);
      expect(dominates(one.left, one.right)).toBe(one.dominates);
      expect(beyond(one.left, one.right)).toEqual(one.beyond);
    }
  });
});

interface FaultCase {
  code: string;
  field: string | null;
}

describe("validation.json", () => {
  interface StoredForm {
    table: string;
    id: string;
    vector: Record<string, number>;
    values: Values;
    writes: Record<string, [string, number, number, unknown][]>;
  }
  const given = load<{
    stored: StoredForm;
    shape: { name: string; newer: boolean; change: Change; fault: FaultCase | null }[];
    state: { name: string; change: Change; fault: FaultCase | null }[];
    state_of_nothing: { name: string; change: Change; fault: FaultCase | null }[];
  }>("validation");
  const { table, id, vector, values, writes } = given.stored;
  const stored: Row = {
    table,
    id,
    vector,
    values,
    deleted: false,
    review: [],
    causes: {
      writes: Object.fromEntries(
        Object.entries(writes).map(([name, found]) => [
          name,
          found.map(([replica, counter, time, value]) => ({
            replica,
            counter,
            time,
            value,
            before: null,
            context: {},
          })),
        ]),
      ),
      sets: {},
      texts: {},
      tombstones: [],
      edits: null,
      awaited: { edits: {}, fields: {}, removals: {} },
    },
  };

  test.each(given.shape)("shape: $name", ({ newer, change, fault }) => {
    expect(checkShape(TABLES.task, change, { newer })).toEqual(fault);
  });
  test.each(given.state)("state: $name", ({ change, fault }) => {
    expect(checkState(TABLES.task, stored, change, "a".repeat(16))).toEqual(fault);
  });
  test.each(given.state_of_nothing)("state: $name", ({ change, fault }) => {
    expect(checkState(TABLES.task, null, change, "a".repeat(16))).toEqual(fault);
  });
});

describe("scope.json", () => {
  interface ScopeCase {
    table: TableName;
    kind: string;
    row: string;
    values: Values;
    scope: string;
    fault: FaultCase | null;
    fault_elsewhere: FaultCase | null;
  }
  test.each(load<{ cases: ScopeCase[] }>("scope").cases)("$table in $kind", (given) => {
    const table = TABLES[given.table];
    expect(scopeOf(table, given.row, given.values, given.kind) ?? "").toBe(given.scope);
    const change = (scope: string): Change => ({
      scope,
      table: given.table,
      row: given.row,
      operation: "create",
      after: given.values,
    });
    expect(checkScope(table, change(given.scope), null)).toEqual(given.fault);
    expect(checkScope(table, change("channel:1"), null)).toEqual(given.fault_elsewhere);
  });
});
