/** Races that a rule has settled: what was set aside is one tap away. */

import { useServer } from "../../app/asking";
import { useOfficeWords } from "../../app/officeWords";
import { useRights } from "../../app/useRights";
import { useSaving } from "../../app/useSaving";
import { useRow } from "../../app/workplace";
import { Badge, Button, Notice, Panel } from "../../components/basics";
import { same } from "../../engine/equal";
import type { Values } from "../../engine/schema";
import type { TableName } from "../../generated/tables";
import { projectOf } from "../../session/rights";
import { authorsOf, type ConflictRecord } from "./sides";
import { hybridMoment, titleOf, useValues } from "./values";

const RECENT_MAX = 20;

/** Policies whose loser can be written anew by anyone who may write the field. */
const RESTORABLE = new Set(["latest", "review", "text"]);

export function SettledByRule() {
  const { o } = useOfficeWords();
  const { data } = useServer<ConflictRecord[]>(`/api/sync/conflicts?limit=${RECENT_MAX}`);
  const recent = (data ?? []).filter((one) => !one.review);
  if (recent.length === 0) return null;
  return (
    <section className="flex flex-col gap-3 pt-4">
      <h2>{o("conflict.recent")}</h2>
      <p className="text-muted">{o("conflict.recent_explain")}</p>
      <ul className="grid gap-3 lg:grid-cols-2">
        {recent.map((one) => (
          <li key={one.id}>
            <Race record={one} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Race({ record }: { record: ConflictRecord }) {
  const { o, language } = useOfficeWords();
  const { write, fieldName, tableName, personName } = useValues();
  const { busy, trouble, save } = useSaving();
  const found = useRow(record.table as TableName, record.row);
  const rights = useRights();
  const row = (found ?? {}) as unknown as Values;
  const { field } = record;
  const { kept, lost } = authorsOf(record);
  const can =
    found &&
    rights.mayChange(record.table, projectOf(found.scope)) &&
    field !== null &&
    RESTORABLE.has(record.policy) &&
    same(row[field] as never, record.kept as never);
  const restore = (): void => {
    if (field === null) return;
    const after = { [field]: record.lost };
    void save("conflict.restore", [{ table: record.table as TableName, row: record.row, after }]);
  };
  return (
    <Panel className="flex h-full flex-col gap-2 p-4">
      <p className="flex flex-wrap items-center gap-2">
        <Badge>{tableName(record.table)}</Badge>
        <span className="min-w-0 flex-1 font-semibold break-words">
          {titleOf(row, language)}
          {field === null ? "" : ` — ${fieldName(field)}`}
        </span>
      </p>
      {field === null ? (
        <p>{o("conflict.deletion")}</p>
      ) : (
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-base">
          <dt className="text-muted">{o("conflict.kept")}</dt>
          <dd className="break-words">
            <strong>{write(record.table, field, record.kept, row)}</strong> ·{" "}
            {personName(kept.person)}
          </dd>
          <dt className="text-muted">{o("conflict.lost")}</dt>
          <dd className="break-words">
            <strong>{write(record.table, field, record.lost, row)}</strong> ·{" "}
            {personName(lost.person)}
          </dd>
        </dl>
      )}
      <p className="text-base text-muted">{hybridMoment(record.time, language)}</p>
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      {can && (
        <Button className="mt-auto self-start" disabled={busy} icon="history" onClick={restore}>
          {o("conflict.restore")}
        </Button>
      )}
    </Panel>
  );
}
