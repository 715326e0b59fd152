/** What a crew enters, in the order of how often; the first three stand on the day's screen too. */

import type { IconName } from "../../components/icons";
import type { Right } from "../../session/rights";

interface CrewEntry {
  to: string;
  icon: IconName;
  right: Right;
  word: "enter.expense" | "enter.report" | "enter.incident" | "enter.punch" | "enter.permit";
}

export const ENTRIES: readonly CrewEntry[] = [
  { to: "/expenses/new", icon: "expense", right: "expense.create", word: "enter.expense" },
  { to: "/reports/today", icon: "report", right: "daily_report.create", word: "enter.report" },
  { to: "/incidents/new", icon: "incident", right: "incident.create", word: "enter.incident" },
  { to: "/punch/new", icon: "punch", right: "punch_item.create", word: "enter.punch" },
  { to: "/permits/new", icon: "permit", right: "permit.create", word: "enter.permit" },
];

/** How many stand on the day's screen. */
export const QUICK = 3;
