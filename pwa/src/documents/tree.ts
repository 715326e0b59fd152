/** The folders of a project as a tree: what a person leafs through. */

import type { Entity } from "../replica/view";

export type Folder = Pick<Entity<"folder">, "id" | "scope" | "name"> &
  Partial<Pick<Entity<"folder">, "parent_id" | "members" | "category">>;

export interface Branch<T extends Folder = Folder> {
  folder: T;
  /** 0 at the top. */
  depth: number;
}

/** Whether a folder is a scope of its own, which only its members read. */
export function isRestricted(folder: Folder): boolean {
  return folder.scope === `folder:${folder.id}`;
}

/**
 * Return the folders in the order of a tree, each below its parent.
 *
 * A folder whose parent is not here, or that lies within itself (two tablets may have moved two
 * folders into each other), stands at the top: none is ever out of reach.
 */
export function treeOf<T extends Folder>(folders: readonly T[], language: string): Branch<T>[] {
  const collator = new Intl.Collator(language, { numeric: true });
  const known = new Map(folders.map((one) => [one.id, one]));
  const below = new Map<string | null, T[]>();
  for (const folder of folders) {
    const parent = rooted(folder, known) ? (folder.parent_id ?? null) : null;
    const beside = below.get(parent) ?? [];
    beside.push(folder);
    below.set(parent, beside);
  }
  const found: Branch<T>[] = [];
  const walk = (parent: string | null, depth: number): void => {
    const here = below.get(parent) ?? [];
    here.sort((left, right) => collator.compare(left.name, right.name));
    for (const folder of here) {
      found.push({ folder, depth });
      walk(folder.id, depth + 1);
    }
  };
  walk(null, 0);
  return found;
}

/** Whether the way up from a folder ends, over parents that are here. */
function rooted(folder: Folder, known: ReadonlyMap<string, Folder>): boolean {
  const passed = new Set<string>([folder.id]);
  let above = folder.parent_id ?? null;
  if (above === null || !known.has(above)) return false;
  while (above !== null) {
    if (passed.has(above)) return false;
    passed.add(above);
    above = known.get(above)?.parent_id ?? null;
  }
  return true;
}

/** Return the folders from the top down to one, itself included; empty when it is not here. */
export function pathTo<T extends Folder>(folders: readonly T[], id: string | null): T[] {
  const known = new Map(folders.map((one) => [one.id, one]));
  const path: T[] = [];
  let at = id;
  while (at !== null) {
    const folder = known.get(at);
    if (folder === undefined || path.includes(folder)) break;
    path.unshift(folder);
    at = folder.parent_id ?? null;
  }
  return path;
}

/** Return the ids of a folder and of all that lies below it. */
export function within(folders: readonly Folder[], id: string): Set<string> {
  const found = new Set([id]);
  let grown = true;
  while (grown) {
    grown = false;
    for (const one of folders) {
      if (one.parent_id && found.has(one.parent_id) && !found.has(one.id)) {
        found.add(one.id);
        grown = true;
      }
    }
  }
  return found;
}
