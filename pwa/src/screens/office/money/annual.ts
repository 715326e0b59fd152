/** Amounts by year, as a budget line keeps them and as people type them. */

import { decimalsOf, readMoney } from "../../../app/format";

export type Amounts = Readonly<Record<string, number>>;

/** Read what a line says of its years: only what is an amount. */
export function amountsOf(kept: unknown): Amounts {
  if (typeof kept !== "object" || kept === null) return {};
  return Object.fromEntries(
    Object.entries(kept).filter((one): one is [string, number] => Number.isInteger(one[1])),
  );
}

/** Write amounts as people would type them. */
export function typed(amounts: Amounts, currency: string): Record<string, string> {
  const decimals = decimalsOf(currency);
  return Object.fromEntries(
    Object.entries(amounts).map(([year, amount]) => {
      const digits = String(amount).padStart(decimals + 1, "0");
      const whole = digits.slice(0, digits.length - decimals);
      return [year, decimals === 0 ? whole : `${whole},${digits.slice(-decimals)}`];
    }),
  );
}

/** Read what was typed; null while something of it is no amount. An empty one takes its year away. */
export function read(texts: Readonly<Record<string, string>>, currency: string): Amounts | null {
  const found: Record<string, number> = {};
  for (const [year, text] of Object.entries(texts)) {
    if (text.trim() === "") continue;
    const amount = readMoney(text, currency);
    if (amount === null) return null;
    found[year] = amount;
  }
  return found;
}

export function same(one: Amounts, other: Amounts): boolean {
  const years = Object.keys(one);
  return (
    years.length === Object.keys(other).length && years.every((year) => one[year] === other[year])
  );
}

/** The year that comes after those there are; this one where there is none. */
export function nextYear(years: readonly string[]): number {
  return years.length === 0
    ? new Date().getFullYear()
    : Math.max(...years.map((year) => Number(year))) + 1;
}
