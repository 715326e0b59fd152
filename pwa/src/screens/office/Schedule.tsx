/** The tree of tasks beside their bars in time: only what is in sight is drawn. */

import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useLayoutEffect, useMemo, useRef, useState } from "react";
import { date, localTime } from "../../app/format";
import { useOfficeWords } from "../../app/officeWords";
import { May } from "../../app/useRights";
import { useProject, useRows } from "../../app/workplace";
import { Empty, LinkButton, ScreenHead } from "../../components/basics";
import { ChoiceField } from "../../components/fields";
import { GanttLine } from "./GanttLine";
import {
  type Arrow,
  arrowsOf,
  at,
  byEnd,
  linesOf,
  scaleOf,
  type Task,
  ticksOf,
  ZOOMS,
  type Zoom,
} from "./lines";

const LINE_PX = 56;
const HEAD_PX = 40;
const OVERSCAN_LINES = 8;

export default function Schedule() {
  const { o } = useOfficeWords();
  const project = useProject();
  const scope = project ? `project:${project.id}` : null;
  const tasks = useRows("task", scope);
  const links = useRows("task_link", scope);
  const [zoom, setZoom] = useState<Zoom>("week");
  const [showsLinks, setShowsLinks] = useState(true);
  const [criticalOnly, setCriticalOnly] = useState(false);
  if (tasks === undefined || links === undefined) return null;
  return (
    <>
      <ScreenHead lead={o("schedule.count", { count: tasks.length })} title={o("schedule.title")}>
        <May project={project?.id} right="project.update">
          <LinkButton icon="document" to="/schedule/import">
            {o("schedule.import")}
          </LinkButton>
        </May>
      </ScreenHead>
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
      {tasks.length === 0 ? (
        <Empty icon="gantt" title={o("schedule.none")} />
      ) : (
        <Gantt
          criticalOnly={criticalOnly}
          links={showsLinks ? links : NO_LINKS}
          tasks={tasks}
          zoom={zoom}
        />
      )}
    </>
  );
}

const NO_LINKS: never[] = [];

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

function Gantt({
  tasks,
  links,
  zoom,
  criticalOnly,
}: {
  tasks: readonly Task[];
  links: Parameters<typeof byEnd>[0];
  zoom: Zoom;
  criticalOnly: boolean;
}) {
  const { o, language } = useOfficeWords();
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const pane = useRef<HTMLElement>(null);
  const lines = useMemo(() => linesOf(tasks, folded, criticalOnly), [tasks, folded, criticalOnly]);
  const placeOf = useMemo(
    () => new Map(lines.map((line, place) => [line.task.id, place])),
    [lines],
  );
  const ends = useMemo(() => byEnd(links), [links]);
  const now = at(localTime());
  // The scale moves with the tasks and by the day, not by the minute.
  const today = now - (now % 86_400_000);
  const scale = useMemo(() => scaleOf(tasks, zoom, today), [tasks, zoom, today]);
  const ticks = useMemo(() => ticksOf(scale, zoom), [scale, zoom]);
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => pane.current,
    estimateSize: () => LINE_PX,
    overscan: OVERSCAN_LINES,
    getItemKey: (place) => lines[place]?.task.id ?? place,
    paddingStart: HEAD_PX,
  });
  // Today is what one looks for first; the place is kept as long as the scale is.
  const shown = useRef("");
  useLayoutEffect(() => {
    const key = `${zoom}:${scale.origin}`;
    if (pane.current === null || shown.current === key) return;
    shown.current = key;
    pane.current.scrollLeft = Math.max(0, scale.x(today) - 160);
  }, [zoom, scale, today]);

  const words = useMemo(() => ({ o, language }), [o, language]);
  const visible = rows.getVirtualItems();
  const arrows = arrowsOf(
    visible.flatMap(({ index }) => {
      const line = lines[index];
      return line === undefined ? [] : [{ index, task: line.task }];
    }),
    placeOf,
    ends,
    lines,
    scale,
    LINE_PX,
  );
  const fold = useCallback((task: string): void => {
    setFolded((before) => {
      const next = new Set(before);
      if (!next.delete(task)) next.add(task);
      return next;
    });
  }, []);
  const label = (moment: number): string => {
    const text = date(new Date(moment).toISOString(), language);
    return zoom === "month" ? text.slice(3) : text.slice(0, 5);
  };

  return (
    <section
      aria-label={o("schedule.tree")}
      className="h-[calc(100dvh-22rem)] lg:h-[calc(100dvh-16rem)] min-h-96 overflow-auto rounded-2xl border border-line bg-panel shadow-panel [--names:10rem] md:[--names:22rem]"
      ref={pane}
    >
      <div
        className="relative"
        style={{ height: rows.getTotalSize(), width: `calc(var(--names) + ${scale.width}px)` }}
      >
        <div
          className="sticky top-0 z-20 flex border-b border-line bg-sunken text-base"
          style={{ height: HEAD_PX }}
        >
          <span className="sticky left-0 z-10 flex w-(--names) shrink-0 items-center border-r border-line bg-sunken px-3 font-semibold">
            {o("table.task")}
          </span>
          <span aria-hidden="true" className="relative flex-1">
            {ticks.map((moment) => (
              <span
                className="absolute inset-y-0 flex items-center border-l border-line pl-1 whitespace-nowrap tabular-nums"
                key={moment}
                style={{ left: scale.x(moment) }}
              >
                {label(moment)}
              </span>
            ))}
          </span>
        </div>
        <Arrows
          arrows={arrows}
          first={visible[0]?.index ?? 0}
          lines={visible.length}
          scale={scale.width}
        />
        <div
          aria-hidden="true"
          className="absolute bottom-0 w-0.5 bg-accent"
          style={{ left: `calc(var(--names) + ${scale.x(now)}px)`, top: HEAD_PX }}
        />
        <ul aria-label={o("schedule.tree")}>
          {visible.map((row) => {
            const line = lines[row.index];
            return line === undefined ? null : (
              <GanttLine
                count={lines.length}
                height={LINE_PX}
                index={row.index}
                key={row.key}
                line={line}
                onFold={fold}
                scale={scale}
                words={words}
                top={row.start}
              />
            );
          })}
        </ul>
      </div>
    </section>
  );
}

/** The links over the lines in sight; the layer is as high as they are, not as the whole tree. */
function Arrows({
  arrows,
  first,
  lines,
  scale,
}: {
  arrows: readonly Arrow[];
  first: number;
  lines: number;
  scale: number;
}) {
  const top = first * LINE_PX;
  return (
    <svg
      aria-hidden="true"
      className="pointer-events-none absolute overflow-hidden"
      fill="none"
      height={lines * LINE_PX}
      style={{ left: "var(--names)", top: top + HEAD_PX }}
      viewBox={`0 ${top} ${scale} ${Math.max(1, lines * LINE_PX)}`}
      width={scale}
    >
      <defs>
        {(["bad", "muted"] as const).map((colour) => (
          <marker
            id={`arrow-${colour}`}
            key={colour}
            markerHeight={6}
            markerWidth={6}
            orient="auto"
            refX={5}
            refY={3}
          >
            <path d="M0 0 6 3 0 6z" fill={`var(--${colour})`} />
          </marker>
        ))}
      </defs>
      {arrows.map(({ id, path, critical }) => {
        const colour = critical ? "bad" : "muted";
        return (
          <path
            d={path}
            key={id}
            markerEnd={`url(#arrow-${colour})`}
            stroke={`var(--${colour})`}
            strokeWidth={critical ? 2 : 1.25}
          />
        );
      })}
    </svg>
  );
}
