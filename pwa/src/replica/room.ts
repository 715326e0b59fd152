/** Room on the device: looked at in good time, and made where copies can go that the server has. */

import type { ReplicaDatabase } from "./database";

export interface Room {
  usedBytes: number;
  quotaBytes: number;
  /** So little is left that the next photos may find no place. */
  tight: boolean;
}

/** About a hundred photos. */
const FREE_BYTES_MIN = 50 * 1024 * 1024;

/** Return how much room the browser grants; null where it does not say. */
export async function lookAtRoom(): Promise<Room | null> {
  const { usage, quota } = await navigator.storage.estimate();
  if (usage === undefined || quota === undefined) return null;
  return { usedBytes: usage, quotaBytes: quota, tight: quota - usage < FREE_BYTES_MIN };
}

/** Drop the copies of files that were uploaded from here; return how many bytes that was. */
export async function makeRoom(database: ReplicaDatabase): Promise<number> {
  const uploaded = await database.blobs
    .where("purpose")
    .equals("offline")
    .filter((one) => one.sentBytes > 0)
    .toArray();
  await database.blobs.bulkDelete(uploaded.map((one) => one.id));
  return uploaded.reduce((sum, one) => sum + one.blob.size, 0);
}

/** Whether the browser refused for want of room; Dexie wraps the browser's own error. */
export function isOutOfRoom(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === "QuotaExceededError") return true;
  return "inner" in error && isOutOfRoom(error.inner);
}
