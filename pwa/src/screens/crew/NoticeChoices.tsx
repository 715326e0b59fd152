/** How one wants to be told: by which ways of what, and the hours in which nothing rings. */

import { type FormEvent, useState } from "react";
import { useFieldWords } from "../../app/fieldWords";
import { useSaving } from "../../app/useSaving";
import { useRows, useWorkplace } from "../../app/workplace";
import { Button, Notice, Panel, ScreenHead } from "../../components/basics";
import { TextField } from "../../components/fields";
import { SyncMark } from "../../components/SyncMark";
import type { Edit } from "../../replica/editing";
import type { Entity } from "../../replica/view";
import { areHours, CHANNELS, type Channel, isTold, KINDS, type Kind } from "./telling";

export default function NoticeChoices() {
  const { t, f } = useFieldWords();
  const { person } = useWorkplace();
  const rows = useRows("notice_preference", `user:${person}`);
  if (rows === undefined) return null;
  const sorted = [...rows].sort((left, right) => left.id.localeCompare(right.id));
  const general = sorted.find((one) => !one.kind) ?? null;
  return (
    <div className="flex flex-col gap-4">
      <ScreenHead back="/alerts" backLabel={t("common.back")} title={f("telling.title")} />
      <p className="text-muted">{f("telling.words")}</p>
      <Panel className="p-4">
        <ul className="divide-y divide-line">
          {KINDS.map((kind) => (
            <li key={kind}>
              <KindRow kind={kind} person={person} rows={sorted} />
            </li>
          ))}
        </ul>
      </Panel>
      <QuietHours general={general} key={general?.id ?? "none"} person={person} />
    </div>
  );
}

function KindRow({
  kind,
  rows,
  person,
}: {
  kind: Kind;
  rows: readonly Entity<"notice_preference">[];
  person: string;
}) {
  const { f } = useFieldWords();
  const { busy, trouble, save } = useSaving();
  const row = rows.find((one) => one.kind === kind);
  const choose = (channel: Channel, on: boolean): void => {
    const edit: Edit =
      row === undefined
        ? { table: "notice_preference", after: { person_id: person, kind, [channel]: on } }
        : { table: "notice_preference", row: row.id, after: { [channel]: on } };
    void save("notice.choose", [edit]);
  };
  return (
    <fieldset className="flex flex-wrap items-center gap-x-6 gap-y-1 py-2">
      <legend className="sr-only">{f(`telling.kind.${kind}`)}</legend>
      <span
        aria-hidden="true"
        className="min-w-0 flex-1 basis-full font-semibold break-words sm:basis-60"
      >
        {f(`telling.kind.${kind}`)}
      </span>
      {CHANNELS.map((channel) => (
        <label className="target inline-flex cursor-pointer items-center gap-3" key={channel}>
          <input
            checked={isTold(rows, kind, channel)}
            className="h-7 w-7 accent-accent"
            disabled={busy}
            onChange={(event) => choose(channel, event.target.checked)}
            type="checkbox"
          />
          {f(`telling.channel.${channel}`)}
        </label>
      ))}
      {row && <SyncMark quiet state={row.syncState} />}
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
    </fieldset>
  );
}

function QuietHours({
  general,
  person,
}: {
  general: Entity<"notice_preference"> | null;
  person: string;
}) {
  const { t, f } = useFieldWords();
  const { busy, trouble, save } = useSaving();
  const [from, setFrom] = useState(general?.quiet_from ?? "");
  const [until, setUntil] = useState(general?.quiet_until ?? "");
  const [wrong, setWrong] = useState(false);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const fine = areHours(from, until);
    setWrong(!fine);
    if (!fine) return;
    const hours = { quiet_from: from || null, quiet_until: until || null };
    const edit: Edit =
      general === null
        ? { table: "notice_preference", after: { person_id: person, ...hours } }
        : { table: "notice_preference", row: general.id, after: hours };
    void save("notice.quiet", [edit]);
  };
  return (
    <Panel className="p-4">
      <form className="flex flex-col gap-4" onSubmit={submit}>
        <h2>{f("telling.quiet")}</h2>
        <p className="text-base text-muted">{f("telling.quiet_words")}</p>
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField
            label={f("telling.from")}
            onChange={(event) => setFrom(event.target.value)}
            type="time"
            value={from}
          />
          <TextField
            label={f("telling.until")}
            onChange={(event) => setUntil(event.target.value)}
            type="time"
            value={until}
          />
        </div>
        {wrong && <Notice icon="refused" mood="bad" title={f("telling.hours_wrong")} />}
        {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
        <Button className="self-start" disabled={busy} icon="check" tone="primary" type="submit">
          {t("common.save")}
        </Button>
        {general && <SyncMark state={general.syncState} />}
      </form>
    </Panel>
  );
}
