/** A person's roles in the projects that one sees, each to be changed where one may. */

import { usePeopleWords } from "../../../app/peopleWords";
import { useRights } from "../../../app/useRights";
import { useAllRows, useProjects } from "../../../app/workplace";
import { Panel } from "../../../components/basics";
import type { Entity } from "../../../replica/view";
import { Membership, NewMembership } from "./Membership";

export function ProjectRoles({ person }: { person: Entity<"person"> }) {
  const { p } = usePeopleWords();
  const rights = useRights();
  const members = useAllRows("member");
  const projects = useProjects();
  if (members === undefined || projects === undefined) return null;
  const own = members.filter((one) => one.person_id === person.id);
  const sorted = [...projects].sort((left, right) => left.code.localeCompare(right.code));
  const joined = sorted.flatMap((project) => {
    const member = own.find((one) => one.project_id === project.id);
    return member === undefined ? [] : [{ project, member }];
  });
  const open = sorted.filter(
    (project) =>
      rights.may("member.create", project.id) &&
      !own.some((one) => one.project_id === project.id) &&
      project.status !== "archived",
  );
  return (
    <Panel className="flex flex-col gap-3 p-4">
      <h2>{p("list.in_projects")}</h2>
      {joined.length === 0 && <p className="text-muted">{p("list.in_no_project")}</p>}
      <ul className="flex flex-col divide-y divide-line">
        {joined.map(({ project, member }) => (
          <Membership key={member.id} member={member} name={`${project.code} · ${project.name}`} />
        ))}
      </ul>
      {open.length > 0 && (
        <NewMembership
          choices={open.map((one) => ({ value: one.id, label: `${one.code} · ${one.name}` }))}
          key={person.id}
          label={p("list.add_project")}
          of={(project) => ({ project_id: project, person_id: person.id })}
        />
      )}
    </Panel>
  );
}
