/** The places of the app: declared once, for the bar at the thumb, the column and the list of the rest. */

import type { IconName } from "../components/icons";
import type { Right, Rights } from "../session/rights";

/** The site's own work, what steers it, and what concerns this device. */
export type Group = "site" | "office" | "device";
export const GROUPS: readonly Group[] = ["site", "office", "device"];

export interface Place {
  to: string;
  icon: IconName;
  word: string;
  /** Beside which others it stands where all are listed. */
  group: Group;
  /** It stands in the bar at the thumb; this is its name there, where that is shorter. */
  thumb?: true | string;
  /** It only gathers others, which the column names one by one. */
  gathers?: true;
  /** Offered to those who have one of these rights in the project they are at, or in the organisation. */
  needs?: readonly Right[];
}

const PLACES: readonly Place[] = [
  { to: "/", group: "site", icon: "today", word: "nav.today", thumb: "nav.today_short" },
  { to: "/tasks", group: "site", icon: "task", word: "nav.tasks", thumb: true },
  { to: "/enter", group: "site", icon: "add", word: "nav.enter", thumb: true, gathers: true },
  { to: "/reports", group: "site", icon: "report", word: "nav.reports" },
  { to: "/expenses", group: "site", icon: "expense", word: "expense.list" },
  { to: "/incidents", group: "site", icon: "incident", word: "incident.list" },
  { to: "/permits", group: "site", icon: "permit", word: "nav.permits" },
  { to: "/punch", group: "site", icon: "punch", word: "nav.punch" },
  { to: "/alerts", group: "site", icon: "alert", word: "nav.alerts", thumb: true },
  { to: "/dashboard", group: "office", icon: "dashboard", word: "nav.dashboard" },
  { to: "/projects", group: "office", icon: "project", word: "nav.projects" },
  { to: "/schedule", group: "office", icon: "gantt", word: "nav.planning" },
  { to: "/board", group: "office", icon: "board", word: "nav.board" },
  { to: "/budget", group: "office", icon: "budget", word: "nav.budget", needs: ["finance.read"] },
  { to: "/documents", group: "office", icon: "folder", word: "nav.documents" },
  { to: "/reporting", group: "office", icon: "document", word: "nav.reporting" },
  {
    to: "/people",
    group: "office",
    icon: "people",
    word: "nav.people",
    needs: ["member.create", "project.everywhere"],
  },
  { to: "/conflicts", group: "office", icon: "conflict", word: "nav.conflicts" },
  { to: "/refusals", group: "device", icon: "refused", word: "nav.rejections" },
  { to: "/sync", group: "device", icon: "sync", word: "nav.sync" },
  { to: "/settings", group: "device", icon: "settings", word: "nav.settings" },
  { to: "/more", group: "device", icon: "more", word: "nav.more", thumb: true, gathers: true },
];

export type Corner = "thumb" | "column" | "rest";

/** Return the places of a corner of the app that a person may go to. */
export function placesIn(corner: Corner, rights: Rights, project: string | null): Place[] {
  return PLACES.filter((place) => {
    if (corner === "thumb") return place.thumb !== undefined;
    if (place.gathers === true || (corner === "rest" && place.thumb !== undefined)) return false;
    if (place.needs === undefined) return true;
    return place.needs.some(
      (right) => rights.may(right) || (project !== null && rights.may(right, project)),
    );
  });
}
