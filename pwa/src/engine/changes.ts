/** The wire: what a replica and the server exchange; see PROTOCOL.md section 4. */

import type { VersionVector } from "./clock";
import type { Values } from "./schema";

export type Operation = "create" | "update" | "delete";
export type Status = "merged" | "merged_with_conflicts" | "rejected" | "duplicate";

export interface Change {
  scope: string;
  table: string;
  row: string;
  operation?: Operation;
  context?: VersionVector;
  before?: Values;
  after?: Values;
}

export interface ChangeSet {
  counter: number;
  time: number;
  intent: string;
  schema: number;
  changes: Change[];
}

export interface Waiting {
  change_sets: number;
  oldest: number | null;
  upload_bytes: number;
}

export interface PushRequest {
  replica: string;
  epoch: number;
  sent_at: number;
  change_sets: ChangeSet[];
  waiting: Waiting;
  protocol: number;
}

export interface Sentence {
  fr: string;
  en: string;
}

export interface Rejection {
  code: string;
  message: Sentence;
  change?: number | null;
  table?: string | null;
  row?: string | null;
  field?: string | null;
}

export interface ConflictNotice {
  table: string;
  row: string;
  field: string | null;
  policy: string;
  kept: unknown;
  lost: unknown;
  review?: boolean;
}

export interface Answer {
  counter: number;
  status: Status;
  stored?: Status | null;
  rejection?: Rejection | null;
  conflicts?: ConflictNotice[];
}

export interface PushResponse {
  server_epoch: number;
  answers: Answer[];
  last_counter: number;
  heads: Record<string, number>;
  server_time: number;
}

export interface Registered {
  replica: string;
  epoch: number;
  last_counter: number;
  server_epoch: number;
  person: string;
  server_time: number;
}

export interface PullRequest {
  replica: string;
  epoch: number;
  cursor: Record<string, number>;
  page_rows?: number;
  server_epoch: number;
  protocol: number;
}

/** [table, row, seq, deleted, vector, values, review] */
export type WireRow = [
  table: string,
  row: string,
  seq: number,
  deleted: boolean,
  vector: VersionVector,
  values: Values,
  review?: string[],
];

export interface ScopePage {
  scope: string;
  seq: number;
  head: number;
  checksum: number;
  rows: WireRow[];
}

export interface SnapshotOffer {
  scope: string;
  snapshot: string;
  seq: number;
  checksum: number;
  pages: number;
  rows: number;
  bytes: number;
}

export interface SnapshotPage {
  scope: string;
  snapshot: string;
  page: number;
  pages: number;
  rows: WireRow[];
}

export interface PullResponse {
  server_epoch: number;
  pages: ScopePage[];
  more: boolean;
  withdrawn: string[];
  snapshots: SnapshotOffer[];
  server_time: number;
  wipe?: boolean;
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  message: Sentence;
  field?: string;
  last_counter?: number;
}
