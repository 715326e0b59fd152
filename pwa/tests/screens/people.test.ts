/** The pure parts of the screens of people: the table of rights, devices, activity, phones, links. */

import { describe, expect, it } from "vitest";
import { initials } from "../../src/app/initials";
import { phoneNumber } from "../../src/app/phone";
import { en } from "../../src/locales/people/en";
import { fr } from "../../src/locales/people/fr";
import {
  activityPath,
  detailWords,
  isBackwards,
  NOTHING,
} from "../../src/screens/office/people/activityRecord";
import {
  type DeviceRecord,
  SILENT_MS,
  skew,
  stateOf,
} from "../../src/screens/office/people/deviceRecords";
import {
  allDefaults,
  changesOf,
  groupsOf,
  isAllowed,
  type MatrixRecord,
  toggled,
} from "../../src/screens/office/people/rightsTable";
import { letterLinkOf } from "../../src/session/letterLink";

const MATRIX: MatrixRecord = {
  version: 3,
  roles: [{ role: "manager", name: { fr: "chef", en: "manager" } }],
  lines: [
    {
      table: "task",
      operation: "create",
      right: "task.create",
      sentence: { fr: "Saisir les tâches.", en: "Add tasks." },
      cells: [
        { role: "manager", allowed: true, source: "default", locked: false },
        { role: "auditor", allowed: false, source: "default", locked: true },
      ],
    },
    {
      table: "task",
      operation: "update",
      right: null,
      sentence: { fr: "Personne.", en: "Nobody." },
      cells: [],
    },
    {
      table: null,
      operation: null,
      right: "finance.read",
      sentence: { fr: "Voir les budgets.", en: "See budgets." },
      cells: [{ role: "employee", allowed: true, source: "override", locked: false }],
    },
  ],
};
const [TASK, , MONEY] = MATRIX.lines as [never, never, never] as unknown as MatrixRecord["lines"];

describe("the table of rights", () => {
  it("turns a cell over and back, and never a locked one", () => {
    const [cell, locked] = TASK?.cells ?? [];
    if (TASK === undefined || cell === undefined || locked === undefined) throw new Error();
    const once = toggled(TASK, cell, new Map());
    expect(isAllowed(TASK, cell, once)).toBe(false);
    expect(changesOf(once)).toEqual([{ role: "manager", right: "task.create", allowed: false }]);
    expect(toggled(TASK, cell, once).size).toBe(0);
    expect(toggled(TASK, locked, new Map()).size).toBe(0);
  });

  it("goes back to the defaults where somebody said otherwise", () => {
    const pending = allDefaults(MATRIX);
    expect(changesOf(pending)).toEqual([
      { role: "employee", right: "finance.read", allowed: null },
    ]);
    const cell = MONEY?.cells[0];
    if (MONEY === undefined || cell === undefined) throw new Error();
    expect(isAllowed(MONEY, cell, pending)).toBe(false);
  });

  it("is searched by words, by what was changed, and leaves out what nobody ever has", () => {
    expect(groupsOf(MATRIX, "", "fr", false).map((one) => one.table)).toEqual(["task", null]);
    expect(groupsOf(MATRIX, "tâches", "fr", false)).toHaveLength(1);
    expect(groupsOf(MATRIX, "", "en", true).map((one) => one.table)).toEqual([null]);
  });
});

describe("devices", () => {
  const device = {
    last_seen_at: 1_000,
    wiped_at: null,
    wipe_requested_at: null,
    revoked_at: null,
    clock_flagged: false,
  } as DeviceRecord;

  it("stand as the gravest that is known of them", () => {
    expect(stateOf(device, 2_000)).toBe("fine");
    expect(stateOf(device, 1_001 + SILENT_MS)).toBe("silent");
    expect(stateOf({ ...device, clock_flagged: true }, 2_000)).toBe("clock");
    expect(stateOf({ ...device, revoked_at: 1, wipe_requested_at: 1 }, 2_000)).toBe("wiping");
    expect(stateOf({ ...device, wipe_requested_at: 1, wiped_at: 2 }, 2_000)).toBe("wiped");
  });

  it("tell their skew in a unit that people read", () => {
    expect(skew(0)).toBe("0\u00a0s");
    expect(skew(17_400)).toBe("+17\u00a0s");
    expect(skew(-600_000)).toBe("−10\u00a0min");
    expect(skew(7_200_000)).toBe("+2\u00a0h");
  });
});

describe("the record of activity", () => {
  it("is asked for whole days, the last included", () => {
    const path = activityPath({ ...NOTHING, since: "2026-11-01", until: "2026-11-01" }, 7);
    const query = new URLSearchParams(path.split("?")[1]);
    expect(Number(query.get("until")) - Number(query.get("since"))).toBe(86_400_000);
    expect(query.get("before")).toBe("7");
    expect(query.has("person")).toBe(false);
  });

  it("refuses a period that runs backwards", () => {
    expect(isBackwards({ ...NOTHING, since: "2026-11-02", until: "2026-11-01" })).toBe(true);
    expect(isBackwards({ ...NOTHING, since: "2026-11-02" })).toBe(false);
  });

  it("says roles, fields and rights, and no ids", () => {
    const say = {
      choice: (one: string) => one,
      field: (one: string) => one,
      table: (one: string) => one,
      how: (one: string) => `<${one}>`,
    };
    expect(detailWords({ before: "employee", after: "manager" }, say)).toBe("employee → manager");
    expect(detailWords({ invitation: "0190", role: "auditor" }, say)).toBe("auditor");
    expect(
      detailWords({ changes: [{ role: "employee", right: "finance.read", allowed: true }] }, say),
    ).toBe("employee + finance.read");
    expect(detailWords({ method: "password+recovery_code" }, say)).toBe(
      "<password> + <recovery_code>",
    );
    expect(detailWords({}, say)).toBe("");
  });

  it("has words for the same kinds in both languages", () => {
    expect(Object.keys(en.kind)).toEqual(Object.keys(fr.kind));
  });
});

describe("phones, names and links", () => {
  it("keeps a phone as the server does, and refuses one without its country", () => {
    expect(phoneNumber("+241 77.12-34 (56)")).toBe("+24177123456");
    expect(phoneNumber("00241 77 12 34 56")).toBe("+24177123456");
    expect(phoneNumber("77 12 34 56")).toBeNull();
    expect(phoneNumber("+0 12 34 56 78")).toBeNull();
  });

  it("takes the initials of the first and last word", () => {
    expect(initials("Awa Mboup")).toBe("AM");
    expect(initials(" Émile  de la Tour ")).toBe("ÉT");
    expect(initials("")).toBe("?");
  });

  it("finds a letter's link by its path, with its token behind the hash", () => {
    expect(letterLinkOf("/invitation", "#abc")).toEqual({ kind: "invitation", token: "abc" });
    expect(letterLinkOf("/reset/", "#t")).toEqual({ kind: "reset", token: "t" });
    expect(letterLinkOf("/reset", "")).toBeNull();
    expect(letterLinkOf("/tasks", "#abc")).toBeNull();
  });
});
