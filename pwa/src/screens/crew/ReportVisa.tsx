/** The supervisor's word on a report: approve it, send it back; or correct one that is approved. */

import { useNavigate } from "react-router";
import { useFieldWords } from "../../app/fieldWords";
import { moment } from "../../app/format";
import { useRights } from "../../app/useRights";
import { useSaving } from "../../app/useSaving";
import { useAllRows, useRows, useWorkplace } from "../../app/workplace";
import { Button, Notice, Panel } from "../../components/basics";
import type { DailyReport, ReportLine } from "../../generated/tables";
import type { Entity } from "../../replica/view";
import { latestOf, reportId } from "./reports";

/** What a correction takes over from the report that it revises. */
const KEPT = [
  "weather",
  "headcount",
  "work_done",
  "work_planned",
  "delays",
  "safety",
] as const satisfies readonly (keyof DailyReport)[];
const LINE_KEPT = [
  "kind",
  "label",
  "company",
  "count",
  "minutes",
  "state",
  "cause",
  "task_id",
  "quantity",
  "unit",
  "note",
] as const satisfies readonly (keyof ReportLine)[];

function kept<T extends object>(row: T, names: readonly (keyof T)[]): Partial<T> {
  return Object.fromEntries(
    names
      .filter((name) => row[name] !== null && row[name] !== undefined)
      .map((name) => [name, row[name]]),
  ) as Partial<T>;
}

export function ReportVisa({ report, own }: { report: Entity<"daily_report">; own: boolean }) {
  const { f, language } = useFieldWords();
  const rights = useRights();
  const { busy, trouble, save } = useSaving();
  const people = useAllRows("person");
  const project = report.project_id;
  const mayApprove = rights.may(own ? "daily_report.approve_own" : "daily_report.approve", project);
  const mayReturn = own || rights.may("daily_report.update", project);
  const move = (status: "approved" | "draft"): void => {
    void save(status === "approved" ? "report.approve" : "report.return", [
      { table: "daily_report", row: report.id, after: { status } },
    ]);
  };
  const nameOf = (person: string | null | undefined): string =>
    people?.find((one) => one.id === person)?.name ?? "…";
  return (
    <>
      {report.author_id && !own && (
        <p className="text-muted">{f("visa.by", { name: nameOf(report.author_id) })}</p>
      )}
      {report.status === "submitted" && (mayApprove || mayReturn) && (
        <Panel className="flex flex-col gap-3 p-4">
          <h2>{f("visa.title")}</h2>
          <div className="flex flex-wrap gap-3">
            {mayApprove && (
              <Button
                className="flex-1"
                disabled={busy}
                icon="check"
                onClick={() => move("approved")}
                tone="primary"
              >
                {f("visa.approve")}
              </Button>
            )}
            {mayReturn && (
              <Button className="flex-1" disabled={busy} icon="back" onClick={() => move("draft")}>
                {f(own ? "visa.take_back" : "visa.return")}
              </Button>
            )}
          </div>
        </Panel>
      )}
      {report.status === "approved" && (
        <p className="flex flex-wrap items-center gap-3">
          {report.approved_at && (
            <span className="text-muted">
              {f("visa.approved", {
                name: nameOf(report.approved_by),
                when: moment(report.approved_at, language),
              })}
            </span>
          )}
          <Revise report={report} />
        </p>
      )}
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
    </>
  );
}

/** An approved report never changes: what has to be mended is a new revision of it. */
function Revise({ report }: { report: Entity<"daily_report"> }) {
  const { f } = useFieldWords();
  const { person } = useWorkplace();
  const navigate = useNavigate();
  const { busy, trouble, save } = useSaving();
  const reports = useRows("daily_report", report.scope);
  const lines = useRows("report_line", report.scope);
  const latest = latestOf(reports ?? [], report.date, report.shift);
  if (lines === undefined || latest === null) return null;
  if (latest.id !== report.id) {
    return (
      <Button onClick={() => void navigate(`/reports/${latest.id}`)}>
        {f("visa.revision", { number: latest.revision ?? 1 })}
      </Button>
    );
  }
  const revise = async (): Promise<void> => {
    const revision = (report.revision ?? 1) + 1;
    const row = reportId(report.project_id, report.date, report.shift, revision);
    const saved = await save("report.revise", [
      {
        table: "daily_report",
        row,
        operation: "create",
        after: {
          project_id: report.project_id,
          date: report.date,
          shift: report.shift,
          revision,
          revises_id: report.id,
          author_id: person,
          status: "draft",
          ...kept<DailyReport>(report, KEPT),
        },
      },
      ...lines
        .filter((line) => line.report_id === report.id)
        .map((line) => ({
          table: "report_line" as const,
          after: {
            project_id: report.project_id,
            report_id: row,
            ...kept<ReportLine>(line, LINE_KEPT),
          },
        })),
    ]);
    if (saved !== null) await navigate(`/reports/${row}`);
  };
  return (
    <>
      <Button disabled={busy} onClick={() => void revise()}>
        {f("visa.revise")}
      </Button>
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
    </>
  );
}
