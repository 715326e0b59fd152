/**
 * A revoked device, once its work is handed in, forgets everyone who worked on it: rows, files,
 * sessions, PINs and keys. The receipt is sent before the last session is forgotten.
 */

import type { ReplicaDatabase } from "../replica/database";
import { DEVICE_SOURCES } from "../replica/identity";
import { waiting } from "../replica/outbox";
import { synchronise } from "../replica/synchronising";
import { LoginNeededError, type Transport } from "../replica/transport";
import {
  type Account,
  device,
  forgetAccount,
  setSetting,
  WIPED,
  type WipedNotice,
} from "../session/device";
import { withReplicaOf } from "./borrowing";

/**
 * Forget everyone on this device, whose replica of `person` is empty by now.
 *
 * Throws TransportError where the others' work or the receipt could not be sent: try again.
 */
export async function forgetEveryone(
  person: string,
  replica: ReplicaDatabase,
  transportOf: (person: string) => Transport,
  handedIn: number,
): Promise<void> {
  const mine = await device.accounts.get(person);
  if (mine === undefined) return;
  let held = handedIn;
  for (const other of await device.accounts.toArray()) {
    if (other.person === person || other.device !== mine.device) continue;
    held += await handInAndForget(other, transportOf(other.person));
  }
  const replicas = await replica.replicas.toCollection().primaryKeys();
  await transportOf(person).reportWiped(replicas);
  await forget(replica, mine);
  const notice: WipedNotice = { at: Date.now(), deviceName: mine.deviceName, handedIn: held };
  await setSetting(WIPED, notice);
}

/** Hand in what a colleague left here, and forget them; return how many entries that were. */
async function handInAndForget(account: Account, transport: Transport): Promise<number> {
  // Where the colleague's own tab works, it does this itself.
  const held = await withReplicaOf(account.person, async (database) => {
    try {
      const replica = { database, sources: DEVICE_SOURCES };
      const { report, pushError, pullError } = await synchronise(replica, transport);
      const error = pushError ?? pullError;
      if (error !== null) throw error;
      if (report.wiped) await forget(database, account);
      return report.held;
    } catch (error) {
      if (!(error instanceof LoginNeededError)) throw error;
      // Their session has ended: work that nobody has got is kept for their next login.
      if ((await waiting(database)).length === 0) await forget(database, account);
      return 0;
    }
  });
  return held ?? 0;
}

async function forget(database: ReplicaDatabase, account: Account): Promise<void> {
  await database.delete({ disableAutoOpen: true });
  await forgetAccount(account.person);
}
