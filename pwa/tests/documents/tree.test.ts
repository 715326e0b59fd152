/** The tree of folders: in order, never losing one, whatever two tablets did to each other. */

import { describe, expect, it } from "vitest";
import { type Folder, isRestricted, pathTo, treeOf, within } from "../../src/documents/tree";

function folder(id: string, parent: string | null = null, name = id, scope = "project:p"): Folder {
  return { id, scope, name, parent_id: parent };
}

function drawn(folders: readonly Folder[]): string[] {
  return treeOf(folders, "fr").map((one) => "-".repeat(one.depth) + one.folder.name);
}

describe("treeOf", () => {
  it("puts each folder below its parent, siblings as people count", () => {
    const folders = [
      folder("c", "a", "Lot 10"),
      folder("a", null, "Plans"),
      folder("b", "a", "Lot 9"),
      folder("d", null, "Élingues"),
      folder("e", "c", "Coupes"),
    ];
    expect(drawn(folders)).toEqual(["Élingues", "Plans", "-Lot 9", "-Lot 10", "--Coupes"]);
  });

  it("keeps in reach what lies in a circle or below a folder that is not here", () => {
    const circle = [folder("a", "b"), folder("b", "a"), folder("c", "b"), folder("x", "gone")];
    const found = treeOf(circle, "fr").map((one) => one.folder.id);
    expect([...found].sort()).toEqual(["a", "b", "c", "x"]);
    expect(pathTo(circle, "c").map((one) => one.id)).toEqual(["a", "b", "c"]);
  });

  it("finds the way to a folder and all that lies below it", () => {
    const folders = [folder("a"), folder("b", "a"), folder("c", "b"), folder("d")];
    expect(pathTo(folders, "c").map((one) => one.id)).toEqual(["a", "b", "c"]);
    expect(pathTo(folders, "gone")).toEqual([]);
    expect([...within(folders, "a")].sort()).toEqual(["a", "b", "c"]);
  });

  it("knows the folders that are scopes of their own", () => {
    expect(isRestricted(folder("a", null, "a", "folder:a"))).toBe(true);
    expect(isRestricted(folder("b", "a", "b", "folder:a"))).toBe(false);
  });
});
