/** A person's roles in the projects that one sees, each to be changed where one may. */

import { useState } from "react";
import { usePeopleWords } from "../../../app/peopleWords";
import { useRights } from "../../../app/useRights";
import { useSaving } from "../../../app/useSaving";
import { useAllRows } from "../../../app/workplace";
import { Button, IconButton, Notice, Panel } from "../../../components/basics";
import { SelectField } from "../../../components/fields";
import { SyncMark } from "../../../components/SyncMark";
import type { Entity } from "../../../replica/view";
import type { Role } from "../../../session/rights";
import { PROJECT_ROLES } from "./standing";

export function ProjectRoles({ person }: { person: Entity<"person"> }) {
  const { p } = usePeopleWords();
  const rights = useRights();
  const members = useAllRows("member");
  const projects = useAllRows("project");
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
          <Line key={member.id} member={member} project={project} />
        ))}
      </ul>
      {open.length > 0 && <Join key={person.id} person={person.id} projects={open} />}
    </Panel>
  );
}

function Line({ project, member }: { project: Entity<"project">; member: Entity<"member"> }) {
  const { t, o } = usePeopleWords();
  const rights = useRights();
  const { busy, trouble, save } = useSaving();
  const name = `${project.code} · ${project.name}`;
  return (
    <li className="flex flex-wrap items-center gap-3 py-2">
      <span className="min-w-0 flex-1 basis-52 font-semibold break-words">{name}</span>
      <SyncMark quiet state={member.syncState} />
      <label className="min-w-0">
        <span className="sr-only">{`${o("field.role")} — ${name}`}</span>
        <select
          className="target rounded-xl border border-muted bg-panel px-3"
          disabled={busy || !rights.may("member.update", project.id)}
          onChange={(event) =>
            void save("member.role", [
              { table: "member", row: member.id, after: { role: event.target.value as Role } },
            ])
          }
          value={member.role}
        >
          {PROJECT_ROLES.map((role) => (
            <option key={role} value={role}>
              {o(`choice.${role}`)}
            </option>
          ))}
        </select>
      </label>
      {rights.may("member.delete", project.id) && (
        <IconButton
          disabled={busy}
          icon="close"
          label={`${t("common.delete")} — ${name}`}
          onClick={() =>
            void save("member.remove", [{ table: "member", row: member.id, operation: "delete" }])
          }
        />
      )}
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
    </li>
  );
}

function Join({ person, projects }: { person: string; projects: readonly Entity<"project">[] }) {
  const { o, p } = usePeopleWords();
  const { busy, trouble, save } = useSaving();
  const [project, setProject] = useState("");
  const [role, setRole] = useState<Role>("employee");
  const join = async (): Promise<void> => {
    const after = { project_id: project, person_id: person, role };
    if ((await save("member.add", [{ table: "member", after }])) !== null) setProject("");
  };
  return (
    <form
      className="grid items-end gap-3 sm:grid-cols-[1fr_1fr_auto]"
      onSubmit={(event) => {
        event.preventDefault();
        if (project !== "") void join();
      }}
    >
      <SelectField
        choices={[
          { value: "", label: "—" },
          ...projects.map((one) => ({ value: one.id, label: `${one.code} · ${one.name}` })),
        ]}
        label={p("list.add_project")}
        onChange={(event) => setProject(event.target.value)}
        value={project}
      />
      <SelectField
        choices={PROJECT_ROLES.map((one) => ({ value: one, label: o(`choice.${one}`) }))}
        label={o("field.role")}
        onChange={(event) => setRole(event.target.value as Role)}
        value={role}
      />
      <Button disabled={busy || project === ""} icon="add" tone="primary" type="submit">
        {o("project.add_member")}
      </Button>
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
    </form>
  );
}
