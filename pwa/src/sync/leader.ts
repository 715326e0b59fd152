/** One tab at a time synchronises a person's replica; the others follow and take over when it ends. */

import { leaderLock, type SyncStatus, statusChannel } from "./messages";

/** A leader that has said nothing for so long is taken for frozen. */
const SILENT_MS = 45_000;
const CHECK_MS = 15_000;

/**
 * Lead until aborted or until `work`, which runs while this worker holds the lock, has come to its
 * end. Another worker may take the lock away from a frozen leader; `work` is then aborted, and the
 * worker waits for its turn again.
 */
export async function lead(
  person: string,
  work: (signal: AbortSignal) => Promise<void>,
  stop: AbortSignal,
): Promise<void> {
  const name = leaderLock(person);
  const channel = statusChannel(person);
  let heardAt = Date.now();
  let leading = false;
  let done = false;
  channel.onmessage = (event: MessageEvent<SyncStatus>) => {
    heardAt = event.data.saidAt;
  };
  const watch = setInterval(() => {
    if (leading || Date.now() - heardAt < SILENT_MS) return;
    heardAt = Date.now();
    void hold(true);
  }, CHECK_MS);

  const hold = async (steal: boolean): Promise<void> => {
    const ended = new AbortController();
    const signal = AbortSignal.any([stop, ended.signal]);
    try {
      await navigator.locks.request(name, steal ? { steal: true } : { signal: stop }, async () => {
        leading = true;
        await work(signal);
        done = !signal.aborted;
      });
    } catch (error) {
      // The lock was taken away, or this worker was told to stop while it waited.
      if (!(error instanceof DOMException) || error.name !== "AbortError") throw error;
    } finally {
      leading = false;
      ended.abort();
    }
  };

  try {
    while (!stop.aborted && !done) {
      heardAt = Date.now();
      await hold(false);
    }
  } finally {
    clearInterval(watch);
    channel.close();
  }
}
