/** A line's amounts by year, as they are kept and as people type them. */

import { describe, expect, it } from "vitest";
import { amountsOf, nextYear, read, same, typed } from "../../src/screens/office/money/annual";

describe("amounts by year", () => {
  it("are read from what a line keeps, and nothing else is taken for one", () => {
    expect(amountsOf({ "2026": 5, "2027": "6", "2028": 1.5 })).toEqual({ "2026": 5 });
    for (const nothing of [null, undefined, 7, "x", []]) expect(amountsOf(nothing)).toEqual({});
  });

  it("come back as they were after being typed, whatever the currency's decimals", () => {
    const amounts = { "2026": 5, "2027": 123_456_789, "2028": 0 };
    for (const currency of ["XAF", "EUR", "TND"]) {
      expect(read(typed(amounts, currency), currency)).toEqual(amounts);
    }
  });

  it("are none where one is no amount, and lose the year that was emptied", () => {
    expect(read({ "2026": "12", "2027": "douze" }, "XAF")).toBeNull();
    expect(read({ "2026": "12,5" }, "XAF")).toBeNull();
    expect(read({ "2026": "12", "2027": "  " }, "XAF")).toEqual({ "2026": 12 });
  });

  it("are the same whatever their order, and differ by a year or an amount", () => {
    expect(same({ "2026": 1, "2027": 2 }, { "2027": 2, "2026": 1 })).toBe(true);
    expect(same({ "2026": 1 }, { "2026": 2 })).toBe(false);
    expect(same({ "2026": 1 }, { "2027": 1 })).toBe(false);
    expect(same({}, { "2026": 1 })).toBe(false);
  });

  it("go on with the year after the last", () => {
    expect(nextYear(["2026", "2029"])).toBe(2030);
    expect(nextYear([])).toBe(new Date().getFullYear());
  });
});
