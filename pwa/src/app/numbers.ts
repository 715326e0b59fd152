/** What people call a row by: the number that the server gave, and until then a provisional one. */

/** The provisional number: worked out from the row, it is the same on every device and for ever. */
export function aliasOf(row: string): string {
  return `P-${row.slice(-5).toUpperCase()}`;
}

/** The number to show where there is room for one. */
export function numberOf(row: { id: string; number?: number | null }): string {
  return row.number ? String(row.number) : aliasOf(row.id);
}

/** Both: what was written down before the number came is found by it. */
export function numbersOf(row: { id: string; number?: number | null }): string {
  return row.number ? `${row.number} (${aliasOf(row.id)})` : aliasOf(row.id);
}
