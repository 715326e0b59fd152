/** How the project stands: progress, earned value, money, alerts, and how fresh the field's word is. */

import { lazy, type ReactNode, Suspense } from "react";
import { Link } from "react-router";
import { useServer } from "../../app/asking";
import { amount, date, money, number, percent, today } from "../../app/format";
import { useOfficeWords } from "../../app/officeWords";
import { useRights } from "../../app/useRights";
import { useSaving } from "../../app/useSaving";
import { useSubject } from "../../app/useSubject";
import { useProject, useRows, useWorkplace } from "../../app/workplace";
import {
  Badge,
  Button,
  Empty,
  Notice,
  Panel,
  Placeholder,
  ProgressBar,
  ScreenHead,
} from "../../components/basics";
import type { Entity } from "../../replica/view";
import { figuresOf, sumOf } from "./BudgetLines";
import type { CurvePoint } from "./Curve";
import { Devices } from "./Devices";

const Curve = lazy(() => import("./Curve"));
const SiteMap = lazy(() => import("./map/SiteMap"));

interface Ratio {
  value: string | null;
}

/** As `GET /api/projects/{project}/figures` answers; amounts are absent for those who see none. */
interface Figures {
  reading: {
    currency: string;
    data_date: string;
    baseline: { name: string | null } | null;
    tablets: { devices: number; oldest_sync_at: number | null; waiting_change_sets: number };
  };
  progress?: number | null;
  planned_progress?: number | null;
  earned_value?: {
    bac: number;
    cpi: Ratio;
    spi: Ratio;
    typical: { eac: { value: number | null } };
  };
}

export default function Dashboard() {
  const { t, o, language } = useOfficeWords();
  const project = useProject();
  const base = project ? `/api/projects/${project.id}/figures` : null;
  const figures = useServer<Figures>(base);
  const curve = useServer<{ points: CurvePoint[] }>(base === null ? null : `${base}/curve`);
  if (project === undefined) return null;
  if (project === null) return <Empty icon="project" title={o("budget.no_project")} />;
  const reading = figures.data?.reading;
  const earned = figures.data?.earned_value;
  const points = curve.data?.points ?? [];
  return (
    <div className="flex flex-col gap-6">
      <ScreenHead lead={project.name} title={t("nav.dashboard")} />
      {figures.failed && <Notice icon="offline" mood="warn" title={o("offline")} />}
      <section className="grid grid-cols-1 gap-3 min-[480px]:grid-cols-2 xl:grid-cols-4">
        <Progress
          earned={figures.data?.progress ?? null}
          planned={figures.data?.planned_progress ?? null}
          project={project.id}
        />
        <Index name={o("dashboard.cpi")} ratio={earned?.cpi} words={o("dashboard.cpi_words")} />
        <Index name={o("dashboard.spi")} ratio={earned?.spi} words={o("dashboard.spi_words")} />
        <Tile name={o("dashboard.eac")} words={o("dashboard.eac_words")}>
          {earned?.typical.eac.value === null || earned === undefined ? (
            "—"
          ) : (
            <span className="flex flex-wrap items-baseline gap-x-2 xl:text-2xl">
              {amount(earned.typical.eac.value, reading?.currency ?? project.currency, language)}
              <span className="text-lg font-semibold text-muted">
                {reading?.currency ?? project.currency}
              </span>
            </span>
          )}
        </Tile>
      </section>
      {reading && reading.baseline === null && <NoBaseline project={project.id} />}
      {curve.asking && curve.data === undefined && <Placeholder className="min-h-[33rem]" />}
      {points.length > 1 && (
        <Panel className="flex flex-col gap-3 p-5">
          <h2>{o("dashboard.curve")}</h2>
          {reading && (
            <p className="text-base text-muted">
              {o("dashboard.as_of", { date: date(reading.data_date, language) })}
            </p>
          )}
          <Suspense fallback={<div className="min-h-96" />}>
            <Curve currency={reading?.currency ?? project.currency} points={points} />
          </Suspense>
        </Panel>
      )}
      <div className="grid items-start gap-6 lg:grid-cols-2">
        <Money project={project} />
        <OpenAlerts project={project.id} />
      </div>
      <Suspense fallback={<div className="min-h-96" />}>
        <SiteMap />
      </Suspense>
      <Devices />
    </div>
  );
}

/** Without a frozen plan there is nothing to measure against: say so, and offer to take one. */
function NoBaseline({ project }: { project: string }) {
  const { o, language } = useOfficeWords();
  const { person } = useWorkplace();
  const rights = useRights();
  const { busy, trouble, save } = useSaving();
  const taken = useRows("baseline", `project:${project}`);
  const take = (): void => {
    const name = o("dashboard.baseline_name", { date: date(today(), language) });
    void save("baseline.take", [
      { table: "baseline", after: { project_id: project, name, author_id: person } },
    ]);
  };
  return (
    <Notice icon="gantt" mood="accent" title={o("dashboard.no_baseline")}>
      <div className="pt-2">
        {rights.may("baseline.create", project) && (
          <Button disabled={busy || (taken?.length ?? 0) > 0} onClick={take}>
            {o("dashboard.take_baseline")}
          </Button>
        )}
      </div>
      {trouble !== null && <p>{trouble}</p>}
    </Notice>
  );
}

function Tile({ name, words, children }: { name: string; words: string; children: ReactNode }) {
  return (
    <Panel className="flex flex-col gap-1 p-5">
      <h2 className="text-base font-medium text-muted">{name}</h2>
      <p className="text-3xl font-bold tracking-tight break-words tabular-nums">{children}</p>
      <p className="text-base text-muted">{words}</p>
    </Panel>
  );
}

function Progress({
  earned,
  planned,
  project,
}: {
  earned: number | null;
  planned: number | null;
  project: string;
}) {
  const { t, o, language } = useOfficeWords();
  const tasks = useRows("task", `project:${project}`);
  // Without the server, and for those who see no amounts: what the top of the tree has rolled up.
  const roots = (tasks ?? []).filter((task) => !task.parent_id);
  const rolled =
    roots.length === 0
      ? null
      : roots.reduce((sum, task) => sum + (task.progress_rolled ?? task.progress ?? 0), 0) /
        roots.length;
  const shown = earned ?? rolled;
  return (
    <Tile
      name={t("task.progress")}
      words={
        planned === null
          ? o("dashboard.tasks", { count: tasks?.length ?? 0 })
          : o("dashboard.planned_progress", { value: percent(planned, language) })
      }
    >
      {shown === null ? "—" : percent(shown, language)}
    </Tile>
  );
}

const INDEX_GOOD = 1;
const INDEX_LOW = 0.9;

function Index({ name, ratio, words }: { name: string; ratio: Ratio | undefined; words: string }) {
  const { o, language } = useOfficeWords();
  if (!ratio || ratio.value === null) {
    return (
      <Tile name={name} words={words}>
        —
      </Tile>
    );
  }
  const value = Number(ratio.value);
  const mood = value >= INDEX_GOOD ? "good" : value >= INDEX_LOW ? "warn" : "bad";
  return (
    <Tile name={name} words={words}>
      <span className="flex flex-wrap items-center gap-3">
        {number(value, language, 2)}
        <Badge icon={mood === "good" ? "check" : "alert"} mood={mood}>
          {o(`dashboard.index.${mood}`)}
        </Badge>
      </span>
    </Tile>
  );
}

function Money({ project }: { project: Entity<"project"> }) {
  const { o, language } = useOfficeWords();
  const budgets = useRows("budget", `finance:${project.id}`);
  const lines = useRows("budget_line", `finance:${project.id}`);
  if (!budgets || !lines) return <Placeholder className="min-h-64" />;
  if (budgets.length === 0) return null;
  return (
    <Panel className="flex flex-col gap-4 p-5">
      <h2>{o("dashboard.budgets")}</h2>
      {budgets.map((budget) => {
        const sum = sumOf(lines.filter((one) => one.budget_id === budget.id).map(figuresOf));
        const used = sum.revised === 0 ? 0 : ((sum.committed + sum.spent) / sum.revised) * 10_000;
        const write = (amount: number): string => money(amount, budget.currency, language);
        return (
          <div className="flex flex-col gap-2" key={budget.id}>
            <p className="flex flex-wrap justify-between gap-2">
              <Link className="font-semibold text-accent underline" to="/budget/lines">
                {budget.name}
              </Link>
              <strong className="tabular-nums">{percent(used, language)}</strong>
            </p>
            <ProgressBar basisPoints={used} label={o("budget.consumed")} />
            <dl className="grid grid-cols-[auto_1fr] gap-x-4 text-base">
              {(["revised", "committed", "spent", "remaining", "forecast"] as const).map((name) => (
                <div className="contents" key={name}>
                  <dt className="text-muted">{o(`budget.${name}`)}</dt>
                  <dd className="text-right tabular-nums">{write(sum[name])}</dd>
                </div>
              ))}
            </dl>
          </div>
        );
      })}
    </Panel>
  );
}

const ALERTS_SHOWN = 6;
const GRAVITY: Record<string, number> = { critical: 0, warning: 1, information: 2 };

function OpenAlerts({ project }: { project: string }) {
  const { t } = useOfficeWords();
  const work = useRows("alert", `project:${project}`);
  const finance = useRows("alert", `finance:${project}`);
  if (!work || !finance) return <Placeholder className="min-h-96" />;
  const open = [...work, ...finance]
    .filter((one) => one.status !== "resolved")
    .sort(
      (left, right) =>
        (GRAVITY[left.level ?? ""] ?? 3) - (GRAVITY[right.level ?? ""] ?? 3) ||
        (right.raised_at ?? 0) - (left.raised_at ?? 0),
    );
  return (
    <Panel className="flex flex-col gap-3 p-5">
      <h2>
        <Link className="inline-flex min-h-11 items-center text-accent underline" to="/alerts">
          {t("alert.title")} ({open.length})
        </Link>
      </h2>
      {open.length === 0 && <p className="text-muted">{t("alert.none")}</p>}
      <ul className="flex flex-col divide-y divide-line">
        {open.slice(0, ALERTS_SHOWN).map((one) => {
          const facts = Array.isArray(one.facts) ? {} : (one.facts ?? {});
          const level = one.level ?? "information";
          const mood = level === "critical" ? "bad" : level === "warning" ? "warn" : "accent";
          return (
            <li className="flex flex-wrap items-center justify-between gap-2 py-2" key={one.id}>
              <span className="min-w-0 flex-1 basis-52">
                {t(`alert.rule.${one.rule}`, facts as Record<string, string>)}
                <Subject alert={one} />
              </span>
              <Badge icon="alert" mood={mood}>
                {t(`alert.level.${level}`)}
              </Badge>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}

function Subject({ alert }: { alert: Entity<"alert"> }) {
  return <span className="block text-base break-words text-muted">{useSubject(alert)}</span>;
}
