/** The places of the app: declared once, for the bar at the thumb, the column and the list of the rest. */

import type { IconName } from "../components/icons";
import type { Right, Rights } from "../session/rights";

export interface Place {
  to: string;
  icon: IconName;
  word: string;
  /** It stands in the bar at the thumb. */
  thumb?: true;
  /** It only gathers others, which the column names one by one. */
  gathers?: true;
  /** Offered to those who have this right in the project they are at, or in the organisation. */
  needs?: Right;
}

const PLACES: readonly Place[] = [
  { to: "/", icon: "today", word: "nav.today", thumb: true },
  { to: "/tasks", icon: "task", word: "nav.tasks", thumb: true },
  { to: "/enter", icon: "add", word: "nav.enter", thumb: true, gathers: true },
  { to: "/reports", icon: "report", word: "nav.reports" },
  { to: "/expenses", icon: "expense", word: "expense.list" },
  { to: "/incidents", icon: "incident", word: "incident.list" },
  { to: "/alerts", icon: "alert", word: "nav.alerts", thumb: true },
  { to: "/dashboard", icon: "dashboard", word: "nav.dashboard" },
  { to: "/projects", icon: "project", word: "nav.projects" },
  { to: "/schedule", icon: "gantt", word: "nav.planning" },
  { to: "/budget", icon: "budget", word: "nav.budget", needs: "finance.read" },
  { to: "/conflicts", icon: "conflict", word: "nav.conflicts" },
  { to: "/refusals", icon: "refused", word: "nav.rejections" },
  { to: "/sync", icon: "sync", word: "nav.sync" },
  { to: "/settings", icon: "settings", word: "nav.settings" },
  { to: "/more", icon: "more", word: "nav.more", thumb: true, gathers: true },
];

export type Corner = "thumb" | "column" | "rest";

/** Return the places of a corner of the app that a person may go to. */
export function placesIn(corner: Corner, rights: Rights, project: string | null): Place[] {
  return PLACES.filter((place) => {
    if (corner === "thumb") return place.thumb === true;
    if (place.gathers === true || (corner === "rest" && place.thumb === true)) return false;
    if (place.needs === undefined) return true;
    return rights.may(place.needs) || (project !== null && rights.may(place.needs, project));
  });
}
