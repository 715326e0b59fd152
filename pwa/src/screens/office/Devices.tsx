/** Devices, when each was last heard of, and what still waits on it. */

import { useServer } from "../../app/asking";
import { ago } from "../../app/format";
import { useOfficeWords } from "../../app/officeWords";
import { Badge } from "../../components/basics";
import { type Column, DataTable } from "../../components/DataTable";
import { useValues } from "./values";

/** As `GET /api/sync/replicas` answers. */
interface ReplicaRecord {
  id: string;
  person: string;
  name: string;
  platform: string | null;
  last_seen_at: number | null;
  waiting_change_sets: number;
  waiting_upload_bytes: number;
  clock_offset_ms: number;
  clock_flagged: boolean;
  revoked: boolean;
}

const SILENT_MS = 3 * 86_400_000;

export function Devices() {
  const { o, language } = useOfficeWords();
  const { personName } = useValues();
  const { data } = useServer<ReplicaRecord[]>("/api/sync/replicas");
  if (data === undefined || data.length === 0) return null;
  const columns: Column<ReplicaRecord>[] = [
    {
      key: "name",
      label: o("device.name"),
      value: (one) => one.name,
      show: (one) => <strong>{one.name}</strong>,
    },
    { key: "person", label: o("field.person_id"), value: (one) => personName(one.person) },
    {
      key: "seen",
      label: o("device.seen"),
      value: (one) => one.last_seen_at,
      show: (one) =>
        one.last_seen_at === null ? "—" : ago(one.last_seen_at, Date.now(), language),
    },
    {
      key: "waiting",
      label: o("device.waiting"),
      value: (one) => one.waiting_change_sets,
      numeric: true,
    },
    {
      key: "state",
      label: o("field.status"),
      value: (one) => (one.revoked ? 3 : one.clock_flagged ? 2 : silent(one) ? 1 : 0),
      show: (one) =>
        one.revoked ? (
          <Badge icon="lock" mood="bad">
            {o("device.revoked")}
          </Badge>
        ) : one.clock_flagged ? (
          <Badge icon="clock" mood="warn">
            {o("device.clock")}
          </Badge>
        ) : silent(one) ? (
          <Badge icon="offline" mood="warn">
            {o("device.silent")}
          </Badge>
        ) : (
          <Badge icon="check" mood="good">
            {o("device.fine")}
          </Badge>
        ),
    },
  ];
  return (
    <section className="flex flex-col gap-3">
      <h2>{o("device.title")}</h2>
      <DataTable columns={columns} first="seen" label={o("device.title")} rows={data} />
    </section>
  );
}

function silent(one: ReplicaRecord): boolean {
  return one.last_seen_at === null || Date.now() - one.last_seen_at > SILENT_MS;
}
