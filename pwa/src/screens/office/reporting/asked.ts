/** What a report is asked for, and how that is put to the server: pure. */

export const KINDS = [
  "financial",
  "budget",
  "earned_value",
  "ledger",
  "ageing",
  "status",
  "daily",
] as const;
export type Kind = (typeof KINDS)[number];
export type Form = "pdf" | "xlsx" | "csv";

/** Those that show no amounts: anyone who reads the project has them. */
const WITHOUT_MONEY: ReadonlySet<Kind> = new Set<Kind>(["status", "daily"]);

export interface Asked {
  report: Kind;
  format: Form;
  language: "fr" | "en";
  /** Dates as `YYYY-MM-DD`; empty is the server's default. */
  at: string;
  since: string;
  until: string;
  /** The daily report's id; empty is the latest. */
  row: string;
}

/** As `GET /api/projects/{project}/report-orders` answers. */
export interface OrderRecord {
  id: string;
  report: Kind;
  format: Form;
  language: "fr" | "en";
  asked: { at: string | null; since: string | null; until: string | null; row: string | null };
  state: "waiting" | "running" | "done" | "failed";
  /** Per cent. */
  progress: number;
  rows: number | null;
  document: string | null;
  error: string | null;
  made_at: number;
  finished_at: number | null;
}

export function kindsFor(seesMoney: boolean): readonly Kind[] {
  return KINDS.filter((one) => seesMoney || WITHOUT_MONEY.has(one));
}

export function hasPeriod(kind: Kind): boolean {
  return kind === "ledger";
}

/** Return what was chosen, without what the kind of report does not look at. */
function said(asked: Asked): Record<string, string> {
  const period = hasPeriod(asked.report) ? { since: asked.since, until: asked.until } : {};
  const row = asked.report === "daily" ? { row: asked.row } : {};
  return Object.fromEntries(
    Object.entries({ at: asked.at, ...period, ...row }).filter(([, value]) => value !== ""),
  );
}

/** Return the address that answers with the report itself. */
export function reportPath(project: string, asked: Asked): string {
  const query = new URLSearchParams({
    format: asked.format,
    language: asked.language,
    ...said(asked),
  });
  return `/api/projects/${project}/reports/${asked.report}?${query}`;
}

/** Return the body of an order. */
export function orderOf(asked: Asked): Record<string, string> {
  const { report, format, language } = asked;
  return { report, format, language, ...said(asked) };
}

/** Return what an order asked for, to ask it again. */
export function askedOf(order: OrderRecord): Asked {
  const { at, since, until, row } = order.asked;
  return {
    report: order.report,
    format: order.format,
    language: order.language,
    at: at ?? "",
    since: since ?? "",
    until: until ?? "",
    row: row ?? "",
  };
}

export function isBackwards(asked: Asked): boolean {
  return (
    hasPeriod(asked.report) && asked.since !== "" && asked.until !== "" && asked.until < asked.since
  );
}
