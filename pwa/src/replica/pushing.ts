/**
 * Push: the outbox to the server, in counter order, until every change set has its answer.
 *
 * Nothing but an explicit answer for a dot takes a change set out of the outbox.
 */

import type { Problem, PushRequest, PushResponse } from "../engine/changes";
import { PROTOCOL_VERSION } from "../generated/tables";
import { ensureRegistered, forgetRegistration } from "./announcing";
import type { StoredChangeSet } from "./database";
import { fillGap, fork } from "./forking";
import { requireIdentity, seeTime } from "./identity";
import { acknowledge, batchOf, isRejected, stillWaiting, waiting } from "./outbox";
import type { Replica } from "./replica";
import type { SyncReport } from "./report";
import { RefusedByServerError, type Transport, TransportError } from "./transport";
import { refresh } from "./view";

/** How many forks and gaps in a row are mended before it is reported that it gets nowhere. */
const RECOVERIES_MAX = 8;

interface Plan {
  count: number;
  bytes: number;
  /** One at a time, to find the first change set that forked. */
  probing: boolean;
  recoveries: number;
}

/** Send all that waits. Throws TransportError: the rest goes on waiting. */
export async function push(
  replica: Replica,
  transport: Transport,
  report: SyncReport,
  uploadBytes: () => Promise<number>,
): Promise<void> {
  const plan: Plan = { count: 200, bytes: 512 * 1024, probing: false, recoveries: 0 };
  for (;;) {
    const pending = await waiting(replica.database);
    const id = pending[0]?.replica;
    if (id === undefined) return;
    if (!(await ensureRegistered(replica, transport, id))) continue;
    const limits = { count: plan.probing ? 1 : plan.count, bytes: plan.bytes };
    const sent = batchOf(pending, id, limits);
    const request = await requestOf(replica, id, sent, pending, await uploadBytes());
    try {
      const response = await transport.push(request);
      plan.recoveries = 0;
      await store(replica, sent, response, report);
    } catch (error) {
      plan.recoveries += 1;
      if (!(error instanceof RefusedByServerError) || plan.recoveries > RECOVERIES_MAX) throw error;
      if (!(await mend(replica, sent, error.problem, plan, report))) throw error;
    }
  }
}

async function requestOf(
  { database, sources }: Replica,
  id: string,
  sent: StoredChangeSet[],
  pending: StoredChangeSet[],
  uploadBytes: number,
): Promise<PushRequest> {
  return {
    replica: id,
    epoch: (await database.replicas.get(id))?.epoch ?? 1,
    sent_at: sources.now(),
    change_sets: sent.map((one) => one.changeSet),
    waiting: stillWaiting(pending, sent, uploadBytes),
    protocol: PROTOCOL_VERSION,
  };
}

/** Store every answer to what was sent, in one transaction. */
async function store(
  { database, sources }: Replica,
  sent: StoredChangeSet[],
  response: PushResponse,
  report: SyncReport,
): Promise<void> {
  const counters = new Set(sent.map((one) => one.counter));
  const answers = response.answers.filter((answer) => counters.has(answer.counter));
  const id = sent[0]?.replica;
  if (id === undefined || answers.length === 0) {
    throw new TransportError("the server answered for nothing that was sent");
  }
  await database.writing(async () => {
    const now = sources.now();
    const rows: string[] = [];
    for (const answer of answers) {
      const touched = await acknowledge(database, id, answer, { heads: response.heads, now });
      if (touched === null) continue;
      rows.push(...touched);
      report.pushed += 1;
      report.conflicts += answer.conflicts?.length ?? 0;
      report.duplicates += answer.status === "duplicate" ? 1 : 0;
      if (isRejected(answer)) report.rejected += 1;
      else report.merged += 1;
    }
    await seeTime(database, response.server_time, now);
    if (await isOlderCopy({ database, sources }, id, response.last_counter)) {
      report.forked += 1;
      rows.push(...(await fork(database, id, sources)));
    }
    await refresh(database, rows);
  });
}

/** Whether the server holds counters that this store never assigned: its next ones are taken. */
async function isOlderCopy(
  { database }: Replica,
  id: string,
  lastCounter: number,
): Promise<boolean> {
  if ((await requireIdentity(database)).replica !== id) return false;
  const assigned = (await database.replicas.get(id))?.counter ?? 0;
  const waits = (await waiting(database)).some((one) => one.replica === id);
  return !waits && lastCounter > assigned;
}

/** Do what the catalogue says about a refused push; false when only waiting can help. */
async function mend(
  replica: Replica,
  sent: StoredChangeSet[],
  problem: Problem,
  plan: Plan,
  report: SyncReport,
): Promise<boolean> {
  const { database, sources } = replica;
  const id = sent[0]?.replica ?? "";
  switch (problem.code) {
    case "body_too_large":
      return shrink(replica, sent, plan);
    case "replica_forked":
      if (sent.length > 1) {
        plan.probing = true;
        return true;
      }
      report.forked += 1;
      await database.writing(async () => refresh(database, await fork(database, id, sources)));
      plan.probing = false;
      return true;
    case "counter_gap": {
      const last = problem.last_counter;
      if (last === undefined) return false;
      report.resent += 1;
      await database.writing(async () => {
        const { rows, forked } = await fillGap(database, id, last, sources);
        report.forked += forked ? 1 : 0;
        await refresh(database, rows);
      });
      return true;
    }
    case "replica_unknown":
      await forgetRegistration(replica, id);
      return true;
    default:
      return false;
  }
}

async function shrink(
  { database }: Replica,
  sent: StoredChangeSet[],
  plan: Plan,
): Promise<boolean> {
  const [first] = sent;
  if (first !== undefined && sent.length === 1) {
    await database.outbox.update(first.sequence, { trouble: "body_too_large" });
    return false;
  }
  plan.recoveries = 0;
  plan.count = Math.max(1, Math.floor(sent.length / 2));
  plan.bytes = Math.max(1, Math.floor(sent.reduce((sum, one) => sum + one.bytes, 0) / 2));
  return true;
}
