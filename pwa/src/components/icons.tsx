/** Line icons, drawn for this app: 24 × 24, stroke of the text's colour. */

import type { SVGProps } from "react";

const PATHS = {
  today: "M4 6h16v14H4zM4 10h16M8 3v4M16 3v4M9 15l2 2 4-4",
  task: "M9 6h11M9 12h11M9 18h11M4 6l1 1 2-2M4 12l1 1 2-2M4 18l1 1 2-2",
  add: "M12 5v14M5 12h14",
  report: "M6 3h9l4 4v14H6zM14 3v5h5M9 13h7M9 17h5",
  expense: "M5 3h14v18l-3-2-2 2-2-2-2 2-2-2-3 2zM9 8h6M9 12h6",
  incident: "M12 4 2.5 20h19zM12 10v4M12 17.5v.01",
  photo: "M4 7h4l2-3h4l2 3h4v13H4zM12 17a4 4 0 1 0 0-8 4 4 0 0 0 0 8z",
  document: "M6 3h8l5 5v13H6zM14 3v5h5",
  alert: "M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4",
  more: "M5 12v.01M12 12v.01M19 12v.01",
  dashboard: "M4 4h7v9H4zM13 4h7v5h-7zM13 11h7v9h-7zM4 15h7v5H4z",
  project: "M3 21h18M6 21V9l6-5 6 5v12M10 21v-6h4v6",
  gantt: "M4 5h8M8 10h9M6 15h6M12 20h8",
  board: "M4 4h5v16H4zM11 4h5v10h-5zM18 4h3v7h-3z",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1.5 1.5M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1.5-1.5",
  budget: "M4 20V10M10 20V4M16 20v-8M21 20H3",
  conflict: "M7 4v16M17 4v16M3 8l4-4 4 4M13 16l4 4 4-4",
  people:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3 20a6 6 0 0 1 12 0M16 4.5a3.5 3.5 0 0 1 0 6.5M17 14.5a6 6 0 0 1 4 5.5",
  device: "M7 3h10v18H7zM11 18h2",
  settings: "M4 7h10M18 7h2M4 17h2M10 17h10M14 4.5v5M6 14.5v5",
  sync: "M20 11a8 8 0 0 0-14-4.5L4 9M4 4v5h5M4 13a8 8 0 0 0 14 4.5l2-2.5M20 20v-5h-5",
  saved: "M6 4h10l4 4v12H6zM9 4v5h6M9 20v-6h7v6",
  sent: "M4 12l5 5L20 6",
  confirmed: "M2 13l4 4L15 7M10 15l2 2 9-10",
  refused: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.5 8.5l7 7M15.5 8.5l-7 7",
  offline:
    "M3 3l18 18M5 12a10 10 0 0 1 4-2.5M19 12a10 10 0 0 0-6-2.9M8.5 15.5a5 5 0 0 1 5-1M12 19v.01",
  online: "M5 12a10 10 0 0 1 14 0M8.5 15.5a5 5 0 0 1 7 0M12 19v.01M2 8.5a15 15 0 0 1 20 0",
  back: "M15 5l-7 7 7 7",
  forward: "M9 5l7 7-7 7",
  down: "M5 9l7 7 7-7",
  close: "M6 6l12 12M18 6L6 18",
  check: "M5 12l5 5L20 7",
  lock: "M6 11h12v9H6zM8 11V8a4 4 0 0 1 8 0v3",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21a8 8 0 0 1 16 0",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l5 5",
  comment: "M4 5h16v11H9l-5 4z",
  minus: "M5 12h14",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.5 1.5M17.5 17.5L19 19M19 5l-1.5 1.5M6.5 17.5L5 19",
  moon: "M20 14A8 8 0 0 1 10 4a8 8 0 1 0 10 10z",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3 2",
  export: "M12 3v12M8 11l4 4 4-4M4 17v4h16v-4",
  history: "M4 12a8 8 0 1 0 3-6L4 8M4 4v4h4M12 8v4l3 2",
  permit: "M6 3h12v18H6zM9 8h6M9 12h6M10 17l1.5 1.5L15 15",
  folder: "M3 6h6l2 3h10v10H3z",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
  pin: "M9 3h6l-1 7 3 3v2H7v-2l3-3zM12 15v6",
  watch: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
  punch: "M5 3v18M5 4h13l-3 4 3 4H5",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({
  name,
  size = 24,
  className = "",
  ...rest
}: { name: IconName; size?: number } & SVGProps<SVGSVGElement>) {
  return (
    <svg
      aria-hidden="true"
      className={`shrink-0 ${className}`}
      fill="none"
      height={size}
      stroke="currentColor"
      strokeLinecap="round"
      strokeLinejoin="round"
      strokeWidth={2}
      viewBox="0 0 24 24"
      width={size}
      {...rest}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
