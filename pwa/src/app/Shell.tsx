/** The frame of every screen: a bar at the thumb on a tablet, a column at the side in the office. */

import { useLiveQuery } from "dexie-react-hooks";
import { lazy, Suspense, useEffect, useRef } from "react";
import { NavLink, Outlet, useLocation, useNavigationType } from "react-router";
import { Icon } from "../components/icons";
import { device } from "../session/device";
import { GROUPS, type Place, placesIn } from "./places";
import { RoomNotice } from "./RoomNotice";
import { SyncPill } from "./SyncPill";
import { actions, useAppDispatch, useAppSelector } from "./store";
import { UpdateNotice } from "./UpdateNotice";
import { useRights } from "./useRights";
import { useWide } from "./useWide";
import { useWords } from "./words";
import { useProject, useProjects, useWorkplace } from "./workplace";

/** Loaded by the few who are asked for a code. */
const ProveSession = lazy(() => import("./ProveSession"));

export function Shell() {
  const { t } = useWords();
  const rights = useRights();
  const project = useProject()?.id ?? null;
  const content = useArrival();
  // The other one is not drawn at all: a slow phone is spared thirty links that it would hide.
  const wide = useWide();
  return (
    <div className="flex min-h-dvh flex-col lg:flex-row">
      <a
        className="sr-only focus:target focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-30 focus:inline-flex focus:items-center focus:rounded-xl focus:bg-panel focus:px-5 focus:font-semibold focus:shadow-panel"
        href="#content"
      >
        {t("common.skip")}
      </a>
      {wide && (
        <nav
          aria-label={t("nav.main")}
          className="sticky top-0 flex h-dvh w-72 shrink-0 flex-col gap-6 overflow-y-auto border-r border-line bg-panel p-4"
        >
          <p className="flex items-center gap-3 px-3 text-xl font-bold text-accent">
            <Mark /> {t("app.name")}
          </p>
          <SideGroups places={placesIn("column", rights, project)} />
        </nav>
      )}
      <div className="flex min-w-0 flex-1 flex-col">
        <header className="sticky top-0 z-10 border-b border-line bg-page/95 pt-[env(safe-area-inset-top)] backdrop-blur">
          <div className="mx-auto flex w-full max-w-3xl items-center gap-3 px-4 py-2 lg:max-w-7xl lg:px-8">
            <ProjectPicker />
            <SyncPill />
          </div>
        </header>
        <main
          className="mx-auto w-full max-w-3xl flex-1 px-4 pt-5 pb-28 lg:max-w-7xl lg:px-8 lg:pt-7 lg:pb-12"
          id="content"
          ref={content}
          tabIndex={-1}
        >
          <RoomNotice />
          <UpdateNotice />
          <Proof />
          <Outlet />
        </main>
        {!wide && (
          <nav
            aria-label={t("nav.main")}
            className="fixed inset-x-0 bottom-0 z-10 border-t border-line bg-panel pb-[env(safe-area-inset-bottom)]"
          >
            <ul className="mx-auto grid max-w-3xl grid-cols-5">
              {placesIn("thumb", rights, project).map((place) => (
                <li key={place.to}>
                  <BottomLink {...place} />
                </li>
              ))}
            </ul>
          </nav>
        )}
      </div>
    </div>
  );
}

/** Asks for a one-time code where the session has come to need one. */
function Proof() {
  const { person } = useWorkplace();
  const account = useLiveQuery(() => device.accounts.get(person), [person]);
  if (account?.proveBy === undefined) return null;
  return (
    <Suspense fallback={null}>
      <ProveSession account={account} />
    </Suspense>
  );
}

/**
 * Arriving at another screen, one begins at its top, with the eye and with the keyboard; a field
 * that took the focus by itself keeps it. Going back, the browser finds its own place again.
 */
function useArrival() {
  const { pathname } = useLocation();
  const way = useNavigationType();
  const content = useRef<HTMLElement>(null);
  const before = useRef(pathname);
  useEffect(() => {
    if (before.current === pathname) return;
    before.current = pathname;
    if (way !== "POP") window.scrollTo(0, 0);
    const held = document.activeElement;
    if (held?.closest("main") == null) content.current?.focus({ preventScroll: true });
  }, [pathname, way]);
  return content;
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

function SideGroups({ places }: { places: readonly Place[] }) {
  const { t } = useWords();
  return GROUPS.map((group) => {
    const here = places.filter((place) => place.group === group);
    if (here.length === 0) return null;
    return (
      <div key={group}>
        <p className="px-3 pb-1 text-muted" id={`nav-${group}`}>
          {t(`nav.group.${group}`)}
        </p>
        <ul aria-labelledby={`nav-${group}`} className="flex flex-col">
          {here.map((place) => (
            <li key={place.to}>
              <SideLink {...place} />
            </li>
          ))}
        </ul>
      </div>
    );
  });
}

function SideLink({ to, icon, word }: Place) {
  const { t } = useWords();
  return (
    <NavLink
      className={({ isActive }) =>
        `flex min-h-11 items-center gap-3 rounded-xl px-3 font-semibold ${
          isActive ? "bg-accent-soft text-accent" : "text-ink hover:bg-sunken"
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

function BottomLink({ to, icon, word, thumb, gathers }: Place) {
  const { t } = useWords();
  const entry = gathers === true && icon === "add";
  return (
    <NavLink
      className={({ isActive }) =>
        `flex min-h-18 flex-col items-center justify-center gap-0.5 leading-tight font-semibold tracking-tight ${
          isActive ? "text-accent" : "text-muted"
        }`
      }
      end={to === "/"}
      to={to}
    >
      {({ isActive }) => (
        <>
          <span
            className={`flex h-8 w-14 items-center justify-center rounded-full ${
              entry ? "bg-accent text-on-accent" : isActive ? "bg-accent-soft" : ""
            }`}
          >
            <Icon name={icon} />
          </span>
          {t((typeof thumb === "string" ? thumb : word) as never)}
        </>
      )}
    </NavLink>
  );
}

function ProjectPicker() {
  const { t } = useWords();
  const dispatch = useAppDispatch();
  const chosen = useAppSelector((state) => state.preferences.project);
  const projects = useProjects();
  const project = useProject();
  const first = chosen === null ? project?.id : undefined;
  // Nobody has chosen yet: one stays with the first, whatever others arrive.
  useEffect(() => {
    if (first !== undefined) dispatch(actions.projectChosen(first));
  }, [first, dispatch]);
  if (!projects || projects.length === 0 || !project) return <span className="flex-1" />;
  const sorted = [...projects].sort((left, right) => left.code.localeCompare(right.code));
  return (
    <label className="min-w-0 flex-1">
      <span className="sr-only">{t("today.project")}</span>
      <select
        className="target -ml-3 w-full max-w-xl truncate rounded-xl border border-transparent bg-transparent pl-3 font-semibold hover:bg-sunken"
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
