/** What a rule, as proposed, would have raised over the last 90 days: only the server can tell. */

import { useEffect, useState } from "react";
import { fetchAs } from "../../../app/fetching";
import { moment } from "../../../app/format";
import { useOfficeWords } from "../../../app/officeWords";
import { useRows, useWorkplace } from "../../../app/workplace";
import { Notice } from "../../../components/basics";
import type { Problem, Sentence } from "../../../engine/changes";
import type { AlertRule } from "../../../generated/tables";
import type { Entity } from "../../../replica/view";

/** As `POST /api/alerts/preview` answers. */
interface Preview {
  since: number;
  history: "kept" | "partly" | "not_kept";
  notes: Sentence[];
  count: number;
  standing: number;
  raised: {
    subject_table: string;
    subject_id: string;
    level: "information" | "warning" | "critical";
    raised_at: number;
    cleared_at: number | null;
  }[];
}

const SHOWN = 12;
const PROPOSABLE = [
  "enabled",
  "level",
  "thresholds",
  "lead_days",
  "horizon_days",
  "bound",
  "wait_hours",
] as const satisfies readonly (keyof AlertRule)[];

export function RulePreview({
  project,
  rule,
  proposed,
}: {
  project: Entity<"project">;
  rule: string;
  proposed: Partial<AlertRule>;
}) {
  const { t, o, language } = useOfficeWords();
  const { person } = useWorkplace();
  const [found, setFound] = useState<Preview | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const tasks = useRows("task", `project:${project.id}`);
  const lines = useRows("budget_line", `finance:${project.id}`);
  const body = JSON.stringify({
    project: project.id,
    rule,
    ...Object.fromEntries(
      PROPOSABLE.filter((name) => proposed[name] !== undefined).map((name) => [
        name,
        proposed[name],
      ]),
    ),
  });
  useEffect(() => {
    let current = true;
    setFound(null);
    setTrouble(null);
    const ask = async (): Promise<void> => {
      const response = await fetchAs(person, "/api/alerts/preview", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
      const answer = (await response.json()) as Preview | Problem;
      if (!current) return;
      if (response.ok) setFound(answer as Preview);
      else setTrouble((answer as Problem).message[language]);
    };
    ask().catch(() => {
      if (current) setTrouble(o("alerts.needs_link"));
    });
    return () => {
      current = false;
    };
  }, [body, person, language, o]);
  if (trouble !== null) return <Notice icon="refused" mood="warn" title={trouble} />;
  if (found === null) return <p className="text-muted">{t("common.loading")}</p>;
  const nameOf = (table: string, id: string): string =>
    tasks?.find((one) => one.id === id)?.name ??
    lines?.find((one) => one.id === id)?.cost_code ??
    o(`table.${table}` as never, { defaultValue: table.replaceAll("_", " ") });
  return (
    <section aria-label={o("alerts.preview")} className="rounded-xl bg-panel p-4">
      <p className="text-xl font-bold">
        {o("alerts.would", { count: found.count, standing: found.standing })}
      </p>
      {found.notes.map((note) => (
        <p className="text-base text-muted" key={note.fr}>
          {note[language]}
        </p>
      ))}
      <ul className="divide-y divide-line">
        {found.raised.slice(0, SHOWN).map((one) => (
          <li
            className="flex flex-wrap justify-between gap-x-4 py-2"
            key={`${one.subject_id}:${one.raised_at}`}
          >
            <span className="min-w-0 flex-1 break-words">
              {nameOf(one.subject_table, one.subject_id)}
            </span>
            <span className="text-base text-muted tabular-nums">
              {t(`alert.level.${one.level}`)} · {moment(one.raised_at, language)} →{" "}
              {one.cleared_at === null ? o("alerts.still") : moment(one.cleared_at, language)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
