/** The two halves of a line of the schedule: the task's name at its depth, and its bar in time. */

import { memo } from "react";
import { date, percent } from "../../../app/format";
import type { useOfficeWords } from "../../../app/officeWords";
import { Icon } from "../../../components/icons";
import { at, type Line, type Scale, spanOf, type Task } from "./lines";

type Words = Pick<ReturnType<typeof useOfficeWords>, "o" | "language">;

const INDENT_PX = 14;
const INDENT_LEVELS_MAX = 8;
const BAR_PX_MIN = 6;

interface LineProps {
  line: Line;
  top: number;
  height: number;
  /** Asked for once by the list: a line that scrolls in has to be cheap. */
  words: Words;
  /** It is the one that the tools act on. */
  chosen: boolean;
}

/** The name at its depth, and what the bar beside it says. All names stick to the left as one. */
export const GanttName = memo(function GanttName({
  line,
  index,
  count,
  top,
  height,
  words,
  chosen,
}: LineProps & { index: number; count: number }) {
  const { o } = words;
  const { task, depth, parent, open } = line;
  return (
    // Clicks are heard by the list: a line that scrolls in brings no listener of its own.
    <li
      aria-current={chosen ? "true" : undefined}
      aria-posinset={index + 1}
      aria-setsize={count}
      className={`absolute top-0 left-0 flex w-full items-center border-r border-b border-line [contain:strict] ${
        chosen ? "bg-accent-soft" : "bg-panel"
      }`}
      data-task={task.id}
      style={{
        height,
        paddingLeft: Math.min(depth, INDENT_LEVELS_MAX) * INDENT_PX,
        transform: `translateY(${top}px)`,
      }}
    >
      {parent ? (
        <button
          aria-expanded={open}
          aria-label={o(open ? "schedule.close" : "schedule.open", { name: task.name })}
          className="inline-flex h-14 w-9 shrink-0 items-center justify-center"
          data-fold={task.id}
          type="button"
        >
          <Icon name={open ? "down" : "forward"} size={18} />
        </button>
      ) : (
        <span className="w-3 shrink-0" />
      )}
      <a
        className={`flex h-14 min-w-0 flex-1 items-center pr-2 text-base ${
          parent ? "font-bold" : ""
        }`}
        href={`/tasks/${task.id}`}
        title={task.name}
      >
        <span className="line-clamp-2 leading-tight break-words">
          {task.code && <span className="text-muted">{task.code} </span>}
          {task.name}
        </span>
      </a>
      <span className="sr-only">{toldOf(task, words)}</span>
    </li>
  );
});

/** The bar in time; the name's line says it to those who do not see. */
export const GanttBar = memo(function GanttBar({
  line,
  top,
  height,
  scale,
  words,
  chosen,
}: LineProps & { scale: Scale }) {
  return (
    <div
      className={`absolute top-0 left-0 w-full border-b border-line [contain:layout_style] ${
        chosen ? "bg-accent-soft" : ""
      }`}
      data-task={line.task.id}
      style={{ height, transform: `translateY(${top}px)` }}
    >
      <Bar line={line} scale={scale} words={words} />
    </div>
  );
});

function toldOf(task: Task, { o, language }: Words): string {
  const span = spanOf(task);
  if (span === null) return o("schedule.no_dates");
  return o("schedule.bar", {
    name: task.name,
    start: date(new Date(span.start).toISOString(), language),
    finish: date(new Date(span.finish).toISOString(), language),
    progress: percent(task.progress_rolled ?? task.progress ?? 0, language),
  });
}

function Bar({ line, scale, words }: { line: Line; scale: Scale; words: Words }) {
  const { task, parent } = line;
  const span = spanOf(task);
  if (span === null) return null;
  const progress = task.progress_rolled ?? task.progress ?? 0;
  const told = toldOf(task, words);
  const left = scale.x(span.start);
  if (task.kind === "milestone") {
    return (
      <span
        className={`absolute top-1/2 h-5 w-5 -translate-1/2 rotate-45 rounded-sm ${task.critical ? "bg-bad" : "bg-ink"}`}
        style={{ left }}
        title={told}
      />
    );
  }
  const width = Math.max(BAR_PX_MIN, scale.x(span.finish) - left);
  const baseline =
    task.baseline_start && task.baseline_finish
      ? { start: scale.x(at(task.baseline_start)), finish: scale.x(at(task.baseline_finish)) }
      : null;
  return (
    <>
      <span
        className={`absolute top-1/2 -translate-y-1/2 overflow-hidden border ${
          parent ? "h-3 rounded-none" : "h-6 rounded-md"
        } ${task.critical ? "border-bad bg-bad-soft" : parent ? "border-ink bg-sunken" : "border-accent bg-accent-soft"}`}
        style={{ left, width }}
        title={told}
      >
        <span
          className={`block h-full ${task.critical ? "bg-bad" : parent ? "bg-ink" : "bg-accent"}`}
          style={{ width: `${progress / 100}%` }}
        />
      </span>
      {baseline !== null && (
        <span
          aria-hidden="true"
          className="absolute bottom-1.5 h-1 rounded-full bg-muted opacity-70"
          style={{ left: baseline.start, width: Math.max(2, baseline.finish - baseline.start) }}
        />
      )}
    </>
  );
}
