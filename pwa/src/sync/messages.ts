/** What tabs and their workers tell each other. */

import type { Progress } from "../replica/report";

export type Phase =
  | "starting"
  | "idle"
  | "syncing"
  | "offline"
  | "failing"
  | "login_needed"
  /** The device was revoked and is empty; the server does not know that yet. */
  | "wiping"
  | "wiped";

export interface SyncStatus {
  person: string;
  phase: Phase;
  /** Whether the live connection stands. */
  live: boolean;
  /** When everything was last sent and fetched, milliseconds since 1970; null if never. */
  lastSyncAt: number | null;
  /** Why the last attempt failed, as a code or a sentence for the log. */
  trouble: string | null;
  /** A first fetch under way. */
  progress: Progress | null;
  /** When it was said: a leader that says nothing is frozen. */
  saidAt: number;
}

/** From a tab to the worker that synchronises, whichever tab it belongs to. */
export type Command = { type: "wake" } | { type: "status" } | { type: "stop" };

export type WorkerMessage = { type: "start"; person: string } | Command;

/** The lock of whoever synchronises a person's replica: a tab's worker, or the service worker. */
export function leaderLock(person: string): string {
  return `derrick-leader-${person}`;
}

export function statusChannel(person: string): BroadcastChannel {
  return new BroadcastChannel(`derrick-status-${person}`);
}

export function commandChannel(person: string): BroadcastChannel {
  return new BroadcastChannel(`derrick-command-${person}`);
}
