/** What the site's screens work out: shifts, permits, defects, names in what is written. */

import { describe, expect, it } from "vitest";
import type { Permit, PunchItem, Task } from "../../src/generated/tables";
import { mentionsIn, offeredFor, withMention } from "../../src/screens/crew/mentions";
import { inOrder, minutesLeft, standingOf, stepsOf } from "../../src/screens/crew/permits";
import { inOrder as byGravity, movesOf } from "../../src/screens/crew/punch";
import {
  ASKED,
  LINE_KINDS,
  latestOf,
  prefilled,
  reportId,
  shiftAt,
  sumOf,
} from "../../src/screens/crew/reports";

const PROJECT = "0190a1b2-c3d4-7e5f-8a9b-000000000001";

describe("reports", () => {
  it("have the ids that `sync.reports` gives them, on every tablet", () => {
    expect(reportId(PROJECT, "2026-03-01", "day")).toBe("5d680cd0-6fa1-5408-a91e-db6fecf92ffe");
    expect(reportId(PROJECT, "2026-03-01", "night")).toBe("d941372d-f0f0-5ec1-81b2-7cade4a9fff9");
    expect(reportId(PROJECT, "2026-12-31", "day", 12)).toBe("aedf2e8d-c463-5068-a387-405bde0957aa");
  });

  it("belong to the date on which their shift began", () => {
    expect(shiftAt("2026-03-01T05:59")).toEqual({ date: "2026-02-28", shift: "night" });
    expect(shiftAt("2026-03-01T06:00")).toEqual({ date: "2026-03-01", shift: "day" });
    expect(shiftAt("2026-03-01T17:59")).toEqual({ date: "2026-03-01", shift: "day" });
    expect(shiftAt("2026-03-01T18:00")).toEqual({ date: "2026-03-01", shift: "night" });
  });

  it("ask of every declared kind of line, and of its label first", () => {
    expect([...LINE_KINDS].sort()).toEqual(Object.keys(ASKED).sort());
    for (const kind of LINE_KINDS) expect(ASKED[kind][0]).toBe("label");
  });

  it("begin with what was planned: the work in words, a line for what is measured", () => {
    const task = (id: string, values: Partial<Task>): Task & { id: string } =>
      ({ id, kind: "task", status: "todo", name: id, ...values }) as Task & { id: string };
    const found = prefilled(
      [
        task("late", { planned_start: "2026-02-01T07:00", status: "in_progress" }),
        task("today", {
          code: "B",
          planned_start: "2026-03-01T07:00",
          planned_finish: "2026-03-01T17:00",
          quantity_unit: "m",
        }),
        task("over", { planned_start: "2026-02-01T07:00", planned_finish: "2026-02-02T17:00" }),
        task("done", { planned_start: "2026-03-01T07:00", status: "done" }),
        task("ahead", { planned_start: "2026-03-02T07:00", planned_finish: "2026-03-03T07:00" }),
        task("group", { planned_start: "2026-03-01T07:00", kind: "summary" }),
      ],
      "2026-03-01",
    );
    expect(found.planned).toBe("late\nB today");
    expect(found.lines).toEqual([
      { kind: "quantity", label: "today", task_id: "today", unit: "m" },
    ]);
  });

  it("are known by their latest revision, and add up", () => {
    const of = (revision: number | null) => ({
      date: "2026-03-01",
      shift: "day" as const,
      revision,
    });
    const reports = [of(2), of(null), of(3), { ...of(9), date: "2026-03-02" }];
    expect(latestOf(reports, "2026-03-01", "day")?.revision).toBe(3);
    expect(latestOf(reports, "2026-03-01", "night")).toBeNull();
    const line = { kind: "labour" as const, label: "Soudeur", project_id: "", report_id: "" };
    expect(
      sumOf([
        { ...line, count: 3, minutes: 1_440 },
        { ...line, count: 2 },
      ]),
    ).toEqual({
      people: 5,
      minutes: 1_440,
    });
  });
});

describe("permits", () => {
  const permit = (values: Partial<Permit & { id: string }>): Permit & { id: string } =>
    ({
      id: "p",
      author_id: "asker",
      status: "active",
      valid_from: "2026-03-01T07:00",
      valid_until: "2026-03-01T17:00",
      ...values,
    }) as Permit & { id: string };

  it("allow the work while they are active and valid, and never else", () => {
    expect(standingOf(permit({}), "2026-03-01T07:00")).toBe("allowed");
    expect(standingOf(permit({}), "2026-03-01T16:59")).toBe("allowed");
    expect(standingOf(permit({}), "2026-03-01T17:00")).toBe("expired");
    expect(standingOf(permit({}), "2026-03-01T06:59")).toBe("not_yet");
    expect(standingOf(permit({ status: "suspended" }), "2026-03-01T09:00")).toBe("suspended");
    expect(standingOf(permit({ status: "issued" }), "2026-03-01T09:00")).toBe("issued");
    for (const status of ["requested", "assessed", "authorised"] as const) {
      expect(standingOf(permit({ status }), "2026-03-01T09:00")).toBe("waiting");
    }
    expect(standingOf(permit({ status: "closed" }), "2026-03-01T09:00")).toBe("over");
    expect(standingOf(permit({ status: "refused" }), "2026-03-01T09:00")).toBe("void");
    expect(minutesLeft(permit({}), "2026-03-01T16:30")).toBe(30);
  });

  it("are never authorised or issued by who asked for them", () => {
    const all = () => true;
    expect(stepsOf(permit({ status: "assessed" }), "asker", all)).toEqual(["refused", "cancelled"]);
    expect(stepsOf(permit({ status: "assessed" }), "boss", all)).toContain("authorised");
    expect(stepsOf(permit({ status: "authorised" }), "asker", all)).not.toContain("issued");
  });

  it("may be suspended by the whole crew, and handed back by their holder", () => {
    const crew = (right: string) =>
      ["permit.create", "permit.suspend", "permit.hand_back_own"].includes(right);
    expect(stepsOf(permit({ holder_id: "me" }), "me", crew)).toEqual(["suspended", "handed_back"]);
    expect(stepsOf(permit({ holder_id: "you" }), "me", crew)).toEqual(["suspended"]);
    expect(stepsOf(permit({ status: "requested" }), "asker", crew)).toEqual(["cancelled"]);
  });

  it("come in the order of what is at work", () => {
    const found = inOrder(
      [
        permit({ id: "closed", status: "closed" }),
        permit({ id: "asked", status: "requested" }),
        permit({ id: "later", valid_until: "2026-03-01T18:00" }),
        permit({ id: "soon" }),
        permit({ id: "stopped", status: "suspended" }),
      ],
      "2026-03-01T09:00",
    );
    expect(found.map((one) => one.id)).toEqual(["soon", "later", "stopped", "asked", "closed"]);
  });
});

describe("defects", () => {
  const item = (values: Partial<PunchItem & { id: string }>): PunchItem & { id: string } =>
    ({ id: "d", status: "open", ...values }) as PunchItem & { id: string };

  it("are verified by another than who mended them", () => {
    const mended = item({ status: "resolved", resolved_by: "me" });
    expect(movesOf(mended, "me", true)).toEqual(["in_progress"]);
    expect(movesOf(mended, "you", true)).toEqual(["in_progress", "verified"]);
    expect(movesOf(mended, "you", false)).toEqual(["in_progress"]);
    expect(movesOf(item({}), "me", false)).toEqual(["in_progress", "resolved"]);
  });

  it("come gravest first, what is lifted last", () => {
    const found = byGravity([
      item({ id: "lifted", status: "closed", priority: "blocking" }),
      item({ id: "light", priority: "low" }),
      item({ id: "late", due: "2026-01-01" }),
      item({ id: "plain", due: "2026-02-01" }),
      item({ id: "grave", priority: "blocking" }),
    ]);
    expect(found.map((one) => one.id)).toEqual(["grave", "late", "plain", "light", "lifted"]);
  });
});

describe("names in what is written", () => {
  const people = [
    { id: "1", name: "Awa" },
    { id: "2", name: "Awa Mboup" },
    { id: "3", name: "Éric Ndong" },
  ];

  it("are those that stand there whole, the longest counting", () => {
    expect(mentionsIn("Vu avec @Awa Mboup et @Éric Ndong.", people)).toEqual(["2", "3"]);
    expect(mentionsIn("@Awa, regarde", people)).toEqual(["1"]);
    expect(mentionsIn("@Awazi n'est pas là", people)).toEqual([]);
    expect(mentionsIn("@Awa Mboup puis @Awa", people)).toEqual(["1", "2"]);
  });

  it("are offered while they are written, whatever the accents", () => {
    expect(offeredFor("Vu avec @er", people).map((one) => one.id)).toEqual(["3"]);
    expect(offeredFor("Vu avec @", people)).toHaveLength(3);
    expect(offeredFor("courriel a@b", people)).toEqual([]);
    expect(offeredFor("@Éric Ndong passe", people)).toEqual([]);
    expect(withMention("Vu avec @er", "Éric Ndong")).toBe("Vu avec @Éric Ndong ");
    expect(withMention("Vu", "Awa")).toBe("Vu @Awa ");
  });
});
