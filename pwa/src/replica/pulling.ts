/**
 * Pull: what the server's rows have become, page by page, until the cursor is at every head.
 *
 * A page is stored with its cursor in one transaction, and only if the cursor is still where the
 * request said.
 */

import type { PullResponse, ScopePage } from "../engine/changes";
import { PROTOCOL_VERSION } from "../generated/tables";
import { announce, ensureRegistered, forgetRegistration } from "./announcing";
import {
  drop,
  dropStale,
  dropStaleWithoutCursor,
  position,
  putRows,
  restart,
  restartAll,
} from "./base";
import type { StoredIdentity } from "./database";
import { requireIdentity, seeTime } from "./identity";
import { prune, resendAfter, waiting } from "./outbox";
import { type Replica, wipe } from "./replica";
import type { Progress, SyncReport } from "./report";
import { fetchSnapshot } from "./snapshots";
import { RefusedByServerError, type Transport, TransportError } from "./transport";
import { refresh, refreshPulled } from "./view";

/** Pulls in a row that bring nothing although the server says there is more. */
const IDLE_ROUNDS_MAX = 5;

interface Asked {
  identity: StoredIdentity;
  epoch: number;
  cursor: Record<string, number>;
  /** The last change set that was answered before this pull. */
  answered: number;
}

/** Fetch all that changed. Throws TransportError: what was stored so far stays. */
export async function pull(
  replica: Replica,
  transport: Transport,
  report: SyncReport,
  progress: (progress: Progress) => void,
): Promise<void> {
  const refetched = new Set<string>();
  let idle = 0;
  while (idle < IDLE_ROUNDS_MAX) {
    const asked = await ask(replica, transport);
    const response = await request(replica, transport, asked);
    if (response === null) {
      idle += 1;
      continue;
    }
    const { serverEpoch } = asked.identity;
    if (serverEpoch !== 0 && serverEpoch !== response.server_epoch) {
      idle += 1;
      await renew(replica, transport, response.server_epoch, report);
      continue;
    }
    if (response.wipe === true) {
      await obeyWipe(replica, report);
      return;
    }
    let { moved, again } = await store(replica, asked, response, refetched, report);
    for (const offer of response.snapshots) {
      const seq = asked.cursor[offer.scope] ?? 0;
      if (await fetchSnapshot(replica, transport, offer, seq, report, progress)) moved = true;
    }
    idle = moved ? 0 : idle + 1;
    if (!response.more && response.snapshots.length === 0 && !again) {
      await finish(replica, asked);
      return;
    }
  }
  throw new TransportError("the server says there is more, and sends nothing");
}

async function ask(replica: Replica, transport: Transport): Promise<Asked> {
  const { database } = replica;
  await ensureRegistered(replica, transport, (await requireIdentity(database)).replica);
  return database.reading(async () => {
    const identity = await requireIdentity(database);
    const cursors = await database.cursors.toArray();
    const answered = await database.outbox.where("state").equals("acknowledged").primaryKeys();
    return {
      identity,
      epoch: (await database.replicas.get(identity.replica))?.epoch ?? 1,
      cursor: Object.fromEntries(cursors.map(({ scope, seq }) => [scope, seq])),
      answered: answered.reduce((last, one) => Math.max(last, one), 0),
    };
  });
}

async function request(
  replica: Replica,
  transport: Transport,
  asked: Asked,
): Promise<PullResponse | null> {
  const { replica: id, serverEpoch } = asked.identity;
  try {
    return await transport.pull({
      replica: id,
      epoch: asked.epoch,
      cursor: asked.cursor,
      server_epoch: serverEpoch,
      protocol: PROTOCOL_VERSION,
    });
  } catch (error) {
    if (!(error instanceof RefusedByServerError) || error.problem.code !== "replica_unknown") {
      throw error;
    }
    await forgetRegistration(replica, id);
    return null;
  }
}

/** Store one response; tell whether anything moved, and whether a scope must come again. */
async function store(
  replica: Replica,
  asked: Asked,
  response: PullResponse,
  refetched: Set<string>,
  report: SyncReport,
): Promise<{ moved: boolean; again: boolean }> {
  const { database, sources } = replica;
  return database.writing(async () => {
    const mine = await requireIdentity(database);
    if (mine.serverEpoch !== 0 && mine.serverEpoch !== response.server_epoch) {
      return { moved: false, again: true };
    }
    await database.identity.update(1, { serverEpoch: response.server_epoch });
    await seeTime(database, response.server_time, sources.now());
    let moved = false;
    let again = false;
    for (const scope of response.withdrawn) {
      if (!Object.hasOwn(asked.cursor, scope)) continue;
      moved = true;
      await withdraw(replica, scope);
      report.withdrawn.push(scope);
    }
    for (const page of response.pages) {
      const at = await position(database, page.scope);
      if (at.seq !== (asked.cursor[page.scope] ?? 0)) {
        again = true;
        continue;
      }
      moved = moved || page.seq > at.seq;
      report.pulledRows += page.rows.length;
      if (!(await storePage(replica, page, at.checksum))) {
        again = true;
        if (refetched.has(page.scope)) {
          throw new TransportError(`${page.scope} differs from the server's`);
        }
        refetched.add(page.scope);
        report.refetched += 1;
        await restart(database, page.scope);
      }
    }
    return { moved, again };
  });
}

/** Store one page with its cursor; false when the scope then differs from the server's. */
async function storePage({ database }: Replica, page: ScopePage, before: number): Promise<boolean> {
  const { scope, seq } = page;
  // Rows of a snapshot that is not whole have no place in the scope's sum.
  if ((await database.downloads.get(scope)) !== undefined) await restart(database, scope);
  const checksum = await putRows(database, scope, page.rows, before);
  await database.cursors.put({ scope, seq, checksum });
  await database.withdrawals.delete(scope);
  await refreshPulled(database, page.rows);
  const settled = await database.overlay
    .where("scope")
    .equals(scope)
    .filter((one) => one.settledSeq !== undefined && one.settledSeq <= seq)
    .toArray();
  await refresh(
    database,
    settled.map((one) => one.row),
  );
  if (seq !== page.head) return true;
  if (checksum !== page.checksum) return false;
  await refresh(database, await dropStale(database, scope));
  return true;
}

/** Drop a scope's rows; work that was not answered yet stays in the outbox. */
async function withdraw({ database, sources }: Replica, scope: string): Promise<void> {
  const rows = await drop(database, scope);
  const pending = new Set((await waiting(database)).map((one) => one.sequence));
  const shown = await database.overlay.where("scope").equals(scope).toArray();
  const answered = shown.filter((one) => !pending.has(one.sequence));
  await database.overlay.bulkDelete(answered.map((one) => [one.sequence, one.position]));
  const left = shown.filter((one) => pending.has(one.sequence));
  await database.withdrawals.put({
    scope,
    withdrawnAt: sources.now(),
    rows: rows.length,
    waiting: new Set(left.map((one) => one.sequence)).size,
  });
  await refresh(database, [...rows, ...shown.map((one) => one.row)]);
}

/** Give a server restored from a backup what it lost, and fetch everything from it again. */
async function renew(
  replica: Replica,
  transport: Transport,
  serverEpoch: number,
  report: SyncReport,
): Promise<void> {
  const { database } = replica;
  const present = (await requireIdentity(database)).replica;
  const held = new Set((await database.outbox.toArray()).map((one) => one.replica));
  const known = await database.replicas.filter((one) => one.registered).primaryKeys();
  const lastCounters = new Map<string, number>();
  for (const id of new Set([present, ...known.filter((one) => held.has(one))])) {
    lastCounters.set(id, (await announce(replica, transport, id)).last_counter);
  }
  report.renewed += 1;
  await database.writing(async () => {
    if ((await requireIdentity(database)).serverEpoch === serverEpoch) return;
    const rows: string[] = [];
    for (const [id, last] of lastCounters) rows.push(...(await resendAfter(database, id, last)));
    // Positions in the lost history mean nothing in this one.
    await database.overlay.toCollection().modify((one) => {
      delete one.settledSeq;
    });
    await database.identity.update(1, { serverEpoch });
    await restartAll(database);
    await refresh(database, rows);
  });
}

/** Clear up once everything is pulled: what no scope brought, what is answered and settled. */
async function finish({ database, sources }: Replica, asked: Asked): Promise<void> {
  await database.writing(async () => {
    const rows = await dropStaleWithoutCursor(database);
    const cursors = new Set(await database.cursors.toCollection().primaryKeys());
    const pending = new Set((await waiting(database)).map((one) => one.sequence));
    // Answered before this pull, in a scope that this person does not read: it never comes back.
    const settled = await database.overlay
      .filter(
        (one) =>
          one.sequence <= asked.answered && !cursors.has(one.scope) && !pending.has(one.sequence),
      )
      .toArray();
    await database.overlay.bulkDelete(settled.map((one) => [one.sequence, one.position]));
    await refresh(database, [...rows, ...settled.map((one) => one.row)]);
    await prune(database, sources.now());
  });
}

/** Remember the order to wipe; obey at once if no work would be lost. */
async function obeyWipe(replica: Replica, report: SyncReport): Promise<void> {
  const { database } = replica;
  await database.identity.update(1, { wipe: true });
  if ((await waiting(database)).length > 0) return;
  const rejections = await database.rejections.toArray();
  const held = rejections.filter((one) => one.rejection.code === "change_set_held").length;
  report.held = ((await requireIdentity(database)).held ?? 0) + held;
  await database.identity.update(1, { held: report.held });
  await wipe(replica);
  report.wiped = true;
}
