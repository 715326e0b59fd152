/** Who may decide on what waits for approval; the server judges all the same. */

import type { Mood } from "../../components/basics";
import type { IconName } from "../../components/icons";
import type { Entity } from "../../replica/view";

export type SubjectTable =
  | "budget_request"
  | "purchase_order"
  | "supplier_invoice"
  | "client_invoice";

/** Something that waits for a person's word, as a word on it has to say it. */
export interface Awaited {
  table: SubjectTable;
  id: string;
  title: string;
  amount: number;
  currency: string;
  round: number;
  level: number;
  levels: number;
  since: number | null;
  author: string;
  /** For whom one would speak; null for oneself. */
  onBehalfOf: string | null;
}

/** The role that a rule asks for, and the roles that meet it. */
const STANDS_FOR: Record<string, readonly string[]> = {
  employee: ["employee", "supervisor", "manager", "administrator"],
  supervisor: ["supervisor", "manager", "administrator"],
  accountant: ["accountant", "administrator"],
  manager: ["manager", "administrator"],
  administrator: ["administrator"],
};

const WAITING: Record<SubjectTable, readonly string[]> = {
  budget_request: ["submitted", "in_review"],
  purchase_order: ["submitted"],
  supplier_invoice: ["pending"],
  client_invoice: ["pending"],
};

interface Reviewed {
  status?: string | null;
  author_id: string;
  level?: number | null;
  approvals_needed?: unknown;
}

export function isWaiting(table: SubjectTable, row: Reviewed): boolean {
  return WAITING[table].includes(row.status ?? "") && Array.isArray(row.approvals_needed);
}

/** Whether a person's word is needed on this, at the level that waits now. */
export function awaitsWordOf(row: Reviewed, person: string, role: string): boolean {
  if (row.author_id === person || !Array.isArray(row.approvals_needed)) return false;
  return (row.approvals_needed as [number, (string | null)?, (string | null)?][]).some(
    ([level, wanted, name]) =>
      level === row.level &&
      (!name || name === person) &&
      (!wanted || (STANDS_FOR[wanted]?.includes(role) ?? false)),
  );
}

/** Whether this person has spoken on this round and level already. */
export function hasSpoken(
  approvals: readonly Entity<"approval">[],
  awaited: Awaited,
  person: string,
): boolean {
  return approvals.some(
    (one) =>
      one.subject_id === awaited.id &&
      one.round === awaited.round &&
      one.level === awaited.level &&
      one.author_id === person,
  );
}

export const STATUS_MOODS: Record<string, { mood: Mood; icon: IconName }> = {
  draft: { mood: "plain", icon: "clock" },
  submitted: { mood: "accent", icon: "sent" },
  in_review: { mood: "accent", icon: "clock" },
  pending: { mood: "accent", icon: "clock" },
  scheduled: { mood: "accent", icon: "clock" },
  returned: { mood: "warn", icon: "back" },
  approved: { mood: "good", icon: "check" },
  paid: { mood: "good", icon: "confirmed" },
  active: { mood: "good", icon: "forward" },
  suspended: { mood: "warn", icon: "clock" },
  archived: { mood: "plain", icon: "document" },
  closed: { mood: "plain", icon: "check" },
  rejected: { mood: "bad", icon: "refused" },
  reversed: { mood: "bad", icon: "back" },
  withdrawn: { mood: "plain", icon: "close" },
  cancelled: { mood: "plain", icon: "close" },
};
