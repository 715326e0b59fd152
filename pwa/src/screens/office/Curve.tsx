/** The S-curve: planned, earned and spent, week by week. Its library is loaded with it. */

import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { date, money } from "../../app/format";
import { useOfficeWords } from "../../app/officeWords";
import { useAppSelector } from "../../app/store";

export interface CurvePoint {
  day: string;
  pv: number;
  ev: number | null;
  ac: number | null;
}

const HEIGHT_PX = 320;
const AXIS_PX = 76;

export default function Curve({
  points,
  currency,
}: {
  points: readonly CurvePoint[];
  currency: string;
}) {
  const { o, language } = useOfficeWords();
  const theme = useAppSelector((state) => state.preferences.theme);
  const place = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme changes the colours that are read.
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string): string => style.getPropertyValue(name).trim();
    const axis = {
      stroke: colour("--muted"),
      grid: { stroke: colour("--line"), width: 1 },
      ticks: { stroke: colour("--line"), width: 1 },
      font: "14px sans-serif",
    };
    const amount = (value: number | null | undefined): string =>
      value === null || value === undefined ? "—" : money(value, currency, language);
    const compact = new Intl.NumberFormat(language === "fr" ? "fr-FR" : "en-GB", {
      notation: "compact",
    });
    const day = (seconds: number): string => date(new Date(seconds * 1000).toISOString(), language);
    const line = (label: string, name: string, dash?: number[]): uPlot.Series => ({
      label,
      stroke: colour(name),
      width: 3,
      points: { show: false },
      value: (_, value) => amount(value),
      ...(dash === undefined ? {} : { dash }),
    });
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT_PX,
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"),
        scales: { x: { time: true } },
        axes: [
          { ...axis, values: (_, moments) => moments.map((one) => day(one).slice(0, 5)) },
          {
            ...axis,
            size: AXIS_PX,
            values: (_, amounts) => amounts.map((one) => compact.format(one)),
          },
        ],
        series: [
          { label: o("dashboard.week"), value: (_, value) => (value === null ? "—" : day(value)) },
          line(o("dashboard.planned"), "--muted", [8, 6]),
          line(o("dashboard.earned"), "--good"),
          line(o("dashboard.spent"), "--bad"),
        ],
      },
      [
        points.map((one) => Date.parse(`${one.day}T00:00:00Z`) / 1000),
        points.map((one) => one.pv),
        points.map((one) => one.ev),
        points.map((one) => one.ac),
      ],
      element,
    );
    const watch = new ResizeObserver(() =>
      plot.setSize({ width: element.clientWidth, height: HEIGHT_PX }),
    );
    watch.observe(element);
    return () => {
      watch.disconnect();
      plot.destroy();
    };
  }, [points, currency, language, theme, o]);

  const last = points.findLast((one) => one.ev !== null);
  return (
    <figure>
      <div className="min-h-96 overflow-hidden text-base" ref={place} />
      <figcaption className="sr-only">
        {last &&
          o("dashboard.curve_words", {
            day: date(last.day, language),
            planned: money(last.pv, currency, language),
            earned: money(last.ev ?? 0, currency, language),
            spent: money(last.ac ?? 0, currency, language),
          })}
      </figcaption>
    </figure>
  );
}
