/** Rules of alerts: what a rule asks for, and what is written where someone says otherwise. */

import type { AlertRule } from "../../../generated/tables";
import type { Entity } from "../../../replica/view";

export type Rule = AlertRule["rule"];
export type Level = NonNullable<AlertRule["level"]>;

/** How a rule stands for a project, as `GET /api/alerts/rules/{project}` answers. */
export interface Stands {
  rule: Rule;
  enabled: boolean;
  level: Level | null;
  thresholds: number[];
  lead_days: number[];
  horizon_days: number;
  bound: string | null;
  wait_hours: number;
  roles: string[];
  escalate_hours: number;
  escalate_roles: string[];
}

/** A rule as it is being written: texts are read when it is saved. */
export interface Proposed {
  enabled: boolean;
  level: Level | "";
  thresholds: string;
  lead_days: string;
  horizon_days: string;
  bound: string;
  wait_hours: string;
  roles: string[];
  escalate_hours: string;
  escalate_roles: string[];
}

/** The numbers that this rule goes by; one that it does not read is not asked for. */
export function asks(stands: Stands): {
  thresholds: boolean;
  lead_days: boolean;
  horizon_days: boolean;
  bound: boolean;
  wait_hours: boolean;
} {
  return {
    thresholds: stands.thresholds.length > 0,
    lead_days: stands.lead_days.length > 0,
    horizon_days: stands.horizon_days > 0,
    bound: stands.bound !== null,
    wait_hours: stands.wait_hours > 0,
  };
}

export function proposedOf(stands: Stands): Proposed {
  return {
    enabled: stands.enabled,
    level: stands.level ?? "",
    thresholds: stands.thresholds.join(", "),
    lead_days: stands.lead_days.join(", "),
    horizon_days: String(stands.horizon_days),
    bound: (stands.bound ?? "").replace(".", ","),
    wait_hours: String(stands.wait_hours),
    roles: [...stands.roles],
    escalate_hours: String(stands.escalate_hours),
    escalate_roles: [...stands.escalate_roles],
  };
}

/** Read `80, 100, 110`; null where something is no whole number, or there are too many. */
export function readNumbers(text: string, least: number, most: number): number[] | null {
  const parts = text.split(/[\s,;]+/).filter((one) => one !== "");
  const numbers = parts.map(Number);
  const fine = numbers.every((one) => Number.isInteger(one) && one >= least && one <= most);
  return fine && parts.length <= 10 ? [...new Set(numbers)].sort((a, b) => a - b) : null;
}

function readWhole(text: string, most: number): number | null {
  const value = Number(text.trim() === "" ? "0" : text);
  return Number.isInteger(value) && value >= 0 && value <= most ? value : null;
}

export interface Said {
  /** What differs from how the rule stands; null where something is wrong. */
  after: Partial<AlertRule> | null;
  wrong: keyof Proposed | null;
}

/** Return what a proposal says otherwise than the rule stands. */
export function saidOf(stands: Stands, proposed: Proposed): Said {
  const asked = asks(stands);
  const bound = proposed.bound.trim().replace(",", ".");
  const read: Record<string, unknown> = {
    enabled: proposed.enabled,
    level: proposed.level === "" ? null : proposed.level,
    roles: [...proposed.roles].sort(),
    escalate_hours: readWhole(proposed.escalate_hours, 8_760),
    escalate_roles: [...proposed.escalate_roles].sort(),
    ...(asked.thresholds ? { thresholds: readNumbers(proposed.thresholds, 1, 1_000) } : {}),
    ...(asked.lead_days ? { lead_days: readNumbers(proposed.lead_days, 0, 365) } : {}),
    ...(asked.horizon_days ? { horizon_days: readWhole(proposed.horizon_days, 365) } : {}),
    ...(asked.wait_hours ? { wait_hours: readWhole(proposed.wait_hours, 8_760) } : {}),
    ...(asked.bound ? { bound: /^\d{1,2}(\.\d{1,4})?$/.test(bound) ? bound : null } : {}),
  };
  const empty = Object.entries(read).find(([name, value]) => value === null && name !== "level");
  if (empty !== undefined) return { after: null, wrong: empty[0] as keyof Proposed };
  const known = stands as unknown as Record<string, unknown>;
  const after = Object.fromEntries(
    Object.entries(read).filter(([name, value]) => {
      const before = known[name];
      const plain = Array.isArray(before) ? [...before].sort(byText) : before;
      const fresh = Array.isArray(value) ? [...value].sort(byText) : value;
      return JSON.stringify(plain) !== JSON.stringify(fresh);
    }),
  );
  return { after: after as Partial<AlertRule>, wrong: null };
}

function byText(left: unknown, right: unknown): number {
  return String(left).localeCompare(String(right));
}

/** Return the row that speaks of a rule for a project, or for all: of two the elder counts. */
export function rowOf(
  rows: readonly Entity<"alert_rule">[],
  rule: Rule,
  project: string | null,
): Entity<"alert_rule"> | null {
  const found = rows
    .filter((one) => one.rule === rule && (one.project_id ?? null) === project)
    .sort((left, right) => left.id.localeCompare(right.id));
  return found[0] ?? null;
}
