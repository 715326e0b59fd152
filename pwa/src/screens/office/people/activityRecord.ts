/** The record of activity: how it is asked for, and what its details say. Pure. */

/** As `GET /api/users/activity` answers. */
export interface ActivityEvent {
  id: number;
  at: number;
  kind: string;
  person: string | null;
  actor: string | null;
  project: string | null;
  device: string | null;
  address: string | null;
  detail: Record<string, unknown>;
}

export interface ActivityPage {
  events: ActivityEvent[];
  next: number | null;
}

/** What is looked for; empty words do not narrow. Dates as `YYYY-MM-DD`, both days included. */
export interface ActivityFilter {
  person: string;
  project: string;
  kind: string;
  since: string;
  until: string;
}

export const NOTHING: ActivityFilter = { person: "", project: "", kind: "", since: "", until: "" };

/** Return the moment at which a day begins at the device. */
function dayStart(day: string, plusDays = 0): number {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date + plusDays).getTime();
}

export function isBackwards(filter: ActivityFilter): boolean {
  return filter.since !== "" && filter.until !== "" && filter.until < filter.since;
}

/** Return the address of a page of the record. */
export function activityPath(filter: ActivityFilter, before: number | null): string {
  const query = new URLSearchParams({ limit: "100" });
  for (const name of ["person", "project", "kind"] as const) {
    if (filter[name] !== "") query.set(name, filter[name]);
  }
  if (filter.since !== "") query.set("since", String(dayStart(filter.since)));
  if (filter.until !== "") query.set("until", String(dayStart(filter.until, 1)));
  if (before !== null) query.set("before", String(before));
  return `/api/users/activity?${query}`;
}

/** How the parts of a detail are said. */
export interface Sayings {
  choice: (value: string) => string;
  field: (name: string) => string;
  table: (name: string) => string;
  /** By what somebody proved who they are, or why they did not. */
  how: (value: string) => string;
}

/** Say an event's detail in a line; what is only for machines (ids) is left out. */
export function detailWords(detail: Record<string, unknown>, say: Sayings): string {
  const parts: string[] = [];
  const { before, after, role, table, fields, changes, reason, method } = detail;
  if (typeof table === "string") parts.push(say.table(table));
  if (typeof before === "string" && typeof after === "string") {
    parts.push(`${say.choice(before)} → ${say.choice(after)}`);
  } else if (typeof (after ?? role) === "string") {
    parts.push(say.choice(String(after ?? role)));
  }
  if (Array.isArray(fields)) parts.push(fields.map((one) => say.field(String(one))).join(", "));
  if (Array.isArray(changes)) {
    for (const one of changes as { role?: string; right?: string; allowed?: boolean }[]) {
      parts.push(`${say.choice(one.role ?? "")} ${one.allowed ? "+" : "−"} ${one.right ?? ""}`);
    }
  }
  for (const told of [reason, method]) {
    if (typeof told === "string") parts.push(told.split("+").map(say.how).join(" + "));
  }
  return parts.join(" · ");
}
