/** The map, the rules of alerts, and by which ways people are told. */

import { describe, expect, it } from "vitest";
import topology from "world-atlas/countries-110m.json";
import { areHours, isTold, KINDS } from "../../src/screens/crew/telling";
import {
  asks,
  proposedOf,
  readNumbers,
  rowOf,
  type Stands,
  saidOf,
} from "../../src/screens/office/alerts/rules";
import {
  clustersOf,
  degreesWritten,
  fitting,
  graticuleOf,
  outlineOf,
  placeOf,
  ringsOf,
  type Topology,
} from "../../src/screens/office/map/map";
import { gravest, sitesOf } from "../../src/screens/office/map/standing";

describe("the map", () => {
  const kribi = [10.146, 3.284] as const;
  const gentil = [8.78, -0.72] as const;

  it("holds all sites, and never comes closer than a few degrees", () => {
    const view = fitting([kribi, gentil], 800, 400);
    for (const one of [kribi, gentil]) {
      const { x, y } = placeOf(one, view, 800, 400);
      expect(x).toBeGreaterThan(0);
      expect(x).toBeLessThan(800);
      expect(y).toBeGreaterThan(0);
      expect(y).toBeLessThan(400);
    }
    expect(fitting([kribi], 900, 400).pxPerDegree).toBeCloseTo(400 / 3);
    expect(placeOf(kribi, fitting([kribi], 900, 400), 900, 400)).toEqual({ x: 450, y: 200 });
  });

  it("gathers what would overlap, alike whatever the order", () => {
    const points = [
      { item: "a", x: 100, y: 100 },
      { item: "b", x: 110, y: 105 },
      { item: "c", x: 300, y: 100 },
    ];
    const names = (of: typeof points): string[] =>
      clustersOf(of, 40).map((one) => [...one.items].sort().join(""));
    expect(names(points)).toEqual(["ab", "c"]);
    expect(names([...points].reverse())).toEqual(["ab", "c"]);
    expect(clustersOf(points, 5)).toHaveLength(3);
  });

  it("rules the graticule as close as it can be read", () => {
    const far = graticuleOf({ longitude: 0, latitude: 0, pxPerDegree: 3 }, 900, 400);
    expect(far.step).toBe(30);
    const near = graticuleOf({ longitude: 10, latitude: 3, pxPerDegree: 100 }, 900, 400);
    expect(near.step).toBe(1);
    expect(near.meridians[0]).toBeGreaterThanOrEqual(5.5);
    expect(degreesWritten(-9.5, ["E", "O"])).toBe("9,5° O");
  });

  it("draws the lands from what comes with the app, and only those in sight", () => {
    const rings = ringsOf(topology as unknown as Topology, "countries");
    expect(rings.length).toBeGreaterThan(200);
    for (const { points } of rings) {
      const [first] = points;
      expect(points[points.length - 1]).toEqual(first);
    }
    const whole = outlineOf(rings, { longitude: 0, latitude: 0, pxPerDegree: 2 }, 900, 400);
    const gulf = outlineOf(rings, { longitude: 10, latitude: 3, pxPerDegree: 100 }, 900, 400);
    expect(gulf.length).toBeGreaterThan(0);
    expect(gulf.split("Z").length).toBeLessThan(whole.split("Z").length / 4);
  });

  it("says how a site stands by its gravest alert", () => {
    const site = (id: string) =>
      ({
        id,
        name: id,
        latitude_microdegrees: 3_284_000,
        longitude_microdegrees: 10_146_000,
      }) as never;
    const project = (id: string, site_id: string, status: string) =>
      ({ id, site_id, status }) as never;
    const found = sitesOf(
      [site("a"), site("b"), site("c"), site("none")],
      [
        project("1", "a", "active"),
        project("2", "a", "active"),
        project("3", "b", "active"),
        project("4", "c", "closed"),
        project("5", "none", "archived"),
      ],
      [
        { project_id: "1", level: "warning", status: "open" } as never,
        { project_id: "2", level: "critical", status: "resolved" } as never,
      ],
    );
    expect(found.map((one) => [one.name, one.standing, one.alerts])).toEqual([
      ["a", "warning", 1],
      ["b", "fine", 0],
      ["c", "resting", 0],
    ]);
    expect(found[0]?.at).toEqual([10.146, 3.284]);
    expect(gravest(["fine", "critical", "resting"])).toBe("critical");
  });
});

describe("rules of alerts", () => {
  const stands: Stands = {
    rule: "budget_threshold",
    enabled: true,
    level: null,
    thresholds: [80, 100, 110],
    lead_days: [],
    horizon_days: 0,
    bound: null,
    wait_hours: 0,
    roles: ["manager", "accountant"],
    escalate_hours: 72,
    escalate_roles: ["administrator"],
  };

  it("say only what differs from how they stand", () => {
    expect(saidOf(stands, proposedOf(stands))).toEqual({ after: {}, wrong: null });
    const said = saidOf(stands, { ...proposedOf(stands), thresholds: "90; 100", enabled: false });
    expect(said.after).toEqual({ enabled: false, thresholds: [90, 100] });
    expect(asks(stands).bound).toBe(false);
  });

  it("name the field that cannot be read", () => {
    expect(saidOf(stands, { ...proposedOf(stands), thresholds: "beaucoup" })).toEqual({
      after: null,
      wrong: "thresholds",
    });
    const index = { ...stands, rule: "cost_index_low" as const, bound: "0.9" };
    expect(saidOf(index, { ...proposedOf(index), bound: "0,85" }).after).toEqual({ bound: "0.85" });
    expect(saidOf(index, { ...proposedOf(index), bound: "" }).wrong).toBe("bound");
    expect(readNumbers("110, 80 80", 1, 1_000)).toEqual([80, 110]);
    expect(readNumbers("0", 1, 1_000)).toBeNull();
    expect(readNumbers("1.5", 1, 1_000)).toBeNull();
  });

  it("are written where they were said before: of two rows the elder counts", () => {
    const row = (id: string, project_id: string | null) =>
      ({ id, rule: "task_overdue", project_id }) as never;
    const rows = [row("2", "p"), row("1", "p"), row("0", null)];
    expect(rowOf(rows, "task_overdue", "p")?.id).toBe("1");
    expect(rowOf(rows, "task_overdue", null)?.id).toBe("0");
    expect(rowOf(rows, "task_due", "p")).toBeNull();
  });
});

describe("ways of being told", () => {
  it("are what was chosen for the kind, else for all kinds, else the defaults", () => {
    expect(isTold([], "safety", "sms")).toBe(true);
    expect(isTold([], "alert", "email")).toBe(false);
    const all = { kind: null, email: true };
    expect(isTold([all], "alert", "email")).toBe(true);
    expect(isTold([all, { kind: "alert", email: false }], "alert", "email")).toBe(false);
    expect(isTold([{ kind: "alert", app: null }], "alert", "app")).toBe(true);
    expect(KINDS).toContain("mention");
  });

  it("has quiet hours of a day, or none", () => {
    expect(areHours("22:00", "06:30")).toBe(true);
    expect(areHours("", "")).toBe(true);
    expect(areHours("22:00", "")).toBe(false);
    expect(areHours("24:00", "06:00")).toBe(false);
    expect(areHours("06:00", "06:00")).toBe(false);
  });
});
