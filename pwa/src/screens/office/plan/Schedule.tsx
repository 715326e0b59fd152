/** The schedule: the tree of tasks with its bars and links, and the tools that shape both. */

import { type KeyboardEvent, useCallback, useMemo, useState } from "react";
import { useNavigate } from "react-router";
import { useOfficeWords } from "../../../app/officeWords";
import { May, useRights } from "../../../app/useRights";
import { useSaving } from "../../../app/useSaving";
import { useProject, useRows } from "../../../app/workplace";
import { Button, Empty, LinkButton, Notice, ScreenHead } from "../../../components/basics";
import { ChoiceField } from "../../../components/fields";
import type { Entity } from "../../../replica/view";
import { Gantt } from "./Gantt";
import { type Link, linesOf, type Task, ZOOMS, type Zoom } from "./lines";
import { indent, outdent, type Placed, shift, wouldLoop } from "./tree";

export default function Schedule() {
  const { o } = useOfficeWords();
  const project = useProject();
  const scope = project ? `project:${project.id}` : null;
  const tasks = useRows("task", scope);
  const links = useRows("task_link", scope);
  if (tasks === undefined || links === undefined || !project) return null;
  return (
    <>
      <ScreenHead lead={o("schedule.count", { count: tasks.length })} title={o("schedule.title")}>
        <LinkButton icon="gantt" to="/schedule/baselines">
          {o("baselines.title")}
        </LinkButton>
        <May project={project.id} right="project.update">
          <LinkButton icon="document" to="/schedule/import">
            {o("schedule.import")}
          </LinkButton>
        </May>
      </ScreenHead>
      <Plan key={project.id} links={links} project={project} tasks={tasks} />
    </>
  );
}

const NO_LINKS: never[] = [];

function Plan({
  project,
  tasks,
  links,
}: {
  project: Entity<"project">;
  tasks: readonly Task[];
  links: readonly Link[];
}) {
  const { o } = useOfficeWords();
  const navigate = useNavigate();
  const rights = useRights();
  const [zoom, setZoom] = useState<Zoom>("week");
  const [showsLinks, setShowsLinks] = useState(true);
  const [criticalOnly, setCriticalOnly] = useState(false);
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [chosen, setChosen] = useState<string | null>(null);
  const lines = useMemo(() => linesOf(tasks, folded, criticalOnly), [tasks, folded, criticalOnly]);
  const task = useMemo(() => tasks.find((one) => one.id === chosen) ?? null, [tasks, chosen]);
  const tools = useTools(project.id, tasks, links, task);
  const fold = useCallback((row: string): void => {
    setFolded((before) => {
      const next = new Set(before);
      if (!next.delete(row)) next.add(row);
      return next;
    });
  }, []);
  const choose = (row: string): void => {
    if (!tools.linkTo(row)) setChosen(row);
  };
  const key = (event: KeyboardEvent): boolean => {
    if (task === null) return false;
    if (event.altKey) return tools.key(event.key);
    if (event.key === "Enter") void navigate(`/tasks/${task.id}`);
    else if (event.key === "ArrowRight" && folded.has(task.id)) fold(task.id);
    else if (event.key === "ArrowLeft" && !folded.has(task.id)) fold(task.id);
    else return false;
    return true;
  };
  if (tasks.length === 0) {
    return (
      <Empty icon="gantt" title={o("schedule.none")}>
        <May project={project.id} right="task.create">
          <LinkButton icon="add" to="/tasks/new" tone="primary">
            {o("plan.add")}
          </LinkButton>
        </May>
      </Empty>
    );
  }
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-6 gap-y-3 pb-4">
        <ChoiceField
          choices={ZOOMS.map((one) => ({ value: one, label: o(`schedule.${one}`) }))}
          bare
          label={o("schedule.zoom")}
          onChange={(value) => setZoom(value as Zoom)}
          value={zoom}
        />
        <Check checked={showsLinks} label={o("schedule.links")} onChange={setShowsLinks} />
        <Check checked={criticalOnly} label={o("schedule.critical")} onChange={setCriticalOnly} />
      </div>
      {rights.may("task.create", project.id) && <Toolbar task={task} tools={tools} />}
      <Gantt
        chosen={chosen}
        lines={lines}
        links={showsLinks ? links : NO_LINKS}
        onChoose={choose}
        onFold={fold}
        onKey={key}
        tasks={tasks}
        zoom={zoom}
      />
    </>
  );
}

interface Tools {
  busy: boolean;
  trouble: string | null;
  /** The line from which a link is being drawn. */
  linking: Task | null;
  link: () => void;
  /** End a link at a line; false when none was being drawn. */
  linkTo: (row: string) => boolean;
  place: (how: "indent" | "outdent" | "up" | "down") => void;
  can: (how: "indent" | "outdent" | "up" | "down") => boolean;
  key: (name: string) => boolean;
}

/** What is done with the line that is chosen. */
function useTools(
  project: string,
  tasks: readonly Task[],
  links: readonly Link[],
  task: Task | null,
): Tools {
  const { o } = useOfficeWords();
  const { busy, trouble, save } = useSaving();
  const [linking, setLinking] = useState<Task | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const placings: Record<"indent" | "outdent" | "up" | "down", Placed[] | null> = useMemo(
    () =>
      task === null
        ? { indent: null, outdent: null, up: null, down: null }
        : {
            indent: indent(tasks, task),
            outdent: outdent(tasks, task),
            up: shift(tasks, task, -1),
            down: shift(tasks, task, 1),
          },
    [tasks, task],
  );
  const place = (how: keyof typeof placings): void => {
    const found = placings[how];
    if (found === null) return;
    void save(
      "task.place",
      found.map((one) => ({ table: "task" as const, ...one })),
    );
  };
  const linkTo = (row: string): boolean => {
    if (linking === null) return false;
    setLinking(null);
    const [from, to] = [linking.id, row];
    const known = links.some((one) => one.predecessor_id === from && one.successor_id === to);
    const wrong = known ? o("plan.known") : wouldLoop(links, from, to) ? o("plan.loop") : null;
    setFault(wrong);
    if (wrong !== null) return true;
    const ends = { predecessor_id: from, successor_id: to };
    void save("link.add", [
      { table: "task_link", after: { project_id: project, kind: "finish_start", ...ends } },
    ]);
    return true;
  };
  const KEYS: Record<string, keyof typeof placings> = {
    ArrowRight: "indent",
    ArrowLeft: "outdent",
    ArrowUp: "up",
    ArrowDown: "down",
  };
  return {
    busy,
    trouble: trouble ?? fault,
    linking,
    link: () => {
      setFault(null);
      setLinking(linking === null ? task : null);
    },
    linkTo,
    place,
    can: (how) => placings[how] !== null,
    key: (name) => {
      const how = KEYS[name];
      if (how === undefined) return false;
      place(how);
      return true;
    },
  };
}

function Toolbar({ task, tools }: { task: Task | null; tools: Tools }) {
  const { o } = useOfficeWords();
  const after =
    task === null ? "" : `?after=${task.id}${task.parent_id ? `&parent=${task.parent_id}` : ""}`;
  return (
    <div className="flex flex-col gap-2 pb-4">
      <div aria-label={o("plan.tools")} className="flex flex-wrap gap-3" role="toolbar">
        <LinkButton icon="add" to={`/tasks/new${after}`}>
          {o(task === null ? "plan.add" : "plan.add_after")}
        </LinkButton>
        {task !== null && (
          <>
            <LinkButton icon="add" to={`/tasks/new?parent=${task.id}`}>
              {o("plan.add_under")}
            </LinkButton>
            <LinkButton to={`/tasks/${task.id}/edit`}>{o("plan.edit")}</LinkButton>
            {(["outdent", "indent", "up", "down"] as const).map((how) => (
              <Button
                aria-label={o(`plan.${how}`)}
                disabled={tools.busy || !tools.can(how)}
                key={how}
                onClick={() => tools.place(how)}
                title={o(`plan.${how}`)}
              >
                <span aria-hidden="true">{ARROWS[how]}</span>
              </Button>
            ))}
            <Button
              aria-pressed={tools.linking !== null}
              icon="link"
              onClick={tools.link}
              tone={tools.linking === null ? "plain" : "primary"}
            >
              {o("plan.link")}
            </Button>
          </>
        )}
      </div>
      <p aria-live="polite" className="text-base text-muted">
        {tools.linking !== null
          ? o("plan.linking", { name: tools.linking.name })
          : task === null
            ? o("plan.choose")
            : o("plan.chosen", { name: task.name })}
      </p>
      {tools.trouble !== null && <Notice icon="refused" mood="bad" title={tools.trouble} />}
    </div>
  );
}

const ARROWS = { outdent: "⇤", indent: "⇥", up: "↑", down: "↓" } as const;

function Check({
  label,
  checked,
  onChange,
}: {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}) {
  return (
    <label className="target inline-flex cursor-pointer items-center gap-3 font-semibold">
      <input
        checked={checked}
        className="h-6 w-6 accent-accent"
        onChange={(event) => onChange(event.target.checked)}
        type="checkbox"
      />
      {label}
    </label>
  );
}
