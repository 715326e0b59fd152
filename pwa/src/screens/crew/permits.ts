/** What a permit to work allows now, and the steps that may be taken from where it stands. */

import { fieldsOf } from "../../engine/schema";
import { type Permit, TABLES } from "../../generated/tables";
import type { Right } from "../../session/rights";

export type PermitStatus = NonNullable<Permit["status"]>;

/** `allowed` alone lets the work be done. */
export type Standing =
  | "allowed"
  | "not_yet"
  | "expired"
  | "suspended"
  | "waiting"
  | "issued"
  | "over"
  | "void";

const WORKFLOW = fieldsOf(TABLES.permit).get("status")?.workflow;

/** Return whether the work may be done at a local time (`YYYY-MM-DDTHH:MM`), and why not. */
export function standingOf(
  permit: Pick<Permit, "status" | "valid_from" | "valid_until">,
  now: string,
): Standing {
  const status = permit.status ?? "requested";
  if (status === "refused" || status === "cancelled") return "void";
  if (status === "handed_back" || status === "closed") return "over";
  if (now >= permit.valid_until) return "expired";
  if (status === "suspended") return "suspended";
  if (status === "issued") return "issued";
  if (status !== "active") return "waiting";
  return now < permit.valid_from ? "not_yet" : "allowed";
}

/** Return the minutes until a permit ends; below zero once it has. */
export function minutesLeft(permit: Pick<Permit, "valid_until">, now: string): number {
  return Math.floor((Date.parse(`${permit.valid_until}Z`) - Date.parse(`${now}Z`)) / 60_000);
}

const RIGHTS: Record<string, Right> = {
  assessed: "permit.assess",
  authorised: "permit.authorise",
  issued: "permit.issue",
  active: "permit.activate",
  suspended: "permit.suspend",
  handed_back: "permit.hand_back",
  closed: "permit.close",
  refused: "permit.authorise",
  cancelled: "permit.authorise",
};

/** Steps that who requested the permit never makes. */
const NOT_ONES_OWN: readonly string[] = ["authorised", "issued"];

/** Return the steps that a person may take; `may` says what rights they have here. */
export function stepsOf(
  permit: Permit,
  person: string,
  may: (right: Right) => boolean,
): PermitStatus[] {
  const status = permit.status ?? "requested";
  const own = permit.author_id === person;
  return ((WORKFLOW?.transitions[status] ?? []) as PermitStatus[]).filter((to) => {
    if (own && NOT_ONES_OWN.includes(to)) return false;
    const right = RIGHTS[to];
    if (right !== undefined && may(right)) return true;
    if (to === "handed_back") return permit.holder_id === person && may("permit.hand_back_own");
    return to === "cancelled" && own && may("permit.create");
  });
}

/** What those on the site look at first: what is at work, then what comes, then what is over. */
const ORDER: Record<Standing, number> = {
  allowed: 0,
  suspended: 1,
  not_yet: 2,
  issued: 3,
  waiting: 4,
  expired: 5,
  over: 6,
  void: 7,
};

export function inOrder<T extends Permit>(permits: readonly T[], now: string): T[] {
  return [...permits].sort(
    (left, right) =>
      ORDER[standingOf(left, now)] - ORDER[standingOf(right, now)] ||
      (ORDER[standingOf(left, now)] < 5
        ? left.valid_until.localeCompare(right.valid_until)
        : right.valid_until.localeCompare(left.valid_until)),
  );
}
