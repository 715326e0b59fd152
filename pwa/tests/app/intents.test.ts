/** Every intent that the app writes has its words, in both languages. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { en } from "../../src/locales/intents/en";
import { fr } from "../../src/locales/intents/fr";

type Words = Record<string, Record<string, string>>;

const SOURCES = join(import.meta.dirname, "../../src");
/** A call that saves a user action: its first argument is the intent, plain or put together. */
const SAVES = /\b(?:save|edit)\(\s*(["'`])([a-z_]+\.[^"'`]*)\1/g;

function written(): string[] {
  const found = new Set<string>();
  for (const name of readdirSync(SOURCES, { recursive: true, encoding: "utf-8" })) {
    if (!/\.tsx?$/.test(name)) continue;
    for (const call of readFileSync(join(SOURCES, name), "utf-8").matchAll(SAVES)) {
      found.add(call[2] as string);
    }
  }
  return [...found].sort();
}

function namesOf(words: Words): string[] {
  return Object.entries(words).flatMap(([group, inside]) =>
    Object.keys(inside).map((name) => `${group}.${name}`),
  );
}

describe("the words of intents", () => {
  it("are there for every intent that a screen saves", () => {
    const known = namesOf(fr);
    const missing = written().filter((intent) => {
      const plain = intent.split("${").map((part) => part.replace(/^[^}]*\}/, ""));
      const form = new RegExp(
        `^${plain.map((part) => part.replaceAll(".", "\\.")).join("[a-z_]+")}$`,
      );
      return !known.some((one) => form.test(one));
    });
    expect(written().length).toBeGreaterThan(15);
    expect(missing).toEqual([]);
  });

  it("are the same intents in both languages, none empty", () => {
    expect(namesOf(en)).toEqual(namesOf(fr));
    const all = [fr, en].flatMap((words: Words) => Object.values(words).flatMap(Object.values));
    expect(all.filter((one) => one.trim() === "")).toEqual([]);
  });
});
