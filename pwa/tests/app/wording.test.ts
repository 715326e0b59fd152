/** What the French side of the app is held to, whoever adds a sentence. */

import { describe, expect, it } from "vitest";
import { fr as documents } from "../../src/locales/documents/fr";
import { fr as entering } from "../../src/locales/entering/fr";
import { fr as field } from "../../src/locales/field/fr";
import { fr } from "../../src/locales/fr";
import { fr as importing } from "../../src/locales/importing/fr";
import { fr as intents } from "../../src/locales/intents/fr";
import { fr as office } from "../../src/locales/office/fr";
import { fr as people } from "../../src/locales/people/fr";
import { fr as profile } from "../../src/locales/profile/fr";
import { fr as reporting } from "../../src/locales/reporting/fr";

type Words = { [name: string]: Words | string };

function sentencesOf(words: Words): string[] {
  return Object.values(words).flatMap((one) =>
    typeof one === "string" ? [one] : sentencesOf(one),
  );
}

describe("French sentences", () => {
  const all = { fr, documents, entering, field, importing, intents, office, people, profile };
  it("never let a line begin with a colon, or end with an opening quotation mark", () => {
    const sentences = sentencesOf({ ...all, reporting } as unknown as Words);
    expect(sentences.length).toBeGreaterThan(1_000);
    expect(sentences.filter((one) => / [:;?!»]|« /.test(one))).toEqual([]);
  });
});
