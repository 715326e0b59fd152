/** How documents stand, on the server and here; and what words find without a link. */

import { describe, expect, it } from "vitest";
import { filedDocuments, holding, newestFirst, type Version } from "../../src/documents/filed";
import { documentNamed, readTags } from "../../src/documents/filing";
import type { Entity } from "../../src/replica/view";

function document(id: string, values: Partial<Entity<"document">> = {}): Entity<"document"> {
  return {
    id,
    scope: "project:p",
    syncState: "confirmed",
    review: [],
    home_id: "p",
    project_id: "p",
    author_id: "me",
    title: id,
    ...values,
  };
}

function version(id: string, of: string, values: Partial<Version> = {}): Version {
  return {
    id,
    scope: "project:p",
    syncState: "confirmed",
    review: [],
    home_id: "p",
    document_id: of,
    file_name: `${id}.pdf`,
    author_id: "me",
    ...values,
  };
}

describe("filedDocuments", () => {
  const versions = [
    version("v1", "d", { number: 1, state: "stored" }),
    version("v2", "d", { number: 2, state: "stored" }),
    version("v3", "d", { number: 3, state: "received" }),
  ];

  it("shows the newest version whose bytes are kept, else the one on its way", () => {
    const known = [document("d", { version_id: "v2" }), document("e")];
    const waiting = version("w", "e");
    const found = filedDocuments(known, [...versions, waiting], new Map(), new Set(["e"]));
    expect(found.map((one) => [one.version?.id, one.state, one.pinnedHere])).toEqual([
      ["v2", "stored", false],
      ["w", "waiting", true],
    ]);
  });

  it("tells what this device holds: the newest, an older one, one on its way", () => {
    const known = [document("d", { version_id: "v2" })];
    const held = (id: string, purpose: "upload" | "offline" | "fetching") =>
      filedDocuments(
        known,
        versions,
        new Map([[id, { purpose, bytes: 10, sentBytes: 4 }]]),
        new Set(),
      )[0]?.here;
    expect(held("v2", "offline")).toBe("yes");
    expect(held("v1", "offline")).toBe("old");
    expect(held("v2", "upload")).toBe("sending");
    expect(held("v2", "fetching")).toBe("fetching");
    expect(held("other", "offline")).toBe("no");
  });

  it("puts what has no number yet before the numbered, the last number first", () => {
    const order = [...versions, version("w", "d")].sort(newestFirst).map((one) => one.id);
    expect(order).toEqual(["w", "v3", "v2", "v1"]);
  });
});

describe("words without a link", () => {
  it("find titles and tags, whatever their accents and case, all of them", () => {
    const known = [
      document("a", { title: "Procès-verbal de réception", tags: ["Vanne"] }),
      document("b", { title: "Plan de la vanne 12" }),
    ];
    const found = (words: string) =>
      holding(filedDocuments(known, [], new Map(), new Set()), words).map((one) => one.id);
    expect(found("VANNE")).toEqual(["a", "b"]);
    expect(found("proces vanne")).toEqual(["a"]);
    expect(found("  ")).toEqual(["a", "b"]);
    expect(found("grue")).toEqual([]);
  });
});

describe("filing", () => {
  it("reads tags as people type them", () => {
    expect(readTags(" vanne, HSE ;vanne,, plan\n")).toEqual(["HSE", "plan", "vanne"]);
    expect(readTags(" , ")).toEqual([]);
  });

  it("takes a file of the same name at the same place for a new version", () => {
    const known = [
      document("a", { title: "Plan.pdf" }),
      document("b", { title: "plan.pdf", folder_id: "f" }),
      document("c", { title: "Vieux.pdf", trashed_at: 1 }),
    ];
    const top = { project: "p", folder: null };
    const inside = { project: "p", folder: { id: "f", scope: "project:p", name: "f" } };
    const narrow = { project: "p", folder: { id: "f", scope: "folder:f", name: "f" } };
    expect(documentNamed(known, top, " PLAN.pdf")?.id).toBe("a");
    expect(documentNamed(known, inside, "plan.pdf")?.id).toBe("b");
    expect(documentNamed(known, narrow, "plan.pdf")).toBeNull();
    expect(documentNamed(known, top, "vieux.pdf")).toBeNull();
  });
});
