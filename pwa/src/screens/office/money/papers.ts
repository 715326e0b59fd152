/** Orders, invoices and payments: what they have in common, what is left to pay, what may be done. */

import { fieldsOf } from "../../../engine/schema";
import { TABLES } from "../../../generated/tables";
import type { Entity } from "../../../replica/view";

/** As addresses and words name them; a table each. */
export const PAPERS = {
  orders: "purchase_order",
  received: "supplier_invoice",
  issued: "client_invoice",
  payments: "payment",
} as const;

export type PaperKind = keyof typeof PAPERS;
export type PaperTable = (typeof PAPERS)[PaperKind];
export type Invoice = Entity<"supplier_invoice"> | Entity<"client_invoice">;

export function isPaperKind(text: string | undefined): text is PaperKind {
  return text !== undefined && Object.hasOwn(PAPERS, text);
}

/** The tab of the budget under which a kind of paper is listed. */
export function tabOf(kind: PaperKind): string {
  return kind === "received" || kind === "issued" ? "invoices" : kind;
}

const WHOLE = 10_000n;

/** Return what is held back of an amount: halves go up. */
export function shareOf(gross: number, basisPoints: number): number {
  return Number((2n * BigInt(gross) * BigInt(basisPoints) + WHOLE) / (2n * WHOLE));
}

export function grossOf(invoice: Pick<Invoice, "amount" | "tax_amount">): number {
  return (invoice.amount ?? 0) + (invoice.tax_amount ?? 0);
}

export interface Balance {
  /** Below zero where a credit note came after the payment. */
  due: number;
  retention: number;
}

/** Return what is left to pay of an invoice, and what is held back of it. */
export function balanceOf(invoice: Invoice): Balance {
  const gross = grossOf(invoice);
  const retention = invoice.retention_amount ?? shareOf(gross, invoice.retention_basis_points ?? 0);
  const settled = (invoice.credited_amount ?? 0) + (invoice.paid_amount ?? 0);
  const due = gross - retention - settled;
  // What a credit note took off beyond what was due is not owed of the retention either.
  return { due, retention: retention - (invoice.retention_paid ?? 0) + Math.min(0, due) };
}

/** Whether money may be paid on an invoice now. */
export function isPayable(invoice: Invoice): boolean {
  if (invoice.kind === "credit_note") return false;
  if (!["approved", "paid"].includes(invoice.status ?? "draft")) return false;
  const { due, retention } = balanceOf(invoice);
  return due > 0 || retention > 0;
}

/** Whether an approved invoice is due and not paid. */
export function isOverdue(invoice: Invoice, today: string): boolean {
  return (
    invoice.status === "approved" &&
    invoice.kind !== "credit_note" &&
    !!invoice.due &&
    invoice.due < today &&
    balanceOf(invoice).due > 0
  );
}

/** What people do with papers, by the state that they bring one to. */
export type PaperMove =
  | "submitted"
  | "pending"
  | "draft"
  | "cancelled"
  | "closed"
  | "approved"
  | "paid"
  | "reversed";

/** Where only reviews and payments lead. */
const OF_THE_SERVER: Record<PaperKind, readonly string[]> = {
  orders: [],
  received: ["approved", "paid"],
  issued: ["approved", "paid"],
  payments: [],
};

/** Return the states that a person may bring a paper to, from where it stands. */
export function movesOf(kind: PaperKind, status: string): string[] {
  const workflow = fieldsOf(TABLES[PAPERS[kind]]).get("status")?.workflow;
  return (workflow?.transitions[status] ?? []).filter(
    (to) =>
      !OF_THE_SERVER[kind].includes(to) &&
      // A review alone approves; what was closed may be opened again by hand.
      (to !== "approved" || status === "closed"),
  );
}

/** The fields that stay open once a paper has left its draft; see the server's guards. */
const OPEN_FIELDS: Record<PaperKind, readonly string[]> = {
  orders: ["reference", "description", "delivery_date"],
  received: ["due", "retention_due"],
  issued: [],
  payments: ["method", "reference", "reason"],
};

/** Whether a field may be changed while a paper stands where it does. */
export function isEditable(kind: PaperKind, status: string, field: string): boolean {
  if (status === "draft") return true;
  if (kind === "payments" && status === "scheduled")
    return ["date", "method", "reference"].includes(field);
  if (["submitted", "pending", "cancelled"].includes(status)) return false;
  return OPEN_FIELDS[kind].includes(field);
}

/** Whether anything of it may be changed. */
export function hasEditable(kind: PaperKind, status: string): boolean {
  if (status === "draft" || (kind === "payments" && status === "scheduled")) return true;
  return OPEN_FIELDS[kind].some((field) => isEditable(kind, status, field));
}
