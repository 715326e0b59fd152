/** The daily reports of the project, newest first. */

import { Link } from "react-router";
import { date } from "../../app/format";
import { May } from "../../app/useRights";
import { useWords } from "../../app/words";
import { useProject, useRows } from "../../app/workplace";
import { Badge, Empty, LinkButton, type Mood, ScreenHead } from "../../components/basics";
import { SyncMark } from "../../components/SyncMark";
import { VirtualList } from "../../components/VirtualList";

const MOODS: Record<string, Mood> = { draft: "plain", submitted: "accent", approved: "good" };

export default function Reports() {
  const { t, language } = useWords();
  const project = useProject();
  const reports = useRows("daily_report", project ? `project:${project.id}` : null);
  const sorted = [...(reports ?? [])].sort(
    (left, right) => right.date.localeCompare(left.date) || right.shift.localeCompare(left.shift),
  );
  return (
    <>
      <ScreenHead title={t("report.list")}>
        <May project={project?.id} right="daily_report.create">
          <LinkButton icon="add" to="/reports/today" tone="primary">
            {t("enter.report")}
          </LinkButton>
        </May>
      </ScreenHead>
      {reports !== undefined && sorted.length === 0 && (
        <Empty icon="report" title={t("report.none")} />
      )}
      <VirtualList height={110} items={sorted} keyOf={(one) => one.id} label={t("report.list")}>
        {(one) => (
          <Link
            className="flex flex-col gap-2 rounded-2xl border border-line bg-panel p-4 shadow-panel hover:border-accent"
            to={`/reports/${one.id}`}
          >
            <span className="flex flex-wrap items-center justify-between gap-2">
              <span className="font-semibold">
                {date(one.date, language)} · {t(`report.${one.shift}`)}
              </span>
              <Badge mood={MOODS[one.status ?? "draft"] ?? "plain"}>
                {t(`report.status.${one.status ?? "draft"}`)}
              </Badge>
            </span>
            <span className="flex flex-wrap gap-x-4 text-base text-muted">
              {one.headcount !== null && one.headcount !== undefined && (
                <span>
                  {t("report.headcount")} {one.headcount}
                </span>
              )}
              <SyncMark state={one.syncState} />
            </span>
          </Link>
        )}
      </VirtualList>
    </>
  );
}
