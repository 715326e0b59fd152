/** Registration: the server learns of a replica id, the replica what the server holds of it. */

import type { Registered } from "../engine/changes";
import { fork } from "./forking";
import { requireIdentity, seeTime } from "./identity";
import type { Replica } from "./replica";
import { LoginNeededError, RefusedByServerError, type Transport } from "./transport";
import { refresh } from "./view";

/** Register a replica id for the logged-in person. */
export async function announce(
  { database, sources }: Replica,
  transport: Transport,
  replica: string,
): Promise<Registered> {
  const mine = await requireIdentity(database);
  const answer = await transport.register(replica, mine.name);
  if (answer.person !== mine.person) {
    throw new LoginNeededError("another person is logged in than the one this replica belongs to");
  }
  await database.writing(async () => {
    await database.replicas.update(replica, { registered: true, epoch: answer.epoch });
    await seeTime(database, answer.server_time, sources.now());
  });
  return answer;
}

/** Register an id that is not registered yet; false when the id had to be given up. */
export async function ensureRegistered(
  replica: Replica,
  transport: Transport,
  id: string,
): Promise<boolean> {
  const { database, sources } = replica;
  if ((await database.replicas.get(id))?.registered) return true;
  const present = (await requireIdentity(database)).replica === id;
  try {
    await announce(replica, transport, id);
  } catch (error) {
    const taken =
      error instanceof RefusedByServerError &&
      ["replica_unknown", "forbidden"].includes(error.problem.code);
    if (present || !taken) throw error;
    await database.writing(async () => refresh(database, await fork(database, id, sources)));
    return false;
  }
  return true;
}

/** Register again before the next request: the server does not know the id. */
export async function forgetRegistration({ database }: Replica, id: string): Promise<void> {
  await database.replicas.update(id, { registered: false });
}
