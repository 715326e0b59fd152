/** The frame of every screen: a bar at the thumb on a tablet, a column at the side in the office. */

import { NavLink, Outlet } from "react-router";
import { Icon } from "../components/icons";
import { type Place, placesIn } from "./places";
import { RoomNotice } from "./RoomNotice";
import { SyncPill } from "./SyncPill";
import { actions, useAppDispatch } from "./store";
import { UpdateNotice } from "./UpdateNotice";
import { useRights } from "./useRights";
import { useWords } from "./words";
import { useAllRows, useProject } from "./workplace";

export function Shell() {
  const { t } = useWords();
  const rights = useRights();
  const project = useProject()?.id ?? null;
  return (
    <div className="flex min-h-dvh flex-col lg:flex-row">
      <a
        className="sr-only focus:not-sr-only focus:absolute focus:z-20 focus:bg-panel focus:p-3"
        href="#content"
      >
        {t("common.skip")}
      </a>
      <nav
        aria-label={t("nav.main")}
        className="hidden w-72 shrink-0 flex-col gap-1 border-r border-line bg-panel p-4 lg:flex lg:sticky lg:top-0 lg:h-dvh lg:overflow-y-auto"
      >
        <p className="flex items-center gap-3 px-3 pb-4 text-xl font-bold text-accent">
          <Mark /> {t("app.name")}
        </p>
        {placesIn("column", rights, project).map((place) => (
          <SideLink key={place.to} {...place} />
        ))}
      </nav>
      <div className="flex min-w-0 flex-1 flex-col">
        <header className="sticky top-0 z-10 flex items-center gap-3 border-b border-line bg-page/95 px-4 py-2 pt-[max(0.5rem,env(safe-area-inset-top))] backdrop-blur">
          <ProjectPicker />
          <SyncPill />
        </header>
        <main
          className="mx-auto w-full max-w-3xl flex-1 p-4 pb-28 lg:max-w-6xl lg:pb-8"
          id="content"
        >
          <RoomNotice />
          <UpdateNotice />
          <Outlet />
        </main>
        <nav
          aria-label={t("nav.main")}
          className="fixed inset-x-0 bottom-0 z-10 grid grid-cols-5 border-t border-line bg-panel pb-[env(safe-area-inset-bottom)] lg:hidden"
        >
          {placesIn("thumb", rights, project).map((place) => (
            <BottomLink key={place.to} {...place} />
          ))}
        </nav>
      </div>
    </div>
  );
}

/** A derrick, in four strokes. */
export function Mark({ size = 32 }: { size?: number }) {
  return (
    <svg aria-hidden="true" fill="none" height={size} viewBox="0 0 32 32" width={size}>
      <path
        d="M8 29 14.5 3h3L24 29M10.2 21h11.6M12.2 13h7.6M10.2 21l9.6-8M21.8 21l-9.6-8M5 29h22"
        stroke="currentColor"
        strokeLinecap="round"
        strokeLinejoin="round"
        strokeWidth={2.4}
      />
    </svg>
  );
}

function SideLink({ to, icon, word }: Place) {
  const { t } = useWords();
  return (
    <NavLink
      className={({ isActive }) =>
        `target flex items-center gap-3 rounded-xl px-3 font-semibold ${
          isActive ? "bg-accent-soft text-accent" : "text-ink"
        }`
      }
      end={to === "/"}
      to={to}
    >
      <Icon name={icon} />
      {t(word as never)}
    </NavLink>
  );
}

function BottomLink({ to, icon, word }: Place) {
  const { t } = useWords();
  return (
    <NavLink
      className={({ isActive }) =>
        `flex min-h-16 flex-col items-center justify-center gap-0.5 text-sm font-semibold ${
          isActive ? "text-accent" : "text-muted"
        }`
      }
      end={to === "/"}
      to={to}
    >
      <Icon name={icon} />
      {t(word as never)}
    </NavLink>
  );
}

function ProjectPicker() {
  const { t } = useWords();
  const dispatch = useAppDispatch();
  const projects = useAllRows("project");
  const project = useProject();
  if (!projects || projects.length === 0 || !project) return <span className="flex-1" />;
  const sorted = [...projects].sort((left, right) => left.code.localeCompare(right.code));
  return (
    <label className="min-w-0 flex-1">
      <span className="sr-only">{t("today.project")}</span>
      <select
        className="target w-full max-w-md truncate rounded-xl border border-transparent bg-transparent px-2 font-semibold"
        onChange={(event) => dispatch(actions.projectChosen(event.target.value))}
        value={project.id}
      >
        {sorted.map((one) => (
          <option key={one.id} value={one.id}>
            {one.code} · {one.name}
          </option>
        ))}
      </select>
    </label>
  );
}
