/** How a synced table is declared; the declarations themselves are generated from the server's. */

export type Policy =
  | "latest"
  | "review"
  | "maximum"
  | "counter"
  | "set"
  | "text"
  | "workflow"
  | "write_once";

export type ScopeKind = "org" | "project" | "finance" | "folder" | "channel" | "user";

export interface Workflow {
  initial: string;
  transitions: Record<string, readonly string[]>;
  /** From weakest to strongest: of concurrent states the strongest stands. */
  precedence: readonly string[];
  entered: readonly string[];
}

export interface Field {
  name: string;
  kind: string;
  policy: Policy;
  required?: boolean;
  /** Only the server writes it. */
  server?: boolean;
  choices?: readonly string[];
  /** The table whose row the value names. */
  references?: string;
  workflow?: Workflow;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  maxItems?: number;
  itemMaxLength?: number;
}

export interface Table {
  name: string;
  service: string;
  scopes: readonly ScopeKind[];
  /** The field that holds the id in `kind:ID`; `id` for the row's own; null for `org`. */
  scopeField: string | null;
  delete: "edit_wins" | "delete_wins";
  indexes: readonly (readonly string[])[];
  fields: readonly Field[];
}

/** A JSON value without floats. */
export type Value = unknown;
export type Values = Record<string, Value>;

const FIELDS = new WeakMap<Table, Map<string, Field>>();

/** Return a table's fields by name. */
export function fieldsOf(table: Table): Map<string, Field> {
  let found = FIELDS.get(table);
  if (found === undefined) {
    found = new Map(table.fields.map((field) => [field.name, field]));
    FIELDS.set(table, found);
  }
  return found;
}

/** Return the scope a row belongs to, or null when its values do not say. */
export function scopeOf(table: Table, row: string, values: Values, kind: string): string | null {
  if (kind === "org") return "org";
  if (table.scopeField === null) return null;
  const key = table.scopeField === "id" ? row : values[table.scopeField];
  return typeof key === "string" ? `${kind}:${key}` : null;
}

/** Whether a workflow lets `before` become `after`; staying put is always allowed. */
export function allows(workflow: Workflow, before: Value, after: string): boolean {
  if (before === null || before === undefined) {
    return after === workflow.initial || workflow.entered.includes(after);
  }
  if (before === after) return true;
  return (workflow.transitions[String(before)] ?? []).includes(after);
}
