/** Who decides for whom while they are away: from a day to a day, for some kinds and amounts. */

import { type FormEvent, useState } from "react";
import { date, money, today } from "../../app/format";
import { useOfficeWords } from "../../app/officeWords";
import { useRights } from "../../app/useRights";
import { useRowForm } from "../../app/useRowForm";
import { useSaving } from "../../app/useSaving";
import { useAllRows, useProjects, useWorkplace } from "../../app/workplace";
import { Badge, Button, Notice, Panel } from "../../components/basics";
import { FormFoot } from "../../components/FormFoot";
import { RowFields } from "../../components/RowFields";
import { SyncMark } from "../../components/SyncMark";
import { fieldsOf } from "../../engine/schema";
import { TABLES } from "../../generated/tables";
import type { Entity } from "../../replica/view";

type Delegation = Entity<"delegation">;

const KINDS = fieldsOf(TABLES.approval_rule).get("kind")?.choices ?? [];
const ASKED = ["delegate_id", "start", "finish", "project_id", "amount_below", "currency"] as const;

export function Delegations() {
  const { o } = useOfficeWords();
  const { person } = useWorkplace();
  const rights = useRights();
  const all = useAllRows("delegation");
  const people = useAllRows("person");
  const [adding, setAdding] = useState(false);
  if (all === undefined || people === undefined) return null;
  const leads = rights.may("delegation.update");
  const shown = all
    .filter((one) => leads || one.person_id === person || one.delegate_id === person)
    .filter((one) => one.finish >= today() && one.ended !== true)
    .sort((left, right) => left.start.localeCompare(right.start));
  return (
    <Panel className="flex flex-col gap-4 p-4">
      <h2>{o("away.title")}</h2>
      <p className="text-muted">{o("away.words")}</p>
      {shown.length > 0 && (
        <ul className="flex flex-col divide-y divide-line">
          {shown.map((one) => (
            <Line delegation={one} key={one.id} mine={leads || one.person_id === person} />
          ))}
        </ul>
      )}
      {adding ? (
        <Form leads={leads} onDone={() => setAdding(false)} />
      ) : (
        rights.may("delegation.create") && (
          <Button className="self-start" icon="add" onClick={() => setAdding(true)}>
            {o("away.add")}
          </Button>
        )
      )}
    </Panel>
  );
}

function Line({ delegation, mine }: { delegation: Delegation; mine: boolean }) {
  const { o, language } = useOfficeWords();
  const people = useAllRows("person");
  const projects = useProjects();
  const { busy, trouble, save } = useSaving();
  const nameOf = (person: string): string =>
    people?.find((one) => one.id === person)?.name ?? o("unknown_person");
  const bounds = [
    delegation.project_id
      ? (projects?.find((one) => one.id === delegation.project_id)?.name ?? null)
      : o("away.all_projects"),
    delegation.kinds?.length
      ? delegation.kinds.map((one) => o(`table.${one}` as never)).join(", ")
      : null,
    delegation.amount_below != null
      ? o("approving.below", {
          amount: money(delegation.amount_below, delegation.currency ?? "XAF", language),
        })
      : null,
  ].filter((one) => one !== null);
  return (
    <li className="flex flex-wrap items-center gap-3 py-3">
      <div className="min-w-0 flex-1 basis-60">
        <p className="font-semibold break-words">
          {nameOf(delegation.person_id)} → {nameOf(delegation.delegate_id)}
        </p>
        <p className="text-base text-muted">
          {o("away.days", {
            start: date(delegation.start, language),
            finish: date(delegation.finish, language),
          })}
          {" · "}
          {bounds.join(" · ")}
        </p>
      </div>
      {delegation.start <= today() && (
        <Badge icon="check" mood="accent">
          {o("away.now")}
        </Badge>
      )}
      <SyncMark quiet state={delegation.syncState} />
      {mine && (
        <Button
          disabled={busy}
          onClick={() =>
            void save("delegation.end", [
              { table: "delegation", row: delegation.id, after: { ended: true } },
            ])
          }
        >
          {o("away.end")}
        </Button>
      )}
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
    </li>
  );
}

function Form({ leads, onDone }: { leads: boolean; onDone: () => void }) {
  const { t, o } = useOfficeWords();
  const { person } = useWorkplace();
  const people = useAllRows("person");
  const projects = useProjects();
  const { busy, trouble, save } = useSaving();
  const [kinds, setKinds] = useState<readonly string[]>([]);
  const [backwards, setBackwards] = useState(false);
  const form = useRowForm({
    table: "delegation",
    draft: "delegation:new",
    row: null,
    names: leads ? ["person_id", ...ASKED] : ASKED,
    begun: { person_id: person, start: today(), currency: projects?.[0]?.currency ?? "XAF" },
    currency: projects?.[0]?.currency ?? "XAF",
  });
  const names = leads ? (["person_id", ...ASKED] as const) : ASKED;
  const everyone = (people ?? []).filter((one) => one.active !== false);
  const choices = {
    person_id: everyone.map((one) => ({ value: one.id, label: one.name })),
    delegate_id: everyone
      .filter((one) => one.id !== (form.values.person_id || person))
      .map((one) => ({ value: one.id, label: one.name })),
    project_id: (projects ?? []).map((one) => ({ value: one.id, label: one.name })),
  };
  const leave = async (): Promise<void> => {
    await form.clear();
    onDone();
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const after = form.read();
    if (after === null) return;
    const wrong = (after.finish ?? "") < (after.start ?? "");
    setBackwards(wrong);
    if (wrong) return;
    const { currency, ...rest } = after;
    const saved = await save("delegation.name", [
      {
        table: "delegation",
        after: {
          person_id: person,
          ...rest,
          ...(rest.amount_below == null || !currency ? {} : { currency }),
          ...(kinds.length === 0 ? {} : { kinds: [...kinds].sort() }),
        },
      },
    ]);
    if (saved === null) return;
    await leave();
  };
  return (
    <form className="flex flex-col gap-5" onSubmit={submit}>
      <RowFields
        entries={names.map((name) => ({
          name,
          label: o(`away.field.${name}`),
          ...(name in choices ? { choices: choices[name as keyof typeof choices] } : {}),
        }))}
        form={form}
      />
      <fieldset className="flex flex-col gap-1.5">
        <legend className="mb-1.5 font-semibold">{`${o("away.kinds")} (${t("common.optional")})`}</legend>
        <div className="flex flex-wrap gap-x-6">
          {KINDS.map((kind) => (
            <label className="target inline-flex items-center gap-3" key={kind}>
              <input
                checked={kinds.includes(kind)}
                className="h-7 w-7 accent-accent"
                onChange={(event) =>
                  setKinds(
                    event.target.checked ? [...kinds, kind] : kinds.filter((one) => one !== kind),
                  )
                }
                type="checkbox"
              />
              {o(`table.${kind}` as never)}
            </label>
          ))}
        </div>
      </fieldset>
      {backwards && <Notice icon="refused" mood="bad" title={o("project.backwards")} />}
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      <FormFoot busy={busy} label={o("away.save")} onCancel={leave} />
    </form>
  );
}
