/** Incidents and near misses of the site, newest first. */

import { date } from "../../app/format";
import { numberOf } from "../../app/numbers";
import { May } from "../../app/useRights";
import { useWords } from "../../app/words";
import { useProject, useRows } from "../../app/workplace";
import { Badge, Empty, LinkButton, type Mood, Panel, ScreenHead } from "../../components/basics";
import { SyncMark } from "../../components/SyncMark";
import { VirtualList } from "../../components/VirtualList";
import { WatchButton } from "../../components/WatchButton";
import { FileStrip, useFilesBySubject } from "../documents/RowFiles";

const MOODS: Record<string, Mood> = {
  minor: "plain",
  moderate: "warn",
  serious: "bad",
  major: "bad",
};

export default function Incidents() {
  const { t, language } = useWords();
  const project = useProject();
  const incidents = useRows("incident", project ? `project:${project.id}` : null);
  const files = useFilesBySubject(project?.id ?? null);
  const sorted = [...(incidents ?? [])].sort((left, right) =>
    right.occurred_at.localeCompare(left.occurred_at),
  );
  return (
    <>
      <ScreenHead title={t("incident.list")}>
        <May project={project?.id} right="incident.create">
          <LinkButton icon="add" to="/incidents/new" tone="primary">
            {t("enter.incident")}
          </LinkButton>
        </May>
      </ScreenHead>
      {incidents !== undefined && sorted.length === 0 && (
        <Empty icon="incident" title={t("incident.none")} />
      )}
      <VirtualList height={150} items={sorted} keyOf={(one) => one.id} label={t("incident.list")}>
        {(one) => (
          <Panel className="flex flex-col gap-2 p-4">
            <p className="flex flex-wrap items-center gap-3">
              <strong className="flex-1">
                {numberOf(one)} · {t(`incident.kinds.${one.kind}`)}
              </strong>
              <Badge icon="incident" mood={MOODS[one.severity] ?? "plain"}>
                {t(`incident.severities.${one.severity}`)}
              </Badge>
            </p>
            <p className="line-clamp-3 break-words">{one.description}</p>
            <FileStrip files={files?.get(one.id) ?? []} size={64} />
            <p className="flex flex-wrap gap-x-4 text-base text-muted">
              <span>
                {date(one.occurred_at, language)} {one.occurred_at.slice(11)}
              </span>
              {one.place && <span>{one.place}</span>}
              <span>{t(`incident.status.${one.status ?? "open"}`)}</span>
              <SyncMark quiet state={one.syncState} />
            </p>
            <WatchButton className="self-start" row={one} table="incident" />
          </Panel>
        )}
      </VirtualList>
    </>
  );
}
