/** What a person may do with people, beyond the table of rights: as the server's doors have it. */

import { useRights } from "../../../app/useRights";
import { useProjects } from "../../../app/workplace";
import { fieldsOf } from "../../../engine/schema";
import type { Member } from "../../../generated/tables";
import { TABLES } from "../../../generated/tables";
import type { Role } from "../../../session/rights";

export const ROLES = (fieldsOf(TABLES.person).get("role")?.choices ?? []) as Role[];
export const PROJECT_ROLES = (fieldsOf(TABLES.member).get("role")?.choices ??
  []) as Member["role"][];

const BY_MANAGERS: readonly Role[] = ["manager", "supervisor", "employee"];
const IN_PROJECTS: readonly Role[] = ["manager", "supervisor", "accountant", "employee", "auditor"];

export interface PeopleStanding {
  /** Resets, deactivates, and sees everyone's account. */
  administers: boolean;
  /** Sees and revokes every device. */
  leads: boolean;
  /** Roles in the organisation that this person gives in an invitation; none: they invite nobody. */
  gives: readonly Role[];
  givesInProjects: readonly Role[];
  /** An invitation of theirs names one of their projects. */
  needsProject: boolean;
  /** The projects that they may invite into. */
  invitesInto: ReadonlySet<string>;
}

export function usePeopleStanding(): PeopleStanding {
  const rights = useRights();
  const projects = useProjects() ?? [];
  const administers = rights.role === "administrator";
  const leads = administers || rights.role === "manager";
  const managed = projects.filter((one) => leads || rights.roleIn(one.id) === "manager");
  const invitesInto = new Set(managed.map((one) => one.id));
  const gives: readonly Role[] = administers
    ? ROLES
    : leads
      ? BY_MANAGERS
      : managed.length > 0
        ? ["employee"]
        : [];
  return {
    administers,
    leads,
    gives,
    givesInProjects: administers ? PROJECT_ROLES : IN_PROJECTS,
    needsProject: !leads,
    invitesInto,
  };
}
