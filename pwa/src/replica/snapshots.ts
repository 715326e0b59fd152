/** Snapshots: a scope's first rows, prepared by the server, fetched and stored page by page. */

import type { SnapshotOffer, SnapshotPage } from "../engine/changes";
import { add } from "../engine/checksum";
import { dropStale, position, restart, storedRow } from "./base";
import type { ReplicaDatabase, StoredDownload } from "./database";
import type { Replica } from "./replica";
import type { Progress, SyncReport } from "./report";
import { RefusedByServerError, type Transport, TransportError } from "./transport";
import { refresh, refreshPulled } from "./view";

/**
 * Fetch a scope's snapshot and move its cursor from `seq` to the snapshot's.
 *
 * Each page is stored as it comes, once, and in sight from then on; a cut download goes on where it
 * stopped. The scope has no cursor until the last page has come and the rows add up. Returns false
 * when the server has prepared another build meanwhile: pull again.
 */
export async function fetchSnapshot(
  { database }: Replica,
  transport: Transport,
  offer: SnapshotOffer,
  seq: number,
  report: SyncReport,
  progress: (progress: Progress) => void,
): Promise<boolean> {
  const { scope, pages, rows } = offer;
  let download = await begun(database, offer, seq);
  if (download === null) return false;
  let coming = askFor(transport, offer, download.pages);
  while (download.pages < pages) {
    const page = await coming;
    if (page === null) {
      await database.writing(() => restart(database, scope));
      return false;
    }
    // The next page is on its way while this one is stored.
    coming = askFor(transport, offer, download.pages + 1);
    download = await storePage(database, download, page);
    report.pulledRows += page.rows.length;
    progress({ scope, rowsDone: download.rows, rows });
  }
  await finish(database, offer, download, report);
  return true;
}

/** Return how far the snapshot is here; null when the cursor is no longer where the pull said. */
function begun(
  database: ReplicaDatabase,
  { scope, snapshot }: SnapshotOffer,
  seq: number,
): Promise<StoredDownload | null> {
  return database.writing(async () => {
    if ((await position(database, scope)).seq !== seq) return null;
    const here = await database.downloads.get(scope);
    if (here?.snapshot === snapshot) return here;
    await restart(database, scope);
    const download = { scope, snapshot, pages: 0, rows: 0, checksum: 0 };
    await database.downloads.put(download);
    return download;
  });
}

/** Fetch a page; null when the server no longer has this build. What fails does so once awaited. */
function askFor(
  transport: Transport,
  { scope, snapshot, pages }: SnapshotOffer,
  page: number,
): Promise<SnapshotPage | null> {
  const asked = async (): Promise<SnapshotPage | null> => {
    if (page >= pages) return null;
    try {
      const answer = await transport.snapshotPage(snapshot, page);
      if (answer.scope !== scope || answer.snapshot !== snapshot || answer.page !== page) {
        throw new TransportError("a page of another snapshot came");
      }
      return answer;
    } catch (error) {
      if (error instanceof RefusedByServerError && error.problem.code === "snapshot_gone") {
        return null;
      }
      throw error;
    }
  };
  const coming = asked();
  coming.catch(() => undefined);
  return coming;
}

/**
 * Store a page's rows, and how far the download is now.
 *
 * What the scope held before is stale, and no row comes twice in a snapshot: nothing needs to be
 * looked up.
 */
async function storePage(
  database: ReplicaDatabase,
  before: StoredDownload,
  page: SnapshotPage,
): Promise<StoredDownload> {
  const rows = page.rows.map((one) => storedRow(before.scope, one));
  const download = {
    ...before,
    pages: before.pages + 1,
    rows: before.rows + rows.length,
    checksum: rows.reduce((sum, one) => add(sum, one.hash), before.checksum),
  };
  await database.writing(async () => {
    await database.rows.bulkPut(rows);
    await database.downloads.put(download);
    await refreshPulled(database, page.rows);
  });
  return download;
}

/** Give the scope its cursor; rows that do not add up are fetched again. */
async function finish(
  database: ReplicaDatabase,
  { scope, seq, checksum }: SnapshotOffer,
  download: StoredDownload,
  report: SyncReport,
): Promise<void> {
  if (download.checksum !== checksum) {
    report.refetched += 1;
    await database.writing(() => restart(database, scope));
    throw new TransportError(`the snapshot of ${scope} does not add up to its checksum`);
  }
  await database.writing(async () => {
    await database.downloads.delete(scope);
    await database.cursors.put({ scope, seq, checksum });
    await database.withdrawals.delete(scope);
    await refresh(database, await dropStale(database, scope));
    report.snapshots += 1;
  });
}
