/** What people and devices did, newest first: searched by person, project, kind and period. */

import { useEffect, useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { useAct, useServer } from "../../../app/asking";
import { moment } from "../../../app/format";
import { usePeopleWords } from "../../../app/peopleWords";
import { useAllRows, useProjects } from "../../../app/workplace";
import { Button, Empty, Notice, Panel } from "../../../components/basics";
import { type Column, DataTable } from "../../../components/DataTable";
import { type Choice, SelectField, TextField } from "../../../components/fields";
import { fr } from "../../../locales/people/fr";
import { useValues } from "../values";
import { Awaited } from "./Awaited";
import {
  type ActivityEvent,
  type ActivityFilter,
  type ActivityPage,
  activityPath,
  detailWords,
  isBackwards,
  NOTHING,
} from "./activityRecord";
import type { DeviceRecord } from "./deviceRecords";
import { usePeopleStanding } from "./standing";

const KINDS = Object.keys(fr.kind).sort();

export function Activity() {
  const [query, setQuery] = useSearchParams();
  const filter: ActivityFilter = { ...NOTHING };
  for (const name of Object.keys(NOTHING) as (keyof ActivityFilter)[]) {
    filter[name] = query.get(name) ?? "";
  }
  const change = (part: Partial<ActivityFilter>): void => {
    const next = Object.entries({ ...filter, ...part }).filter(([, value]) => value !== "");
    setQuery(Object.fromEntries(next), { replace: true });
  };
  return (
    <div className="flex flex-col gap-4">
      <Filters filter={filter} onChange={change} />
      {!isBackwards(filter) && <Events filter={filter} key={JSON.stringify(filter)} />}
    </div>
  );
}

function Filters({
  filter,
  onChange,
}: {
  filter: ActivityFilter;
  onChange: (part: Partial<ActivityFilter>) => void;
}) {
  const { p, language } = usePeopleWords();
  const people = useAllRows("person") ?? [];
  const projects = useProjects() ?? [];
  const collator = new Intl.Collator(language);
  const among = (choices: Choice[]): Choice[] => [
    { value: "", label: p("activity.all") },
    ...choices.sort((left, right) => collator.compare(left.label, right.label)),
  ];
  return (
    <Panel className="grid gap-4 p-4 sm:grid-cols-2 lg:grid-cols-3">
      <SelectField
        choices={among(people.map((one) => ({ value: one.id, label: one.name })))}
        label={p("activity.person")}
        onChange={(event) => onChange({ person: event.target.value })}
        value={filter.person}
      />
      <SelectField
        choices={among(
          projects.map((one) => ({ value: one.id, label: `${one.code} · ${one.name}` })),
        )}
        label={p("activity.project")}
        onChange={(event) => onChange({ project: event.target.value })}
        value={filter.project}
      />
      <SelectField
        choices={among(KINDS.map((one) => ({ value: one, label: p(`kind.${one}` as never) })))}
        label={p("activity.kind")}
        onChange={(event) => onChange({ kind: event.target.value })}
        value={filter.kind}
      />
      <TextField
        label={p("activity.since")}
        onChange={(event) => onChange({ since: event.target.value })}
        type="date"
        value={filter.since}
      />
      <TextField
        error={isBackwards(filter) ? p("activity.backwards") : null}
        label={p("activity.until")}
        onChange={(event) => onChange({ until: event.target.value })}
        type="date"
        value={filter.until}
      />
    </Panel>
  );
}

/** The pages that were asked for so far; the first stays live. */
function Events({ filter }: { filter: ActivityFilter }) {
  const { o, p, language } = usePeopleWords();
  const first = useServer<ActivityPage>(activityPath(filter, null));
  const { busy, trouble, act } = useAct();
  const [older, setOlder] = useState<ActivityPage[]>([]);
  const columns = useEventColumns();
  const newest = first.data?.events[0]?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a newer first page moves the others.
  useEffect(() => setOlder([]), [newest]);
  const pages = first.data === undefined ? [] : [first.data, ...older];
  const next = pages.at(-1)?.next ?? null;
  const rows = useMemo(
    () => pages.flatMap((page) => page.events.map((one) => ({ ...one, id: String(one.id) }))),
    [pages],
  );
  if (first.data === undefined) {
    return <Awaited failed={first.failed} />;
  }
  const more = async (): Promise<void> => {
    const page = await act<ActivityPage>("GET", activityPath(filter, next));
    if (page !== null) setOlder([...older, page]);
  };
  if (rows.length === 0) return <Empty icon="history" title={p("activity.none")} />;
  return (
    <>
      <DataTable columns={columns} down first="at" label={p("activity.title")} rows={rows} />
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      {next !== null && (
        <Button className="self-start" disabled={busy} icon="down" onClick={() => void more()}>
          {p("activity.more")} · {moment(rows.at(-1)?.at ?? 0, language)}
        </Button>
      )}
      <p className="sr-only" role="status">
        {o("more_rows", { count: rows.length })}
      </p>
    </>
  );
}

type EventRow = Omit<ActivityEvent, "id"> & { id: string };

function useEventColumns(): Column<EventRow>[] {
  const { o, p, language } = usePeopleWords();
  const { personName, fieldName, tableName } = useValues();
  const { leads } = usePeopleStanding();
  const projects = useProjects() ?? [];
  const { data: devices } = useServer<DeviceRecord[]>(
    leads ? "/api/users/devices" : "/api/users/devices/mine",
  );
  const say = {
    choice: (value: string) => o(`choice.${value}` as never, { defaultValue: value }),
    field: fieldName,
    table: tableName,
    how: (value: string) => p(`how.${value}` as never, { defaultValue: value }),
  };
  const named = (person: string | null): string | null =>
    person === null ? null : personName(person);
  return [
    {
      key: "at",
      label: p("activity.when"),
      value: (one) => one.at,
      show: (one) => <span className="whitespace-nowrap">{moment(one.at, language)}</span>,
    },
    {
      key: "kind",
      label: p("activity.what"),
      value: (one) => p(`kind.${one.kind}` as never, { defaultValue: one.kind }),
      show: (one) => <strong>{p(`kind.${one.kind}` as never, { defaultValue: one.kind })}</strong>,
    },
    { key: "whom", label: p("activity.whom"), value: (one) => named(one.person) },
    { key: "actor", label: p("activity.actor"), value: (one) => named(one.actor) },
    {
      key: "project",
      label: p("activity.project"),
      value: (one) => projects.find((each) => each.id === one.project)?.code ?? null,
    },
    {
      key: "detail",
      label: p("activity.detail"),
      value: (one) => detailWords(one.detail, say) || null,
    },
    {
      key: "device",
      label: p("activity.device"),
      value: (one) => devices?.find((each) => each.id === one.device)?.name ?? null,
    },
    { key: "address", label: p("activity.address"), value: (one) => one.address },
  ];
}
