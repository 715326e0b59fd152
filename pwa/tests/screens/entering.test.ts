/** What people type becomes what a field holds, digit by digit, and comes back as it was typed. */

import { describe, expect, it } from "vitest";
import { readHours, readTyped, typedOf, unitOf, writeHours } from "../../src/app/entering";
import { amount } from "../../src/app/format";
import { fieldsOf } from "../../src/engine/schema";
import { TABLES, type TableName } from "../../src/generated/tables";

function field(table: TableName, name: string) {
  const found = fieldsOf(TABLES[table]).get(name);
  if (found === undefined) throw new Error(`${table}.${name} is not declared`);
  return found;
}

describe("amounts", () => {
  const declared = field("purchase_order", "amount");

  it("are typed the French way, or the English one", () => {
    for (const text of ["12 500,50", "12\u202f500,5", "12\u00a0500.50", "12500,50"]) {
      expect(readTyped(declared, text, "EUR")).toEqual({ value: 1_250_050, fault: null });
    }
    expect(readTyped(declared, "1 234", "TND").value).toBe(1_234_000);
  });

  it("never lose a unit, however large", () => {
    expect(readTyped(declared, "90 071 992 547 409,91", "EUR").fault).toBe("amount");
    expect(readTyped(declared, "900 719 925 474,99", "EUR").value).toBe(90_071_992_547_499);
    expect(amount(90_071_992_547_499, "EUR", "fr").replace(/\s/g, " ")).toBe("900 719 925 474,99");
    expect(amount(Number.MAX_SAFE_INTEGER, "EUR", "fr").replace(/\s/g, " ")).toBe(
      "90 071 992 547 409,91",
    );
    expect(amount(-5, "EUR", "fr")).toBe("-0,05");
  });

  it("are refused, never rounded, where the currency has fewer decimals", () => {
    expect(readTyped(declared, "12 500,50", "XAF").fault).toBe("amount");
    expect(readTyped(declared, "0,005", "EUR").fault).toBe("amount");
    expect(readTyped(declared, "-1", "EUR").fault).toBe("amount");
    // An order is of something: its declaration begins at one.
    expect(readTyped(declared, "0", "EUR").fault).toBe("amount");
    expect(readTyped(declared, "", "EUR").fault).toBe("missing");
  });

  it("come back as they were typed", () => {
    for (const [minor, currency] of [
      [1_250_050, "EUR"],
      [7, "TND"],
      [125_000, "XAF"],
    ] as const) {
      const text = typedOf(declared, minor, currency);
      expect(readTyped(declared, text, currency).value).toBe(minor);
    }
    expect(typedOf(declared, 1_250_050, "EUR")).toBe("12500,50");
  });
});

describe("other numbers", () => {
  it("are typed as people say them: per cent, hours, thousandths", () => {
    expect(unitOf("retention_basis_points")).toBe("percent");
    const retention = field("supplier_invoice", "retention_basis_points");
    expect(readTyped(retention, "19,25 %", "XAF").value).toBe(1_925);
    expect(readTyped(retention, "100,01", "XAF").fault).toBe("invalid");
    expect(typedOf(retention, 1_925, "XAF")).toBe("19,25");
    expect(typedOf(retention, 500, "XAF")).toBe("5");
    const minutes = field("report_line", "minutes");
    expect(readTyped(minutes, "7,5", "XAF").value).toBe(450);
    const planned = field("task", "quantity_planned_thousandths");
    expect(readTyped(planned, "12,345", "XAF").value).toBe(12_345);
  });

  it("reads hours of every spelling, and nothing else", () => {
    expect(["7", "7:30", "7h30", "7,5", "0,25", "-2:00"].map(readHours)).toEqual([
      420, 450, 450, 450, 15, -120,
    ]);
    expect(["7:60", "h", "", "7:3x"].map(readHours)).toEqual([null, null, null, null]);
    expect([450, 0, -90, 605].map(writeHours)).toEqual(["7:30", "0", "-1:30", "10:05"]);
  });

  it("writes decimals as the wire has them", () => {
    const quantity = field("report_line", "quantity");
    expect(readTyped(quantity, "012,50", "XAF").value).toBe("12.5");
    expect(readTyped(quantity, "1 200", "XAF").value).toBe("1200");
    expect(readTyped(quantity, "12.5.1", "XAF").fault).toBe("number");
    expect(typedOf(quantity, "12.5", "XAF")).toBe("12,5");
  });

  it("keeps what is not filled in empty, where it may be", () => {
    expect(readTyped(field("report_line", "note"), "  ", "XAF")).toEqual({
      value: null,
      fault: null,
    });
    expect(readTyped(field("report_line", "note"), "", "XAF", true).fault).toBe("missing");
  });
});
