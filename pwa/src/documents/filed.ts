/** A document as screens show it: where its bytes are, on the server and here. */

import type { Entity } from "../replica/view";

/** What this device holds of a version. */
export interface Here {
  purpose: "upload" | "offline" | "fetching";
  bytes: number;
  sentBytes: number;
}

export type Version = Entity<"document_version">;
export type VersionState = NonNullable<Version["state"]>;

export interface Filed {
  id: string;
  document: Entity<"document">;
  /** The newest whose bytes are kept; before there is one, the one that is on its way. */
  version: Version | null;
  state: VersionState;
  /** How the newest version stands here; `old` when only an earlier one is held. */
  here: "no" | "sending" | "fetching" | "yes" | "old";
  sentBytes: number;
  pinnedHere: boolean;
}

/** Order versions, the newest first: those without a number are not on the server yet. */
export function newestFirst(left: Version, right: Version): number {
  const at = (one: Version): number => one.number ?? Number.POSITIVE_INFINITY;
  const [first, second] = [at(left), at(right)];
  return first === second ? right.id.localeCompare(left.id) : second > first ? 1 : -1;
}

/** Return the version that stands for a document. */
export function shownVersion(
  document: Entity<"document">,
  versions: readonly Version[],
): Version | null {
  const newest = versions.find((one) => one.id === document.version_id);
  return newest ?? [...versions].sort(newestFirst)[0] ?? null;
}

export function filedDocuments(
  documents: readonly Entity<"document">[],
  versions: readonly Version[],
  here: ReadonlyMap<string, Here>,
  pins: ReadonlySet<string>,
): Filed[] {
  const byDocument = Map.groupBy(versions, (one) => one.document_id);
  return documents.map((document) => {
    const own = byDocument.get(document.id) ?? [];
    const version = shownVersion(document, own);
    const held = version === null ? undefined : here.get(version.id);
    const older = own.some((one) => here.get(one.id)?.purpose === "offline");
    return {
      id: document.id,
      document,
      version,
      state: version?.state ?? "waiting",
      here: heldAs(held, older),
      sentBytes: held?.sentBytes ?? 0,
      pinnedHere: pins.has(document.id),
    };
  });
}

function heldAs(held: Here | undefined, older: boolean): Filed["here"] {
  if (held?.purpose === "upload") return "sending";
  if (held?.purpose === "offline") return "yes";
  if (older) return "old";
  return held?.purpose === "fetching" ? "fetching" : "no";
}

/** Return those whose title or tags hold all the words. */
export function holding(filed: readonly Filed[], words: string): Filed[] {
  const plain = (text: string): string =>
    text.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase();
  const wanted = plain(words).split(/\s+/).filter(Boolean);
  return filed.filter(({ document }) => {
    const text = plain([document.title, ...(document.tags ?? [])].join(" "));
    return wanted.every((one) => text.includes(one));
  });
}
