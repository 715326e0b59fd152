/**
 * Room on the device. What browsers say of it cannot be relied upon (Chromium grants less than it
 * tells), so a reserve is held: the first entry that finds no room takes its place, and the person
 * is told while nothing is at risk yet.
 */

import { device, setSetting } from "../session/device";
import type { ReplicaDatabase } from "./database";

/** Room for thousands of entries, or for some thirty photos. */
const RESERVE_BYTES = 16 * 1024 * 1024;
const RANDOM_BYTES_MAX = 65_536;
const CACHE = "derrick-reserve";
const ADDRESS = "/reserve";

/** The setting that says that the reserve was taken, or found no place. */
export const ROOM_TIGHT = "room-tight";

export interface Room {
  usedBytes: number;
  quotaBytes: number;
}

/** Return what the browser says of its room; null where it does not say. */
export async function lookAtRoom(): Promise<Room | null> {
  const { usage, quota } = await navigator.storage.estimate();
  if (usage === undefined || quota === undefined) return null;
  return { usedBytes: usage, quotaBytes: quota };
}

/** Whether the browser refused for want of room; Dexie wraps the browser's own error. */
export function isOutOfRoom(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === "QuotaExceededError") return true;
  return "inner" in error && isOutOfRoom(error.inner);
}

/** Whether the reserve was needed, or found no place: nothing more than people's entries is kept. */
export async function isTight(): Promise<boolean> {
  return (await device.settings.get(ROOM_TIGHT)) !== undefined;
}

/** Keep what a person entered: where there is no room for it, the reserve makes some. */
export async function keeping<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!isOutOfRoom(error) || !(await caches.delete(CACHE))) throw error;
    await setSetting(ROOM_TIGHT, true);
    return await write();
  }
}

/** Hold the reserve, having dropped what can go if need be; return whether there is one. */
export async function ensureReserve(database: ReplicaDatabase): Promise<boolean> {
  const held = (await hold()) || ((await makeRoom(database)) > 0 && (await hold()));
  const told = await isTight();
  if (held && told) await device.settings.delete(ROOM_TIGHT);
  if (!held && !told) await setSetting(ROOM_TIGHT, true);
  return held;
}

async function hold(): Promise<boolean> {
  try {
    const cache = await caches.open(CACHE);
    if ((await cache.match(ADDRESS)) === undefined) {
      await cache.put(ADDRESS, new Response(ballast()));
    }
    return true;
  } catch {
    // No room for it, or a browser that denies it: either way the person is told.
    return false;
  }
}

/** Bytes that nothing compresses: they take the room that they stand for. */
function ballast(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(RESERVE_BYTES);
  for (let at = 0; at < bytes.length; at += RANDOM_BYTES_MAX) {
    crypto.getRandomValues(bytes.subarray(at, at + RANDOM_BYTES_MAX));
  }
  return bytes;
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
