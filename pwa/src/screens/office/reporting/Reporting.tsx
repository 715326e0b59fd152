/** Reports for those who were not there: chosen, made at once or by the worker, and kept. */

import { type FormEvent, useState } from "react";
import { useAct } from "../../../app/asking";
import { type Fetched, fetchFile } from "../../../app/download";
import { date } from "../../../app/format";
import { useReportingWords } from "../../../app/reportingWords";
import { useAppSelector } from "../../../app/store";
import { useRights } from "../../../app/useRights";
import { useProject, useRows, useWorkplace } from "../../../app/workplace";
import { Button, Empty, Notice, Panel, ScreenHead } from "../../../components/basics";
import { ChoiceField, SelectField, TextField } from "../../../components/fields";
import { Icon } from "../../../components/icons";
import { ERRORS } from "../../../generated/errors";
import {
  type Asked,
  type Form,
  hasPeriod,
  isBackwards,
  type Kind,
  kindsFor,
  orderOf,
  reportPath,
} from "./asked";
import { Orders } from "./Orders";

export default function Reporting() {
  const { o, r, language } = useReportingWords();
  const project = useProject();
  const online = useAppSelector((state) => state.sync.online);
  const seesMoney = useRights().may("finance.read", project?.id);
  const kinds = kindsFor(seesMoney);
  const [chosen, setChosen] = useState<Partial<Asked>>({});
  if (project === undefined) return null;
  if (project === null) return <Empty icon="project" title={o("budget.no_project")} />;
  const asked: Asked = {
    report: kinds[0] ?? "status",
    format: "pdf",
    language,
    at: "",
    since: "",
    until: "",
    row: "",
    ...chosen,
  };
  return (
    <div className="flex flex-col gap-6">
      <ScreenHead title={r("title")} />
      {!online && <Notice icon="offline" mood="warn" title={r("offline")} />}
      <div className="grid items-start gap-6 lg:grid-cols-2">
        <Kinds
          chosen={asked.report}
          kinds={kinds}
          onChoose={(report) => setChosen({ ...chosen, report })}
        />
        <Parameters
          asked={asked}
          key={project.id}
          onChange={(part) => setChosen({ ...chosen, ...part })}
          project={project.id}
        />
      </div>
      <Orders project={project.id} />
    </div>
  );
}

function Kinds({
  kinds,
  chosen,
  onChoose,
}: {
  kinds: readonly Kind[];
  chosen: Kind;
  onChoose: (kind: Kind) => void;
}) {
  const { r } = useReportingWords();
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-3 text-xl font-bold">{r("which")}</legend>
      {kinds.map((one) => (
        <label
          className={`target flex cursor-pointer items-start gap-3 rounded-2xl border p-4 has-[:focus-visible]:outline-3 has-[:focus-visible]:outline-accent ${
            one === chosen ? "border-accent bg-accent-soft" : "border-line bg-panel"
          }`}
          key={one}
        >
          <input
            checked={one === chosen}
            className="mt-1 size-5 shrink-0 accent-accent"
            name="report"
            onChange={() => onChoose(one)}
            type="radio"
            value={one}
          />
          <span className="min-w-0">
            <strong className="block">{r(`kind.${one}`)}</strong>
            <span className="block text-base text-muted">{r(`about.${one}`)}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function Parameters({
  project,
  asked,
  onChange,
}: {
  project: string;
  asked: Asked;
  onChange: (part: Partial<Asked>) => void;
}) {
  const { t, r, language } = useReportingWords();
  const { person } = useWorkplace();
  const { busy, trouble, act } = useAct();
  const [making, setMaking] = useState(false);
  const [fetched, setFetched] = useState<Fetched | null>(null);
  const backwards = isBackwards(asked);
  const download = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (backwards) return;
    setFetched(null);
    setMaking(true);
    try {
      setFetched(
        await fetchFile(person, reportPath(project, asked), `${asked.report}.${asked.format}`),
      );
    } finally {
      setMaking(false);
    }
  };
  const order = async (): Promise<void> => {
    setFetched(null);
    await act("POST", `/api/projects/${project}/reports`, orderOf(asked));
  };
  return (
    <Panel className="p-4">
      <form className="flex flex-col gap-5" onSubmit={download}>
        <h2>{r(`kind.${asked.report}`)}</h2>
        {asked.report === "daily" ? (
          <WhichDay asked={asked} onChange={onChange} project={project} />
        ) : (
          <TextField
            help={r("at_help")}
            label={r("at")}
            onChange={(event) => onChange({ at: event.target.value })}
            type="date"
            value={asked.at}
          />
        )}
        {hasPeriod(asked.report) && (
          <div className="grid gap-5 sm:grid-cols-2">
            <TextField
              help={r("since_help")}
              label={r("since")}
              onChange={(event) => onChange({ since: event.target.value })}
              type="date"
              value={asked.since}
            />
            <TextField
              error={backwards ? r("backwards") : null}
              help={r("until_help")}
              label={r("until")}
              onChange={(event) => onChange({ until: event.target.value })}
              type="date"
              value={asked.until}
            />
          </div>
        )}
        <ChoiceField
          choices={(["pdf", "xlsx", "csv"] as const).map((one) => ({
            value: one,
            label: r(`formats.${one}`),
          }))}
          label={r("format")}
          onChange={(value) => onChange({ format: value as Form })}
          value={asked.format}
        />
        <ChoiceField
          choices={[
            { value: "fr", label: t("settings.french") },
            { value: "en", label: t("settings.english") },
          ]}
          label={r("language")}
          onChange={(value) => onChange({ language: value as "fr" | "en" })}
          value={asked.language}
        />
        <Outcome fetched={fetched} language={language} />
        {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
        <div className="flex flex-wrap gap-3">
          <Button disabled={making || busy || backwards} icon="export" tone="primary" type="submit">
            {making ? r("making") : r("now")}
          </Button>
          <Button
            disabled={making || busy || backwards}
            icon="document"
            onClick={() => void order()}
          >
            {r("order")}
          </Button>
        </div>
        <p className="flex items-start gap-2 text-base text-muted">
          <Icon className="mt-0.5 shrink-0" name="document" size={20} />
          {r("order_help")}
        </p>
      </form>
    </Panel>
  );
}

function Outcome({ fetched, language }: { fetched: Fetched | null; language: "fr" | "en" }) {
  const { t, r } = useReportingWords();
  if (fetched === null) return null;
  if (fetched.status === "done") {
    return <Notice icon="check" mood="good" title={r("done", { name: fetched.name })} />;
  }
  if (fetched.status === "unreachable") {
    return <Notice icon="offline" mood="warn" title={t("error.unreachable")} />;
  }
  const { code, message } = fetched.problem;
  const title =
    code === "report_too_large" ? r("too_large") : (ERRORS[code]?.[language] ?? message[language]);
  return <Notice icon="refused" mood="bad" title={title} />;
}

/** Which of the daily reports: those that this device holds, the newest first. */
function WhichDay({
  project,
  asked,
  onChange,
}: {
  project: string;
  asked: Asked;
  onChange: (part: Partial<Asked>) => void;
}) {
  const { t, r, language } = useReportingWords();
  const reports = useRows("daily_report", `project:${project}`) ?? [];
  const sorted = [...reports].sort(
    (left, right) => right.date.localeCompare(left.date) || left.shift.localeCompare(right.shift),
  );
  return (
    <SelectField
      choices={[
        { value: "", label: r("latest") },
        ...sorted.map((one) => ({
          value: one.id,
          label: `${date(one.date, language)} · ${t(`report.${one.shift}`)}`,
        })),
      ]}
      label={r("row")}
      onChange={(event) => onChange({ row: event.target.value })}
      value={asked.row}
    />
  );
}
