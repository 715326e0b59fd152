/** Is my work safe yet? What waits, since when, what got in the way, and the last resorts. */

import { useLiveQuery } from "dexie-react-hooks";
import { useEffect, useRef, useState } from "react";
import { ago, bytes, moment, number } from "../app/format";
import { useIntentWords } from "../app/intents";
import { useStanding } from "../app/SyncPill";
import { actions, useAppDispatch, useAppSelector } from "../app/store";
import { useWaiting } from "../app/useWaiting";
import { useWords } from "../app/words";
import { useWorkplace } from "../app/workplace";
import { Button, Notice, Panel, ProgressBar, ScreenHead } from "../components/basics";
import { ERRORS } from "../generated/errors";
import { EscapeError, exportOutbox, readOutbox, takeOver } from "../replica/escape";
import { waiting } from "../replica/outbox";
import { device } from "../session/device";
import { LoginPanel } from "./Welcome";

export default function SyncCentre() {
  const { t, language } = useWords();
  const { wake } = useWorkplace();
  const status = useAppSelector((state) => state.sync.status);
  const standing = useStanding();
  const what = useWaiting();
  const last = status?.lastSyncAt ?? null;
  const troubleIn = (trouble: string): string =>
    trouble === "storage_full" ? t("error.storage_full") : (ERRORS[trouble]?.[language] ?? trouble);
  return (
    <div className="flex flex-col gap-4">
      <ScreenHead title={t("sync.title")}>
        <Button icon="sync" onClick={wake} tone="primary">
          {t("sync.now")}
        </Button>
      </ScreenHead>
      <Notice icon={standing.icon} mood={standing.mood} title={standing.text}>
        <p>{what.entries + what.files === 0 ? t("sync.nothing_waits") : t("sync.safe_here")}</p>
        <p>
          {last === null
            ? t("sync.never")
            : t("sync.last", { ago: ago(last, Date.now(), language) })}
        </p>
      </Notice>
      {status?.progress && (
        <Panel className="flex flex-col gap-2 p-4">
          <p>
            {t("sync.first_fetch", {
              done: number(status.progress.rowsDone, language),
              total: number(status.progress.rows, language),
            })}
          </p>
          <ProgressBar
            basisPoints={(status.progress.rowsDone / Math.max(1, status.progress.rows)) * 10_000}
            label={t("sync.progress")}
          />
        </Panel>
      )}
      {status?.phase === "login_needed" && <Reconnect />}
      {status?.trouble && status.phase !== "login_needed" && (
        <p className="text-base text-muted">
          {t("sync.trouble")}: {troubleIn(status.trouble)}
        </p>
      )}
      <Entries />
      <Storage />
      <LastResort />
    </div>
  );
}

function Reconnect() {
  const { t } = useWords();
  const { person, wake } = useWorkplace();
  const dispatch = useAppDispatch();
  const account = useLiveQuery(() => device.accounts.get(person), [person]);
  const [open, setOpen] = useState(false);
  const lastUsed = account?.lastUsedAt;
  const [since] = useState(() => Date.now());
  useEffect(() => {
    if (lastUsed !== undefined && lastUsed > since) {
      dispatch(actions.statusForgotten());
      wake();
    }
  }, [lastUsed, since, dispatch, wake]);
  if (!open) {
    return (
      <Notice icon="lock" mood="warn" title={t("sync.reconnect_why")}>
        <Button onClick={() => setOpen(true)} tone="primary">
          {t("sync.reconnect")}
        </Button>
      </Notice>
    );
  }
  return account === undefined ? null : (
    <LoginPanel login={account.login} onBack={() => setOpen(false)} />
  );
}

function Entries() {
  const { t, language } = useWords();
  const intentWords = useIntentWords();
  const { database } = useWorkplace();
  const pending = useLiveQuery(() => waiting(database), [database]);
  const files = useLiveQuery(
    () => database.blobs.where("purpose").equals("upload").toArray(),
    [database],
  );
  if ((pending?.length ?? 0) + (files?.length ?? 0) === 0) return null;
  return (
    <Panel className="flex flex-col gap-3 p-4">
      <h2>
        {t("sync.entries")} ({pending?.length ?? 0})
      </h2>
      <ul className="flex flex-col divide-y divide-line">
        {pending?.slice(0, 50).map((one) => (
          <li className="flex flex-wrap justify-between gap-2 py-2" key={one.sequence}>
            <span className="font-medium">{intentWords(one.changeSet.intent)}</span>
            <span className="text-base text-muted">
              {moment(Math.floor(one.changeSet.time / 1000), language)}
            </span>
          </li>
        ))}
      </ul>
      {files !== undefined && files.length > 0 && (
        <>
          <h2>
            {t("sync.files")} ({files.length})
          </h2>
          <ul className="flex flex-col divide-y divide-line">
            {files.map((file) => (
              <li className="flex flex-wrap justify-between gap-2 py-2" key={file.id}>
                <span className="font-medium break-all">{file.name}</span>
                <span className="text-base text-muted">
                  {bytes(file.sentBytes, language)} / {bytes(file.blob.size, language)}
                </span>
                {file.trouble !== undefined && (
                  <span className="w-full text-base text-bad">{t("sync.file_trouble")}</span>
                )}
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}

interface Room {
  used: number;
  quota: number;
  kept: boolean;
}

function Storage() {
  const { t, language } = useWords();
  const [room, setRoom] = useState<Room | null>(null);
  const look = async (): Promise<void> => {
    const { usage, quota } = await navigator.storage.estimate();
    const kept = await navigator.storage.persisted();
    setRoom({ used: usage ?? 0, quota: quota ?? 0, kept });
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: looked at once, when the screen opens.
  useEffect(() => {
    void look();
  }, []);
  if (room === null) return null;
  return (
    <Panel className="flex flex-col gap-3 p-4">
      <h2>{t("sync.storage")}</h2>
      <p>
        {t("sync.storage_used", {
          used: bytes(room.used, language),
          quota: bytes(room.quota, language),
        })}
      </p>
      <ProgressBar
        basisPoints={(room.used / Math.max(1, room.quota)) * 10_000}
        label={t("sync.storage")}
      />
      <p className="text-muted">{room.kept ? t("sync.storage_kept") : t("sync.storage_at_risk")}</p>
      {!room.kept && (
        <Button onClick={() => void navigator.storage.persist().then(look)}>
          {t("sync.persist")}
        </Button>
      )}
    </Panel>
  );
}

/** What waits, to a file and back: the way out for a device that can no longer send. */
function LastResort() {
  const { t, language } = useWords();
  const { database, wake } = useWorkplace();
  const [said, setSaid] = useState<string | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const { entries, files } = useWaiting();
  const save = async (): Promise<void> => {
    const content = await exportOutbox(database, location.origin, Date.now());
    offer(JSON.stringify(content));
    setSaid(
      t("sync.exported", {
        count: content.entries.length,
        files: number(content.files.length, language),
      }),
    );
  };
  const takeIn = async (file: File): Promise<void> => {
    setSaid(null);
    setWrong(null);
    try {
      const count = await takeOver(database, readOutbox(await file.text()));
      setSaid(t("sync.imported", { count }));
      wake();
    } catch (error) {
      if (!(error instanceof EscapeError)) throw error;
      setWrong(t(`sync.import_${error.reason}`));
    }
  };
  return (
    <Panel className="flex flex-col gap-3 p-4">
      <h2>{t("sync.last_resort")}</h2>
      <p className="text-muted">{t("sync.last_resort_why")}</p>
      <div className="flex flex-wrap gap-3">
        {entries + files > 0 && (
          <Button icon="export" onClick={() => void save()}>
            {t("sync.export")}
          </Button>
        )}
        <Button onClick={() => input.current?.click()} tone="quiet">
          {t("sync.import")}
        </Button>
      </div>
      <input
        accept="application/json,.json"
        aria-label={t("sync.import")}
        className="hidden"
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = "";
          if (file !== undefined) void takeIn(file);
        }}
        ref={input}
        type="file"
      />
      {said !== null && <p role="status">{said}</p>}
      {wrong !== null && <Notice icon="refused" mood="bad" title={wrong} />}
    </Panel>
  );
}

/** Let the browser save a text as a file. */
function offer(text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = `derrick-${new Date().toISOString().slice(0, 16).replace(":", "h")}.json`;
  link.click();
  URL.revokeObjectURL(address);
}
