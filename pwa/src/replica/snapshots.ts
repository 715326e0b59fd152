/** Snapshots: a scope's first rows, prepared by the server, fetched page by page. */

import type { SnapshotOffer } from "../engine/changes";
import { dropStale, position, putRows, restart } from "./base";
import type { ReplicaDatabase } from "./database";
import type { Replica } from "./replica";
import type { Progress, SyncReport } from "./report";
import { RefusedByServerError, type Transport, TransportError } from "./transport";
import { refresh, refreshPulled } from "./view";

/** Rows stored in one transaction: others wait no longer than that. */
const ROWS_AT_ONCE = 2_000;

/**
 * Fetch a scope's snapshot and move its cursor from `seq` to the snapshot's.
 *
 * Pages are kept until the last one has come, so that a cut download goes on where it stopped.
 * Returns false when the server has prepared another build meanwhile: pull again.
 */
export async function fetchSnapshot(
  replica: Replica,
  transport: Transport,
  offer: SnapshotOffer,
  seq: number,
  report: SyncReport,
  progress: (progress: Progress) => void,
): Promise<boolean> {
  const { database } = replica;
  const pages = database.snapshotPages;
  await pages
    .where("scope")
    .equals(offer.scope)
    .filter((one) => one.snapshot !== offer.snapshot)
    .delete();
  const here = await pages.where("scope").equals(offer.scope).toArray();
  const known = new Set(here.map((one) => one.page));
  let rowsDone = here.reduce((sum, one) => sum + one.rows.length, 0);
  for (let page = 0; page < offer.pages; page += 1) {
    if (!known.has(page)) {
      const rows = await fetchPage(replica, transport, offer, page);
      if (rows === null) return false;
      rowsDone += rows;
    }
    progress({ scope: offer.scope, rowsDone, rows: offer.rows });
  }
  await store(database, offer, seq, report);
  return true;
}

async function fetchPage(
  { database }: Replica,
  transport: Transport,
  offer: SnapshotOffer,
  page: number,
): Promise<number | null> {
  const { scope, snapshot } = offer;
  try {
    const answer = await transport.snapshotPage(snapshot, page);
    if (answer.scope !== scope || answer.snapshot !== snapshot || answer.page !== page) {
      throw new TransportError("a page of another snapshot came");
    }
    await database.snapshotPages.put({ scope, snapshot, page, rows: answer.rows });
    return answer.rows.length;
  } catch (error) {
    if (!(error instanceof RefusedByServerError) || error.problem.code !== "snapshot_gone") {
      throw error;
    }
    await database.snapshotPages.where("scope").equals(scope).delete();
    return null;
  }
}

/** Store all pages and the cursor; a sum that differs undoes it all. */
async function store(
  database: ReplicaDatabase,
  offer: SnapshotOffer,
  seq: number,
  report: SyncReport,
): Promise<void> {
  const { scope } = offer;
  await database.writing(async () => {
    if ((await position(database, scope)).seq !== seq) return;
    const pages = await database.snapshotPages.where("scope").equals(scope).sortBy("page");
    if (pages.length !== offer.pages) return;
    await restart(database, scope);
    let total = 0;
    for (const { rows } of pages) {
      for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
        const some = rows.slice(at, at + ROWS_AT_ONCE);
        total = await putRows(database, scope, some, total);
        await refreshPulled(database, some);
      }
      report.pulledRows += rows.length;
    }
    if (total !== offer.checksum) {
      report.refetched += 1;
      throw new TransportError(`the snapshot of ${scope} does not add up to its checksum`);
    }
    await database.cursors.put({ scope, seq: offer.seq, checksum: total });
    await database.withdrawals.delete(scope);
    await refresh(database, await dropStale(database, scope));
    report.snapshots += 1;
  });
}
