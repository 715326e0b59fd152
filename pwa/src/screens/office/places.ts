/** Where sites are, as people type and read it: decimal degrees, and countries by their names. */

/** Those where sites of oil speak French, and their neighbours; a chart or a map knows all others. */
const COUNTRIES = [
  "AO",
  "BE",
  "BJ",
  "CA",
  "CD",
  "CF",
  "CG",
  "CH",
  "CI",
  "CM",
  "DJ",
  "DZ",
  "EG",
  "FR",
  "GA",
  "GB",
  "GH",
  "GN",
  "GQ",
  "LY",
  "MA",
  "MG",
  "ML",
  "MR",
  "MZ",
  "NE",
  "NG",
  "NO",
  "QA",
  "SA",
  "SN",
  "SS",
  "ST",
  "TD",
  "TG",
  "TN",
  "UG",
  "US",
];

/** Name the countries, in the order of the language. */
export function countryChoices(language: string): { value: string; label: string }[] {
  const names = new Intl.DisplayNames(language, { type: "region" });
  return COUNTRIES.map((value) => ({ value, label: names.of(value) ?? value })).sort(
    (left, right) => left.label.localeCompare(right.label, language),
  );
}

/** Read decimal degrees, with a comma or a point, into millionths; null where nothing is typed. */
export function readDegrees(text: string, most: number): number | null | "wrong" {
  const plain = text.trim().replace(",", ".").replace("−", "-");
  if (plain === "") return null;
  const found = /^(-?)(\d{1,3})(?:\.(\d{0,6}))?$/.exec(plain);
  if (found === null) return "wrong";
  const size = Number(found[2]) * 1_000_000 + Number((found[3] ?? "").padEnd(6, "0"));
  if (size > most * 1_000_000) return "wrong";
  return found[1] === "-" && size !== 0 ? -size : size;
}

/** Write millionths of a degree as people type them. */
export function writeDegrees(microdegrees: number | null | undefined): string {
  if (microdegrees === null || microdegrees === undefined) return "";
  const digits = String(Math.abs(microdegrees)).padStart(7, "0");
  const fraction = digits.slice(-6).replace(/0+$/, "");
  const whole = digits.slice(0, -6);
  return `${microdegrees < 0 ? "-" : ""}${whole}${fraction === "" ? "" : `,${fraction}`}`;
}
