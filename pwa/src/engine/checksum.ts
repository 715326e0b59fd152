/** The order-independent checksum of a scope; see PROTOCOL.md section 8. */

import { sha256 } from "@noble/hashes/sha2.js";
import { byCodePoint, isRecord } from "./equal";
import type { Values } from "./schema";

export const MODULUS = 2 ** 48;

const ENCODER = new TextEncoder();

/** Encode a JSON value without white space, keys sorted by code point at every depth. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (isRecord(value)) {
    const members = Object.keys(value)
      .sort(byCodePoint)
      .map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name])}`);
    return `{${members.join(",")}}`;
  }
  return JSON.stringify(value);
}

/** Return what a live row adds to its scope's checksum. */
export function rowChecksum(table: string, row: string, values: Values): number {
  const digest = sha256(ENCODER.encode(canonicalJson([table, row, values])));
  let total = 0;
  for (let at = 0; at < 6; at += 1) total = total * 256 + (digest[at] as number);
  return total;
}

export function add(total: number, one: number): number {
  return (total + one) % MODULUS;
}

export function subtract(total: number, one: number): number {
  return (total - one + MODULUS) % MODULUS;
}
