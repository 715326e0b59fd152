/** What was said on something that is approved: who, on which level, and why. */

import { moment, money } from "../../../app/format";
import { useOfficeWords } from "../../../app/officeWords";
import { useProject, useRows } from "../../../app/workplace";
import { Panel } from "../../../components/basics";
import { SyncMark } from "../../../components/SyncMark";
import { StateBadge } from "../StateBadge";
import { useValues } from "../values";

export function Words({ row, scope }: { row: string; scope: string }) {
  const { o, language } = useOfficeWords();
  const { personName } = useValues();
  const project = useProject();
  const approvals = useRows("approval", scope);
  const own = (approvals ?? [])
    .filter((one) => one.subject_id === row)
    .sort((left, right) => left.id.localeCompare(right.id));
  if (own.length === 0) return null;
  return (
    <Panel className="flex flex-col gap-2 p-4">
      <h2>{o("paper.words")}</h2>
      <ul className="divide-y divide-line">
        {own.map((one) => (
          <li className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2" key={one.id}>
            <StateBadge status={one.decision} />
            <span className="min-w-0 flex-1 basis-52 break-words">
              <strong>{personName(one.author_id)}</strong>
              {one.on_behalf_of &&
                ` ${o("approval.on_behalf", { person: personName(one.on_behalf_of) })}`}
              {one.reason && ` : ${one.reason}`}
            </span>
            <span className="text-base text-muted tabular-nums">
              {money(one.amount, project?.currency ?? "", language)} · {momentOf(one.id, language)}
            </span>
            <SyncMark quiet state={one.syncState} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** Return when a row was made: its id says so (UUID of version 7). */
function momentOf(id: string, language: "fr" | "en"): string {
  return moment(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16), language);
}
