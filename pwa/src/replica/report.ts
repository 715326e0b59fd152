/** What one synchronisation did. */

export interface SyncReport {
  pushed: number;
  merged: number;
  rejected: number;
  duplicates: number;
  conflicts: number;
  forked: number;
  resent: number;
  pulledRows: number;
  refetched: number;
  snapshots: number;
  renewed: number;
  withdrawn: string[];
  wiped: boolean;
  /** Entries of a revoked device that the server holds for a supervisor, before the wipe. */
  held: number;
}

export interface Progress {
  scope: string;
  rowsDone: number;
  rows: number;
}

export function newReport(): SyncReport {
  return {
    pushed: 0,
    merged: 0,
    rejected: 0,
    duplicates: 0,
    conflicts: 0,
    forked: 0,
    resent: 0,
    pulledRows: 0,
    refetched: 0,
    snapshots: 0,
    renewed: 0,
    withdrawn: [],
    wiped: false,
    held: 0,
  };
}
