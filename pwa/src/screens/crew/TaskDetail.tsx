/** One task: say how far it is, how many hours it took, and what is to be known. */

import { lazy, Suspense, useState } from "react";
import { useParams } from "react-router";
import { date, percent } from "../../app/format";
import { numbersOf } from "../../app/numbers";
import { May, useRights } from "../../app/useRights";
import { useSaving } from "../../app/useSaving";
import { useWords } from "../../app/words";
import { useAllRows, useRow } from "../../app/workplace";
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
import { AreaField, StepField } from "../../components/fields";
import { SyncMark } from "../../components/SyncMark";
import { WatchTaskButton } from "../../components/WatchButton";
import type { Task as TaskValues } from "../../generated/tables";
import { Talk } from "./Talk";
import { StatusBadge, type Task, type TaskStatus } from "./TaskCard";
import { moved, movesFrom } from "./taskMoves";

const Checklist = lazy(() => import("./Checklist"));
const RowFiles = lazy(() => import("../documents/RowFiles"));
const HistoryToggle = lazy(() => import("../office/HistoryToggle"));

const MINUTES_STEP = 30;

export default function TaskDetail() {
  const { t } = useWords();
  const { task: id } = useParams();
  const task = useRow("task", id);
  if (task === undefined) return null;
  if (task === null) {
    return (
      <>
        <ScreenHead back="/tasks" backLabel={t("common.back")} title={t("task.title")} />
        <Empty icon="task" title={t("task.unknown")} />
      </>
    );
  }
  return (
    <div className="flex flex-col gap-4">
      <Head task={task} />
      <May project={task.project_id} right="task.report">
        <Moves task={task} />
        <Advance task={task} />
        <Notes key={task.id} task={task} />
      </May>
      <Suspense fallback={null}>
        <Checklist task={task} />
        <RowFiles project={task.project_id} row={task.id} table="task" title={task.name} />
      </Suspense>
      <Talk project={task.project_id} subject={{ task_id: task.id }} />
      <Suspense fallback={null}>
        <HistoryToggle row={task.id} />
      </Suspense>
    </div>
  );
}

function Head({ task }: { task: Task }) {
  const { t, language } = useWords();
  const people = useAllRows("person");
  const names = (task.assignees ?? []).map(
    (person) => people?.find((one) => one.id === person)?.name ?? "…",
  );
  const planned =
    task.planned_start && task.planned_finish
      ? t("task.planned_range", {
          start: date(task.planned_start, language),
          finish: date(task.planned_finish, language),
        })
      : null;
  const numbered = t("task.number", { number: numbersOf(task) });
  return (
    <>
      <ScreenHead back="/tasks" backLabel={t("common.back")} title={task.name}>
        <May project={task.project_id} right="task.update">
          <LinkButton icon="gantt" to={`/tasks/${task.id}/edit`}>
            {t("task.plan")}
          </LinkButton>
        </May>
        <WatchTaskButton task={task} />
      </ScreenHead>
      <div className="flex flex-wrap items-center gap-3">
        <StatusBadge status={task.status ?? "todo"} />
        {task.critical && (
          <Badge icon="alert" mood="warn">
            {t("task.critical")}
          </Badge>
        )}
        <SyncMark state={task.syncState} />
      </div>
      <Facts
        facts={[
          [t("task.code"), [task.code, numbered].filter(Boolean).join(" · ")],
          [t("task.planned"), planned],
          [t("task.assigned"), names.join(", ")],
        ]}
      />
    </>
  );
}

function Moves({ task }: { task: Task }) {
  const { t } = useWords();
  const { busy, trouble, save } = useSaving();
  const moveTo = async (status: TaskStatus): Promise<void> => {
    await save("task.move", [{ table: "task", row: task.id, after: moved(task, status) }]);
  };
  const verifies = useRights().may("task.verify", task.project_id);
  const moves = movesFrom(task.status ?? "todo", { verifies });
  if (moves.length === 0) return null;
  return (
    <section aria-label={t("task.move")} className="flex flex-col gap-3">
      <div className="flex flex-wrap gap-3">
        {moves.map((status) => (
          <Button
            disabled={busy}
            key={status}
            onClick={() => void moveTo(status)}
            tone={status === "done" || status === "in_progress" ? "primary" : "plain"}
          >
            {t(`task.status.${status}`)}
          </Button>
        ))}
      </div>
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
    </section>
  );
}

function Advance({ task }: { task: Task }) {
  const { t, language } = useWords();
  const { busy, trouble, save } = useSaving();
  const stored = task.progress ?? 0;
  const [progress, setProgress] = useState<number | null>(null);
  const [minutes, setMinutes] = useState(0);
  const shown = progress ?? stored;
  const changed = (progress !== null && progress !== stored) || minutes > 0;
  const submit = async (): Promise<void> => {
    const after: Partial<TaskValues> = {};
    if (progress !== null && progress !== stored) after.progress = progress;
    if (minutes > 0) after.hours_spent_minutes = (task.hours_spent_minutes ?? 0) + minutes;
    const saved = await save("task.report", [{ table: "task", row: task.id, after }]);
    if (saved === null) return;
    setProgress(null);
    setMinutes(0);
  };
  const hours = `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")}`;
  return (
    <Panel className="flex flex-col gap-5 p-4">
      <div className="grid gap-5 sm:grid-cols-2">
        <StepField
          label={t("task.progress")}
          less={`${t("common.less")} — ${t("task.progress")}`}
          minimum={stored}
          more={`${t("common.more")} — ${t("task.progress")}`}
          onChange={setProgress}
          text={percent(shown, language)}
          value={shown}
        />
        <StepField
          label={t("task.hours")}
          less={`${t("common.less")} — ${t("task.hours")}`}
          maximum={24 * 60}
          more={`${t("common.more")} — ${t("task.hours")}`}
          onChange={setMinutes}
          step={MINUTES_STEP}
          text={hours}
          value={minutes}
        />
      </div>
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      <Button disabled={!changed || busy} icon="check" onClick={() => void submit()} tone="primary">
        {t("common.save")}
      </Button>
    </Panel>
  );
}

function Notes({ task }: { task: Task }) {
  const { t } = useWords();
  const { busy, trouble, save } = useSaving();
  const [text, setText] = useState<string | null>(null);
  const stored = task.notes ?? "";
  const submit = async (): Promise<void> => {
    const saved = await save("task.note", [
      { table: "task", row: task.id, after: { notes: text ?? "" } },
    ]);
    if (saved !== null) setText(null);
  };
  return (
    <Panel className="flex flex-col gap-3 p-4">
      <AreaField
        label={t("task.notes")}
        onChange={(event) => setText(event.target.value)}
        value={text ?? stored}
      />
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      {text !== null && text !== stored && (
        <Button disabled={busy} onClick={() => void submit()} tone="primary">
          {t("common.save")}
        </Button>
      )}
    </Panel>
  );
}
