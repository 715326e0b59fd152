/** Baselines: freeze the plan, and see what moved between two of them, or since one. */

import { useState } from "react";
import { useServer } from "../../../app/asking";
import { date, today } from "../../../app/format";
import { useOfficeWords } from "../../../app/officeWords";
import { May } from "../../../app/useRights";
import { useSaving } from "../../../app/useSaving";
import { useProject, useRows, useWorkplace } from "../../../app/workplace";
import { Button, Empty, Facts, Notice, Panel, ScreenHead } from "../../../components/basics";
import { type Column, DataTable } from "../../../components/DataTable";
import { SelectField } from "../../../components/fields";
import type { Entity } from "../../../replica/view";

/** As `GET /api/projects/{project}/baselines/{baseline}/comparison` answers. */
interface Compared {
  compared: number;
  moved: Dated[];
  moved_count: number;
  added: Dated[];
  added_count: number;
  removed: Dated[];
  removed_count: number;
  finish: string | null;
  forecast_finish: string | null;
  slip_minutes: number | null;
}

interface Dated {
  id: string;
  name: string;
  code: string | null;
  critical: boolean | null;
  planned_start: string | null;
  planned_finish: string | null;
  baseline_start: string | null;
  baseline_finish: string | null;
}

const DAY_MS = 86_400_000;
const DAY_MINUTES = 1_440;
/** Rather than another baseline: the plan as it stands. */
const PLAN = "plan";

export default function Baselines() {
  const { t, o, language } = useOfficeWords();
  const project = useProject();
  const { person } = useWorkplace();
  const rows = useRows("baseline", project ? `project:${project.id}` : null);
  const { busy, trouble, save } = useSaving();
  if (!project || rows === undefined) return null;
  const known = rows
    .filter((one) => one.number != null)
    .sort((left, right) => (right.number ?? 0) - (left.number ?? 0));
  const waits = rows.length > known.length;
  const take = (): void => {
    const name = o("dashboard.baseline_name", { date: date(today(), language) });
    void save("baseline.take", [
      { table: "baseline", after: { project_id: project.id, name, author_id: person } },
    ]);
  };
  return (
    <div className="flex flex-col gap-4">
      <ScreenHead back="/schedule" backLabel={t("common.back")} title={o("baselines.title")}>
        <May project={project.id} right="baseline.create">
          <Button disabled={busy || waits} icon="add" onClick={take} tone="primary">
            {o("dashboard.take_baseline")}
          </Button>
        </May>
      </ScreenHead>
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      {waits && <Notice icon="clock" mood="accent" title={o("baselines.waits")} />}
      {known.length === 0 ? (
        <Empty icon="gantt" title={o("baselines.none")} />
      ) : (
        <Comparing key={project.id} known={known} project={project.id} />
      )}
    </div>
  );
}

function Comparing({ project, known }: { project: string; known: readonly Entity<"baseline">[] }) {
  const { o, language } = useOfficeWords();
  const newest = known[0]?.id ?? "";
  const [first, setFirst] = useState(known[1]?.id ?? newest);
  const [other, setOther] = useState(known.length > 1 ? newest : PLAN);
  const against = other === PLAN ? "" : `?against=${other}`;
  const found = useServer<Compared>(
    first === other ? null : `/api/projects/${project}/baselines/${first}/comparison${against}`,
  );
  const choices = known.map((one) => ({
    value: one.id,
    label: `${one.number} · ${one.name}${one.taken_at ? ` (${date(new Date(one.taken_at).toISOString(), language)})` : ""}`,
  }));
  return (
    <>
      <Panel className="grid gap-5 p-4 sm:grid-cols-2">
        <SelectField
          choices={choices}
          label={o("baselines.first")}
          onChange={(event) => setFirst(event.target.value)}
          value={first}
        />
        <SelectField
          choices={[{ value: PLAN, label: o("baselines.plan") }, ...choices]}
          label={o("baselines.other")}
          onChange={(event) => setOther(event.target.value)}
          value={other}
        />
      </Panel>
      {first === other && <Notice icon="gantt" mood="accent" title={o("baselines.same")} />}
      {found.data === undefined && found.failed && (
        <Notice icon="offline" mood="warn" title={o("baselines.needs_link")} />
      )}
      {first !== other && found.data && <Difference found={found.data} />}
    </>
  );
}

function Difference({ found }: { found: Compared }) {
  const { o, language } = useOfficeWords();
  const moves = useMoves();
  const write = (moment: string | null): string => (moment === null ? "—" : date(moment, language));
  return (
    <>
      <Panel className="p-4">
        <Facts
          facts={[
            [
              o("baselines.end"),
              found.forecast_finish === null
                ? write(found.finish)
                : `${write(found.finish)} → ${write(found.forecast_finish)}`,
            ],
            [
              o("baselines.slip"),
              found.slip_minutes === null
                ? null
                : moves(Math.round(found.slip_minutes / DAY_MINUTES)),
            ],
            [
              o("baselines.moved"),
              o("baselines.of", { count: found.moved_count, all: found.compared }),
            ],
            [o("baselines.added"), String(found.added_count)],
            [o("baselines.removed"), String(found.removed_count)],
          ]}
        />
      </Panel>
      {found.moved.length > 0 && <Moved rows={found.moved} />}
      {(["added", "removed"] as const).map(
        (which) =>
          found[which].length > 0 && (
            <section className="flex flex-col gap-3" key={which}>
              <h2>{o(`baselines.${which}`)}</h2>
              <Panel className="p-4">
                <ul className="flex flex-col divide-y divide-line">
                  {found[which].map((one) => (
                    <li className="flex flex-wrap gap-x-4 py-2" key={one.id}>
                      <span className="min-w-0 flex-1 basis-60 break-words">
                        {[one.code, one.name].filter(Boolean).join(" · ")}
                      </span>
                      <span className="text-muted">
                        {which === "added"
                          ? `${write(one.planned_start)} – ${write(one.planned_finish)}`
                          : `${write(one.baseline_start)} – ${write(one.baseline_finish)}`}
                      </span>
                    </li>
                  ))}
                </ul>
              </Panel>
            </section>
          ),
      )}
      {found.moved_count + found.added_count + found.removed_count === 0 && (
        <Empty icon="check" title={o("baselines.nothing")} />
      )}
    </>
  );
}

/** Return the function that writes by how many days something moved, with its sign. */
function useMoves(): (days: number | null) => string {
  const { o } = useOfficeWords();
  return (days) => {
    if (days === null) return "—";
    const sign = days > 0 ? "+" : days < 0 ? "−" : "";
    return `${sign}${o("baselines.days", { count: Math.abs(days) })}`;
  };
}

function Moved({ rows }: { rows: readonly Dated[] }) {
  const { o, language } = useOfficeWords();
  const moves = useMoves();
  const day = (moment: string | null): string => (moment === null ? "—" : date(moment, language));
  const moved = (before: string | null, after: string | null): number | null =>
    before === null || after === null
      ? null
      : Math.round((Date.parse(after) - Date.parse(before)) / DAY_MS);
  const columns: Column<Dated>[] = [
    {
      key: "task",
      label: o("table.task"),
      value: (one) => [one.code, one.name].filter(Boolean).join(" · "),
    },
    ...(["start", "finish"] as const).flatMap((end): Column<Dated>[] => [
      {
        key: `was_${end}`,
        label: o(`baselines.was_${end}`),
        value: (one) => one[`baseline_${end}`],
        show: (one) => day(one[`baseline_${end}`]),
      },
      {
        key: `is_${end}`,
        label: o(`baselines.is_${end}`),
        value: (one) => one[`planned_${end}`],
        show: (one) => day(one[`planned_${end}`]),
      },
    ]),
    {
      key: "by",
      label: o("baselines.by"),
      value: (one) => moved(one.baseline_finish, one.planned_finish),
      show: (one) => moves(moved(one.baseline_finish, one.planned_finish)),
      numeric: true,
    },
  ];
  return (
    <section className="flex flex-col gap-3">
      <h2>{o("baselines.moved")}</h2>
      <DataTable columns={columns} down first="by" label={o("baselines.moved")} rows={rows} />
    </section>
  );
}
