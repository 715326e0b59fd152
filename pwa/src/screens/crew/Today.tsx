/** The first screen of a shift: what is due, what is mine, and what there is to enter. */

import { useLiveQuery } from "dexie-react-hooks";
import { useDeferredValue, useMemo } from "react";
import { date, today as todaysDate } from "../../app/format";
import { byCode } from "../../app/order";
import { useAppSelector } from "../../app/store";
import { May, useRights } from "../../app/useRights";
import { useWords } from "../../app/words";
import { useProject, useRow, useWorkplace } from "../../app/workplace";
import { Empty, LinkButton, TileLink, useTitle } from "../../components/basics";
import { Icon } from "../../components/icons";
import { isPlannedOn, type OpenWork, openWork } from "../../replica/agenda";
import { NEW_PROJECT } from "../../session/rights";
import { ENTRIES, QUICK } from "./entries";
import { isLate, type Task, TaskCard } from "./TaskCard";

const OTHERS_SHOWN = 30;

interface Day {
  late: Task[];
  mine: Task[];
  others: Task[];
}

/** Sort a project's open tasks into those of the person today, those that are late, and the others. */
export function sorted({ mine, others }: OpenWork, day: string): Day {
  const byFinish = (left: Task, right: Task): number =>
    (left.planned_finish ?? "9").localeCompare(right.planned_finish ?? "9") || byCode(left, right);
  const late = mine.filter((task) => isLate(task, day));
  const due = mine.filter(
    (task) => !isLate(task, day) && (isPlannedOn(task, day) || task.status === "in_progress"),
  );
  return {
    late: late.sort(byFinish),
    mine: due.sort(byFinish),
    others: [...others].sort(byFinish).slice(0, OTHERS_SHOWN),
  };
}

export default function Today() {
  const { t } = useWords();
  useTitle(t("nav.today"));
  const { person, database } = useWorkplace();
  const project = useProject();
  // Before the first pull has ended, an empty replica says nothing.
  const fetching = useAppSelector((state) => state.sync.online && !state.sync.status?.lastSyncAt);
  const day = todaysDate();
  // The choice is known before the projects are read: the day is looked for meanwhile.
  const chosen = useAppSelector((state) => state.preferences.project);
  const at = project === undefined ? chosen : (project?.id ?? null);
  const scope = at === null ? null : `project:${at}`;
  const work = useLiveQuery(
    async () => (scope === null ? null : openWork(database, scope, person, day)),
    [database, scope, person, day],
  );
  if (project === undefined) return null;
  if (project === null && fetching) return <Empty icon="sync" title={t("today.fetching")} />;
  if (project === null) return <NoProject />;
  return work ? <ShownDay day={day} project={project.id} work={work} /> : null;
}

/** The day itself; what changes in it is drawn in slices. */
function ShownDay({ day, project, work }: { day: string; project: string; work: OpenWork }) {
  const { t, language } = useWords();
  const { person } = useWorkplace();
  const me = useRow("person", person);
  const groups = useMemo(() => sorted(work, day), [work, day]);
  const shown = useDeferredValue(groups);
  return (
    <div className="flex flex-col gap-7">
      <header>
        <p className="text-muted first-letter:uppercase">{date(day, language, "long")}</p>
        <h1>{t("today.greeting", { name: me?.name.split(" ")[0] ?? "" })}</h1>
      </header>
      <nav aria-label={t("today.quick")} className="flex gap-3 lg:max-w-3xl">
        {ENTRIES.slice(0, QUICK).map(({ to, icon, right, word }, place) => (
          <May key={to} project={project} right={right}>
            <TileLink icon={icon} to={to} {...(place === 0 ? { tone: "primary" } : {})}>
              {t(word)}
            </TileLink>
          </May>
        ))}
      </nav>
      <Groups {...shown} />
    </div>
  );
}

function Groups({ late, mine, others }: Day) {
  const { t } = useWords();
  return (
    <>
      <TaskGroup late tasks={late} title={t("today.late")} />
      <TaskGroup tasks={mine} title={t("today.mine")} />
      <TaskGroup tasks={others} title={t("today.others")} />
      {late.length + mine.length + others.length === 0 && (
        <Empty icon="today" title={t("today.none")} />
      )}
    </>
  );
}

/** Nothing to work on yet: to wait for, or, for those who may, to begin. */
function NoProject() {
  const { t } = useWords();
  if (!useRights().may("project.create", NEW_PROJECT)) {
    return (
      <Empty icon="project" title={t("today.no_project")}>
        <p>{t("today.no_project_why")}</p>
      </Empty>
    );
  }
  return (
    <Empty icon="project" title={t("today.first_project")}>
      <p>{t("today.first_project_why")}</p>
      <LinkButton icon="add" to="/projects/new" tone="primary">
        {t("today.first_project_make")}
      </LinkButton>
    </Empty>
  );
}

function TaskGroup({
  title,
  tasks,
  late = false,
}: {
  title: string;
  tasks: Task[];
  late?: boolean;
}) {
  if (tasks.length === 0) return null;
  return (
    <section className="flex flex-col gap-3">
      <h2 className={`flex items-center gap-2 ${late ? "text-bad" : ""}`}>
        {late && <Icon name="clock" />}
        {title} ({tasks.length})
      </h2>
      <ul className="grid gap-3 lg:grid-cols-2 2xl:grid-cols-3">
        {tasks.map((task) => (
          <li key={task.id}>
            <TaskCard late={late} task={task} />
          </li>
        ))}
      </ul>
    </section>
  );
}
