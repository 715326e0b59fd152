/** What the server shows of an import, and how it is asked: pure. */

export interface FieldChange {
  field: string;
  before: unknown;
  after: unknown;
}

export interface RowPreview {
  table: string;
  row: string;
  key: string;
  label: string;
  fields: FieldChange[];
}

export interface ConflictPreview {
  table: string;
  row: string;
  label: string;
  reason: string;
  field: string | null;
  here: unknown;
  file: unknown;
}

export interface Counts {
  added: number;
  changed: number;
  removed: number;
  unchanged: number;
}

export interface ImportPreview {
  project: string;
  code: string;
  name: string;
  new_project: boolean;
  currency: string;
  changes: number;
  seal: string;
  counts: Record<string, Counts>;
  added: RowPreview[];
  changed: RowPreview[];
  removed: RowPreview[];
  conflicts: ConflictPreview[];
  hidden: Record<string, number>;
  left: { reason: string; count: number; example: string }[];
  costs: {
    currency: string;
    exact: string;
    total: number;
    rounding: string;
    lines: { key: string; code: string; name: string; amount: number }[];
  } | null;
  settled: number;
}

/** As `POST /api/projects/imports/preview` answers. */
export interface ImportAnswer {
  status: "ready" | "pick";
  file: {
    format: string;
    encoding: string;
    encoding_assumed: boolean;
    bytes_read: number;
    warnings: { code: string; subject: string; detail: string; line: number | null }[];
    warnings_hidden: number;
  };
  projects: { code: string; name: string }[];
  preview: ImportPreview | null;
}

/** What the person says beside the file; empty words leave it to the file. */
export interface Choices {
  project: string;
  pick: string;
  encoding: string;
  currency: string;
  time_zone: string;
  take_file: boolean;
}

export const NO_CHOICES: Choices = {
  project: "",
  pick: "",
  encoding: "",
  currency: "",
  time_zone: "",
  take_file: false,
};

/** Return the address to send a file to: for its preview, or sealed, to import it as shown. */
export function importPath(choices: Choices, sealed?: ImportPreview): string {
  const query = new URLSearchParams();
  for (const name of ["project", "pick", "encoding", "currency", "time_zone"] as const) {
    const value = choices[name].trim();
    if (value !== "") query.set(name, value);
  }
  if (choices.take_file) query.set("take_file", "true");
  if (sealed !== undefined) {
    query.set("seal", sealed.seal);
    query.set("into", sealed.project);
  }
  const path = sealed === undefined ? "/api/projects/imports/preview" : "/api/projects/imports";
  const text = query.toString();
  return text === "" ? path : `${path}?${text}`;
}

/** The tables in the order of the importer; others after them. */
const ORDER = [
  "project",
  "calendar",
  "resource",
  "task",
  "task_link",
  "assignment",
  "budget",
  "budget_line",
];

export interface CountLine extends Counts {
  table: string;
  conflicts: number;
}

/** Return a line for each table that the import is about. */
export function countLines(preview: ImportPreview): CountLine[] {
  const conflicts = new Map<string, number>();
  for (const one of preview.conflicts) {
    conflicts.set(one.table, (conflicts.get(one.table) ?? 0) + 1);
  }
  const tables = new Set([...Object.keys(preview.counts), ...conflicts.keys()]);
  const rank = (table: string): number => {
    const at = ORDER.indexOf(table);
    return at < 0 ? ORDER.length : at;
  };
  return [...tables]
    .sort((left, right) => rank(left) - rank(right))
    .map((table) => ({
      table,
      added: 0,
      changed: 0,
      removed: 0,
      unchanged: 0,
      ...preview.counts[table],
      conflicts: conflicts.get(table) ?? 0,
    }));
}
