/** The choice of a task: those of the day at once, any other by a word of its name. */

import { useLiveQuery } from "dexie-react-hooks";
import { useEffect, useRef, useState } from "react";
import { today } from "../app/format";
import { byCode } from "../app/order";
import { useWords } from "../app/words";
import { useRow, useRows, useWorkplace } from "../app/workplace";
import { isOpenTask, openWork } from "../replica/agenda";
import type { Entity } from "../replica/view";
import { Button, Panel } from "./basics";
import { type Framed, SearchField, SelectField } from "./fields";
import { plain } from "./plain";

const OTHER = "other";
const OFFERED = 30;
const FOUND_SHOWN = 20;

type Task = Entity<"task">;

export function TaskField({
  scope,
  value,
  onChange,
  disabled = false,
  ended = false,
  ...framed
}: Framed & {
  scope: string;
  value: string;
  onChange: (task: string) => void;
  disabled?: boolean;
  /** Whether a task that is done may be named as well. */
  ended?: boolean;
}) {
  const { t } = useWords();
  const { database, person } = useWorkplace();
  const [seeking, setSeeking] = useState(false);
  const day = today();
  const work = useLiveQuery(
    () => openWork(database, scope, person, day),
    [database, scope, person, day],
  );
  const chosen = useRow("task", value === "" ? null : value);
  const { mine, others } = work ?? { mine: [], others: [] };
  const offered = [...mine.sort(byCode), ...others.sort(byCode)].slice(0, OFFERED);
  const isOffered = offered.some((task) => task.id === value);
  if (seeking) {
    const pick = (task: string | null): void => {
      if (task !== null) onChange(task);
      setSeeking(false);
    };
    return <Seek ended={ended} label={framed.label} onPick={pick} scope={scope} />;
  }
  return (
    <SelectField
      {...framed}
      choices={[
        { value: "", label: t("expense.no_task") },
        ...(chosen && !isOffered ? [chosen] : []).concat(offered).map((task) => ({
          value: task.id,
          label: nameOf(task),
        })),
        { value: OTHER, label: t("task.seek_other") },
      ]}
      disabled={disabled}
      onChange={(event) => {
        if (event.target.value === OTHER) setSeeking(true);
        else onChange(event.target.value);
      }}
      value={value}
    />
  );
}

/** Look among all tasks of the project; they are read only now. */
function Seek({
  ended,
  label,
  scope,
  onPick,
}: {
  ended: boolean;
  label: string;
  scope: string;
  onPick: (task: string | null) => void;
}) {
  const { t } = useWords();
  const tasks = useRows("task", scope);
  const [words, setWords] = useState("");
  const place = useRef<HTMLDivElement>(null);
  // The list that was just opened took the focus with it.
  useEffect(() => place.current?.querySelector("input")?.focus(), []);
  const wanted = plain(words.trim());
  const found = (tasks ?? [])
    .filter((task) => task.kind !== "summary" && (ended || isOpenTask(task)))
    .filter((task) => plain(nameOf(task)).includes(wanted))
    .sort(byCode);
  return (
    <div className="sm:col-span-2" ref={place}>
      <Panel className="flex flex-col gap-3 p-4">
        <p className="font-semibold">{label}</p>
        <SearchField
          label={t("task.seek")}
          onChange={(event) => setWords(event.target.value)}
          value={words}
        />
        <ul className="flex max-h-96 flex-col gap-2 overflow-y-auto">
          {found.slice(0, FOUND_SHOWN).map((task) => (
            <li key={task.id}>
              <button
                className="target w-full rounded-xl border border-line px-4 py-2 text-left break-words hover:border-accent"
                onClick={() => onPick(task.id)}
                type="button"
              >
                {nameOf(task)}
              </button>
            </li>
          ))}
        </ul>
        <p aria-live="polite" className="text-muted">
          {tasks === undefined
            ? t("common.loading")
            : found.length === 0
              ? t("task.none")
              : found.length > FOUND_SHOWN && t("task.seek_more", { count: found.length })}
        </p>
        <Button onClick={() => onPick(null)}>{t("common.cancel")}</Button>
      </Panel>
    </div>
  );
}

function nameOf(task: Task): string {
  return [task.code, task.name].filter(Boolean).join(" · ");
}
