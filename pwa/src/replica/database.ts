/**
 * The replica's store in IndexedDB, one database for each person on the device.
 *
 * Base rows are what the server sent. `views` holds the rows with pending changes applied, and only
 * those: a row without pending changes is its base row, so nothing is kept twice. An IndexedDB
 * version never touches a change set that waits in the outbox.
 */

import Dexie, { type EntityTable, type Table } from "dexie";
import type { Answer, Change, ChangeSet, ConflictNotice, Rejection } from "../engine/changes";
import type { BaseRow, Shown } from "../engine/rebase";
import { type Agenda, agendaOf } from "./agenda";

export interface StoredIdentity {
  one: 1;
  replica: string;
  /** What people call this device. */
  name: string;
  /** The server's id of the person. */
  person: string;
  /** 0 until the first pull. */
  serverEpoch: number;
  /** The last hybrid time given or seen. */
  clock: number;
  /** Whether the server has asked this device to wipe itself. */
  wipe: boolean;
  /** Entries that were handed in before the wipe, and wait for a supervisor. */
  held?: number;
}

/** A replica id whose change sets the store holds: its own, or one it had before it forked. */
export interface StoredReplica {
  replica: string;
  epoch: number;
  /** The last counter assigned. */
  counter: number;
  registered: boolean;
}

export interface StoredCursor {
  scope: string;
  seq: number;
  checksum: number;
}

export interface StoredRow extends BaseRow, Agenda {
  /** What it counts in its scope's checksum. */
  hash: number;
  /** 1 while it waits to be confirmed or dropped by a pull that began again from zero; else absent. */
  stale?: 0 | 1;
}

export interface StoredChangeSet {
  sequence: number;
  replica: string;
  counter: number;
  state: "pending" | "acknowledged";
  /** Sent as it is on every try. */
  changeSet: ChangeSet;
  /** Encoded size, for batches. */
  bytes: number;
  answer?: Answer;
  /** Milliseconds since 1970. */
  answeredAt?: number;
  /** Why it could not be sent so far, as a code of the catalogue. */
  trouble?: string;
}

/** A change still shown over the base. */
export interface StoredOverlay {
  sequence: number;
  position: number;
  row: string;
  scope: string;
  settledSeq?: number;
  change: Change;
}

export interface StoredRejection {
  replica: string;
  counter: number;
  receivedAt: number;
  changeSet: ChangeSet;
  rejection: Rejection;
}

export interface StoredConflict {
  replica: string;
  counter: number;
  position: number;
  receivedAt: number;
  notice: ConflictNotice;
}

export interface StoredWithdrawal {
  scope: string;
  withdrawnAt: number;
  rows: number;
  waiting: number;
}

/** How far a scope's snapshot has come: its rows are stored page by page. */
export interface StoredDownload {
  scope: string;
  snapshot: string;
  /** Pages stored. */
  pages: number;
  rows: number;
  /** The sum of the rows stored so far. */
  checksum: number;
}

/** A file that waits for its upload, or one kept for offline reading. */
export interface StoredBlob {
  id: string;
  /** `fetching`: the first part of what is to be kept; the rest follows. */
  purpose: "upload" | "offline" | "fetching";
  name: string;
  type: string;
  blob: Blob;
  madeAt: number;
  sentBytes: number;
  uploadUrl?: string;
  trouble?: string;
}

/** A document that the person wants kept on this device, whatever the rule. */
export interface StoredPin {
  document: string;
  pinnedAt: number;
}

/** A form that is not finished: it survives a closed tab. */
export interface StoredDraft {
  key: string;
  savedAt: number;
  values: Record<string, unknown>;
}

export class ReplicaDatabase extends Dexie {
  declare identity: EntityTable<StoredIdentity, "one">;
  declare replicas: EntityTable<StoredReplica, "replica">;
  declare cursors: EntityTable<StoredCursor, "scope">;
  declare rows: EntityTable<StoredRow, "row">;
  declare views: EntityTable<Shown, "row">;
  declare outbox: EntityTable<StoredChangeSet, "sequence">;
  declare overlay: Table<StoredOverlay, [number, number]>;
  declare rejections: Table<StoredRejection, [string, number]>;
  declare conflicts: Table<StoredConflict, [string, number, number]>;
  declare withdrawals: EntityTable<StoredWithdrawal, "scope">;
  declare downloads: EntityTable<StoredDownload, "scope">;
  declare blobs: EntityTable<StoredBlob, "id">;
  declare drafts: EntityTable<StoredDraft, "key">;
  declare pins: EntityTable<StoredPin, "document">;

  constructor(name: string) {
    // A person is told "saved" only once the bytes are on the disk.
    super(name, { chromeTransactionDurability: "strict" });
    this.version(1).stores({
      identity: "one",
      replicas: "replica",
      cursors: "scope",
      rows: "row, [table+scope], [scope+stale]",
      views: "row, [table+scope]",
      outbox: "++sequence, &[replica+counter], state",
      overlay: "[sequence+position], row, scope",
      rejections: "[replica+counter], receivedAt",
      conflicts: "[replica+counter+position], receivedAt",
      withdrawals: "scope",
      snapshotPages: "[scope+snapshot+page], scope",
      blobs: "id, purpose",
      drafts: "key",
    });
    // What waits for a person's decision is found without a look at every row.
    this.version(2).stores({ rows: "row, [table+scope], [scope+stale], *review" });
    this.version(3).stores({ pins: "document" });
    // An index costs every row that it names: `stale` is there only while it is 1, and a task is on
    // the agenda while it is open. Rows of a snapshot are stored once, as they come.
    this.version(4)
      .stores({
        rows: "row, [scope+table], [scope+stale], *review, *weeks, *duty",
        snapshotPages: null,
        downloads: "scope",
      })
      .upgrade((transaction) =>
        transaction
          .table<StoredRow>("rows")
          .toCollection()
          .modify((one) => {
            Object.assign(one, agendaOf(one.table, one.scope, one.deleted, one.values));
            if (one.stale === 0) delete one.stale;
          }),
      );
  }

  /** The stores that a change of rows or of the outbox may touch, in one transaction. */
  get synced(): Table[] {
    return [
      this.identity,
      this.replicas,
      this.cursors,
      this.rows,
      this.views,
      this.outbox,
      this.overlay,
      this.rejections,
      this.conflicts,
      this.withdrawals,
      this.downloads,
    ];
  }

  /** Do something in one transaction over all that is synchronised. */
  writing<T>(work: () => Promise<T>): Promise<T> {
    return this.transaction("rw", this.synced, work);
  }

  /** Read all that is synchronised as of one moment. */
  reading<T>(work: () => Promise<T>): Promise<T> {
    return this.transaction("r", this.synced, work);
  }
}
