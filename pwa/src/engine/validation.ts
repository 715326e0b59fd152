/** What a change must satisfy before it is saved: its shape, and the state it starts from. */

import { type Row, writersOf } from "./causes";
import type { Change } from "./changes";
import { REPLICA_ID_PATTERN, seen } from "./clock";
import { isRecord, same } from "./equal";
import { counter } from "./policy";
import {
  allows,
  type Field,
  fieldsOf,
  scopeOf,
  type Table,
  type Value,
  type Values,
} from "./schema";

export interface Fault {
  code: string;
  field: string | null;
}

const DOCUMENT_DEPTH_MAX = 12;
const DOCUMENT_BYTES_MAX = 100_000;
const UNKNOWN_FIELD_BYTES_MAX = 20_000;
const CONTEXT_REPLICAS_MAX = 2_000;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const LOCAL_TIME =
  /^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]$/;
const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;
const DECIMAL = /^-?[0-9]{1,15}(\.[0-9]{1,10})?$/;
const CURRENCY = /^[A-Z]{3}$/;
const ENCODER = new TextEncoder();

function fault(code: string, field: string | null = null): Fault {
  return { code, field };
}

/** Check a change against its table's declaration. */
export function checkShape(
  table: Table,
  change: Change,
  options: { newer: boolean; server?: boolean },
): Fault | null {
  if (!UUID.test(change.row)) return fault("value_invalid", "row");
  const after = change.after ?? {};
  const found = checkContext(change.context ?? {});
  if (found !== null) return found;
  if (Object.keys(after).length > 0 === (change.operation === "delete")) {
    return fault("change_set_malformed", "after");
  }
  return (
    checkNames(table, change, after, options) ??
    checkValues(table, after) ??
    checkBefore(table, change.before ?? {})
  );
}

function checkContext(context: Record<string, number>): Fault | null {
  const entries = Object.entries(context);
  if (entries.length > CONTEXT_REPLICAS_MAX) return fault("change_set_too_large", "context");
  const wrong = entries.some(
    ([replica, count]) =>
      !Number.isSafeInteger(count) || count < 0 || !REPLICA_ID_PATTERN.test(replica),
  );
  return wrong ? fault("change_set_malformed", "context") : null;
}

function checkNames(
  table: Table,
  change: Change,
  after: Values,
  { newer, server }: { newer: boolean; server?: boolean },
): Fault | null {
  const fields = fieldsOf(table);
  const names = Object.keys(after).sort();
  for (const name of names) {
    if (fields.has(name)) continue;
    if (!newer) return fault("field_unknown", name);
    const found = checkDocument(name, after[name], UNKNOWN_FIELD_BYTES_MAX);
    if (found !== null) return found;
  }
  const readOnly = names.find((name) => fields.get(name)?.server === true);
  if (server !== true && readOnly !== undefined) return fault("field_read_only", readOnly);
  if (change.operation !== "create") return null;
  const missing = table.fields
    .filter((field) => field.required === true && !Object.hasOwn(after, field.name))
    .map((field) => field.name)
    .sort();
  return missing[0] === undefined ? null : fault("field_missing", missing[0]);
}

function checkValues(table: Table, after: Values): Fault | null {
  for (const field of table.fields) {
    if (!Object.hasOwn(after, field.name)) continue;
    const found = checkValue(field, after[field.name]);
    if (found !== null) return found;
  }
  return null;
}

function checkBefore(table: Table, before: Values): Fault | null {
  const fields = fieldsOf(table);
  for (const [name, value] of Object.entries(before)) {
    const field = fields.get(name);
    const read =
      field !== undefined && ["counter", "set", "text", "workflow"].includes(field.policy);
    if (read && value !== null && !fits(field, value)) return fault("value_invalid", name);
    if (value !== null && !isPlain(value, DOCUMENT_DEPTH_MAX)) return fault("value_invalid", name);
  }
  return null;
}

/** Check one value as the server would; null when it may be saved. */
export function checkValue(field: Field, value: Value): Fault | null {
  if (value === null) {
    return field.required === true ? fault("value_invalid", field.name) : null;
  }
  if (!fits(field, value)) return fault("value_invalid", field.name);
  return field.kind === "document" ? checkDocument(field.name, value, DOCUMENT_BYTES_MAX) : null;
}

function fits(field: Field, value: Value): boolean {
  switch (field.kind) {
    case "text":
      return isText(value, field.maxLength);
    case "integer":
    case "money":
    case "moment":
      return isInteger(field, value);
    case "boolean":
      return typeof value === "boolean";
    case "date":
      return typeof value === "string" && DATE.test(value) && isDay(value);
    case "local_time":
      return typeof value === "string" && LOCAL_TIME.test(value) && isDay(value.slice(0, 10));
    case "decimal":
      return typeof value === "string" && DECIMAL.test(value);
    case "currency":
      return typeof value === "string" && CURRENCY.test(value);
    case "choice":
      return typeof value === "string" && (field.choices ?? []).includes(value);
    case "reference":
    case "identifier":
      return typeof value === "string" && UUID.test(value);
    case "references":
      return isList(field, value, (one) => UUID.test(one));
    case "words":
      return isList(field, value, (one) => one !== "" && isText(one, field.itemMaxLength));
    default:
      return isRecord(value) || Array.isArray(value);
  }
}

function isText(value: Value, maxLength: number | undefined): boolean {
  if (typeof value !== "string" || value.includes("\0")) return false;
  // The bound counts characters, and a string's length counts UTF-16 units.
  return maxLength === undefined || value.length <= maxLength || [...value].length <= maxLength;
}

function isInteger(field: Field, value: Value): boolean {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) return false;
  const least = field.minimum ?? (field.kind === "moment" ? 0 : Number.MIN_SAFE_INTEGER);
  return value >= least && value <= (field.maximum ?? Number.MAX_SAFE_INTEGER);
}

function isList(field: Field, value: Value, member: (one: string) => boolean): boolean {
  return (
    Array.isArray(value) &&
    value.length <= (field.maxItems ?? Number.POSITIVE_INFINITY) &&
    value.every((one) => typeof one === "string" && member(one))
  );
}

function isDay(text: string): boolean {
  const [year, month, day] = text.split("-").map(Number) as [number, number, number];
  const date = new Date(Date.UTC(year, month - 1, day));
  date.setUTCFullYear(year);
  return year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function checkDocument(name: string, value: Value, bytesMax: number): Fault | null {
  if (!isPlain(value, DOCUMENT_DEPTH_MAX)) return fault("value_invalid", name);
  const bytes = ENCODER.encode(JSON.stringify(value)).length;
  return bytes > bytesMax ? fault("change_set_too_large", name) : null;
}

/** Whether every client reads a value alike: no floats, no NUL, `depth` levels at most. */
export function isPlain(value: Value, depth: number): boolean {
  if (value === null || typeof value === "boolean") return true;
  if (typeof value === "string") return !value.includes("\0");
  if (typeof value === "number") return Number.isSafeInteger(value);
  if (Array.isArray(value)) return depth > 1 && value.every((one) => isPlain(one, depth - 1));
  if (!isRecord(value) || depth <= 1) return false;
  return Object.entries(value).every(
    ([key, one]) => !key.includes("\0") && isPlain(one, depth - 1),
  );
}

/** Check that the scope a change names is the one its row belongs to. */
export function checkScope(table: Table, change: Change, values: Values | null): Fault | null {
  const kind = change.scope.split(":", 1)[0] ?? "";
  if (!(table.scopes as readonly string[]).includes(kind)) return fault("row_mismatch");
  const known = values ?? change.after ?? {};
  return scopeOf(table, change.row, known, kind) === change.scope ? null : fault("row_mismatch");
}

/** Check a change against the stored state of its row. */
export function checkState(
  table: Table,
  row: Row | null,
  change: Change,
  replica: string,
): Fault | null {
  if (row === null) {
    if (change.operation !== "create") return fault("row_missing");
  } else if (row.table !== change.table) {
    return fault("row_mismatch");
  }
  return (
    (row === null ? null : checkWritten(table, row, change, replica)) ??
    checkTransitions(table, row, change, replica) ??
    checkTotals(table, row, change)
  );
}

/** Return a table's fields of a policy that a change writes. */
function written(table: Table, change: Change, policy: string): Field[] {
  const after = change.after ?? {};
  return table.fields.filter(
    (field) => field.policy === policy && Object.hasOwn(after, field.name),
  );
}

function checkWritten(table: Table, row: Row, change: Change, replica: string): Fault | null {
  const names = written(table, change, "write_once").map((field) => field.name);
  for (const name of names.sort()) {
    const stored = row.values[name] ?? null;
    if (stored === null || same(stored, change.after?.[name])) continue;
    if (hasSeen(row, name, change, replica)) return fault("write_once_written", name);
  }
  return null;
}

function checkTransitions(
  table: Table,
  row: Row | null,
  change: Change,
  replica: string,
): Fault | null {
  for (const field of written(table, change, "workflow")) {
    const after = change.after?.[field.name];
    const knows = row !== null && hasSeen(row, field.name, change, replica);
    const before = knows ? row.values[field.name] : change.before?.[field.name];
    const allowed =
      typeof after === "string" &&
      field.workflow !== undefined &&
      allows(field.workflow, before ?? null, after);
    if (!allowed) return fault("transition_forbidden", field.name);
  }
  return null;
}

function checkTotals(table: Table, row: Row | null, change: Change): Fault | null {
  for (const { name } of written(table, change, "counter")) {
    const total = counter(row?.values[name], change.before?.[name], change.after?.[name]);
    if (!Number.isSafeInteger(total)) return fault("value_invalid", name);
  }
  return null;
}

/** Whether the writer had seen the value that the field shows. */
function hasSeen(row: Row, name: string, change: Change, replica: string): boolean {
  const context = change.context ?? {};
  if (same(context, row.vector)) return true;
  return writersOf(row, name).every(
    (one) => one.replica === replica || seen(context, one.replica) >= one.counter,
  );
}
