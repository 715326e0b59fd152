/**
 * What people type, to what a field holds, and back; by the field's declaration.
 *
 * Everything typed is a text until it is read here. No number passes through a float: amounts are
 * read digit by digit into minor units, rates into basis points, times into minutes.
 */

import type { Field } from "../engine/schema";
import { checkValue } from "../engine/validation";
import { decimalsOf, readMoney } from "./format";

/** How a whole number is typed: as it stands, in per cent, as hours, in thousandths. */
export type Unit = "count" | "percent" | "hours" | "thousandths";

export type Fault = "missing" | "amount" | "number" | "percent" | "hours" | "invalid";

export interface Typed {
  value: unknown;
  fault: Fault | null;
}

/** Return how people type a field that holds a whole number: its name says what it counts. */
export function unitOf(name: string): Unit {
  if (name.endsWith("basis_points") || name === "progress") return "percent";
  if (name.endsWith("minutes")) return "hours";
  if (name.endsWith("_thousandths")) return "thousandths";
  return "count";
}

const fine = (value: unknown): Typed => ({ value, fault: null });
const wrong = (fault: Fault): Typed => ({ value: null, fault });

/** Read a decimal with a comma or a point into a whole number of its smallest parts. */
function readParts(text: string, decimals: number): number | null {
  const sign = text.trim().startsWith("-") ? -1 : 1;
  const plain = text.replace(/[\s\u00a0\u202f']/g, "").replace(/^-/, "");
  const found = /^(\d{1,15})(?:[.,](\d*))?$/.exec(plain);
  if (found === null) return null;
  const fraction = (found[2] ?? "").replace(/0+$/, "");
  if (fraction.length > decimals) return null;
  const parts = Number((found[1] ?? "") + fraction.padEnd(decimals, "0"));
  if (!Number.isSafeInteger(parts)) return null;
  return parts === 0 ? 0 : sign * parts;
}

/** Read hours: `7`, `7,5`, `7:30` or `7h30`. */
export function readHours(text: string): number | null {
  const plain = text.replace(/[\s\u00a0\u202f]/g, "").toLowerCase();
  const clock = /^(-?)(\d{1,6})[:h](\d{0,2})$/.exec(plain);
  if (clock !== null) {
    const minutes = Number(clock[2]) * 60 + Number(clock[3] || "0");
    if (Number(clock[3] || "0") > 59) return null;
    return clock[1] === "-" && minutes !== 0 ? -minutes : minutes;
  }
  const hundredths = readParts(plain, 2);
  if (hundredths === null) return null;
  // A hundredth of an hour is 36 seconds: whole minutes only, halves up.
  const minutes = Math.floor((Math.abs(hundredths) * 60 + 50) / 100);
  return hundredths < 0 ? -minutes : minutes;
}

/** Write a whole number of parts as a decimal, the French way: 1250050 hundredths as `12500,50`. */
export function writeParts(value: number, decimals: number, trim = false): string {
  const digits = String(Math.abs(value)).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  let fraction = digits.slice(digits.length - decimals);
  if (trim) fraction = fraction.replace(/0+$/, "");
  return `${value < 0 ? "-" : ""}${whole}${fraction === "" ? "" : `,${fraction}`}`;
}

/** Write minutes as hours: `7:30`. */
export function writeHours(minutes: number): string {
  const whole = Math.abs(minutes);
  const rest = whole % 60;
  const hours = String(Math.floor(whole / 60));
  return `${minutes < 0 ? "-" : ""}${hours}${rest === 0 ? "" : `:${String(rest).padStart(2, "0")}`}`;
}

/** Return what a form shows of a value. */
export function typedOf(field: Field, value: unknown, currency: string): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") {
    if (field.kind === "money") return writeParts(value, decimalsOf(currency));
    switch (unitOf(field.name)) {
      case "percent":
        return writeParts(value, 2, true);
      case "hours":
        return writeHours(value);
      case "thousandths":
        return writeParts(value, 3, true);
      default:
        return String(value);
    }
  }
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (field.kind === "decimal") return String(value).replace(".", ",");
  if (Array.isArray(value)) return value.join(",");
  return String(value);
}

function readWhole(field: Field, text: string): Typed {
  switch (unitOf(field.name)) {
    case "percent": {
      const parts = readParts(text.replace("%", ""), 2);
      return parts === null ? wrong("percent") : fine(parts);
    }
    case "hours": {
      const minutes = readHours(text);
      return minutes === null ? wrong("hours") : fine(minutes);
    }
    case "thousandths": {
      const parts = readParts(text, 3);
      return parts === null ? wrong("number") : fine(parts);
    }
    default: {
      const parts = readParts(text, 0);
      return parts === null ? wrong("number") : fine(parts);
    }
  }
}

/** Read a typed decimal as the wire has it: `12,50` is "12.5". */
function readDecimal(text: string): Typed {
  const plain = text.replace(/[\s\u00a0\u202f']/g, "").replace(",", ".");
  if (!/^-?\d{1,15}(\.\d{1,6})?$/.test(plain)) return wrong("number");
  const short = plain.includes(".") ? plain.replace(/\.?0+$/, "") : plain;
  return fine(short.replace(/^(-?)0+(?=\d)/, "$1"));
}

/** Read what was typed into what the field holds; null where nothing was typed. */
export function readTyped(
  field: Field,
  text: string,
  currency: string,
  required = field.required === true,
): Typed {
  const trimmed = text.trim();
  if (trimmed === "") return required ? wrong("missing") : fine(null);
  const read = readKind(field, trimmed, currency);
  if (read.fault !== null) return read;
  const fault = checkValue(field, read.value);
  return fault === null ? read : wrong(field.kind === "money" ? "amount" : "invalid");
}

function readKind(field: Field, text: string, currency: string): Typed {
  switch (field.kind) {
    case "money": {
      const minor = readMoney(text, currency);
      return minor === null ? wrong("amount") : fine(minor);
    }
    case "integer":
      return readWhole(field, text);
    case "decimal":
      return readDecimal(text);
    case "boolean":
      return fine(text === "yes");
    case "local_time":
      return fine(text.slice(0, 16));
    case "references":
    case "words":
      return fine(text.split(",").filter((one) => one !== ""));
    default:
      return fine(text);
  }
}
