/** One project: its members with their roles, its state, and its history. */

import { useState } from "react";
import { useParams } from "react-router";
import { date } from "../../app/format";
import { useOfficeWords } from "../../app/officeWords";
import { useRights } from "../../app/useRights";
import { useSaving } from "../../app/useSaving";
import { useAllRows, useRow, useRows } from "../../app/workplace";
import {
  Button,
  Empty,
  Facts,
  IconButton,
  Notice,
  Panel,
  ScreenHead,
} from "../../components/basics";
import { SelectField } from "../../components/fields";
import { SyncMark } from "../../components/SyncMark";
import { fieldsOf } from "../../engine/schema";
import type { Member } from "../../generated/tables";
import { TABLES } from "../../generated/tables";
import type { Entity } from "../../replica/view";
import HistoryToggle from "./HistoryToggle";
import { StateBadge } from "./StateBadge";

type Role = Member["role"];
const ROLES = (fieldsOf(TABLES.member).get("role")?.choices ?? []) as Role[];
const MOVES = fieldsOf(TABLES.project).get("status")?.workflow?.transitions ?? {};

export default function ProjectDetail() {
  const { project: id } = useParams();
  const { t, o, language } = useOfficeWords();
  const project = useRow("project", id);
  const site = useRow("site", project?.site_id);
  const rights = useRights();
  const { busy, trouble, save } = useSaving();
  if (project === undefined) return null;
  if (project === null) return <Empty icon="project" title={o("project.unknown")} />;
  const status = project.status ?? "draft";
  const moves = rights.may("project.update", project.id) ? (MOVES[status] ?? []) : [];
  return (
    <div className="flex flex-col gap-4">
      <ScreenHead
        back="/projects"
        backLabel={t("common.back")}
        lead={project.code}
        title={project.name}
      >
        <StateBadge status={status} />
      </ScreenHead>
      <Panel className="flex flex-col gap-4 p-5">
        {project.description && (
          <p className="break-words whitespace-pre-line">{project.description}</p>
        )}
        <Facts
          facts={[
            [o("field.start"), project.start && date(project.start, language)],
            [o("field.finish"), project.finish && date(project.finish, language)],
            [o("table.site"), site && [site.name, site.block].filter(Boolean).join(" · ")],
            [o("project.operator"), site?.operator],
            [o("field.currency"), project.currency],
          ]}
        />
        {moves.length > 0 && (
          <div className="flex flex-wrap gap-3">
            {moves.map((to) => (
              <Button
                disabled={busy}
                key={to}
                onClick={() =>
                  void save("project.move", [
                    {
                      table: "project",
                      row: project.id,
                      after: { status: to as NonNullable<typeof project.status> },
                    },
                  ])
                }
                tone={to === "active" ? "primary" : "plain"}
              >
                {o(`project.move.${to}` as never, { defaultValue: to })}
              </Button>
            ))}
          </div>
        )}
        {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      </Panel>
      <Members project={project.id} />
      <HistoryToggle row={project.id} />
    </div>
  );
}

function Members({ project }: { project: string }) {
  const { o } = useOfficeWords();
  const rights = useRights();
  const members = useRows("member", `project:${project}`);
  const people = useAllRows("person");
  if (members === undefined || people === undefined) return null;
  const nameOf = (person: string): string =>
    people.find((one) => one.id === person)?.name ?? o("unknown_person");
  const sorted = [...members].sort((left, right) =>
    nameOf(left.person_id).localeCompare(nameOf(right.person_id)),
  );
  const absent = people.filter(
    (one) => one.active !== false && !members.some((member) => member.person_id === one.id),
  );
  return (
    <Panel className="flex flex-col gap-3 p-5">
      <h2>
        {o("project.members")} ({members.length})
      </h2>
      <ul className="flex flex-col divide-y divide-line">
        {sorted.map((member) => (
          <MemberRow key={member.id} member={member} name={nameOf(member.person_id)} />
        ))}
      </ul>
      {rights.may("member.create", project) && <AddMember absent={absent} project={project} />}
    </Panel>
  );
}

function MemberRow({ member, name }: { member: Entity<"member">; name: string }) {
  const { t, o } = useOfficeWords();
  const rights = useRights();
  const { busy, trouble, save } = useSaving();
  return (
    <li className="flex flex-wrap items-center gap-3 py-2">
      <span className="min-w-0 flex-1 basis-40 font-semibold break-words">{name}</span>
      <SyncMark quiet state={member.syncState} />
      <label className="w-52 min-w-0">
        <span className="sr-only">{`${o("field.role")} — ${name}`}</span>
        <select
          className="target w-full rounded-xl border border-edge bg-panel pl-4 disabled:border-line"
          disabled={busy || !rights.may("member.update", member.project_id)}
          onChange={(event) =>
            void save("member.role", [
              { table: "member", row: member.id, after: { role: event.target.value as Role } },
            ])
          }
          value={member.role}
        >
          {ROLES.map((role) => (
            <option key={role} value={role}>
              {o(`choice.${role}`)}
            </option>
          ))}
        </select>
      </label>
      {rights.may("member.delete", member.project_id) && (
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

function AddMember({ project, absent }: { project: string; absent: readonly Entity<"person">[] }) {
  const { o } = useOfficeWords();
  const { busy, trouble, save } = useSaving();
  const [person, setPerson] = useState("");
  const [role, setRole] = useState<Role>("employee");
  if (absent.length === 0) return null;
  const add = async (): Promise<void> => {
    const after = { project_id: project, person_id: person, role };
    if ((await save("member.add", [{ table: "member", after }])) !== null) setPerson("");
  };
  return (
    <form
      className="grid items-end gap-3 sm:grid-cols-[1fr_1fr_auto]"
      onSubmit={(event) => {
        event.preventDefault();
        if (person !== "") void add();
      }}
    >
      <SelectField
        choices={[
          { value: "", label: "—" },
          ...absent
            .toSorted((left, right) => left.name.localeCompare(right.name))
            .map((one) => ({ value: one.id, label: one.name })),
        ]}
        label={o("project.person")}
        onChange={(event) => setPerson(event.target.value)}
        value={person}
      />
      <SelectField
        choices={ROLES.map((one) => ({ value: one, label: o(`choice.${one}`) }))}
        label={o("field.role")}
        onChange={(event) => setRole(event.target.value as Role)}
        value={role}
      />
      <Button disabled={busy || person === ""} icon="add" tone="primary" type="submit">
        {o("project.add_member")}
      </Button>
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
    </form>
  );
}
