/** A table for the office: sorts by any column, filters by words, goes out as CSV. */

import { type ReactNode, useMemo, useState } from "react";
import { useOfficeWords } from "../app/officeWords";
import { Button, Panel } from "./basics";
import { SearchField } from "./fields";

export interface Column<T> {
  key: string;
  label: string;
  /** What it sorts and exports by. */
  value: (row: T) => string | number | null;
  /** What it shows, where that is more than the value. */
  show?: (row: T) => ReactNode;
  numeric?: boolean;
}

/** Rows drawn at first, and again at each request for more: a page stays light. */
const ROWS_SHOWN = 200;
const ROWS_FILTERED = 8;

/** The first column stays in sight while a narrow screen scrolls the others. */
const KEPT = "sticky left-0 z-[1]";

export function DataTable<T extends { id: string }>({
  label,
  rows,
  columns,
  first,
  down = false,
  total,
}: {
  label: string;
  rows: readonly T[];
  columns: readonly Column<T>[];
  /** The key of the column that it is sorted by at first. */
  first: string;
  /** The largest, or the latest, comes first. */
  down?: boolean;
  /** A last line that stays below, by column key. */
  total?: Readonly<Record<string, ReactNode>>;
}) {
  const { o, language } = useOfficeWords();
  const [order, setOrder] = useState({ key: first, down });
  const [words, setWords] = useState("");
  const [shown, setShown] = useState(ROWS_SHOWN);
  const sorted = useMemo(() => {
    const by = columns.find((one) => one.key === order.key) ?? columns[0];
    const wanted = words.trim().toLowerCase();
    const found = rows.filter(
      (row) =>
        wanted === "" ||
        columns.some((one) =>
          String(one.value(row) ?? "")
            .toLowerCase()
            .includes(wanted),
        ),
    );
    if (by === undefined) return found;
    const collator = new Intl.Collator(language, { numeric: true });
    const sign = order.down ? -1 : 1;
    return found.sort((left, right) => sign * compare(collator, by.value(left), by.value(right)));
  }, [rows, columns, order, words, language]);

  const mark = <span aria-hidden="true">{order.down ? "↓" : "↑"}</span>;
  return (
    <Panel className="overflow-hidden">
      {rows.length > ROWS_FILTERED && (
        <div className="flex flex-wrap items-center gap-3 border-b border-line p-3">
          <SearchField
            className="flex-1 basis-52"
            label={o("filter")}
            onChange={(event) => setWords(event.target.value)}
            value={words}
          />
          <Button icon="export" onClick={() => download(label, columns, sorted)}>
            {o("export")}
          </Button>
        </div>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls by keyboard too. */}
      <section aria-label={label} className="relative overflow-x-auto" tabIndex={0}>
        <table className="w-full border-collapse text-base">
          <thead className="bg-sunken">
            <tr>
              {columns.map((column, place) => (
                <th
                  aria-sort={
                    column.key !== order.key ? "none" : order.down ? "descending" : "ascending"
                  }
                  className={`bg-sunken p-0 font-semibold whitespace-nowrap ${place === 0 ? KEPT : ""}`}
                  key={column.key}
                  scope="col"
                >
                  <button
                    aria-label={o("sorted_by", { column: column.label })}
                    className={`target flex w-full items-center gap-1 px-3 ${
                      column.numeric ? "justify-end" : "justify-start"
                    }`}
                    onClick={() =>
                      setOrder({
                        key: column.key,
                        down: column.key === order.key ? !order.down : column.numeric === true,
                      })
                    }
                    type="button"
                  >
                    {column.key === order.key && column.numeric && mark}
                    {column.label}
                    {column.key === order.key && !column.numeric && mark}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {sorted.slice(0, shown).map((row) => (
              <tr className="group" key={row.id}>
                {columns.map((column, place) => (
                  <td
                    className={`bg-panel px-3 py-3 align-top group-hover:bg-page ${place === 0 ? KEPT : ""} ${
                      column.numeric ? "text-right whitespace-nowrap tabular-nums" : "break-words"
                    }`}
                    key={column.key}
                  >
                    {column.show === undefined ? (column.value(row) ?? "—") : column.show(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
          {total !== undefined && (
            <tfoot className="border-t-2 border-line font-bold">
              <tr>
                {columns.map((column, place) => (
                  <td
                    className={`bg-panel px-3 py-3 whitespace-nowrap tabular-nums ${place === 0 ? KEPT : ""} ${column.numeric ? "text-right" : ""}`}
                    key={column.key}
                  >
                    {total[column.key]}
                  </td>
                ))}
              </tr>
            </tfoot>
          )}
        </table>
      </section>
      {sorted.length > shown && (
        <div className="p-3">
          <Button onClick={() => setShown(shown + ROWS_SHOWN)}>
            {o("more_rows", { count: Math.min(ROWS_SHOWN, sorted.length - shown) })}
          </Button>
        </div>
      )}
    </Panel>
  );
}

function compare(
  collator: Intl.Collator,
  left: string | number | null,
  right: string | number | null,
): number {
  if (left === null || right === null) return (left === null ? 1 : 0) - (right === null ? 1 : 0);
  if (typeof left === "number" && typeof right === "number") return left - right;
  return collator.compare(String(left), String(right));
}

/** Write what the table shows to a file that spreadsheets of both languages open. */
function download<T>(label: string, columns: readonly Column<T>[], rows: readonly T[]): void {
  const cell = (value: string | number | null): string => {
    const text = String(value ?? "");
    // A cell that begins like a formula is made a text: a spreadsheet would run it.
    const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return `"${safe.replaceAll('"', '""')}"`;
  };
  const lines = [
    columns.map((one) => cell(one.label)).join(";"),
    ...rows.map((row) => columns.map((one) => cell(one.value(row))).join(";")),
  ];
  const blob = new Blob([`\ufeff${lines.join("\r\n")}\r\n`], { type: "text/csv;charset=utf-8" });
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = `${label}.csv`;
  link.click();
  URL.revokeObjectURL(address);
}
