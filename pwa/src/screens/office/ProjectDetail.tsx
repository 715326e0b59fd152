/** One project: its members with their roles, its state, and its history. */

import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { currencyName, date } from "../../app/format";
import { useOfficeWords } from "../../app/officeWords";
import { useRights } from "../../app/useRights";
import { useSaving } from "../../app/useSaving";
import { useAllRows, useRow, useRows } from "../../app/workplace";
import {
  Badge,
  Button,
  Empty,
  Facts,
  LinkButton,
  Notice,
  Panel,
  ScreenHead,
} from "../../components/basics";
import { ConfirmButton } from "../../components/ConfirmButton";
import { fieldsOf } from "../../engine/schema";
import { TABLES } from "../../generated/tables";
import type { Entity } from "../../replica/view";
import { NEW_PROJECT } from "../../session/rights";
import { CopyProject } from "./CopyProject";
import HistoryToggle from "./HistoryToggle";
import { Membership, NewMembership } from "./people/Membership";
import { StateBadge } from "./StateBadge";

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
        {project.template === true && <Badge icon="document">{o("sheet.field.template")}</Badge>}
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
            [o("field.currency"), currencyName(project.currency, language)],
            [o("sheet.field.time_zone"), project.time_zone ?? site?.time_zone],
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
      <Keeping project={project} />
      <Members project={project.id} />
      <HistoryToggle row={project.id} />
    </div>
  );
}

/** What is done with the project as a whole: its sheet, a copy of it, the bin. */
function Keeping({ project }: { project: Entity<"project"> }) {
  const { o } = useOfficeWords();
  const rights = useRights();
  const navigate = useNavigate();
  const { busy, trouble, save } = useSaving();
  const [copying, setCopying] = useState(false);
  const remove = async (): Promise<void> => {
    const saved = await save("project.delete", [
      { table: "project", row: project.id, operation: "delete" },
    ]);
    if (saved !== null) await navigate("/projects");
  };
  return (
    <>
      <div className="flex flex-wrap gap-3">
        {rights.may("project.update", project.id) && (
          <LinkButton icon="document" to={`/projects/${project.id}/edit`}>
            {o("sheet.edit")}
          </LinkButton>
        )}
        {rights.may("project.create", NEW_PROJECT) && !copying && (
          <Button icon="add" onClick={() => setCopying(true)}>
            {o("sheet.copy")}
          </Button>
        )}
        {rights.may("project.delete", project.id) && (
          <ConfirmButton
            disabled={busy}
            icon="trash"
            label={o("sheet.delete")}
            onConfirm={() => void remove()}
          >
            {o("sheet.delete_words")}
          </ConfirmButton>
        )}
      </div>
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      {copying && <CopyProject onDone={() => setCopying(false)} project={project} />}
    </>
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
          <Membership key={member.id} member={member} name={nameOf(member.person_id)} />
        ))}
      </ul>
      {rights.may("member.create", project) && absent.length > 0 && (
        <NewMembership
          choices={absent
            .toSorted((left, right) => left.name.localeCompare(right.name))
            .map((one) => ({ value: one.id, label: one.name }))}
          label={o("project.person")}
          of={(person) => ({ project_id: project, person_id: person })}
        />
      )}
    </Panel>
  );
}
