/** All alerts of the project as a table: sorted, filtered, exported; acknowledged and muted there. */

import { useState } from "react";
import { date, moment, today } from "../../../app/format";
import { useOfficeWords } from "../../../app/officeWords";
import { useRights } from "../../../app/useRights";
import { useSaving } from "../../../app/useSaving";
import { useProject, useRows, useWorkplace } from "../../../app/workplace";
import { Badge, Button, Empty, LinkButton, Notice, ScreenHead } from "../../../components/basics";
import { type Column, DataTable } from "../../../components/DataTable";
import { ChoiceField } from "../../../components/fields";
import type { Entity } from "../../../replica/view";
import { useValues } from "../values";

type Alert = Entity<"alert">;
type Row = Alert & { subject: string };

const MOODS = { information: "accent", warning: "warn", critical: "bad" } as const;
const GRAVITY = { critical: 0, warning: 1, information: 2 } as const;
const MUTED_DAYS = 7;

export default function AlertTable() {
  const { t, o } = useOfficeWords();
  const project = useProject();
  if (project === undefined) return null;
  if (project === null) return <Empty icon="project" title={o("budget.no_project")} />;
  return (
    <>
      <ScreenHead back="/alerts" backLabel={t("common.back")} title={o("alerts.table")}>
        <LinkButton icon="settings" to="/alerts/rules">
          {o("alerts.rules")}
        </LinkButton>
      </ScreenHead>
      <Rows key={project.id} project={project.id} />
    </>
  );
}

function Rows({ project }: { project: string }) {
  const { t, o, language } = useOfficeWords();
  const { tableName, personName } = useValues();
  const work = useRows("alert", `project:${project}`);
  const money = useRows("alert", `finance:${project}`);
  const tasks = useRows("task", `project:${project}`);
  const lines = useRows("budget_line", `finance:${project}`);
  const [all, setAll] = useState(false);
  if (work === undefined || money === undefined) return null;
  const names = new Map([
    ...(tasks ?? []).map((one) => [one.id, one.name] as const),
    ...(lines ?? []).map((one) => [one.id, one.description ?? one.cost_code] as const),
  ]);
  const day = today();
  const rows: Row[] = [...work, ...money]
    .filter((one) => all || (one.status !== "resolved" && (one.muted_until ?? "") < day))
    .map((one) => ({
      ...one,
      subject: names.get(one.subject_id ?? "") ?? tableName(one.subject_table),
    }));
  const said = (one: Row): string => {
    const facts = Array.isArray(one.facts) ? {} : (one.facts ?? {});
    return t(`alert.rule.${one.rule}` as never, facts as Record<string, string>);
  };
  const columns: Column<Row>[] = [
    {
      key: "rule",
      label: o("alerts.alert"),
      value: said,
      show: (one) => (
        <span className="flex min-w-56 flex-col">
          <strong>{said(one)}</strong>
          <span className="text-muted">{one.subject}</span>
        </span>
      ),
    },
    {
      key: "level",
      label: o("alerts.field.level"),
      value: (one) => GRAVITY[one.level ?? "information"],
      show: (one) => (
        <Badge icon="alert" mood={MOODS[one.level ?? "information"]}>
          {t(`alert.level.${one.level ?? "information"}`)}
        </Badge>
      ),
    },
    {
      key: "raised",
      label: o("alerts.raised"),
      value: (one) => one.raised_at ?? null,
      show: (one) => (one.raised_at ? moment(one.raised_at, language) : "—"),
    },
    {
      key: "due",
      label: o("field.due"),
      value: (one) => one.due ?? null,
      show: (one) => (one.due ? date(one.due, language) : "—"),
    },
    {
      key: "status",
      label: o("field.status"),
      value: (one) => o(`choice.${one.status ?? "open"}` as never, { defaultValue: "" }),
      show: (one) => (
        <span className="flex flex-col">
          {one.status === "acknowledged" && one.acknowledged_by
            ? `${t("alert.acknowledged")} · ${personName(one.acknowledged_by)}`
            : o(`choice.${one.status ?? "open"}` as never, { defaultValue: one.status ?? "" })}
          {(one.muted_until ?? "") >= day && (
            <span className="text-base text-muted">
              {o("alerts.muted", { date: date(one.muted_until ?? "", language) })}
            </span>
          )}
        </span>
      ),
    },
    { key: "act", label: o("alerts.act"), value: () => null, show: (one) => <Act alert={one} /> },
  ];
  return (
    <div className="flex flex-col gap-4">
      <ChoiceField
        choices={[
          { value: "open", label: o("alerts.open_only") },
          { value: "all", label: t("common.all") },
        ]}
        label={t("task.filter")}
        onChange={(value) => setAll(value === "all")}
        value={all ? "all" : "open"}
      />
      {rows.length === 0 ? (
        <Empty icon="check" title={t("alert.none")} />
      ) : (
        <DataTable columns={columns} first="level" label={o("alerts.table")} rows={rows} />
      )}
    </div>
  );
}

function Act({ alert }: { alert: Alert }) {
  const { t, o } = useOfficeWords();
  const { person } = useWorkplace();
  const rights = useRights();
  const { busy, trouble, save } = useSaving();
  if (alert.status === "resolved") return null;
  const until = new Date(Date.now() + MUTED_DAYS * 86_400_000);
  return (
    <span className="flex w-max max-w-64 flex-col gap-2">
      {alert.status !== "acknowledged" && rights.may("alert.acknowledge", alert.project_id) && (
        <Button
          disabled={busy}
          onClick={() =>
            void save("alert.acknowledge", [
              {
                table: "alert",
                row: alert.id,
                after: { status: "acknowledged", acknowledged_by: person },
              },
            ])
          }
        >
          {t("alert.acknowledge")}
        </Button>
      )}
      {rights.may("alert.mute", alert.project_id) && (alert.muted_until ?? "") < today() && (
        <Button
          disabled={busy}
          onClick={() =>
            void save("alert.mute", [
              { table: "alert", row: alert.id, after: { muted_until: today(until) } },
            ])
          }
          tone="quiet"
        >
          {o("alerts.mute", { days: MUTED_DAYS })}
        </Button>
      )}
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
    </span>
  );
}
