/** A row has a number from its first moment, and keeps it beside the one the server gives. */

import { describe, expect, it } from "vitest";
import { aliasOf, numberOf, numbersOf } from "../../src/app/numbers";

const row = "01890000-0000-7000-8000-0000000a3f2c";

describe("numbers", () => {
  it("shows a provisional number until the server has given one", () => {
    expect(numberOf({ id: row })).toBe("P-A3F2C");
    expect(numberOf({ id: row, number: null })).toBe("P-A3F2C");
    expect(numberOf({ id: row, number: 12 })).toBe("12");
  });

  it("keeps the provisional number as an alias", () => {
    expect(numbersOf({ id: row, number: 12 })).toBe(`12 (${aliasOf(row)})`);
    expect(numbersOf({ id: row })).toBe(aliasOf(row));
  });
});
