/** The open account's replica, for every screen: live rows, edits, and the state of the sync. */

import workerAddress from "virtual:sync-worker";
import { useLiveQuery } from "dexie-react-hooks";
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
} from "react";
import type { TableName } from "../generated/tables";
import { ReplicaDatabase } from "../replica/database";
import { type Edit, edit } from "../replica/editing";
import { DEVICE_SOURCES } from "../replica/identity";
import { type Entity, rowById, rowsEverywhere, rowsIn } from "../replica/view";
import { databaseName } from "../session/login";
import { commandChannel, type SyncStatus, statusChannel } from "../sync/messages";
import { askForNews, askToSendLater } from "../sync/waking";
import { whenIdle } from "./idle";
import type { Intent } from "./intent";
import { actions, useAppDispatch, useAppSelector } from "./store";
import { useRoomWatch } from "./useRoom";

interface Workplace {
  person: string;
  database: ReplicaDatabase;
  /** Synchronise now, whichever tab leads. */
  wake: () => void;
}

const WorkplaceContext = createContext<Workplace | null>(null);

export function useWorkplace(): Workplace {
  const workplace = useContext(WorkplaceContext);
  if (workplace === null) throw new Error("no account is open");
  return workplace;
}

/** Begin to open a replica while the frame is drawn; if it cannot be, every reading says so. */
function opening(person: string): ReplicaDatabase {
  const database = new ReplicaDatabase(databaseName(person));
  void database.open().catch(() => undefined);
  return database;
}

/** Open a person's replica and let this tab's worker synchronise it. */
export function WorkplaceProvider({ person, children }: { person: string; children: ReactNode }) {
  const dispatch = useAppDispatch();
  const [database] = useState(() => opening(person));
  const [commands] = useState(() => commandChannel(person));

  useRoomWatch();
  useEffect(() => {
    // The store goes on with the newer version; this page of the older one lets go of it.
    const changed = (event: IDBVersionChangeEvent): void => {
      if (event.newVersion !== null && event.newVersion > 0) dispatch(actions.outdated());
    };
    database.on("versionchange", changed);
    return () => database.on("versionchange").unsubscribe(changed);
  }, [database, dispatch]);
  useEffect(() => {
    let worker: Worker | null = null;
    // What the screen reads comes first: the worker would stand before it at the store.
    const callOff = whenIdle(() => {
      worker = new Worker(workerAddress, { type: "module" });
      worker.postMessage({ type: "start", person });
    });
    const status = statusChannel(person);
    status.onmessage = (event: MessageEvent<SyncStatus>) => {
      dispatch(actions.statusHeard(event.data));
    };
    commands.postMessage({ type: "status" });
    const visible = (): void => {
      if (document.visibilityState === "visible") commands.postMessage({ type: "wake" });
      else void sendLaterIfAnyWaits(database);
    };
    const link = (): void => {
      dispatch(actions.linkChanged(navigator.onLine));
      if (navigator.onLine) commands.postMessage({ type: "wake" });
    };
    void askForNews();
    document.addEventListener("visibilitychange", visible);
    window.addEventListener("online", link);
    window.addEventListener("offline", link);
    return () => {
      document.removeEventListener("visibilitychange", visible);
      window.removeEventListener("online", link);
      window.removeEventListener("offline", link);
      status.close();
      callOff();
      worker?.terminate();
      dispatch(actions.statusForgotten());
    };
  }, [person, database, commands, dispatch]);

  const workplace = useMemo<Workplace>(
    () => ({ person, database, wake: () => commands.postMessage({ type: "wake" }) }),
    [person, database, commands],
  );
  return (
    <WorkplaceContext value={workplace}>
      <ProjectsProvider>{children}</ProjectsProvider>
    </WorkplaceContext>
  );
}

type Projects = Entity<"project">[] | undefined;

const ProjectsContext = createContext<Projects>(undefined);

/** Reads the projects once for all: the frame and every screen ask for them. */
function ProjectsProvider({ children }: { children: ReactNode }) {
  return <ProjectsContext value={useAllRows("project")}>{children}</ProjectsContext>;
}

/** Return the projects that are held here, live; undefined until they are read. */
export function useProjects(): Projects {
  return useContext(ProjectsContext);
}

/** The app is left: what waits here can go though its tab is asleep, or gone, by then. */
async function sendLaterIfAnyWaits(database: ReplicaDatabase): Promise<void> {
  if ((await database.outbox.where("state").equals("pending").count()) > 0) await askToSendLater();
}

/** Return the rows of a table in a scope, live; undefined until they are read. */
export function useRows<T extends TableName>(
  table: T,
  scope: string | null,
): Entity<T>[] | undefined {
  const { database } = useWorkplace();
  return useLiveQuery(
    async () => (scope === null ? [] : rowsIn(database, table, scope)),
    [database, table, scope],
  );
}

/** Return the rows of a table in every scope held here, live. */
export function useAllRows<T extends TableName>(table: T): Entity<T>[] | undefined {
  const { database } = useWorkplace();
  return useLiveQuery(() => rowsEverywhere(database, table), [database, table]);
}

/** Return one row, live; undefined until it is read, null when it is not here. */
export function useRow<T extends TableName>(
  table: T,
  row: string | null | undefined,
): Entity<T> | null | undefined {
  const { database } = useWorkplace();
  return useLiveQuery(
    async () => (row ? ((await rowById(database, table, row)) ?? null) : null),
    [database, table, row],
  );
}

/** Return the function that saves a user action; it resolves once the action is on the disk. */
export function useEdit(): (intent: Intent, edits: readonly Edit[]) => Promise<string[]> {
  const { database, wake } = useWorkplace();
  return useCallback(
    async (intent, edits) => {
      const rows = await edit(database, DEVICE_SOURCES, intent, edits);
      wake();
      if (!navigator.onLine) void askToSendLater();
      return rows;
    },
    [database, wake],
  );
}

/** Return the project that the person has chosen, or their only one. */
export function useProject(): Entity<"project"> | null | undefined {
  const chosen = useAppSelector((state) => state.preferences.project);
  const projects = useProjects();
  if (projects === undefined) return undefined;
  const active = projects.filter((one) => one.status !== "archived");
  return projects.find((one) => one.id === chosen) ?? active[0] ?? projects[0] ?? null;
}
