/** Is my work safe yet? What waits, since when, what got in the way, and the last resorts. */

import { useLiveQuery } from "dexie-react-hooks";
import { useEffect, useState } from "react";
import { ago, bytes, moment, number } from "../app/format";
import { useIntentWords } from "../app/intents";
import { useStanding } from "../app/SyncPill";
import { actions, useAppDispatch, useAppSelector } from "../app/store";
import { useWaiting } from "../app/useWaiting";
import { useWords } from "../app/words";
import { useWorkplace } from "../app/workplace";
import { Button, Notice, Panel, ProgressBar, ScreenHead } from "../components/basics";
import { ERRORS } from "../generated/errors";
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
          {t("sync.trouble")}: {ERRORS[status.trouble]?.[language] ?? status.trouble}
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

/** Write the waiting change sets to a file that another device or the command line can take over. */
function LastResort() {
  const { t } = useWords();
  const { database } = useWorkplace();
  const [count, setCount] = useState<number | null>(null);
  const { entries } = useWaiting();
  if (entries === 0 && count === null) return null;
  const save = async (): Promise<void> => {
    const pending = await waiting(database);
    const content = {
      format: "derrick-outbox",
      version: 1,
      exported_at: Date.now(),
      change_sets: pending.map(({ replica, changeSet }) => ({ replica, change_set: changeSet })),
    };
    const blob = new Blob([JSON.stringify(content)], { type: "application/json" });
    const address = URL.createObjectURL(blob);
    const link = document.createElement("a");
    link.href = address;
    link.download = `derrick-${new Date().toISOString().slice(0, 16).replace(":", "h")}.json`;
    link.click();
    URL.revokeObjectURL(address);
    setCount(pending.length);
  };
  return (
    <Panel className="flex flex-col gap-3 p-4">
      <Button icon="export" onClick={() => void save()}>
        {t("sync.export")}
      </Button>
      {count !== null && <p role="status">{t("sync.exported", { count })}</p>}
    </Panel>
  );
}
