/** What the person may do here: for every screen, worked out once. */

import { useLiveQuery } from "dexie-react-hooks";
import { createContext, type ReactNode, useContext, useEffect, useMemo } from "react";
import type { ReplicaDatabase } from "../replica/database";
import { rowById, rowsEverywhere } from "../replica/view";
import { setSetting, setting } from "../session/device";
import {
  type Matrix,
  type Right,
  type Rights,
  type RightsTable,
  rightsOf,
  type Standing,
  tableOf,
} from "../session/rights";
import { fetchAs } from "./fetching";
import { useAppSelector } from "./store";
import { useWorkplace } from "./workplace";

const KEPT = "rights";
/** An administrator's change of the table shows on every device after this at the latest. */
const FRESH_MS = 5 * 60_000;

const RightsContext = createContext<Rights | null>(null);

export function useRights(): Rights {
  const rights = useContext(RightsContext);
  if (rights === null) throw new Error("no account is open");
  return rights;
}

/** Shows what is inside to those who have a right, in a project or else in the organisation. */
export function May({
  right,
  project,
  children,
}: {
  right: Right;
  project?: string | undefined;
  children: ReactNode;
}) {
  return useRights().may(right, project) ? children : null;
}

export function RightsProvider({ children }: { children: ReactNode }) {
  const { person, database } = useWorkplace();
  const read = useLiveQuery(() => standingOf(database, person), [database, person]);
  const synced = useAppSelector((state) => state.sync.status?.lastSyncAt ?? null);
  const table = read?.table;
  const readAt = table?.readAt ?? 0;

  useEffect(() => {
    if (table === undefined || synced === null || Date.now() - readAt < FRESH_MS) return;
    // Without an answer the table of before counts; the next synchronisation asks again.
    readTable(person).catch(() => undefined);
  }, [table, readAt, synced, person]);

  const rights = useMemo<Rights>(
    () => rightsOf(read?.standing ?? NOBODY, read?.table ?? null),
    [read],
  );
  return <RightsContext value={rights}>{children}</RightsContext>;
}

const NOBODY: Standing = { role: null, projects: new Map() };

/** Read at once all that rights follow from: what hangs on them is drawn once. */
async function standingOf(
  database: ReplicaDatabase,
  person: string,
): Promise<{ standing: Standing; table: RightsTable | null }> {
  const [me, members, table] = await Promise.all([
    rowById(database, "person", person),
    rowsEverywhere(database, "member"),
    setting<RightsTable>(KEPT),
  ]);
  const mine = members.filter((one) => one.person_id === person);
  return {
    standing: {
      role: me?.role ?? null,
      projects: new Map(mine.map((one) => [one.project_id, one.role])),
    },
    table: table ?? null,
  };
}

/** Read the table from the server and keep it. */
async function readTable(person: string): Promise<void> {
  const response = await fetchAs(person, "/api/users/permissions");
  if (response.ok) await keepTable((await response.json()) as Matrix);
}

/** Keep a table that a screen has just read or changed. */
export async function keepTable(matrix: Matrix): Promise<void> {
  await setSetting(KEPT, tableOf(matrix, Date.now()));
}
