/** The table of rights as it is shown and changed: pure. */

/** As `GET /api/users/permissions` answers. */
export interface MatrixRecord {
  version: number;
  roles: { role: string; name: { fr: string; en: string } }[];
  lines: MatrixLine[];
}

export interface MatrixLine {
  table: string | null;
  operation: string | null;
  right: string | null;
  sentence: { fr: string; en: string };
  cells: MatrixCell[];
}

export interface MatrixCell {
  role: string;
  allowed: boolean;
  source: "default" | "override";
  locked: boolean;
}

/** Cells that wait to be saved: `role right` -> what it shall be; null is the default again. */
export type Pending = ReadonlyMap<string, boolean | null>;

export function cellKey(role: string, right: string): string {
  return `${role} ${right}`;
}

/** Return what a cell shall be: as it waits to be saved, else as it stands. */
export function isAllowed(line: MatrixLine, cell: MatrixCell, pending: Pending): boolean {
  const waits = line.right === null ? undefined : pending.get(cellKey(cell.role, line.right));
  if (waits === undefined) return cell.allowed;
  if (waits !== null) return waits;
  return cell.source === "override" ? !cell.allowed : cell.allowed;
}

/** Turn a cell over; what is again as it stands waits no more. */
export function toggled(line: MatrixLine, cell: MatrixCell, pending: Pending): Pending {
  if (line.right === null || cell.locked) return pending;
  const key = cellKey(cell.role, line.right);
  const wanted = !isAllowed(line, cell, pending);
  const next = new Map(pending);
  if (wanted === cell.allowed) next.delete(key);
  else next.set(key, wanted);
  return next;
}

/** Return what makes every cell the default again. */
export function allDefaults(matrix: MatrixRecord): Pending {
  const next = new Map<string, boolean | null>();
  for (const { right, cells } of matrix.lines) {
    for (const { role, source } of cells) {
      if (right !== null && source === "override") next.set(cellKey(role, right), null);
    }
  }
  return next;
}

/** Return the changes as the server takes them. */
export function changesOf(pending: Pending): {
  role: string;
  right: string;
  allowed: boolean | null;
}[] {
  return [...pending].map(([key, allowed]) => {
    const [role = "", right = ""] = key.split(" ");
    return { role, right, allowed };
  });
}

/** A table of the app with the lines about it; null gathers what is about none. */
export interface MatrixGroup {
  table: string | null;
  lines: MatrixLine[];
}

/** Return the lines that are looked for, by table, in the order of the server. */
export function groupsOf(
  matrix: MatrixRecord,
  words: string,
  language: "fr" | "en",
  onlyChanged: boolean,
): MatrixGroup[] {
  const wanted = words.trim().toLowerCase();
  const groups: MatrixGroup[] = [];
  for (const line of matrix.lines) {
    // What nobody ever has, and nobody can give, tells nothing to who looks for something.
    if (line.right === null) continue;
    if (!line.sentence[language].toLowerCase().includes(wanted)) continue;
    if (onlyChanged && !line.cells.some((cell) => cell.source === "override")) continue;
    const last = groups.at(-1);
    if (last !== undefined && last.table === line.table) last.lines.push(line);
    else groups.push({ table: line.table, lines: [line] });
  }
  return groups;
}
