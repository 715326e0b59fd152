/** What a tablet keeps offline: the rule, the pins, and their bounds. */

import { describe, expect, it } from "vitest";
import { type Kept, ruleOf, USUAL, wantedVersions } from "../../src/documents/keeping";

const DAY = 86_400_000;
const NOW = 100 * DAY;
const ME = "me";

interface Given extends Partial<Kept> {
  id: string;
  stored?: number;
  state?: "stored" | "quarantined" | "received";
}

function wanted(
  given: readonly Given[],
  rule: Record<string, unknown> = {},
  pins: readonly string[] = [],
): string[] {
  const documents = given.map(
    (one): Kept => ({
      project_id: "p",
      author_id: "other",
      version_id: `v-${one.id}`,
      size_bytes: 1_000,
      ...one,
    }),
  );
  const versions = new Map(
    given.map((one) => [
      `v-${one.id}`,
      {
        id: `v-${one.id}`,
        state: one.state ?? ("stored" as const),
        object_sha256: "0".repeat(64),
        stored_at: one.stored ?? NOW - 50 * DAY,
      },
    ]),
  );
  const rules = [{ project_id: "p", ...rule }];
  const who = { person: ME, pins: new Set(pins), now: NOW };
  return wantedVersions(documents, versions, rules, who).map((one) => one.document);
}

describe("wantedVersions", () => {
  it("keeps what is pinned here, pinned for all, one's own, recent: in this order", () => {
    const given: Given[] = [
      { id: "old" },
      { id: "recent", stored: NOW - DAY },
      { id: "mine", author_id: ME },
      { id: "all", pinned: true },
      { id: "here" },
    ];
    expect(wanted(given, { recent_days: 7 }, ["here"])).toEqual(["here", "all", "mine", "recent"]);
    expect(wanted(given)).toEqual(["all", "mine"]);
    expect(wanted(given, { mine: false, pinned: false })).toEqual([]);
  });

  it("keeps nothing that is in the trash, in quarantine, or not stored yet", () => {
    const given: Given[] = [
      { id: "a", trashed_at: NOW },
      { id: "b", state: "quarantined" },
      { id: "c", state: "received" },
      { id: "d", version_id: null },
    ];
    expect(wanted(given, {}, ["a", "b", "c", "d"])).toEqual([]);
  });

  it("stays within the size of one file and of all; what is pinned here goes first", () => {
    const given: Given[] = [
      { id: "small", pinned: true, size_bytes: 400 },
      { id: "large", pinned: true, size_bytes: 5_000 },
      { id: "huge", size_bytes: 9_000 },
      { id: "mine", author_id: ME, size_bytes: 500 },
    ];
    const rule = { file_bytes_max: 1_000, total_bytes_max: 9_600 };
    expect(wanted(given, rule, ["huge"])).toEqual(["huge", "small"]);
    expect(wanted(given, rule)).toEqual(["small", "mine"]);
  });

  it("takes what a rule leaves open from the usual one", () => {
    expect(ruleOf(undefined)).toEqual(USUAL);
    expect(ruleOf({ project_id: "p", mine: false, recent_days: null })).toEqual({
      ...USUAL,
      mine: false,
    });
  });
});
