/** The rules of alerts: how each stands, what it would have raised, and what one says instead. */

import { useState } from "react";
import { useServer } from "../../../app/asking";
import { useOfficeWords } from "../../../app/officeWords";
import { useRights } from "../../../app/useRights";
import { useSaving } from "../../../app/useSaving";
import { useProject, useRows } from "../../../app/workplace";
import { Badge, Button, Empty, Notice, Panel, ScreenHead } from "../../../components/basics";
import { ChoiceField, SelectField, TextField } from "../../../components/fields";
import { fieldsOf } from "../../../engine/schema";
import { TABLES } from "../../../generated/tables";
import type { Edit } from "../../../replica/editing";
import type { Entity } from "../../../replica/view";
import { PROJECT_ROLES } from "../people/standing";
import { RulePreview } from "./RulePreview";
import { asks, type Level, type Proposed, proposedOf, rowOf, type Stands, saidOf } from "./rules";

const LEVELS = (fieldsOf(TABLES.alert_rule).get("level")?.choices ?? []) as Level[];

export default function AlertRules() {
  const { t, o } = useOfficeWords();
  const project = useProject();
  const stands = useServer<Stands[]>(project ? `/api/alerts/rules/${project.id}` : null);
  const [open, setOpen] = useState<string | null>(null);
  if (!project) return null;
  return (
    <>
      <ScreenHead back="/alerts" backLabel={t("common.back")} title={o("alerts.rules")} />
      <p className="pb-4 text-muted">{o("alerts.rules_words", { project: project.name })}</p>
      {stands.data === undefined && stands.failed && (
        <Notice icon="offline" mood="warn" title={o("alerts.needs_link")} />
      )}
      {stands.data?.length === 0 && <Empty icon="alert" title={o("alerts.no_rules")} />}
      <ul className="flex flex-col gap-3">
        {(stands.data ?? []).map((one) => (
          <li key={one.rule}>
            <Panel className="flex flex-col gap-3 p-4">
              <header className="flex flex-wrap items-center gap-3">
                <h2 className="min-w-0 flex-1 basis-64 break-words">
                  {o(`alerts.rule.${one.rule}` as never, { defaultValue: one.rule })}
                </h2>
                <Told stands={one} />
                <Button
                  aria-expanded={open === one.rule}
                  onClick={() => setOpen(open === one.rule ? null : one.rule)}
                >
                  <span aria-hidden="true">{o("alerts.open")}</span>
                  <span className="sr-only">
                    {`${o("alerts.open")} — ${o(`alerts.rule.${one.rule}` as never)}`}
                  </span>
                </Button>
              </header>
              {open === one.rule && (
                <Editor key={JSON.stringify(one)} project={project} stands={one} />
              )}
            </Panel>
          </li>
        ))}
      </ul>
    </>
  );
}

/** How it stands, in a few words. */
function Told({ stands }: { stands: Stands }) {
  const { t, o } = useOfficeWords();
  const asked = asks(stands);
  if (!stands.enabled) return <Badge icon="close">{o("alerts.off")}</Badge>;
  return (
    <span className="flex flex-wrap items-center gap-x-4 gap-y-1 text-base text-muted">
      {stands.level && <Badge icon="alert">{t(`alert.level.${stands.level}`)}</Badge>}
      {asked.thresholds && <span>{stands.thresholds.map((one) => `${one} %`).join(", ")}</span>}
      {asked.lead_days && (
        <span>{o("alerts.days_before", { days: stands.lead_days.join(", ") })}</span>
      )}
      {asked.bound && <span>&lt; {stands.bound?.replace(".", ",")}</span>}
      {asked.wait_hours && <span>{o("alerts.after_hours", { hours: stands.wait_hours })}</span>}
    </span>
  );
}

function Editor({ project, stands }: { project: Entity<"project">; stands: Stands }) {
  const { t, o } = useOfficeWords();
  const rights = useRights();
  const rows = useRows("alert_rule", "org");
  const { busy, trouble, save } = useSaving();
  const [proposed, setProposed] = useState<Proposed>(() => proposedOf(stands));
  const [scope, setScope] = useState<"project" | "all">("project");
  const [preview, setPreview] = useState(false);
  const set = (change: Partial<Proposed>): void => {
    setProposed({ ...proposed, ...change });
    setPreview(false);
  };
  const asked = asks(stands);
  const { after, wrong } = saidOf(stands, proposed);
  const error = (name: keyof Proposed): string | null =>
    wrong === name ? t("typed.invalid") : null;
  const everywhere = rights.may("alert_rule.create");
  const here = rights.may("alert_rule.create", project.id);
  const keep = async (): Promise<void> => {
    if (after === null || Object.keys(after).length === 0 || rows === undefined) return;
    const home = scope === "project" ? project.id : null;
    const row = rowOf(rows, stands.rule, home);
    const edit: Edit =
      row === null
        ? {
            table: "alert_rule",
            after: { rule: stands.rule, ...(home === null ? {} : { project_id: home }), ...after },
          }
        : { table: "alert_rule", row: row.id, after };
    await save("alert.rule", [edit]);
  };
  const number = (name: "horizon_days" | "wait_hours" | "escalate_hours", suffix: string) => (
    <TextField
      error={error(name)}
      inputMode="numeric"
      label={o(`alerts.field.${name}`)}
      onChange={(event) => set({ [name]: event.target.value })}
      suffix={suffix}
      value={proposed[name]}
    />
  );
  return (
    <form
      className="flex flex-col gap-5 rounded-xl bg-sunken p-4"
      onSubmit={(event) => {
        event.preventDefault();
        void keep();
      }}
    >
      <label className="target inline-flex cursor-pointer items-center gap-3 self-start font-semibold">
        <input
          checked={proposed.enabled}
          className="h-7 w-7 accent-accent"
          onChange={(event) => set({ enabled: event.target.checked })}
          type="checkbox"
        />
        {o("alerts.field.enabled")}
      </label>
      <div className="grid gap-5 sm:grid-cols-2">
        <SelectField
          choices={[
            { value: "", label: o("alerts.own_level") },
            ...LEVELS.map((one) => ({ value: one, label: t(`alert.level.${one}`) })),
          ]}
          label={o("alerts.field.level")}
          onChange={(event) => set({ level: event.target.value as Level | "" })}
          value={proposed.level}
        />
        {asked.thresholds && (
          <TextField
            error={error("thresholds")}
            help={o("alerts.list_help", { example: "80, 100, 110" })}
            label={o("alerts.field.thresholds")}
            onChange={(event) => set({ thresholds: event.target.value })}
            suffix="%"
            value={proposed.thresholds}
          />
        )}
        {asked.lead_days && (
          <TextField
            error={error("lead_days")}
            help={o("alerts.list_help", { example: "30, 7, 3, 1" })}
            label={o("alerts.field.lead_days")}
            onChange={(event) => set({ lead_days: event.target.value })}
            value={proposed.lead_days}
          />
        )}
        {asked.horizon_days && number("horizon_days", o("alerts.days"))}
        {asked.bound && (
          <TextField
            error={error("bound")}
            inputMode="decimal"
            label={o("alerts.field.bound")}
            onChange={(event) => set({ bound: event.target.value })}
            value={proposed.bound}
          />
        )}
        {asked.wait_hours && number("wait_hours", "h")}
        {number("escalate_hours", "h")}
      </div>
      <Roles
        chosen={proposed.roles}
        label={o("alerts.field.roles")}
        onChange={(roles) => set({ roles })}
      />
      <Roles
        chosen={proposed.escalate_roles}
        label={o("alerts.field.escalate_roles")}
        onChange={(escalate_roles) => set({ escalate_roles })}
      />
      {preview && after !== null && (
        <RulePreview project={project} proposed={after} rule={stands.rule} />
      )}
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      <div className="flex flex-wrap items-end gap-3">
        <Button disabled={after === null} icon="search" onClick={() => setPreview(true)}>
          {o("alerts.preview")}
        </Button>
        {(here || everywhere) && (
          <>
            {everywhere && (
              <ChoiceField
                choices={[
                  { value: "project", label: o("alerts.this_project") },
                  { value: "all", label: o("alerts.all_projects") },
                ]}
                label={o("alerts.holds_for")}
                onChange={(value) => setScope(value as "project" | "all")}
                value={scope}
              />
            )}
            <Button
              disabled={busy || after === null || Object.keys(after).length === 0}
              icon="check"
              tone="primary"
              type="submit"
            >
              {t("common.save")}
            </Button>
          </>
        )}
      </div>
    </form>
  );
}

function Roles({
  label,
  chosen,
  onChange,
}: {
  label: string;
  chosen: readonly string[];
  onChange: (roles: string[]) => void;
}) {
  const { o } = useOfficeWords();
  return (
    <fieldset>
      <legend className="font-semibold">{label}</legend>
      <div className="flex flex-wrap gap-x-6">
        {PROJECT_ROLES.map((role) => (
          <label className="target inline-flex cursor-pointer items-center gap-3" key={role}>
            <input
              checked={chosen.includes(role)}
              className="h-6 w-6 accent-accent"
              onChange={(event) =>
                onChange(
                  event.target.checked ? [...chosen, role] : chosen.filter((one) => one !== role),
                )
              }
              type="checkbox"
            />
            {o(`choice.${role}` as never, { defaultValue: role })}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
