/** One device: what is known of it, its name, the PINs on it, and its withdrawal. */

import { type FormEvent, useState } from "react";
import { useAct } from "../../../app/asking";
import { ago, bytes, moment } from "../../../app/format";
import { usePeopleWords } from "../../../app/peopleWords";
import { Button, IconButton, Notice, Panel } from "../../../components/basics";
import { ConfirmButton } from "../../../components/ConfirmButton";
import { TextField } from "../../../components/fields";
import { useValues } from "../values";
import { DeviceBadge } from "./Devices";
import { type DeviceRecord, skew } from "./deviceRecords";

export function DevicePanel({ device, onClose }: { device: DeviceRecord; onClose: () => void }) {
  const { t, p, language } = usePeopleWords();
  const { personName } = useValues();
  const { busy, trouble, act } = useAct();
  const path = `/api/users/devices/${device.id}`;
  const facts: [string, string][] = [
    [
      p("devices.platform"),
      [device.platform, p("devices.version", { version: device.app_version })]
        .filter(Boolean)
        .join(" · "),
    ],
    [p("devices.registered"), moment(device.registered_at, language)],
    [p("devices.seen"), ago(device.last_seen_at, Date.now(), language)],
    [
      p("devices.synced"),
      device.last_sync_at === null
        ? p("devices.never")
        : ago(device.last_sync_at, Date.now(), language),
    ],
    [p("devices.waiting"), waitingWords()],
    [p("devices.clock"), skew(device.clock_offset_ms)],
  ];

  function waitingWords(): string {
    const parts = [String(device.waiting_change_sets)];
    if (device.waiting_oldest !== null && device.waiting_change_sets > 0) {
      const oldest = ago(Math.floor(device.waiting_oldest / 1000), Date.now(), language);
      parts.push(p("devices.oldest", { ago: oldest }));
    }
    if (device.waiting_upload_bytes > 0) {
      parts.push(
        p("devices.waiting_files", { bytes: bytes(device.waiting_upload_bytes, language) }),
      );
    }
    return parts.join(" · ");
  }

  return (
    <Panel className="flex flex-col gap-4 p-4">
      <header className="flex flex-wrap items-center gap-3">
        <h2 className="min-w-0 flex-1 break-words">{device.name}</h2>
        <DeviceBadge device={device} />
        <IconButton icon="close" label={t("common.close")} onClick={onClose} />
      </header>
      <dl className="grid gap-x-4 gap-y-1 sm:grid-cols-[auto_1fr]">
        {facts.map(([name, value]) => (
          <div className="contents" key={name}>
            <dt className="text-muted">{name}</dt>
            <dd className="break-words">{value}</dd>
          </div>
        ))}
      </dl>
      {device.revoked_at !== null && (
        <p>
          {p("devices.revoked_by", {
            when: moment(device.revoked_at, language),
            person: personName(device.revoked_by),
          })}
        </p>
      )}
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      {device.revoked_at === null && (
        <>
          <Rename device={device} />
          <div className="flex flex-wrap gap-3">
            {(device.people ?? [])
              .filter((one) => one.pin_set === true)
              .map((one) => (
                <Button
                  disabled={busy}
                  icon="lock"
                  key={one.person}
                  onClick={() => void act("POST", `${path}/people/${one.person}/reset-pin`, {})}
                >
                  {p("devices.reset_pin", { person: one.name ?? "…" })}
                </Button>
              ))}
            <ConfirmButton
              disabled={busy}
              icon="refused"
              label={p("devices.revoke")}
              onConfirm={() => void act("POST", `${path}/revoke`, {})}
            >
              <p>{p("devices.revoke_words")}</p>
              {device.waiting_change_sets > 0 && (
                <p className="font-semibold">
                  {p("devices.revoke_unsent", { count: device.waiting_change_sets })}
                </p>
              )}
            </ConfirmButton>
          </div>
        </>
      )}
    </Panel>
  );
}

function Rename({ device }: { device: DeviceRecord }) {
  const { p } = usePeopleWords();
  const { busy, trouble, act } = useAct();
  const [name, setName] = useState(device.name);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void act("PATCH", `/api/users/devices/${device.id}`, { name: name.trim() });
  };
  return (
    <form className="flex flex-wrap items-end gap-3" onSubmit={submit}>
      <div className="min-w-0 flex-1 basis-60">
        <TextField
          error={trouble}
          label={p("devices.name")}
          maxLength={80}
          onChange={(event) => setName(event.target.value)}
          value={name}
        />
      </div>
      <Button disabled={busy || name.trim() === "" || name.trim() === device.name} type="submit">
        {p("devices.rename")}
      </Button>
    </form>
  );
}
