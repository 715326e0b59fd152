/** The links over a stretch of lines: four shapes, whatever the number of links. */

import { memo, useMemo } from "react";
import { type Arrow, arrowsOf, type byEnd, type Line, type Scale } from "./lines";

export const Arrows = memo(function Arrows({
  lines,
  from,
  to,
  left,
  width,
  placeOf,
  ends,
  scale,
  linePx,
  headPx,
}: {
  lines: readonly Line[];
  /** The stretch of lines, and of pixels to the side, that is drawn. */
  from: number;
  to: number;
  left: number;
  width: number;
  placeOf: ReadonlyMap<string, number>;
  ends: ReturnType<typeof byEnd>;
  scale: Scale;
  linePx: number;
  headPx: number;
}) {
  const arrows = useMemo(
    () => arrowsOf(lines.slice(from, to), placeOf, ends, lines, scale, linePx),
    [lines, from, to, placeOf, ends, scale, linePx],
  );
  const inSight = arrows.filter((one) => one.to >= left && one.from <= left + width);
  const top = from * linePx;
  const height = Math.max(1, (to - from) * linePx);
  return (
    <svg
      aria-hidden="true"
      className="pointer-events-none absolute overflow-hidden"
      fill="none"
      height={height}
      style={{ left: `calc(var(--names) + ${left}px)`, top: top + headPx }}
      viewBox={`${left} ${top} ${width} ${height}`}
      width={width}
    >
      {([false, true] as const).map((critical) => {
        const own = inSight.filter((one) => one.critical === critical);
        const colour = critical ? "var(--bad)" : "var(--muted)";
        return (
          <g key={critical ? "critical" : "plain"}>
            <path
              d={joined(own, "path")}
              shapeRendering="crispEdges"
              stroke={colour}
              strokeWidth={critical ? 2 : 1}
            />
            <path d={joined(own, "head")} fill={colour} />
          </g>
        );
      })}
    </svg>
  );
});

function joined(arrows: readonly Arrow[], part: "path" | "head"): string {
  return arrows.map((one) => one[part]).join("");
}
