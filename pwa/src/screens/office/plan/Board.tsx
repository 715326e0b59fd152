/** Tasks by state, as columns: moved by drag, by keys, or by a choice on the card. */

import { type DragEvent, type KeyboardEvent, useDeferredValue, useMemo, useState } from "react";
import { Link } from "react-router";
import { date, percent, today } from "../../../app/format";
import { useOfficeWords } from "../../../app/officeWords";
import { byCode } from "../../../app/order";
import { useRights } from "../../../app/useRights";
import { useSaving } from "../../../app/useSaving";
import { useAllRows, useProject, useRows } from "../../../app/workplace";
import { Button, Empty, Notice, ProgressBar, ScreenHead } from "../../../components/basics";
import { SelectField, TextField } from "../../../components/fields";
import { SyncMark } from "../../../components/SyncMark";
import type { Entity } from "../../../replica/view";
import { isLate, type TaskStatus } from "../../crew/TaskCard";
import { moved, movesFrom, TASK_STATES } from "../../crew/taskMoves";
import { besideOf, columnsOf, type Task } from "./board";

const SHOWN = 40;

export default function Board() {
  const { o } = useOfficeWords();
  const project = useProject();
  if (project === undefined) return null;
  if (project === null) return <Empty icon="project" title={o("budget.no_project")} />;
  return <Columns key={project.id} project={project} />;
}

function Columns({ project }: { project: Entity<"project"> }) {
  const { t, o } = useOfficeWords();
  const rights = useRights();
  const tasks = useRows("task", `project:${project.id}`);
  const people = useAllRows("person");
  const members = useRows("member", `project:${project.id}`);
  const { busy, trouble, save } = useSaving();
  const [words, setWords] = useState("");
  const [person, setPerson] = useState("");
  const [group, setGroup] = useState("");
  const [told, setTold] = useState("");
  const [dragged, setDragged] = useState<Task | null>(null);
  const sought = useDeferredValue(words);
  const columns = useMemo(
    () => columnsOf(tasks ?? [], { words: sought, person, group }),
    [tasks, sought, person, group],
  );
  const groups = useMemo(
    () => (tasks ?? []).filter((one) => one.kind === "summary").sort(byCode),
    [tasks],
  );
  if (tasks === undefined) return null;
  const able = {
    verifies: rights.may("task.verify", project.id),
    cancels: rights.may("task.update", project.id),
  };
  const mayMove = rights.may("task.report", project.id);
  const move = async (task: Task, to: TaskStatus): Promise<void> => {
    const saved = await save("task.move", [
      { table: "task", row: task.id, after: moved(task, to) },
    ]);
    if (saved !== null) setTold(o("board.moved", { name: task.name, to: t(`task.status.${to}`) }));
  };
  return (
    <>
      <ScreenHead title={o("board.title")} />
      <div className="grid gap-3 pb-4 sm:grid-cols-3">
        <TextField
          label={t("common.search")}
          onChange={(event) => setWords(event.target.value)}
          type="search"
          value={words}
        />
        <SelectField
          choices={[
            { value: "", label: t("common.all") },
            ...(people ?? [])
              .filter((one) => members?.some((member) => member.person_id === one.id))
              .map((one) => ({ value: one.id, label: one.name })),
          ]}
          label={o("field.assignees")}
          onChange={(event) => setPerson(event.target.value)}
          value={person}
        />
        <SelectField
          choices={[
            { value: "", label: t("common.all") },
            ...groups.map((one) => ({
              value: one.id,
              label: [one.code, one.name].filter(Boolean).join(" · "),
            })),
          ]}
          label={o("board.group")}
          onChange={(event) => setGroup(event.target.value)}
          value={group}
        />
      </div>
      <p className="sr-only">{o("board.keys")}</p>
      <p aria-live="polite" className="sr-only">
        {told}
      </p>
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the columns scroll by keyboard too. */}
      <section aria-label={o("board.title")} className="relative overflow-x-auto pb-2" tabIndex={0}>
        <ol className="grid min-w-max grid-flow-col auto-cols-[18rem] items-start gap-3">
          {TASK_STATES.map((state) => (
            <Column
              able={able}
              busy={busy}
              key={state}
              mayMove={mayMove}
              onDrag={setDragged}
              onDrop={() => dragged !== null && void move(dragged, state)}
              onMove={(task, to) => void move(task, to)}
              people={people ?? []}
              receives={
                dragged !== null && movesFrom(dragged.status ?? "todo", able).includes(state)
              }
              state={state}
              tasks={columns[state]}
            />
          ))}
        </ol>
      </section>
    </>
  );
}

interface Able {
  verifies: boolean;
  cancels: boolean;
}

function Column({
  state,
  tasks,
  receives,
  onDrop,
  ...card
}: {
  state: TaskStatus;
  tasks: readonly Task[];
  /** The card that is being dragged may be let go here. */
  receives: boolean;
  onDrop: () => void;
} & CardProps) {
  const { t, o } = useOfficeWords();
  const [shown, setShown] = useState(SHOWN);
  const over = (event: DragEvent): void => {
    if (receives) event.preventDefault();
  };
  return (
    <li
      className={`flex min-h-40 flex-col gap-2 rounded-2xl border-2 p-2 ${
        receives ? "border-accent bg-accent-soft" : "border-transparent bg-sunken"
      }`}
      onDragOver={over}
      onDrop={(event) => {
        event.preventDefault();
        if (receives) onDrop();
      }}
    >
      <h2 className="px-2 pt-1">
        {t(`task.status.${state}`)} <span className="text-muted">({tasks.length})</span>
      </h2>
      <ul aria-label={t(`task.status.${state}`)} className="flex flex-col gap-2">
        {tasks.slice(0, shown).map((task) => (
          <Card {...card} key={task.id} task={task} />
        ))}
      </ul>
      {tasks.length > shown && (
        <Button onClick={() => setShown(shown + SHOWN)}>
          {o("more_rows", { count: Math.min(SHOWN, tasks.length - shown) })}
        </Button>
      )}
    </li>
  );
}

interface CardProps {
  able: Able;
  busy: boolean;
  mayMove: boolean;
  people: readonly Entity<"person">[];
  onMove: (task: Task, to: TaskStatus) => void;
  onDrag: (task: Task | null) => void;
}

function Card({ task, able, busy, mayMove, people, onMove, onDrag }: CardProps & { task: Task }) {
  const { t, o, language } = useOfficeWords();
  const status = task.status ?? "todo";
  const late = isLate(task, today());
  const progress = task.progress_rolled ?? task.progress ?? 0;
  const names = (task.assignees ?? []).map(
    (one) => people.find((person) => person.id === one)?.name ?? "…",
  );
  const moves = mayMove ? movesFrom(status, able) : [];
  const press = (event: KeyboardEvent): void => {
    if (!mayMove || !event.altKey) return;
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : null;
    if (step === null) return;
    event.preventDefault();
    const to = besideOf(status, step, able);
    if (to !== null) onMove(task, to);
  };
  return (
    <li
      className="flex cursor-grab flex-col gap-2 rounded-xl border border-line bg-panel p-3 shadow-panel"
      draggable={mayMove}
      onDragEnd={() => onDrag(null)}
      onDragStart={(event) => {
        event.dataTransfer.setData("text/plain", task.id);
        event.dataTransfer.effectAllowed = "move";
        onDrag(task);
      }}
    >
      <Link
        className="font-semibold break-words"
        draggable={false}
        onKeyDown={press}
        to={`/tasks/${task.id}`}
      >
        {task.code && <span className="text-muted">{task.code} </span>}
        {task.name}
      </Link>
      <ProgressBar basisPoints={progress} label={t("task.progress")} />
      <p className="flex flex-wrap gap-x-3 text-base text-muted">
        <span className="tabular-nums">{percent(progress, language)}</span>
        {task.planned_finish && (
          <span className={late ? "font-semibold text-bad" : ""}>
            {date(task.planned_finish, language)}
          </span>
        )}
        {names.length > 0 && <span className="break-words">{names.join(", ")}</span>}
        <SyncMark quiet state={task.syncState} />
      </p>
      {moves.length > 0 && (
        <label>
          <span className="sr-only">{o("board.move", { name: task.name })}</span>
          <select
            className="target w-full rounded-xl border border-muted bg-panel px-3 text-base"
            disabled={busy}
            onChange={(event) => onMove(task, event.target.value as TaskStatus)}
            value={status}
          >
            <option value={status}>{t(`task.status.${status}`)}</option>
            {moves.map((to) => (
              <option key={to} value={to}>
                → {t(`task.status.${to}`)}
              </option>
            ))}
          </select>
        </label>
      )}
    </li>
  );
}
