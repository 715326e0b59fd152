/** What is left to pay, and what may be done with a paper, follow from what the row says. */

import { describe, expect, it } from "vitest";
import { flowsOf } from "../../src/screens/office/money/cash";
import {
  balanceOf,
  hasEditable,
  type Invoice,
  isEditable,
  isOverdue,
  isPayable,
  movesOf,
  shareOf,
} from "../../src/screens/office/money/papers";
import { settingsId } from "../../src/screens/office/money/settings";

const invoice = (values: Partial<Invoice>): Invoice =>
  ({ status: "approved", kind: "invoice", amount: 1_000, ...values }) as Invoice;

describe("balances", () => {
  it("hold the retention back, halves going up", () => {
    expect(shareOf(1_001, 500)).toBe(50);
    expect(shareOf(1_010, 500)).toBe(51);
    expect(shareOf(Number.MAX_SAFE_INTEGER, 10_000)).toBe(Number.MAX_SAFE_INTEGER);
    const kept = invoice({ tax_amount: 180, retention_basis_points: 500, paid_amount: 100 });
    expect(balanceOf(kept)).toEqual({ due: 1_180 - 59 - 100, retention: 59 });
    expect(balanceOf(invoice({ retention_amount: 60, retention_paid: 60 }))).toEqual({
      due: 940,
      retention: 0,
    });
    expect(balanceOf(invoice({ retention_amount: 60, credited_amount: 950 }))).toEqual({
      due: -10,
      retention: 50,
    });
  });

  it("say what can be paid, and what is late", () => {
    expect(isPayable(invoice({}))).toBe(true);
    expect(isPayable(invoice({ paid_amount: 1_000, status: "paid" }))).toBe(false);
    expect(
      isPayable(invoice({ paid_amount: 950, status: "paid", retention_basis_points: 500 })),
    ).toBe(true);
    expect(isPayable(invoice({ status: "pending" }))).toBe(false);
    expect(isPayable(invoice({ kind: "credit_note" }))).toBe(false);
    expect(isOverdue(invoice({ due: "2026-03-01" }), "2026-03-02")).toBe(true);
    expect(isOverdue(invoice({ due: "2026-03-02" }), "2026-03-02")).toBe(false);
    expect(isOverdue(invoice({ due: "2026-03-01", status: "draft" }), "2026-03-02")).toBe(false);
  });
});

describe("moves", () => {
  it("leave out what only reviews and payments do", () => {
    expect(movesOf("orders", "draft")).toEqual(["submitted", "cancelled"]);
    expect(movesOf("orders", "submitted")).toEqual(["draft", "cancelled"]);
    expect(movesOf("orders", "closed")).toEqual(["approved"]);
    expect(movesOf("received", "pending")).toEqual(["draft", "cancelled"]);
    expect(movesOf("received", "approved")).toEqual(["cancelled"]);
    expect(movesOf("issued", "approved")).toEqual([]);
    expect(movesOf("payments", "scheduled")).toEqual(["paid", "cancelled"]);
    expect(movesOf("payments", "paid")).toEqual(["reversed"]);
  });

  it("keep decided papers as they are, but for what stays open", () => {
    expect(isEditable("orders", "draft", "amount")).toBe(true);
    expect(isEditable("orders", "approved", "amount")).toBe(false);
    expect(isEditable("orders", "approved", "delivery_date")).toBe(true);
    expect(hasEditable("issued", "approved")).toBe(false);
    expect(isEditable("payments", "scheduled", "amount")).toBe(false);
    expect(hasEditable("orders", "submitted")).toBe(false);
  });
});

it("scales the bars of the cash flow by the highest side", () => {
  const month = { currency: "XAF", balance: 0, expected: 0, to_pay: 0 };
  const flows = flowsOf(
    [
      { ...month, month: "2026-01", received: 100, paid: 50, expected: 100 },
      { ...month, month: "2026-02", received: 0, paid: 0 },
    ],
    120,
  );
  expect(flows[0]).toMatchObject({ received: 60, expected: 60, paid: 30, toPay: 0 });
  expect(flows[1]).toMatchObject({ received: 0, paid: 0 });
});

it("knows the id of a project's rules without asking", () => {
  expect(settingsId("0190a1b2-c3d4-7e5f-8a9b-000000000001")).toBe(
    "0190a1b2-c3d4-8e5f-8a9b-000000000001",
  );
});
