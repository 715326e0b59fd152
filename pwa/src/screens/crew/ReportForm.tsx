/** The report of one day and shift: kept as a draft at every key, lines at once, submitted once. */

import { type FormEvent, lazy, Suspense, useState } from "react";
import { useNavigate, useParams } from "react-router";
import { date as dateIn, localTime } from "../../app/format";
import { useDraft } from "../../app/useDraft";
import { useRights } from "../../app/useRights";
import { useSaving } from "../../app/useSaving";
import { useWords } from "../../app/words";
import { useProject, useRow, useRows, useWorkplace } from "../../app/workplace";
import { Badge, Button, Empty, Notice, ScreenHead } from "../../components/basics";
import { AreaField, ChoiceField, TextField } from "../../components/fields";
import { SyncMark } from "../../components/SyncMark";
import type { DailyReport } from "../../generated/tables";
import type { Edit } from "../../replica/editing";
import type { Entity } from "../../replica/view";
import { Prefill } from "./Prefill";
import { ReportLines } from "./ReportLines";
import { ReportVisa } from "./ReportVisa";
import { latestOf, reportId, type Shift, shiftAt } from "./reports";
import { Signature } from "./Signature";

const RowFiles = lazy(() => import("../documents/RowFiles"));

type Report = Entity<"daily_report">;

interface Draft {
  weather: string;
  headcount: string;
  work_done: string;
  work_planned: string;
  delays: string;
  safety: string;
}

const TEXTS = ["work_done", "work_planned", "delays", "safety"] as const;

/** Return what a form shows of a report. */
function draftOf(report: Report | null): Draft {
  return {
    weather: report?.weather ?? "",
    headcount: report?.headcount?.toString() ?? "",
    work_done: report?.work_done ?? "",
    work_planned: report?.work_planned ?? "",
    delays: report?.delays ?? "",
    safety: report?.safety ?? "",
  };
}

export default function ReportForm() {
  const { report: id } = useParams();
  const project = useProject();
  if (!project || id === undefined) return null;
  return id === "today" ? (
    <OfAShift key={project.id} project={project.id} />
  ) : (
    <Known id={id} key={id} />
  );
}

function Known({ id }: { id: string }) {
  const { t } = useWords();
  const report = useRow("daily_report", id);
  if (report === undefined) return null;
  if (report === null) {
    return (
      <>
        <ScreenHead back="/reports" backLabel={t("common.back")} title={t("report.title")} />
        <Empty icon="report" title={t("report.none")} />
      </>
    );
  }
  return (
    <Form
      date={report.date}
      key={report.id}
      project={report.project_id}
      report={report}
      row={report.id}
      shift={report.shift}
    />
  );
}

/** The report of the shift that is at work now, or of another that the person chooses. */
function OfAShift({ project }: { project: string }) {
  const { t } = useWords();
  const [{ date, shift }, setShift] = useState(() => shiftAt(localTime()));
  const reports = useRows("daily_report", `project:${project}`);
  if (reports === undefined) return null;
  const begun = latestOf(reports, date, shift);
  const row = begun?.id ?? reportId(project, date, shift);
  return (
    <Form date={date} key={row} project={project} report={begun} row={row} shift={shift}>
      <div className="grid gap-5 sm:grid-cols-2">
        <TextField
          label={t("report.date")}
          onChange={(event) => {
            if (event.target.value !== "") setShift({ date: event.target.value, shift });
          }}
          type="date"
          value={date}
        />
        <ChoiceField
          choices={[
            { value: "day", label: t("report.day") },
            { value: "night", label: t("report.night") },
          ]}
          label={t("report.shift")}
          onChange={(value) => setShift({ date, shift: value as Shift })}
          value={shift}
        />
      </div>
    </Form>
  );
}

function Form({
  project,
  report,
  row,
  date,
  shift,
  children,
}: {
  project: string;
  report: Report | null;
  row: string;
  date: string;
  shift: Shift;
  children?: React.ReactNode;
}) {
  const { t, language } = useWords();
  const { person } = useWorkplace();
  const rights = useRights();
  const navigate = useNavigate();
  const { busy, trouble, save } = useSaving();
  const draft = useDraft<Draft>(`report:${row}`, draftOf(report));
  const [wrong, setWrong] = useState(false);
  const { values, set } = draft;
  const locked = report?.status === "approved";
  const own =
    report === null ||
    report.author_id === person ||
    (report.contributors?.includes(person) ?? false);
  // Another's report is theirs to write; who works with them adds lines to it.
  const writes = !locked && (own || rights.may("daily_report.update", project));

  /** Return what makes the report, where it is not there yet. */
  const begin = (after: Partial<DailyReport> = {}): Edit[] =>
    report !== null
      ? []
      : [
          {
            table: "daily_report",
            row,
            operation: "create",
            after: {
              project_id: project,
              date,
              shift,
              author_id: person,
              status: "draft",
              ...after,
            },
          },
        ];

  /** Save what the form holds; tell whether it could be. */
  const write = async (form: Draft, headcount: number | null): Promise<boolean> => {
    const after = changed(report, form, headcount);
    if (report !== null && Object.keys(after).length === 0) return true;
    const edits = report === null ? begin(after) : [{ table: "daily_report" as const, row, after }];
    return (await save("report.write", edits)) !== null;
  };

  const submit = async (status: "draft" | "submitted"): Promise<void> => {
    const headcount = values.headcount.trim() === "" ? null : Number(values.headcount);
    const bad = headcount !== null && (!Number.isSafeInteger(headcount) || headcount < 0);
    setWrong(bad);
    if (bad || !(await write(values, headcount))) return;
    // A report begins as a draft: submitting it is a step of its own, and an action of its own.
    if (status === "submitted" && report?.status !== "submitted") {
      const sent = await save("report.submit", [
        { table: "daily_report", row, after: { status: "submitted" } },
      ]);
      if (sent === null) return;
    }
    await draft.clear();
    await navigate("/reports");
  };

  return (
    <div className="flex flex-col gap-5">
      <ScreenHead
        back="/reports"
        backLabel={t("common.back")}
        lead={
          report === null
            ? undefined
            : `${dateIn(report.date, language, "long")} · ${t(`report.${report.shift}`)}`
        }
        title={t("report.title")}
      >
        {report !== null && (
          <>
            <Badge>{t(`report.status.${report.status ?? "draft"}`)}</Badge>
            <SyncMark state={report.syncState} />
          </>
        )}
      </ScreenHead>
      {locked && <Notice icon="lock" mood="good" title={t("report.locked")} />}
      {children}
      {report !== null && <ReportVisa own={own} report={report} />}
      {writes && (
        <Prefill
          begin={begin}
          date={date}
          onPlanned={(work_planned) => set({ work_planned })}
          project={project}
          report={row}
          written={values.work_planned !== ""}
        />
      )}
      <form
        className="flex flex-col gap-5"
        id="report"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          void submit("submitted");
        }}
      >
        <fieldset className="contents" disabled={!writes}>
          <div className="grid gap-5 sm:grid-cols-2">
            <TextField
              label={t("report.weather")}
              maxLength={200}
              onChange={(event) => set({ weather: event.target.value })}
              value={values.weather}
            />
            <TextField
              error={wrong ? t("report.headcount_wrong") : null}
              inputMode="numeric"
              label={t("report.headcount")}
              onChange={(event) => set({ headcount: event.target.value })}
              value={values.headcount}
            />
          </div>
          {TEXTS.map((name) => (
            <AreaField
              key={name}
              label={t(`report.${name}`)}
              maxLength={20_000}
              onChange={(event) => set({ [name]: event.target.value })}
              rows={3}
              value={values[name]}
            />
          ))}
        </fieldset>
      </form>
      <ReportLines begin={begin} locked={locked} project={project} report={row} />
      {report !== null && (
        <Suspense fallback={null}>
          <RowFiles
            project={project}
            row={report.id}
            table="daily_report"
            title={`${t("report.title")} ${report.date}`}
          />
        </Suspense>
      )}
      {report !== null && (own || report.signed_name) && (
        <Signature locked={!writes} report={report} />
      )}
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      {writes && (
        <div className="flex flex-wrap gap-3">
          <Button
            className="flex-1"
            disabled={busy}
            form="report"
            icon="check"
            tone="primary"
            type="submit"
          >
            {t("report.submit")}
          </Button>
          <Button
            className="flex-1"
            disabled={busy}
            icon="saved"
            onClick={() => void submit("draft")}
          >
            {t("report.save_draft")}
          </Button>
        </div>
      )}
    </div>
  );
}

/** Return the fields that the form leaves otherwise than the report has them. */
function changed(
  report: Report | null,
  values: Draft,
  headcount: number | null,
): Partial<DailyReport> {
  const after: Partial<DailyReport> = {};
  if ((report?.headcount ?? null) !== headcount) after.headcount = headcount;
  if ((report?.weather ?? "") !== values.weather) after.weather = values.weather;
  for (const name of TEXTS) if ((report?.[name] ?? "") !== values[name]) after[name] = values[name];
  return after;
}
