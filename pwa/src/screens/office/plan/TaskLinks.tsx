/** What a task follows and what follows it: links of the four kinds, with their lag. */

import { type FormEvent, useDeferredValue, useMemo, useState } from "react";
import { Link } from "react-router";
import { readHours, writeHours } from "../../../app/entering";
import { useOfficeWords } from "../../../app/officeWords";
import { useRights } from "../../../app/useRights";
import { useSaving } from "../../../app/useSaving";
import { useRows } from "../../../app/workplace";
import { Badge, Button, IconButton, Notice, Panel } from "../../../components/basics";
import { ChoiceField, SelectField, TextField } from "../../../components/fields";
import { fieldsOf } from "../../../engine/schema";
import { TABLES, type TaskLink } from "../../../generated/tables";
import type { Entity } from "../../../replica/view";
import { wouldLoop } from "./tree";

type Task = Entity<"task">;
const KINDS = (fieldsOf(TABLES.task_link).get("kind")?.choices ?? []) as TaskLink["kind"][];
const FOUND_MAX = 6;

export function TaskLinks({ task, tasks }: { task: Task; tasks: readonly Task[] }) {
  const { t, o } = useOfficeWords();
  const links = useRows("task_link", task.scope);
  const rights = useRights();
  const { busy, trouble, save } = useSaving();
  const names = useMemo(() => new Map(tasks.map((one) => [one.id, one])), [tasks]);
  if (links === undefined) return null;
  const own = links.filter((one) => one.predecessor_id === task.id || one.successor_id === task.id);
  return (
    <Panel className="flex flex-col gap-3 p-4">
      <h2>{o("plan.links")}</h2>
      {own.length === 0 && <p className="text-muted">{o("plan.no_links")}</p>}
      <ul className="divide-y divide-line">
        {own.map((link) => {
          const before = link.successor_id === task.id;
          const other = names.get(before ? link.predecessor_id : link.successor_id);
          return (
            <li className="flex flex-wrap items-center gap-3 py-1" key={link.id}>
              <Badge>{o(before ? "plan.after" : "plan.before")}</Badge>
              <Link
                className="min-w-0 flex-1 basis-52 break-words text-accent underline"
                to={`/tasks/${other?.id ?? ""}`}
              >
                {other?.code} {other?.name ?? "…"}
              </Link>
              <span>
                {o(`plan.kind.${link.kind}`)}
                {link.lag_minutes
                  ? ` ${link.lag_minutes > 0 ? "+" : ""}${writeHours(link.lag_minutes)} h`
                  : ""}
              </span>
              {rights.may("task_link.delete", task.project_id) && (
                <IconButton
                  disabled={busy}
                  icon="close"
                  label={`${t("common.delete")} — ${other?.name ?? ""}`}
                  onClick={() =>
                    void save("link.delete", [
                      { table: "task_link", row: link.id, operation: "delete" },
                    ])
                  }
                />
              )}
            </li>
          );
        })}
      </ul>
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      {rights.may("task_link.create", task.project_id) && (
        <AddLink links={links} task={task} tasks={tasks} />
      )}
    </Panel>
  );
}

function AddLink({
  task,
  tasks,
  links,
}: {
  task: Task;
  tasks: readonly Task[];
  links: readonly Entity<"task_link">[];
}) {
  const { o } = useOfficeWords();
  const { busy, trouble, save } = useSaving();
  const [side, setSide] = useState<"after" | "before">("after");
  const [words, setWords] = useState("");
  const [kind, setKind] = useState<TaskLink["kind"]>("finish_start");
  const [lag, setLag] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const sought = useDeferredValue(words);
  const found = useMemo(() => foundBy(tasks, sought, task.id), [tasks, sought, task.id]);
  const add = async (other: Task): Promise<void> => {
    const [from, to] = side === "after" ? [other.id, task.id] : [task.id, other.id];
    const minutes = lag.trim() === "" ? 0 : readHours(lag);
    const known = links.some((one) => one.predecessor_id === from && one.successor_id === to);
    const wrong =
      minutes === null
        ? o("plan.lag_wrong")
        : known
          ? o("plan.known")
          : wouldLoop(links, from, to)
            ? o("plan.loop")
            : null;
    setFault(wrong);
    if (wrong !== null || minutes === null) return;
    const after = { project_id: task.project_id, predecessor_id: from, successor_id: to, kind };
    const saved = await save("link.add", [
      {
        table: "task_link",
        after: { ...after, ...(minutes === 0 ? {} : { lag_minutes: minutes }) },
      },
    ]);
    if (saved !== null) setWords("");
  };
  return (
    <form
      className="flex flex-col gap-4 rounded-xl bg-sunken p-4"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        const [first] = found;
        if (first !== undefined) void add(first);
      }}
    >
      <div className="grid items-end gap-4 sm:grid-cols-2">
        <ChoiceField
          choices={[
            { value: "after", label: o("plan.after") },
            { value: "before", label: o("plan.before") },
          ]}
          label={o("plan.add_link")}
          onChange={(value) => setSide(value as "after" | "before")}
          value={side}
        />
        <TextField
          label={o("plan.which")}
          onChange={(event) => setWords(event.target.value)}
          type="search"
          value={words}
        />
        <SelectField
          choices={KINDS.map((one) => ({ value: one, label: o(`plan.kind.${one}`) }))}
          label={o("plan.link_kind")}
          onChange={(event) => setKind(event.target.value as TaskLink["kind"])}
          value={kind}
        />
        <TextField
          inputMode="decimal"
          label={o("plan.lag")}
          onChange={(event) => setLag(event.target.value)}
          suffix="h"
          value={lag}
        />
      </div>
      {fault !== null && <Notice icon="refused" mood="bad" title={fault} />}
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      {found.length > 0 && (
        <ul aria-label={o("plan.found")} className="flex flex-col gap-2">
          {found.map((one) => (
            <li key={one.id}>
              <Button
                className="w-full justify-start text-left"
                disabled={busy}
                icon="add"
                onClick={() => void add(one)}
              >
                {[one.code, one.name].filter(Boolean).join(" · ")}
              </Button>
            </li>
          ))}
        </ul>
      )}
    </form>
  );
}

/** Return the first tasks that a few letters find; none without letters. */
function foundBy(tasks: readonly Task[], words: string, but: string): Task[] {
  const wanted = words.trim().toLowerCase();
  if (wanted === "") return [];
  const found: Task[] = [];
  for (const task of tasks) {
    if (task.id === but || task.kind === "summary") continue;
    if (!`${task.code ?? ""} ${task.name}`.toLowerCase().includes(wanted)) continue;
    found.push(task);
    if (found.length === FOUND_MAX) break;
  }
  return found;
}
