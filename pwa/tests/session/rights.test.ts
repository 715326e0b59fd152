/** What a person is offered follows the server's table, by their role where they are. */

import { describe, expect, it } from "vitest";
import { placesIn } from "../../src/app/places";
import { NEW_PROJECT, projectOf, type Role, rightsOf, tableOf } from "../../src/session/rights";

const ROLES: Role[] = [
  "administrator",
  "manager",
  "accountant",
  "supervisor",
  "employee",
  "auditor",
];

function line(right: string | null, ...roles: Role[]) {
  return { right, cells: ROLES.map((role) => ({ role, allowed: roles.includes(role) })) };
}

const TABLE = tableOf(
  {
    version: 7,
    lines: [
      line("finance.read", "administrator", "manager", "accountant", "supervisor", "auditor"),
      line("project.everywhere", "administrator", "manager", "accountant", "auditor"),
      line("project.create", "administrator", "manager"),
      line("expense.create", "administrator", "manager", "accountant", "supervisor", "employee"),
      line("task.update", "administrator", "manager", "supervisor"),
      line("budget_request.update_own", "supervisor"),
      line("something.newer", "administrator"),
      line(null),
    ],
  },
  1,
);

function standing(role: Role | null, projects: Record<string, Role> = {}) {
  return rightsOf({ role, projects: new Map(Object.entries(projects)) }, TABLE);
}

describe("rights", () => {
  it("count by the member's role in a project, and not outside it", () => {
    const rights = standing("employee", { one: "supervisor" });
    expect(rights.may("finance.read", "one")).toBe(true);
    expect(rights.may("finance.read", "two")).toBe(false);
    expect(rights.may("finance.read")).toBe(false);
    expect(rights.mayAnywhere("finance.read")).toBe(true);
    expect(standing("employee", { one: "employee" }).mayAnywhere("finance.read")).toBe(false);
  });

  it("are the organisation's everywhere, where its role holds in every project", () => {
    const rights = standing("manager", { one: "employee" });
    expect(rights.roleIn("one")).toBe("manager");
    expect(rights.may("project.create", NEW_PROJECT)).toBe(true);
    expect(standing("supervisor", { one: "manager" }).may("project.create", NEW_PROJECT)).toBe(
      false,
    );
  });

  it("to change a table are those to change its rows, or one's own of them", () => {
    const rights = standing("employee", { one: "supervisor" });
    expect(rights.mayChange("task", "one")).toBe(true);
    expect(rights.mayChange("budget_request", "one")).toBe(true);
    expect(rights.mayChange("task", "two")).toBe(false);
    expect(rights.mayChange("payment", "one")).toBe(false);
  });

  it("before the table was ever read are those of a crew's day alone", () => {
    const rights = rightsOf({ role: "manager", projects: new Map() }, null);
    expect(rights.known).toBe(false);
    expect(rights.may("expense.create", "one")).toBe(true);
    expect(rights.may("project.create", NEW_PROJECT)).toBe(false);
  });

  it("of nobody are none", () => {
    expect(standing(null).may("expense.create")).toBe(false);
  });

  it("keep of the table just what is asked", () => {
    expect(TABLE.roles.administrator).not.toContain("something.newer");
    expect(TABLE.version).toBe(7);
  });

  it("find the project of a scope", () => {
    expect(projectOf("finance:abc")).toBe("abc");
    expect(projectOf("org")).toBeUndefined();
    expect(projectOf("user:abc")).toBeUndefined();
  });
});

describe("places", () => {
  const addresses = (...given: Parameters<typeof placesIn>) =>
    placesIn(...given).map((one) => one.to);

  it("leave out what a person may not see", () => {
    const crew = standing("employee", { one: "employee" });
    expect(addresses("column", crew, "one")).not.toContain("/budget");
    expect(addresses("column", standing("employee", { one: "supervisor" }), "one")).toContain(
      "/budget",
    );
  });

  it("are all in the column, and the bar with the rest has each once", () => {
    const rights = standing("administrator");
    const column = addresses("column", rights, null);
    const thumb = addresses("thumb", rights, null);
    const rest = addresses("rest", rights, null);
    expect(thumb).toEqual(["/", "/tasks", "/enter", "/alerts", "/more"]);
    expect([...thumb, ...rest].filter((one) => column.includes(one)).sort()).toEqual(
      [...column].sort(),
    );
  });
});
