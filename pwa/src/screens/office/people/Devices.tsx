/** Devices: who works on each, when it was last heard of, what still waits on it; and revoking one. */

import { Link, useSearchParams } from "react-router";
import { useServer } from "../../../app/asking";
import { ago, bytes, moment, number } from "../../../app/format";
import { usePeopleWords } from "../../../app/peopleWords";
import { Badge, Empty, type Mood, Notice } from "../../../components/basics";
import { type Column, DataTable } from "../../../components/DataTable";
import type { IconName } from "../../../components/icons";
import { Awaited } from "./Awaited";
import { DevicePanel } from "./DevicePanel";
import { type DeviceRecord, type DeviceState, skew, stateOf } from "./deviceRecords";
import { HeldWork } from "./HeldWork";
import { usePeopleStanding } from "./standing";

const LOOKS: Record<DeviceState, { mood: Mood; icon: IconName; rank: number }> = {
  fine: { mood: "good", icon: "check", rank: 0 },
  silent: { mood: "warn", icon: "offline", rank: 1 },
  clock: { mood: "warn", icon: "clock", rank: 2 },
  wiping: { mood: "bad", icon: "clock", rank: 3 },
  revoked: { mood: "bad", icon: "lock", rank: 4 },
  wiped: { mood: "plain", icon: "lock", rank: 5 },
};

export function Devices() {
  const { p } = usePeopleWords();
  const { leads } = usePeopleStanding();
  const [query, setQuery] = useSearchParams();
  const { data, failed } = useServer<DeviceRecord[]>(
    leads ? "/api/users/devices" : "/api/users/devices/mine",
  );
  if (data === undefined) {
    return <Awaited failed={failed} />;
  }
  const chosen = query.get("device");
  const person = query.get("person");
  const device = data.find((one) => one.id === chosen);
  const shown =
    person === null
      ? data
      : data.filter((one) => (one.people ?? []).some((each) => each.person === person));
  return (
    <div className="flex flex-col gap-4">
      {!leads && <p className="text-muted">{p("devices.mine")}</p>}
      <HeldWork />
      {chosen !== null && device === undefined && (
        <Notice icon="device" mood="warn" title={p("devices.unknown")} />
      )}
      {device !== undefined && (
        <DevicePanel device={device} key={device.id} onClose={() => setQuery({})} />
      )}
      {shown.length === 0 ? (
        <Empty icon="device" title={p("devices.none")} />
      ) : (
        <DeviceTable devices={shown} />
      )}
    </div>
  );
}

export function DeviceBadge({ device }: { device: DeviceRecord }) {
  const { p, language } = usePeopleWords();
  const state = stateOf(device, Date.now());
  const { mood, icon } = LOOKS[state];
  const words = {
    fine: () => p("devices.fine"),
    silent: () => p("devices.silent"),
    clock: () => p("devices.clock_wrong"),
    wiping: () => p("devices.wiping"),
    revoked: () => p("devices.revoked"),
    wiped: () => p("devices.wiped", { when: moment(device.wiped_at ?? 0, language) }),
  }[state]();
  return (
    <Badge icon={icon} mood={mood}>
      {words}
    </Badge>
  );
}

/** The table of devices; the office's dashboard shows it too. */
export function DeviceTable({ devices }: { devices: readonly DeviceRecord[] }) {
  const { p, language } = usePeopleWords();
  const now = Date.now();
  const columns: Column<DeviceRecord>[] = [
    {
      key: "name",
      label: p("tab.devices"),
      value: (one) => one.name,
      show: (one) => (
        <Link
          aria-label={p("devices.manage", { name: one.name })}
          className="inline-block min-w-36 font-semibold text-accent underline"
          to={`/people/devices?device=${one.id}`}
        >
          {one.name}
        </Link>
      ),
    },
    {
      key: "people",
      label: p("devices.people"),
      value: (one) => (one.people ?? []).map((each) => each.name ?? "…").join(", ") || null,
    },
    {
      key: "state",
      label: p("devices.state"),
      value: (one) => LOOKS[stateOf(one, now)].rank,
      show: (one) => <DeviceBadge device={one} />,
    },
    {
      key: "seen",
      label: p("devices.seen"),
      value: (one) => one.last_seen_at,
      show: (one) => ago(one.last_seen_at, now, language),
    },
    {
      key: "synced",
      label: p("devices.synced"),
      value: (one) => one.last_sync_at,
      show: (one) =>
        one.last_sync_at === null ? p("devices.never") : ago(one.last_sync_at, now, language),
    },
    {
      key: "waiting",
      label: p("devices.waiting"),
      value: (one) => one.waiting_change_sets,
      numeric: true,
      show: (one) => (
        <>
          {number(one.waiting_change_sets, language)}
          {one.waiting_upload_bytes > 0 && (
            <span className="block text-muted">{bytes(one.waiting_upload_bytes, language)}</span>
          )}
        </>
      ),
    },
    {
      key: "clock",
      label: p("devices.clock"),
      value: (one) => one.clock_offset_ms,
      numeric: true,
      show: (one) => skew(one.clock_offset_ms),
    },
  ];
  return <DataTable columns={columns} down first="seen" label={p("tab.devices")} rows={devices} />;
}
