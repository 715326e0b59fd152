/** Who changed what in a row, from what to what, when, on which device. */

import { useServer } from "../../app/asking";
import { moment } from "../../app/format";
import { useOfficeWords } from "../../app/officeWords";
import { Notice } from "../../components/basics";
import { useValues } from "./values";

interface HistoryRecord {
  seq: number;
  at: number;
  table: string;
  operation: "create" | "update" | "delete" | "restore";
  intent: string;
  device: string | null;
  person: string | null;
  changes: Record<string, [unknown, unknown]>;
}

/** Fields that tell people nothing: names of rows, marks of the importer, counts of numbers given. */
const HIDDEN = /^(project_id|imported|external_id|approvals_needed|last_[a-z]+_number)$/;

function isTold(field: string): boolean {
  return !HIDDEN.test(field);
}

export function History({ row }: { row: string }) {
  const { o, language } = useOfficeWords();
  const { write, fieldName, personName } = useValues();
  const { data, failed, asking } = useServer<HistoryRecord[]>(`/api/sync/history?row=${row}`);
  if (data === undefined) {
    if (failed && !asking) {
      return <Notice icon="offline" mood="warn" title={o("history.needs_link")} />;
    }
    return <p className="text-muted">{o("history.loading")}</p>;
  }
  const told = data
    .filter((one) => one.operation !== "update" || Object.keys(one.changes).some(isTold))
    .reverse();
  if (told.length === 0) return <p className="text-muted">{o("history.none")}</p>;
  return (
    <ol aria-label={o("history.title")} className="flex flex-col divide-y divide-line">
      {told.map((one) => {
        const values = Object.fromEntries(
          Object.entries(one.changes).map(([name, [, after]]) => [name, after]),
        );
        return (
          <li className="flex flex-col gap-1 py-3" key={one.seq}>
            <p className="flex flex-wrap justify-between gap-x-4 text-base">
              <strong>
                {o(`history.${one.operation}`)} ·{" "}
                {one.person === null ? o("history.server") : personName(one.person)}
              </strong>
              <span className="text-muted">
                {moment(one.at, language)}
                {one.device === null ? "" : ` · ${one.device}`}
              </span>
            </p>
            <dl className="grid grid-cols-[minmax(6rem,auto)_1fr] gap-x-4 text-base">
              {Object.entries(one.changes)
                .filter(([name]) => isTold(name))
                .map(([name, [before, after]]) => (
                  <div className="contents" key={name}>
                    <dt className="text-muted">{fieldName(name)}</dt>
                    <dd className="min-w-0 break-words">
                      {before !== null && before !== undefined && (
                        <>
                          <del className="text-muted">{write(one.table, name, before, values)}</del>
                          {" → "}
                        </>
                      )}
                      {write(one.table, name, after, values)}
                    </dd>
                  </div>
                ))}
            </dl>
          </li>
        );
      })}
    </ol>
  );
}
