/** The report of one day and shift: kept as a draft at every key, submitted once. */

import { type FormEvent, useState } from "react";
import { useNavigate, useParams } from "react-router";
import { date, today } from "../../app/format";
import { useDraft } from "../../app/useDraft";
import { useSaving } from "../../app/useSaving";
import { useWords } from "../../app/words";
import { useProject, useRow, useRows, useWorkplace } from "../../app/workplace";
import { Badge, Button, Notice, ScreenHead } from "../../components/basics";
import { AreaField, ChoiceField, TextField } from "../../components/fields";
import { SyncMark } from "../../components/SyncMark";
import type { DailyReport } from "../../generated/tables";
import type { Entity } from "../../replica/view";

type Report = Entity<"daily_report">;
type Shift = "day" | "night";

interface Draft {
  date: string;
  shift: Shift;
  weather: string;
  headcount: string;
  work_done: string;
  work_planned: string;
  delays: string;
  safety: string;
}

const TEXTS = ["work_done", "work_planned", "delays", "safety"] as const;

/** Return what a form shows of a report. */
function draftOf(report: Report | null, day: string): Draft {
  return {
    date: report?.date ?? day,
    shift: report?.shift ?? "day",
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
  const { person } = useWorkplace();
  const reports = useRows("daily_report", project ? `project:${project.id}` : null);
  const known = useRow("daily_report", id === "today" ? null : id);
  if (!project || reports === undefined || known === undefined) return null;
  // "Today" opens the report that this person has begun, if there is one.
  const begun = reports.find((one) => one.date === today() && one.author_id === person);
  const report = id === "today" ? (begun ?? null) : known;
  return <Form key={report?.id ?? "new"} project={project.id} report={report} />;
}

function Form({ project, report }: { project: string; report: Report | null }) {
  const { t, language } = useWords();
  const { person } = useWorkplace();
  const navigate = useNavigate();
  const { busy, trouble, save } = useSaving();
  const draft = useDraft<Draft>(`report:${report?.id ?? "new"}`, draftOf(report, today()));
  const [wrong, setWrong] = useState(false);
  const { values, set } = draft;
  const locked = report?.status === "approved";

  /** Save what the form holds; return the report's id, or null when it could not be saved. */
  const write = async (form: Draft, headcount: number | null): Promise<string | null> => {
    const after = changed(report, form, headcount);
    if (report !== null) {
      if (Object.keys(after).length === 0) return report.id;
      const saved = await save("report.write", [{ table: "daily_report", row: report.id, after }]);
      return saved === null ? null : report.id;
    }
    const first = { project_id: project, date: form.date, shift: form.shift, author_id: person };
    const saved = await save("report.write", [
      { table: "daily_report", after: { ...first, status: "draft", ...after } },
    ]);
    return saved?.[0] ?? null;
  };

  const submit = async (status: "draft" | "submitted"): Promise<void> => {
    const headcount = values.headcount.trim() === "" ? null : Number(values.headcount);
    const bad = headcount !== null && (!Number.isSafeInteger(headcount) || headcount < 0);
    setWrong(bad);
    if (bad) return;
    const row = await write(values, headcount);
    if (row === null) return;
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

  const when =
    report === null
      ? undefined
      : `${date(report.date, language, "long")} · ${t(`report.${report.shift}`)}`;
  return (
    <>
      <ScreenHead
        back="/reports"
        backLabel={t("common.back")}
        lead={when}
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
      <form
        className="flex flex-col gap-5 pt-2"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          void submit("submitted");
        }}
      >
        <fieldset className="contents" disabled={locked}>
          {report === null && (
            <div className="grid gap-5 sm:grid-cols-2">
              <TextField
                label={t("report.date")}
                onChange={(event) => set({ date: event.target.value })}
                type="date"
                value={values.date}
              />
              <ChoiceField
                choices={[
                  { value: "day", label: t("report.day") },
                  { value: "night", label: t("report.night") },
                ]}
                label={t("report.shift")}
                onChange={(value) => set({ shift: value as Shift })}
                value={values.shift}
              />
            </div>
          )}
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
          {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
          {!locked && (
            <div className="flex flex-wrap gap-3">
              <Button className="flex-1" disabled={busy} icon="check" tone="primary" type="submit">
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
        </fieldset>
      </form>
    </>
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
