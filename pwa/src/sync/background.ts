/**
 * Synchronises while no tab is open: what the service worker does when the browser wakes it.
 *
 * Rows alone: files go on when the app is opened. The browser ends a waking that takes long, so
 * nothing new is asked of the server after a while; what is left waits for the next one.
 */

import type { ReplicaDatabase } from "../replica/database";
import { DEVICE_SOURCES } from "../replica/identity";
import { fileBytesWaiting, waiting } from "../replica/outbox";
import { synchronise } from "../replica/synchronising";
import { LoginNeededError, type Transport, TransportError } from "../replica/transport";
import { device } from "../session/device";
import { withReplicaOf } from "./borrowing";
import { transportOf } from "./connecting";
import { commandChannel, type SyncStatus, statusChannel } from "./messages";
import { forgetEveryone } from "./wiping";

/** Browsers give a waking some three minutes. */
const WORK_MS_MAX = 120_000;
/** A tab that leads says something every ten seconds: one that does not is frozen. */
const ANSWER_MS_MAX = 15_000;
const HEARTBEAT_MS = 10_000;

/** `waiting`: those who left entries here; `everyone`: news as well. */
export type Errand = "waiting" | "everyone";

/** Synchronise for the people of this device. Throws where the link broke: to be tried again. */
export async function synchroniseInBackground(errand: Errand): Promise<void> {
  const over = AbortSignal.timeout(WORK_MS_MAX);
  let broken: unknown = null;
  for (const { person } of await device.accounts.toArray()) {
    const turn = (database: ReplicaDatabase) => synchroniseOne(database, person, errand, over);
    try {
      if ((await withReplicaOf(person, turn)) !== null) continue;
      // A tab that answered may be closing all the same: then its work is ours after all.
      await withReplicaOf(person, turn, (await isLed(person)) ? "wait" : "steal");
    } catch (error) {
      // A session that has ended waits for its owner's login: trying again helps nobody.
      if (!(error instanceof LoginNeededError)) broken = error;
    }
  }
  if (broken !== null) throw broken;
}

async function synchroniseOne(
  database: ReplicaDatabase,
  person: string,
  errand: Errand,
  over: AbortSignal,
): Promise<true> {
  const { revoked } = (await device.accounts.get(person)) ?? {};
  const waits = (await waiting(database)).length > 0;
  if (!waits && errand === "waiting" && revoked !== true) return true;
  const status = statusChannel(person);
  const heartbeat = setInterval(() => status.postMessage(working(person)), HEARTBEAT_MS);
  const bounded = (one: string): Transport => within(over, transportOf(one));
  try {
    const { report, pushError, pullError } = await synchronise(
      { database, sources: DEVICE_SOURCES },
      bounded(person),
      { uploadBytes: () => fileBytesWaiting(database) },
    );
    if (report.wiped) await forgetEveryone(person, database, bounded, report.held);
    const error = pushError ?? pullError;
    if (error !== null) throw error;
    return true;
  } finally {
    clearInterval(heartbeat);
    status.close();
  }
}

/** Wake the tab that leads; return whether it answered. */
function isLed(person: string): Promise<boolean> {
  const status = statusChannel(person);
  const commands = commandChannel(person);
  return new Promise<boolean>((resolve) => {
    const end = (answered: boolean): void => {
      clearTimeout(timer);
      status.close();
      commands.close();
      resolve(answered);
    };
    const timer = setTimeout(() => end(false), ANSWER_MS_MAX);
    status.onmessage = () => end(true);
    commands.postMessage({ type: "wake" });
    commands.postMessage({ type: "status" });
  });
}

/** What followers hear meanwhile: somebody leads, and is not frozen. */
function working(person: string): SyncStatus {
  const said = { phase: "syncing", live: false, lastSyncAt: null } as const;
  return { person, ...said, trouble: null, progress: null, saidAt: Date.now() };
}

/** Let nothing more begin once the time is over. */
function within(over: AbortSignal, transport: Transport): Transport {
  const guarded =
    <A extends unknown[], R>(ask: (...asked: A) => Promise<R>) =>
    async (...asked: A): Promise<R> => {
      if (over.aborted) throw new TransportError("the time in the background is over");
      return ask(...asked);
    };
  return {
    register: guarded(transport.register),
    push: guarded(transport.push),
    pull: guarded(transport.pull),
    snapshotPage: guarded(transport.snapshotPage),
    liveTicket: guarded(transport.liveTicket),
    reportWiped: guarded(transport.reportWiped),
  };
}
