/**
 * Who may do what, as the server's table of permissions says it.
 *
 * The server judges every change; this is so that the app does not offer what it would refuse. The
 * table is kept on the device and read anew when there is a link; a role is read from the replica's
 * own rows, so that a new one counts as soon as it arrives.
 */

import type { Member } from "../generated/tables";

export type Role = Member["role"];

/** The rights that screens ask for; a server's test sees that each of them is one. */
export const RIGHTS = [
  "alert.acknowledge",
  "alert.mute",
  "alert_rule.create",
  "approval.create",
  "approval_rule.create",
  "approval_rule.delete",
  "approval_rule.update",
  "baseline.create",
  "budget.create",
  "budget.update",
  "budget_line.create",
  "budget_line.update",
  "budget_request.create",
  "checklist_item.create",
  "checklist_tick.create",
  "client_invoice.create",
  "client_invoice.update",
  "comment.create",
  "daily_report.approve",
  "daily_report.approve_own",
  "daily_report.create",
  "daily_report.update",
  "delegation.create",
  "delegation.update",
  "document.create",
  "document.publish",
  "document.share",
  "document.update",
  "document.update_own",
  "document_link.create",
  "document_link.delete",
  "document_link.delete_own",
  "document_version.create",
  "expense.create",
  "finance.read",
  "finance_settings.update",
  "folder.create",
  "folder.delete",
  "folder.restrict",
  "folder.update",
  "incident.create",
  "invoice_line.create",
  "member.create",
  "member.delete",
  "member.update",
  "offline_rule.update",
  "payment.create",
  "payment.update",
  "permission.update",
  "permit.activate",
  "permit.assess",
  "permit.authorise",
  "permit.close",
  "permit.create",
  "permit.hand_back",
  "permit.hand_back_own",
  "permit.issue",
  "permit.suspend",
  "person.update",
  "person.update_own",
  "project.create",
  "project.delete",
  "project.everywhere",
  "project.update",
  "punch_item.create",
  "punch_item.update",
  "punch_item.verify",
  "purchase_order.create",
  "purchase_order.update",
  "rejection.read",
  "report_line.create",
  "site.create",
  "site.update",
  "supplier_invoice.create",
  "supplier_invoice.update",
  "task.create",
  "task.delete",
  "task.report",
  "task.update",
  "task.verify",
  "task_link.create",
  "task_link.delete",
  "watch.create",
] as const;

export type Right = (typeof RIGHTS)[number];

/** What a crew does every day: offered too while the table was never read, nothing is lost by it. */
const DAILY: ReadonlySet<Right> = new Set<Right>([
  "alert.acknowledge",
  "checklist_tick.create",
  "comment.create",
  "daily_report.create",
  "document.create",
  "document.update_own",
  "document_link.create",
  "document_link.delete_own",
  "document_version.create",
  "expense.create",
  "incident.create",
  "permit.create",
  "permit.suspend",
  "person.update_own",
  "punch_item.create",
  "punch_item.update",
  "report_line.create",
  "task.report",
  "watch.create",
]);

/** The table as the device keeps it: role -> its rights. */
export interface RightsTable {
  version: number;
  readAt: number;
  roles: Record<string, string[]>;
}

/** As `GET /api/users/permissions` answers, as far as it matters here. */
export interface Matrix {
  version: number;
  lines: { right: string | null; cells: { role: string; allowed: boolean }[] }[];
}

/** Keep of a matrix just what is asked here. */
export function tableOf(matrix: Matrix, readAt: number): RightsTable {
  const wanted: ReadonlySet<string> = new Set(RIGHTS);
  const roles: Record<string, Set<string>> = {};
  for (const { right, cells } of matrix.lines) {
    for (const { role, allowed } of cells) {
      roles[role] ??= new Set();
      // The conflict inbox asks for the right to change whatever table.
      const asked = right !== null && (wanted.has(right) || /\.update(_own)?$/.test(right));
      if (allowed && asked) roles[role].add(right);
    }
  }
  const kept = Object.entries(roles).map(([role, rights]) => [role, [...rights].sort()]);
  return { version: matrix.version, readAt, roles: Object.fromEntries(kept) };
}

/** Who asks: their role in the organisation, and in the projects that they are a member of. */
export interface Standing {
  role: Role | null;
  projects: ReadonlyMap<string, Role>;
}

/** A project that is not there yet. */
export const NEW_PROJECT = "";

/** Return the project of a scope; undefined for the organisation's and for one's own. */
export function projectOf(scope: string): string | undefined {
  const [kind, project] = scope.split(":", 2);
  return kind === "project" || kind === "finance" ? project : undefined;
}

export interface Rights {
  /** Whether the table was ever read on this device. */
  known: boolean;
  /** The role in the organisation; null until the directory has arrived. */
  role: Role | null;
  /** The role in a project: the organisation's where it counts everywhere, else the member's. */
  roleIn: (project: string) => Role | null;
  /** Whether a right is held in the organisation, or in a project. */
  may: (right: Right, project?: string) => boolean;
  /** Whether a right is held in the organisation or in any of one's projects. */
  mayAnywhere: (right: Right) => boolean;
  /** Whether rows of a table may be changed in a project, be it one's own only. */
  mayChange: (table: string, project?: string) => boolean;
}

/** Answer what a person may do; the server's `Access` has the same rules. */
export function rightsOf(standing: Standing, table: RightsTable | null): Rights {
  const allows = (role: Role | null, right: string): boolean =>
    role !== null && (table?.roles[role]?.includes(right) ?? DAILY.has(right as Right));
  const everywhere = table === null || allows(standing.role, "project.everywhere");
  const roleIn = (project: string): Role | null => {
    const own = standing.projects.get(project) ?? null;
    if (table === null) return own ?? standing.role;
    return everywhere ? standing.role : own;
  };
  const within = (project: string | undefined): Role | null =>
    project === undefined ? standing.role : roleIn(project);
  return {
    known: table !== null,
    role: standing.role,
    roleIn,
    may: (right, project) => allows(within(project), right),
    mayAnywhere: (right) =>
      allows(everywhere ? standing.role : null, right) ||
      [...standing.projects.keys()].some((project) => allows(roleIn(project), right)),
    mayChange: (name, project) =>
      allows(within(project), `${name}.update`) || allows(within(project), `${name}.update_own`),
  };
}
