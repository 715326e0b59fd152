/** The board, the tree and the network: what is written when people shape them. */

import { describe, expect, it } from "vitest";
import { moved, movesFrom } from "../../src/screens/crew/taskMoves";
import { below, besideOf, columnsOf } from "../../src/screens/office/plan/board";
import { arrowsOf, byEnd, linesOf, scaleOf, type Task } from "../../src/screens/office/plan/lines";
import { indent, outdent, placeAfter, shift, wouldLoop } from "../../src/screens/office/plan/tree";

const task = (id: string, values: Partial<Task> = {}): Task =>
  ({ id, name: id, kind: "task", status: "todo", scope: "project:p", ...values }) as Task;

describe("the board", () => {
  const tasks = [
    task("root", { kind: "summary" }),
    task("sub", { kind: "summary", parent_id: "root" }),
    task("a", { parent_id: "sub", planned_finish: "2026-03-02", assignees: ["awa"] }),
    task("b", { parent_id: "root", planned_finish: "2026-03-01", name: "Épreuve" }),
    task("c", { status: "done" }),
  ];
  const all = { words: "", person: "", group: "" };

  it("puts what ends first first, and leaves the groups out", () => {
    expect(columnsOf(tasks, all).todo.map((one) => one.id)).toEqual(["b", "a"]);
    expect(columnsOf(tasks, all).done.map((one) => one.id)).toEqual(["c"]);
  });

  it("finds by words without accents, by person and under a group however deep", () => {
    expect(columnsOf(tasks, { ...all, words: "epr" }).todo.map((one) => one.id)).toEqual(["b"]);
    expect(columnsOf(tasks, { ...all, person: "awa" }).todo.map((one) => one.id)).toEqual(["a"]);
    expect([...below(tasks, "root")].sort()).toEqual(["a", "b", "sub"]);
    expect(columnsOf(tasks, { ...all, group: "sub" }).todo.map((one) => one.id)).toEqual(["a"]);
  });

  it("ends on a tree that loops, as a broken import may make it", () => {
    const loop = [task("x", { parent_id: "y" }), task("y", { parent_id: "x" })];
    expect([...below(loop, "x")].sort()).toEqual(["x", "y"]);
  });

  it("moves only where the workflow and the rights allow", () => {
    const crew = { verifies: false, cancels: false };
    const boss = { verifies: true, cancels: true };
    expect(movesFrom("done", crew)).toEqual(["in_progress"]);
    expect(movesFrom("done", boss)).toEqual(["in_progress", "verified"]);
    expect(movesFrom("verified", crew)).toEqual([]);
    expect(besideOf("todo", 1, crew)).toBe("in_progress");
    expect(besideOf("in_progress", -1, crew)).toBe("todo");
    expect(besideOf("blocked", 1, crew)).toBeNull();
    expect(besideOf("done", 1, boss)).toBe("verified");
    expect(moved(task("a"), "done", "2026-03-01T08:00")).toEqual({
      status: "done",
      actual_finish: "2026-03-01T08:00",
      progress: 10_000,
    });
  });
});

describe("the tree", () => {
  const tree = [
    task("a", { position: 1_000 }),
    task("b", { position: 2_000 }),
    task("b1", { parent_id: "b", position: 1_000 }),
    task("c", { position: 3_000 }),
  ];
  const named = (id: string): Task => tree.find((one) => one.id === id) as Task;

  /** Apply what is to be written and return the order of the lines, with their depth. */
  const shaped = (moves: { row: string; after: object }[] | null): string[] => {
    const changed = tree.map((one) => ({
      ...one,
      ...(moves ?? []).find((move) => move.row === one.id)?.after,
    })) as Task[];
    return linesOf(changed, new Set(), false).map((line) => `${line.depth}${line.task.id}`);
  };

  it("takes a task in, out, up and down", () => {
    expect(shaped(indent(tree, named("c")))).toEqual(["0a", "0b", "1b1", "1c"]);
    expect(shaped(outdent(tree, named("b1")))).toEqual(["0a", "0b", "0b1", "0c"]);
    expect(shaped(shift(tree, named("c"), -1))).toEqual(["0a", "0c", "0b", "1b1"]);
    expect(shaped(shift(tree, named("a"), 1))).toEqual(["0b", "1b1", "0a", "0c"]);
    expect(shaped(shift(tree, named("b"), -1))).toEqual(["0b", "1b1", "0a", "0c"]);
  });

  it("refuses what has no meaning", () => {
    expect(indent(tree, named("a"))).toBeNull();
    expect(outdent(tree, named("a"))).toBeNull();
    expect(shift(tree, named("a"), -1)).toBeNull();
    expect(shift(tree, named("c"), 1)).toBeNull();
  });

  it("writes one task where there is room, and numbers anew where there is none", () => {
    expect(indent(tree, named("c"))).toHaveLength(1);
    const tight = [task("x", { position: 1 }), task("y", { position: 2 })];
    const { position, moves } = placeAfter(tight, "x");
    expect(position).toBe(2_000);
    expect(moves).toEqual([
      { row: "x", after: { position: 1_000 } },
      { row: "y", after: { position: 3_000 } },
    ]);
    expect(placeAfter([], null)).toEqual({ position: 1_000, moves: [] });
  });
});

describe("the network", () => {
  const link = (from: string, to: string) =>
    ({ id: `${from}${to}`, predecessor_id: from, successor_id: to, kind: "finish_start" }) as never;

  it("never closes a loop", () => {
    const links = [link("a", "b"), link("b", "c")];
    expect(wouldLoop(links, "c", "a")).toBe(true);
    expect(wouldLoop(links, "a", "a")).toBe(true);
    expect(wouldLoop(links, "a", "c")).toBe(false);
  });

  it("draws the links of a stretch once each, with what they reach over", () => {
    const dated = ["a", "b", "c", "d"].map((id, at) =>
      task(id, {
        position: at,
        planned_start: `2026-03-0${at + 1}T07:00`,
        planned_finish: `2026-03-0${at + 1}T17:00`,
      }),
    );
    const lines = linesOf(dated, new Set(), false);
    const placeOf = new Map(lines.map((line, place) => [line.task.id, place]));
    const scale = scaleOf(dated, "day", Date.UTC(2026, 2, 1));
    const ends = byEnd([link("a", "b"), link("b", "c"), link("c", "d")]);
    const arrows = arrowsOf(lines.slice(0, 2), placeOf, ends, lines, scale, 56);
    expect(arrows.map((one) => one.id)).toEqual(["ab", "bc"]);
    for (const arrow of arrows) expect(arrow.from).toBeLessThan(arrow.to);
  });
});
