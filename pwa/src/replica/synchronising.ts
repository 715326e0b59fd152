/** Push and pull until nothing is left or an error stops it; a broken push never stops a pull. */

import { waiting } from "./outbox";
import { pull } from "./pulling";
import { push } from "./pushing";
import type { Replica } from "./replica";
import { newReport, type Progress, type SyncReport } from "./report";
import { LoginNeededError, type Transport, TransportError } from "./transport";

/** A pull may find that the server lost work, which is then pushed in another round. */
const ROUNDS_MAX = 10;

export interface Synchronised {
  report: SyncReport;
  /** What stopped the push, and what the pull. */
  pushError: TransportError | null;
  pullError: TransportError | null;
}

/** Throws LoginNeededError: log in, then call again; the outbox is untouched. */
export async function synchronise(
  replica: Replica,
  transport: Transport,
  options: {
    uploadBytes?: () => Promise<number>;
    progress?: (progress: Progress) => void;
  } = {},
): Promise<Synchronised> {
  const report = newReport();
  const uploadBytes = options.uploadBytes ?? (async () => 0);
  const progress = options.progress ?? (() => undefined);
  let pushError: TransportError | null = null;
  let pullError: TransportError | null = null;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    pushError = await caught(push(replica, transport, report, uploadBytes));
    pullError = await caught(pull(replica, transport, report, progress));
    const left = await waiting(replica.database);
    if (pushError !== null || pullError !== null || left.length === 0) break;
  }
  return { report, pushError, pullError };
}

async function caught(work: Promise<void>): Promise<TransportError | null> {
  try {
    await work;
    return null;
  } catch (error) {
    if (error instanceof LoginNeededError || !(error instanceof TransportError)) throw error;
    return error;
  }
}
