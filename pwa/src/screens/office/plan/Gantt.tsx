/** The tree of tasks beside their bars in time: only what is in sight is drawn. */

import { useVirtualizer, type VirtualItem } from "@tanstack/react-virtual";
import {
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { useNavigate } from "react-router";
import { localTime } from "../../../app/format";
import { useOfficeWords } from "../../../app/officeWords";
import { Arrows } from "./Arrows";
import { GanttBar, GanttName } from "./GanttLine";
import { at, byEnd, type Line, scaleOf, type Task, type Zoom } from "./lines";
import { ScaleHead } from "./ScaleHead";

const LINE_PX = 56;
const HEAD_PX = 40;
const OVERSCAN_LINES = 6;
/** Links are drawn for a stretch of so many lines and pixels, and anew when it is left. */
const STRETCH_LINES = 12;
const STRETCH_PX = 1_024;

export function Gantt({
  tasks,
  lines,
  links,
  zoom,
  chosen,
  onChoose,
  onFold,
  onKey,
}: {
  tasks: readonly Task[];
  lines: readonly Line[];
  links: Parameters<typeof byEnd>[0];
  zoom: Zoom;
  chosen: string | null;
  onChoose: (task: string) => void;
  onFold: (task: string) => void;
  /** A key on the chosen line; true when it was one that means something. */
  onKey: (event: KeyboardEvent) => boolean;
}) {
  const { o, language } = useOfficeWords();
  const navigate = useNavigate();
  const pane = useRef<HTMLElement>(null);
  const [column, setColumn] = useState(0);
  const placeOf = useMemo(
    () => new Map(lines.map((line, place) => [line.task.id, place])),
    [lines],
  );
  const ends = useMemo(() => byEnd(links), [links]);
  const now = at(localTime());
  // The scale moves with the tasks and by the day, not by the minute.
  const today = now - (now % 86_400_000);
  const scale = useMemo(() => scaleOf(tasks, zoom, today), [tasks, zoom, today]);
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => pane.current,
    estimateSize: () => LINE_PX,
    overscan: OVERSCAN_LINES,
    getItemKey: (place) => lines[place]?.task.id ?? place,
    paddingStart: HEAD_PX,
    scrollPaddingStart: HEAD_PX,
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
  const first = visible[0]?.index ?? 0;
  const last = visible[visible.length - 1]?.index ?? 0;
  const from = Math.floor(first / STRETCH_LINES) * STRETCH_LINES;
  const to = Math.min(lines.length, (Math.floor(last / STRETCH_LINES) + 1) * STRETCH_LINES);
  const paneWidth = pane.current?.clientWidth ?? STRETCH_PX;

  const click = (event: MouseEvent): void => {
    const target = event.target as Element;
    const fold = target.closest<HTMLElement>("[data-fold]")?.dataset.fold;
    const line = target.closest<HTMLElement>("[data-task]")?.dataset.task;
    if (fold !== undefined) onFold(fold);
    else if (target.closest("a") !== null && !event.metaKey && !event.ctrlKey) {
      event.preventDefault();
      void navigate(`/tasks/${line}`);
    } else if (line !== undefined) onChoose(line);
  };
  const press = (event: KeyboardEvent): void => {
    if (event.target !== pane.current) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0 && !event.altKey) {
      const place = chosen === null ? -1 : (placeOf.get(chosen) ?? -1);
      const next = lines[Math.max(0, Math.min(lines.length - 1, place + step))];
      if (next === undefined) return;
      event.preventDefault();
      onChoose(next.task.id);
      rows.scrollToIndex(placeOf.get(next.task.id) ?? 0);
    } else if (onKey(event)) event.preventDefault();
  };

  const each = (draw: (line: Line, row: VirtualItem) => ReactNode): ReactNode[] =>
    visible.map((row) => {
      const line = lines[row.index];
      return line === undefined ? null : draw(line, row);
    });

  return (
    <section
      aria-label={o("schedule.tree")}
      className="h-[calc(100dvh-26rem)] min-h-96 overflow-auto rounded-2xl border border-line bg-panel shadow-panel lg:h-[calc(100dvh-22rem)] [--names:10rem] md:[--names:22rem]"
      onKeyDown={press}
      onScroll={(event) => {
        const next = Math.floor(event.currentTarget.scrollLeft / STRETCH_PX);
        if (next !== column) setColumn(next);
      }}
      ref={pane}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and its lines are chosen, by keys.
      tabIndex={0}
    >
      <div
        className="relative"
        style={{ height: rows.getTotalSize(), width: `calc(var(--names) + ${scale.width}px)` }}
      >
        <ScaleHead height={HEAD_PX} scale={scale} words={words} zoom={zoom} />
        <Arrows
          ends={ends}
          from={from}
          headPx={HEAD_PX}
          left={column * STRETCH_PX}
          linePx={LINE_PX}
          lines={lines}
          placeOf={placeOf}
          scale={scale}
          to={to}
          width={STRETCH_PX + paneWidth}
        />
        <div
          aria-hidden="true"
          className="absolute bottom-0 w-0.5 bg-accent"
          style={{ left: `calc(var(--names) + ${scale.x(now)}px)`, top: HEAD_PX }}
        />
        <div
          aria-hidden="true"
          className="absolute top-0 right-0"
          onClick={click}
          style={{ left: "var(--names)" }}
        >
          {each((line, row) => (
            <GanttBar
              chosen={line.task.id === chosen}
              height={LINE_PX}
              key={row.key}
              line={line}
              scale={scale}
              top={row.start}
              words={words}
            />
          ))}
        </div>
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: the pane hears the keys. */}
        <ul
          aria-label={o("schedule.tree")}
          className="sticky left-0 z-10 w-(--names)"
          onClick={click}
        >
          {each((line, row) => (
            <GanttName
              chosen={line.task.id === chosen}
              count={lines.length}
              height={LINE_PX}
              index={row.index}
              key={row.key}
              line={line}
              top={row.start - HEAD_PX}
              words={words}
            />
          ))}
        </ul>
      </div>
    </section>
  );
}
