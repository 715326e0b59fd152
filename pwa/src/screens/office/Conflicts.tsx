/** The inbox of conflicts: both values side by side, who, when, which device; pick one, or edit. */

import { useLiveQuery } from "dexie-react-hooks";
import { useState } from "react";
import { useServer } from "../../app/asking";
import { useOfficeWords } from "../../app/officeWords";
import { useRights } from "../../app/useRights";
import { useSaving } from "../../app/useSaving";
import { useWorkplace } from "../../app/workplace";
import { Badge, Button, Empty, Notice, Panel, ScreenHead } from "../../components/basics";
import { SyncMark } from "../../components/SyncMark";
import type { Values } from "../../engine/schema";
import type { TableName } from "../../generated/tables";
import { type Entity, rowsInReview } from "../../replica/view";
import { projectOf } from "../../session/rights";
import { AnotherValue } from "./AnotherValue";
import { SettledByRule } from "./SettledByRule";
import { type ConflictRecord, type Side, sidesOf } from "./sides";
import { hybridMoment, titleOf, useValues } from "./values";

const RECORDS_MAX = 500;

export default function Conflicts() {
  const { o } = useOfficeWords();
  const { database } = useWorkplace();
  const inReview = useLiveQuery(() => rowsInReview(database), [database]);
  const records = useServer<ConflictRecord[]>(`/api/sync/conflicts?open=true&limit=${RECORDS_MAX}`);
  if (inReview === undefined) return null;
  const fields = inReview.flatMap(({ table, entity }) =>
    entity.review.map((field) => ({ table, entity, field })),
  );
  return (
    <div className="flex flex-col gap-4">
      <ScreenHead title={`${o("conflict.title")} (${fields.length})`} />
      {records.failed && <Notice icon="offline" mood="warn" title={o("offline")} />}
      {fields.length === 0 ? (
        <Empty icon="check" title={o("conflict.none")} />
      ) : (
        <p className="text-muted">{o("conflict.explain")}</p>
      )}
      <ul className="flex flex-col gap-4">
        {fields.map((one) => (
          <li key={`${one.entity.id}:${one.field}`}>
            <Conflict {...one} records={records.data ?? []} />
          </li>
        ))}
      </ul>
      <SettledByRule />
    </div>
  );
}

function Conflict({
  table,
  entity,
  field,
  records,
}: {
  table: TableName;
  entity: Entity<TableName>;
  field: string;
  records: readonly ConflictRecord[];
}) {
  const { o, language } = useOfficeWords();
  const { tableName, fieldName } = useValues();
  const { busy, trouble, save } = useSaving();
  const [editing, setEditing] = useState(false);
  const decides = useRights().mayChange(table, projectOf(entity.scope));
  const row = entity as unknown as Values;
  const sides = sidesOf(row[field] ?? null, entity.id, field, records);
  const settled = entity.syncState !== "confirmed";
  const settle = (value: unknown): void => {
    void save("conflict.settle", [{ table, row: entity.id, after: { [field]: value } }]);
  };
  return (
    <Panel className="flex flex-col gap-4 p-4">
      <header className="flex flex-wrap items-center gap-3">
        <Badge icon="conflict" mood="warn">
          {tableName(table)}
        </Badge>
        <h2 className="min-w-0 flex-1 basis-52 break-words">
          {titleOf(row, language)} — {fieldName(field)}
        </h2>
        <SyncMark quiet state={entity.syncState} />
      </header>
      <ul className="grid gap-3 md:grid-cols-2">
        {sides.map((side) => (
          <SideCard
            busy={busy || settled}
            field={field}
            key={JSON.stringify(side.value)}
            onPick={decides ? () => settle(side.value) : null}
            row={row}
            side={side}
            table={table}
          />
        ))}
        {sides.length === 1 && (
          <li className="rounded-xl border border-dashed border-line p-4 text-muted">
            {o("conflict.unknown")}
          </li>
        )}
      </ul>
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      {settled && <Notice icon="saved" mood="accent" title={o("conflict.settled_here")} />}
      {decides && !settled && !editing && (
        <Button className="self-start" onClick={() => setEditing(true)}>
          {o("conflict.edit")}
        </Button>
      )}
      {!settled && editing && (
        <AnotherValue
          field={field}
          onCancel={() => setEditing(false)}
          onGive={settle}
          row={row}
          table={table}
        />
      )}
    </Panel>
  );
}

function SideCard({
  side,
  table,
  field,
  row,
  busy,
  onPick,
}: {
  side: Side;
  table: string;
  field: string;
  row: Values;
  busy: boolean;
  /** Null for those who may not decide. */
  onPick: (() => void) | null;
}) {
  const { o, language } = useOfficeWords();
  const { write, personName } = useValues();
  return (
    <li
      className={`flex flex-col gap-2 rounded-xl border p-4 ${
        side.shown ? "border-accent bg-accent-soft" : "border-line bg-sunken"
      }`}
    >
      <p className="text-base font-semibold">
        {side.shown ? o("conflict.shown") : o("conflict.other")}
      </p>
      <p className="text-xl font-bold break-words whitespace-pre-line tabular-nums">
        {write(table, field, side.value, row)}
      </p>
      {side.by !== null && (side.by.person !== null || side.by.device !== null) && (
        <p className="text-base">
          {o("conflict.by", {
            person: personName(side.by.person),
            device: side.by.device ?? o("unknown_device"),
          })}
          <br />
          {side.by.time !== null && hybridMoment(side.by.time, language)}
        </p>
      )}
      {onPick !== null && (
        <Button
          className="mt-auto"
          disabled={busy}
          icon="check"
          onClick={onPick}
          tone={side.shown ? "primary" : "plain"}
        >
          {o("conflict.pick")}
        </Button>
      )}
    </li>
  );
}
