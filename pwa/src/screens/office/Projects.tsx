/** Every project that is held here; choosing one opens it everywhere in the app. */

import { useNavigate } from "react-router";
import { date } from "../../app/format";
import { useOfficeWords } from "../../app/officeWords";
import { actions, useAppDispatch } from "../../app/store";
import { useRights } from "../../app/useRights";
import { useProject, useProjects } from "../../app/workplace";
import { Button, Empty, LinkButton, Panel, ScreenHead } from "../../components/basics";
import { SyncMark } from "../../components/SyncMark";
import { NEW_PROJECT } from "../../session/rights";
import { StateBadge } from "./StateBadge";

export default function Projects() {
  const { t, o, language } = useOfficeWords();
  const dispatch = useAppDispatch();
  const navigate = useNavigate();
  const projects = useProjects();
  const chosen = useProject();
  const rights = useRights();
  if (projects === undefined) return null;
  const sorted = [...projects].sort((left, right) => left.code.localeCompare(right.code));
  return (
    <>
      <ScreenHead title={t("nav.projects")}>
        {rights.may("project.create", NEW_PROJECT) && (
          <>
            <LinkButton icon="document" to="/schedule/import">
              {o("schedule.import")}
            </LinkButton>
            <LinkButton icon="add" to="/projects/new" tone="primary">
              {o("project.new")}
            </LinkButton>
          </>
        )}
      </ScreenHead>
      {rights.may("project.everywhere") && (
        <p className="pb-4">
          <LinkButton icon="trash" to="/projects/deleted" tone="quiet">
            {o("sheet.deleted")}
          </LinkButton>
        </p>
      )}
      {sorted.length === 0 && <Empty icon="project" title={t("today.no_project")} />}
      <ul className="grid gap-3 lg:grid-cols-2">
        {sorted.map((one) => (
          <li key={one.id}>
            <Panel
              className={`flex h-full flex-col gap-3 p-5 ${one.id === chosen?.id ? "outline-2 outline-accent" : ""}`}
            >
              <header className="flex flex-wrap items-start gap-x-3 gap-y-2">
                <div className="min-w-0 flex-1 basis-52">
                  <p className="text-muted">{one.code}</p>
                  <h2 className="break-words">{one.name}</h2>
                </div>
                <StateBadge status={one.status ?? "draft"} />
              </header>
              <p className="flex flex-wrap gap-x-4 text-base text-muted">
                {one.start && one.finish && (
                  <span>
                    {date(one.start, language)} – {date(one.finish, language)}
                  </span>
                )}
                <span>{one.currency}</span>
                <SyncMark quiet state={one.syncState} />
              </p>
              <div className="mt-auto flex flex-wrap gap-3">
                <Button
                  icon="dashboard"
                  onClick={() => {
                    dispatch(actions.projectChosen(one.id));
                    void navigate("/dashboard");
                  }}
                  tone={one.id === chosen?.id ? "primary" : "plain"}
                >
                  {o("project.open")}
                </Button>
                <LinkButton icon="document" to={`/projects/${one.id}`} tone="quiet">
                  {o("sheet.open")}
                </LinkButton>
              </div>
            </Panel>
          </li>
        ))}
      </ul>
    </>
  );
}
