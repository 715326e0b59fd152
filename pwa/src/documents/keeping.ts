/** Which documents a tablet keeps for the time without a network: a rule, and what one pins here. */

import type { Entity } from "../replica/view";

export type Kept = Pick<Entity<"document">, "id" | "project_id" | "author_id"> &
  Partial<Pick<Entity<"document">, "version_id" | "size_bytes" | "pinned" | "trashed_at">>;
type KeptVersion = Pick<Entity<"document_version">, "id"> &
  Partial<Pick<Entity<"document_version">, "state" | "object_sha256" | "stored_at">>;
type StoredRule = Pick<Entity<"offline_rule">, "project_id"> & Partial<Entity<"offline_rule">>;

/** Of one project: what its tablets keep. */
export interface Rule {
  /** Documents stored within so many days. */
  recentDays: number;
  /** The person's own documents. */
  mine: boolean;
  /** Those pinned for everyone. */
  pinned: boolean;
  fileBytesMax: number;
  totalBytesMax: number;
}

/** What counts where a project says nothing: little enough for a bad link. */
export const USUAL: Rule = {
  recentDays: 0,
  mine: true,
  pinned: true,
  fileBytesMax: 20_000_000,
  totalBytesMax: 300_000_000,
};

const DAY_MS = 86_400_000;

export function ruleOf(stored: StoredRule | undefined): Rule {
  return {
    recentDays: stored?.recent_days ?? USUAL.recentDays,
    mine: stored?.mine ?? USUAL.mine,
    pinned: stored?.pinned ?? USUAL.pinned,
    fileBytesMax: stored?.file_bytes_max ?? USUAL.fileBytesMax,
    totalBytesMax: stored?.total_bytes_max ?? USUAL.totalBytesMax,
  };
}

/** A version to keep: the newest of its document. */
export interface Wanted {
  version: string;
  document: string;
  bytes: number;
  sha256: string;
}

/** Why a document is kept: the lower the sooner; null when it is not. */
function rank(
  document: Kept,
  version: KeptVersion,
  rule: Rule,
  who: { person: string; pins: ReadonlySet<string>; now: number },
): number | null {
  if (who.pins.has(document.id)) return 0;
  if ((document.size_bytes ?? 0) > rule.fileBytesMax) return null;
  if (rule.pinned && document.pinned) return 1;
  if (rule.mine && document.author_id === who.person) return 2;
  const age = who.now - (version.stored_at ?? 0);
  return rule.recentDays > 0 && age <= rule.recentDays * DAY_MS ? 3 : null;
}

/**
 * Return the versions to keep, the most wanted first, within each project's bounds.
 *
 * What a person pins on the device goes first and may be of any size; all the same it counts.
 */
export function wantedVersions(
  documents: readonly Kept[],
  versions: ReadonlyMap<string, KeptVersion>,
  rules: readonly StoredRule[],
  who: { person: string; pins: ReadonlySet<string>; now: number },
): Wanted[] {
  const byProject = new Map(rules.map((one) => [one.project_id, ruleOf(one)]));
  const ranked = documents.flatMap((document) => {
    const version = document.version_id ? versions.get(document.version_id) : undefined;
    if (document.trashed_at || version?.state !== "stored" || !version.object_sha256) return [];
    const rule = byProject.get(document.project_id) ?? USUAL;
    const at = rank(document, version, rule, who);
    if (at === null) return [];
    return [{ document, version, sha256: version.object_sha256, rule, at }];
  });
  ranked.sort(
    (left, right) =>
      left.at - right.at ||
      (right.version.stored_at ?? 0) - (left.version.stored_at ?? 0) ||
      left.document.id.localeCompare(right.document.id),
  );
  const used = new Map<string, number>();
  return ranked.flatMap(({ document, version, sha256, rule, at }) => {
    const bytes = document.size_bytes ?? 0;
    const sum = (used.get(document.project_id) ?? 0) + bytes;
    if (at > 0 && sum > rule.totalBytesMax) return [];
    used.set(document.project_id, sum);
    return [{ version: version.id, document: document.id, bytes, sha256 }];
  });
}
