/** What the server knows of a device, and how it stands: pure. */

/** As `GET /api/users/devices` answers; times in milliseconds since 1970. */
export interface DeviceRecord {
  id: string;
  name: string;
  platform: string;
  app_version: string;
  registered_at: number;
  last_seen_at: number;
  last_sync_at: number | null;
  waiting_change_sets: number;
  /** Hybrid time, in microseconds. */
  waiting_oldest: number | null;
  waiting_upload_bytes: number;
  clock_offset_ms: number;
  clock_flagged: boolean;
  revoked_at: number | null;
  revoked_by: string | null;
  wipe_requested_at: number | null;
  wiped_at: number | null;
  held: number;
  people: { person: string; name: string | null; pin_set: boolean | null }[] | null;
}

export const SILENT_MS = 3 * 86_400_000;

export type DeviceState = "fine" | "silent" | "clock" | "wiping" | "wiped" | "revoked";

/** Return how a device stands; the gravest counts. */
export function stateOf(device: DeviceRecord, now: number): DeviceState {
  if (device.wiped_at !== null) return "wiped";
  if (device.wipe_requested_at !== null) return "wiping";
  if (device.revoked_at !== null) return "revoked";
  if (device.clock_flagged) return "clock";
  return now - device.last_seen_at > SILENT_MS ? "silent" : "fine";
}

/** Write how far a clock is from the server's: `+17 s`, `−2 min`, `0 s`. */
export function skew(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  const size = Math.abs(seconds);
  const sign = seconds > 0 ? "+" : seconds < 0 ? "−" : "";
  if (size < 120) return `${sign}${size}\u00a0s`;
  if (size < 7_200) return `${sign}${Math.round(size / 60)}\u00a0min`;
  return `${sign}${Math.round(size / 3_600)}\u00a0h`;
}
