/** What is asked of the server for a report, and what file it gives. */

import { describe, expect, it } from "vitest";
import { fileNameOf } from "../../src/app/download";
import {
  type Asked,
  askedOf,
  isBackwards,
  kindsFor,
  type OrderRecord,
  orderOf,
  reportPath,
} from "../../src/screens/office/reporting/asked";

const ASKED: Asked = {
  report: "ledger",
  format: "xlsx",
  language: "en",
  at: "",
  since: "2026-01-01",
  until: "2026-01-31",
  row: "0190",
};

describe("a report", () => {
  it("is asked for with what its kind looks at, and nothing else", () => {
    const query = new URLSearchParams(reportPath("p", ASKED).split("?")[1]);
    expect(Object.fromEntries(query)).toEqual({
      format: "xlsx",
      language: "en",
      since: "2026-01-01",
      until: "2026-01-31",
    });
    expect(orderOf({ ...ASKED, report: "status", at: "2026-02-01" })).toEqual({
      report: "status",
      format: "xlsx",
      language: "en",
      at: "2026-02-01",
    });
    expect(orderOf({ ...ASKED, report: "daily" })).toMatchObject({ row: "0190" });
  });

  it("with amounts is for those who see amounts", () => {
    expect(kindsFor(false)).toEqual(["status", "daily"]);
    expect(kindsFor(true)).toHaveLength(7);
  });

  it("of a period that runs backwards is not asked for", () => {
    expect(isBackwards({ ...ASKED, until: "2025-12-31" })).toBe(true);
    expect(isBackwards({ ...ASKED, report: "status", until: "2025-12-31" })).toBe(false);
  });

  it("is ordered again as it was", () => {
    const { report, format, language } = ASKED;
    const asked = { at: null, since: "2026-01-01", until: null, row: null };
    const order = { report, format, language, asked } as OrderRecord;
    expect(askedOf(order)).toEqual({ ...ASKED, until: "", row: "" });
  });

  it("is kept under the name that the server gives it", () => {
    expect(fileNameOf('attachment; filename="mbk-2.pdf"')).toBe("mbk-2.pdf");
    expect(fileNameOf("attachment; filename*=UTF-8''%C3%A9tat.pdf")).toBe("état.pdf");
    expect(fileNameOf(null)).toBeNull();
  });
});
