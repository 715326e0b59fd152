/** Numbers, amounts and dates as people of both languages write them. */

import type { Language } from "./store";

const LOCALES: Record<Language, string> = { fr: "fr-FR", en: "en-GB" };

/** Decimals of currencies; those that are not named have two (ISO 4217). */
const DECIMALS: Record<string, number> = {
  XAF: 0,
  XOF: 0,
  GNF: 0,
  KMF: 0,
  DJF: 0,
  TND: 3,
  LYD: 3,
};

export function decimalsOf(currency: string): number {
  return DECIMALS[currency] ?? 2;
}

/** Formats are costly to make and many lines use the same: each is made once. */
const NUMBERS = new Map<string, Intl.NumberFormat>();
const DATES = new Map<string, Intl.DateTimeFormat>();

function numbers(language: Language, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = language + JSON.stringify(options);
  let found = NUMBERS.get(key);
  if (found === undefined) {
    found = new Intl.NumberFormat(LOCALES[language], options);
    NUMBERS.set(key, found);
  }
  return found;
}

function dates(language: Language, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language + JSON.stringify(options);
  let found = DATES.get(key);
  if (found === undefined) {
    found = new Intl.DateTimeFormat(LOCALES[language], options);
    DATES.set(key, found);
  }
  return found;
}

/** Write an amount given in minor units. */
export function money(minor: number, currency: string, language: Language): string {
  return `${amount(minor, currency, language)}\u00a0${currency}`;
}

/** Write an amount without its currency, for columns that name it at their head. */
export function amount(minor: number, currency: string, language: Language): string {
  const decimals = decimalsOf(currency);
  // As a text: dividing by a power of ten would make a float of it.
  const digits = String(Math.abs(minor)).padStart(decimals + 1, "0");
  const cut = digits.length - decimals;
  const fraction = decimals === 0 ? "" : `.${digits.slice(cut)}`;
  const exact = `${minor < 0 ? "-" : ""}${digits.slice(0, cut)}${fraction}`;
  return numbers(language, {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  }).format(exact as `${number}`);
}

/** Name a currency as people know it, its code first: `XAF · franc CFA (BEAC)`. */
export function currencyName(code: string, language: Language): string {
  const name = new Intl.DisplayNames(LOCALES[language], { type: "currency" }).of(code);
  return name === undefined || name === code ? code : `${code} · ${name}`;
}

/**
 * Read an amount as a person types it, into minor units; null when it is none.
 *
 * Spaces of all kinds group, comma or point divides; more decimals than the currency has are
 * refused, never rounded.
 */
export function readMoney(text: string, currency: string): number | null {
  const plain = text.replace(/[\s\u00a0\u202f']/g, "").replace(",", ".");
  const found = /^(\d{1,12})(?:\.(\d*))?$/.exec(plain);
  if (found === null) return null;
  const decimals = decimalsOf(currency);
  const fraction = (found[2] ?? "").replace(/0+$/, "");
  if (fraction.length > decimals) return null;
  const minor = Number((found[1] ?? "") + fraction.padEnd(decimals, "0"));
  return Number.isSafeInteger(minor) ? minor : null;
}

export function number(value: number, language: Language, decimals = 0): string {
  return numbers(language, { maximumFractionDigits: decimals }).format(value);
}

/** Write basis points as a percentage. */
export function percent(basisPoints: number, language: Language): string {
  return numbers(language, {
    style: "percent",
    maximumFractionDigits: 1,
  }).format(basisPoints / 10_000);
}

/** Write a date given as `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM`, without moving it between zones. */
export function date(text: string, language: Language, style: "short" | "long" = "short"): string {
  const [year, month, day] = text.slice(0, 10).split("-").map(Number) as [number, number, number];
  const moment = new Date(Date.UTC(year, month - 1, day));
  const options: Intl.DateTimeFormatOptions =
    style === "short"
      ? { day: "2-digit", month: "2-digit", year: "numeric" }
      : { weekday: "long", day: "numeric", month: "long" };
  return dates(language, { ...options, timeZone: "UTC" }).format(moment);
}

/** Write a moment (milliseconds) in the device's own zone. */
export function moment(milliseconds: number, language: Language): string {
  return dates(language, {
    day: "2-digit",
    month: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
  }).format(milliseconds);
}

/** Intl says « cette minute-ci ». */
const JUST_NOW: Record<Language, string> = { fr: "à l'instant", en: "just now" };

/** Write how long ago a moment was, in words. */
export function ago(milliseconds: number, now: number, language: Language): string {
  const format = new Intl.RelativeTimeFormat(LOCALES[language], { numeric: "auto" });
  const seconds = Math.round((milliseconds - now) / 1000);
  if (Math.abs(seconds) < 60) return JUST_NOW[language];
  if (Math.abs(seconds) < 3_600) return format.format(Math.round(seconds / 60), "minute");
  if (Math.abs(seconds) < 86_400) return format.format(Math.round(seconds / 3_600), "hour");
  return format.format(Math.round(seconds / 86_400), "day");
}

export function bytes(count: number, language: Language): string {
  const units = language === "fr" ? ["o", "ko", "Mo", "Go"] : ["B", "kB", "MB", "GB"];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${number(value, language, value < 10 && unit > 0 ? 1 : 0)}\u00a0${units[unit]}`;
}

/** Return today's date at the device, `YYYY-MM-DD`. */
export function today(now = new Date()): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

/** Return the local time at the device, `YYYY-MM-DDTHH:MM`. */
export function localTime(now = new Date()): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${today(now)}T${two(now.getHours())}:${two(now.getMinutes())}`;
}
