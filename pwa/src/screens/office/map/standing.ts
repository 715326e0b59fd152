/** How a site stands: by the gravest alert of its projects, and by whether anything is at work. */

import type { Mood } from "../../../components/basics";
import type { IconName } from "../../../components/icons";
import type { Entity } from "../../../replica/view";

export type Standing = "critical" | "warning" | "fine" | "resting";

export interface SitePlace {
  id: string;
  name: string;
  /** Null where nobody has said where it is. */
  at: readonly [number, number] | null;
  projects: Entity<"project">[];
  standing: Standing;
  alerts: number;
}

export const LOOKS: Record<Standing, { mood: Mood; icon: IconName; colour: string }> = {
  critical: { mood: "bad", icon: "alert", colour: "var(--bad)" },
  warning: { mood: "warn", icon: "alert", colour: "var(--warn)" },
  fine: { mood: "good", icon: "check", colour: "var(--good)" },
  resting: { mood: "plain", icon: "clock", colour: "var(--muted)" },
};
const ORDER: readonly Standing[] = ["critical", "warning", "fine", "resting"];

export function gravest(standings: readonly Standing[]): Standing {
  return ORDER.find((one) => standings.includes(one)) ?? "resting";
}

const MICRO = 1_000_000;

/** Return the sites that have a project here, and how each stands. */
export function sitesOf(
  sites: readonly Entity<"site">[],
  projects: readonly Entity<"project">[],
  alerts: readonly Entity<"alert">[],
): SitePlace[] {
  const open = new Map<string, Entity<"alert">[]>();
  for (const alert of alerts) {
    if (alert.status === "resolved") continue;
    const known = open.get(alert.project_id);
    if (known === undefined) open.set(alert.project_id, [alert]);
    else known.push(alert);
  }
  return sites
    .map((site) => {
      const own = projects.filter((one) => one.site_id === site.id && one.status !== "archived");
      const raised = own.flatMap((one) => open.get(one.id) ?? []);
      const { latitude_microdegrees: latitude, longitude_microdegrees: longitude } = site;
      return {
        id: site.id,
        name: site.name,
        at:
          typeof latitude === "number" && typeof longitude === "number"
            ? ([longitude / MICRO, latitude / MICRO] as const)
            : null,
        projects: own,
        standing: standingOf(own, raised),
        alerts: raised.length,
      };
    })
    .filter((one) => one.projects.length > 0)
    .sort((left, right) => left.name.localeCompare(right.name));
}

function standingOf(
  projects: readonly Entity<"project">[],
  alerts: readonly Entity<"alert">[],
): Standing {
  if (alerts.some((one) => one.level === "critical")) return "critical";
  if (alerts.some((one) => one.level === "warning")) return "warning";
  return projects.some((one) => one.status === "active" || one.status === "draft")
    ? "fine"
    : "resting";
}
