/**
 * Keeps one replica up to date while there is a link: at once, at every wake and poke, and at an
 * interval; after a failure with growing pauses, spread so that a camp does not call all at once.
 */

import { ReplicaDatabase } from "../replica/database";
import { DEVICE_SOURCES } from "../replica/identity";
import { fileBytesWaiting } from "../replica/outbox";
import type { Replica } from "../replica/replica";
import type { Progress } from "../replica/report";
import { ensureReserve, isOutOfRoom, makeRoom } from "../replica/room";
import { synchronise } from "../replica/synchronising";
import {
  LoginNeededError,
  type TokenSource,
  type Transport,
  TransportError,
} from "../replica/transport";
import { device } from "../session/device";
import { databaseName } from "../session/login";
import { tokensOf } from "../session/tokens";
import { transportOf } from "./connecting";
import { listen } from "./live";
import {
  type Command,
  commandChannel,
  type Phase,
  type SyncStatus,
  statusChannel,
} from "./messages";

const INTERVAL_MS = 60_000;
const BACKOFF_MS_MIN = 1_000;
const BACKOFF_MS_MAX = 120_000;
const HEARTBEAT_MS = 10_000;

/** Runs until aborted, or until the device was wiped. */
export class Runner {
  private readonly replica: Replica;
  private readonly transport: Transport;
  private readonly ending = new AbortController();
  private readonly signal: AbortSignal;
  private readonly status: BroadcastChannel;
  private readonly commands: BroadcastChannel;
  private said: SyncStatus;
  private wakeUp: () => void = () => undefined;
  private woken = true;
  private failures = 0;
  private carrying = false;
  private readonly tokens: TokenSource;

  constructor(
    private readonly person: string,
    stop: AbortSignal,
  ) {
    this.signal = AbortSignal.any([stop, this.ending.signal]);
    this.replica = {
      database: new ReplicaDatabase(databaseName(person)),
      sources: DEVICE_SOURCES,
    };
    this.tokens = tokensOf(person);
    this.transport = transportOf(person);
    this.status = statusChannel(person);
    this.commands = commandChannel(person);
    this.said = {
      person,
      phase: "starting",
      live: false,
      lastSyncAt: null,
      trouble: null,
      progress: null,
      saidAt: Date.now(),
    };
  }

  async run(): Promise<void> {
    // Another tab's worker may have wiped the device while this one waited for its turn.
    if ((await device.accounts.get(this.person)) === undefined) return;
    this.commands.onmessage = (event: MessageEvent<Command>) => {
      if (event.data.type === "status") this.say({});
      else this.wake();
    };
    const online = (): void => this.wake();
    self.addEventListener("online", online);
    self.addEventListener("offline", online);
    // A newer version of the app changes the store: its own worker goes on from here.
    this.replica.database.on("versionchange", () => this.ending.abort());
    const heartbeat = setInterval(() => this.say({}), HEARTBEAT_MS);
    const listening = this.listenForever();
    try {
      while (!this.signal.aborted) {
        const pause = await this.round();
        if (pause === null) return;
        await this.rest(pause);
      }
    } finally {
      this.ending.abort();
      clearInterval(heartbeat);
      self.removeEventListener("online", online);
      self.removeEventListener("offline", online);
      await listening;
      this.commands.close();
      this.status.close();
      this.replica.database.close();
    }
  }

  private wake(): void {
    this.woken = true;
    this.wakeUp();
  }

  private say(change: Partial<SyncStatus>): void {
    this.said = { ...this.said, ...change, saidAt: Date.now() };
    this.status.postMessage(this.said);
  }

  /** Synchronise once; return how long to rest, or null when there is nothing more to do here. */
  private async round(): Promise<number | null> {
    this.woken = false;
    // A worker's idea of the link can be stale: only an attempt tells.
    if (this.said.phase !== "wiping") this.say({ phase: "syncing" });
    try {
      const { report, pushError, pullError } = await synchronise(this.replica, this.transport, {
        progress: (progress: Progress) => this.say({ progress }),
        uploadBytes: () => fileBytesWaiting(this.replica.database),
      });
      if (report.wiped) {
        await this.afterWipe(report.held);
        return null;
      }
      const error = pushError ?? pullError;
      if (error !== null) return this.failed(error);
      this.failures = 0;
      void this.carryFiles();
      await ensureReserve(this.replica.database);
      this.say({ phase: "idle", lastSyncAt: Date.now(), trouble: null, progress: null });
      return INTERVAL_MS;
    } catch (error) {
      if (error instanceof LoginNeededError) {
        this.say({ phase: "login_needed", trouble: error.message, progress: null });
        return INTERVAL_MS;
      }
      if (error instanceof TransportError) return this.failed(error);
      if (isOutOfRoom(error)) await makeRoom(this.replica.database);
      const trouble = isOutOfRoom(error)
        ? "storage_full"
        : error instanceof Error
          ? error.message
          : String(error);
      this.say({ phase: "failing", trouble, progress: null });
      return this.backoff(null);
    }
  }

  private failed(error: TransportError): number {
    const kept: Phase | null = this.said.phase === "wiping" ? "wiping" : null;
    const phase: Phase = kept ?? (navigator.onLine ? "failing" : "offline");
    this.say({ phase, trouble: error.message, progress: null });
    return this.backoff(error.retryAfterSeconds);
  }

  private backoff(retryAfterSeconds: number | null): number {
    const doubled = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** Math.min(this.failures, 20));
    this.failures += 1;
    return Math.max(doubled * (0.5 + Math.random()), (retryAfterSeconds ?? 0) * 1000);
  }

  /** Let files, and what colleagues left here, go after the rows; a failure waits for the next round. */
  private async carryFiles(): Promise<void> {
    if (this.carrying) return;
    this.carrying = true;
    try {
      const { database } = this.replica;
      if ((await fileBytesWaiting(database)) > 0) {
        const { uploadFiles } = await import("./uploads");
        await uploadFiles(database, this.tokens, this.signal);
      }
      const { keepOffline } = await import("./offline");
      await keepOffline(database, this.tokens, this.person, this.signal);
      if ((await device.accounts.count()) > 1) {
        const { sendForColleagues } = await import("./colleagues");
        await sendForColleagues(this.person, transportOf, this.signal);
      }
    } catch (error) {
      this.say({ trouble: error instanceof Error ? error.message : String(error) });
    } finally {
      this.carrying = false;
    }
  }

  /** Rest, unless woken before or meanwhile. */
  private rest(milliseconds: number): Promise<void> {
    if (this.woken || this.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(done, milliseconds);
      const self_ = this;
      function done(): void {
        clearTimeout(timer);
        self_.signal.removeEventListener("abort", done);
        self_.wakeUp = () => undefined;
        resolve();
      }
      this.wakeUp = done;
      this.signal.addEventListener("abort", done);
    });
  }

  /** Forget everyone here, and tell the server that this device is empty. */
  private async afterWipe(handedIn: number): Promise<void> {
    this.say({ phase: "wiping", progress: null });
    const { forgetEveryone } = await import("./wiping");
    await forgetEveryone(this.person, this.replica.database, transportOf, handedIn);
    this.say({ phase: "wiped" });
  }

  private async listenForever(): Promise<void> {
    let failures = 0;
    while (!this.signal.aborted) {
      if (this.said.phase !== "login_needed") {
        try {
          await listen(
            this.transport,
            {
              onOpen: () => {
                failures = 0;
                this.say({ live: true });
              },
              onHeads: (heads) => void this.compare(heads),
            },
            this.signal,
          );
        } catch (error) {
          // The round says what is wrong with the link; the live connection only tries again.
          if (!(error instanceof TransportError)) throw error;
        }
        this.say({ live: false });
      }
      failures += 1;
      await pause(
        Math.min(60_000, 1_000 * 2 ** Math.min(failures, 10)) * (0.5 + Math.random()),
        this.signal,
      );
    }
  }

  /** Wake where the server is ahead of the cursor. */
  private async compare(heads: Record<string, number>): Promise<void> {
    const cursors = new Map(
      (await this.replica.database.cursors.toArray()).map((one) => [one.scope, one.seq]),
    );
    const ahead = Object.entries(heads).some(([scope, seq]) => seq > (cursors.get(scope) ?? 0));
    if (ahead) this.wake();
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
  });
}
