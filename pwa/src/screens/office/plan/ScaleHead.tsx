/** The dates above the bars; drawn once for a scale, not at every scroll. */

import { memo } from "react";
import { date } from "../../../app/format";
import type { useOfficeWords } from "../../../app/officeWords";
import { type Scale, ticksOf, type Zoom } from "./lines";

type Words = Pick<ReturnType<typeof useOfficeWords>, "o" | "language">;

export const ScaleHead = memo(function ScaleHead({
  scale,
  zoom,
  height,
  words,
}: {
  scale: Scale;
  zoom: Zoom;
  height: number;
  words: Words;
}) {
  const { o, language } = words;
  const label = (moment: number): string => {
    const text = date(new Date(moment).toISOString(), language);
    return zoom === "month" ? text.slice(3) : text.slice(0, 5);
  };
  return (
    <div
      className="sticky top-0 z-20 flex border-b border-line bg-sunken text-base"
      style={{ height }}
    >
      <span className="sticky left-0 z-10 flex w-(--names) shrink-0 items-center border-r border-line bg-sunken px-3 font-semibold">
        {o("table.task")}
      </span>
      <span aria-hidden="true" className="relative flex-1 [contain:strict]">
        {ticksOf(scale, zoom).map((moment) => (
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
  );
});
