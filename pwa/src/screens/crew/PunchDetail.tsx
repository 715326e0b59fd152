/** One defect: where it stands, who lifts it, and the next step of whoever looks at it. */

import { useRef } from "react";
import { useParams } from "react-router";
import { useFieldWords } from "../../app/fieldWords";
import { date, today } from "../../app/format";
import { numberOf } from "../../app/numbers";
import { attachment, keepPhoto } from "../../app/photos";
import { useRights } from "../../app/useRights";
import { useSaving } from "../../app/useSaving";
import { useAllRows, useRow, useRows, useWorkplace } from "../../app/workplace";
import { Button, Empty, Notice, Panel, ScreenHead } from "../../components/basics";
import { SyncMark } from "../../components/SyncMark";
import { WatchButton } from "../../components/WatchButton";
import type { Entity } from "../../replica/view";
import { PunchBadge } from "./PunchBadge";
import { movesOf } from "./punch";
import { Talk } from "./Talk";

export default function PunchDetail() {
  const { item: id } = useParams();
  const { t, f, language } = useFieldWords();
  const people = useAllRows("person");
  const item = useRow("punch_item", id);
  if (item === undefined) return null;
  if (item === null) {
    return (
      <>
        <ScreenHead back="/punch" backLabel={t("common.back")} title={f("punch.list")} />
        <Empty icon="punch" title={f("punch.unknown")} />
      </>
    );
  }
  const nameOf = (person: string | null | undefined): string | undefined =>
    person ? (people?.find((one) => one.id === person)?.name ?? "…") : undefined;
  const facts = [
    [f("punch.field.place"), item.place],
    [f("punch.field.due"), item.due ? date(item.due, language) : null],
    [f("punch.field.owner_id"), nameOf(item.owner_id)],
    [f("punch.field.company"), item.company],
    [f("punch.resolved_by"), nameOf(item.resolved_by)],
    [f("punch.verified_by"), nameOf(item.verified_by)],
    [f("punch.author"), nameOf(item.author_id)],
  ].filter((one) => one[1]);
  return (
    <div className="flex flex-col gap-4">
      <ScreenHead
        back="/punch"
        backLabel={t("common.back")}
        title={`${numberOf(item)} · ${item.title}`}
      >
        <WatchButton row={item} table="punch_item" />
      </ScreenHead>
      <div className="flex flex-wrap items-center gap-3">
        <PunchBadge item={item} />
        <SyncMark state={item.syncState} />
      </div>
      <Steps item={item} />
      <Panel className="flex flex-col gap-3 p-4">
        {item.description && <p className="break-words whitespace-pre-line">{item.description}</p>}
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
          {facts.map(([title, value]) => (
            <div className="contents" key={title}>
              <dt className="text-muted">{title}</dt>
              <dd className="font-semibold break-words">{value}</dd>
            </div>
          ))}
        </dl>
        <Photos item={item} />
      </Panel>
      <Talk
        project={item.project_id}
        subject={{ subject_table: "punch_item", subject_id: item.id }}
      />
    </div>
  );
}

function Steps({ item }: { item: Entity<"punch_item"> }) {
  const { f } = useFieldWords();
  const { person } = useWorkplace();
  const rights = useRights();
  const { busy, trouble, save } = useSaving();
  if (!rights.may("punch_item.update", item.project_id)) return null;
  const verifies = rights.may("punch_item.verify", item.project_id);
  const moves = movesOf(item, person, verifies);
  const mended = item.status === "resolved" && verifies && item.resolved_by === person;
  return (
    <>
      <div className="flex flex-wrap gap-3">
        {moves.map((to) => (
          <Button
            className="flex-1"
            disabled={busy}
            key={to}
            onClick={() =>
              void save("punch.move", [
                { table: "punch_item", row: item.id, after: { status: to } },
              ])
            }
            tone={["resolved", "verified"].includes(to) ? "primary" : "plain"}
          >
            {f(`punch.move.${to}`)}
          </Button>
        ))}
      </div>
      {mended && <p className="text-muted">{f("punch.another")}</p>}
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
    </>
  );
}

/** How many photos show it, before and after; another is one tap away. */
function Photos({ item }: { item: Entity<"punch_item"> }) {
  const { f } = useFieldWords();
  const { person, database } = useWorkplace();
  const links = useRows("document_link", item.scope);
  const { busy, trouble, save } = useSaving();
  const input = useRef<HTMLInputElement>(null);
  const own = (links ?? []).filter((one) => one.subject_id === item.id);
  const purpose = ["open", "in_progress"].includes(item.status ?? "open")
    ? "photo_before"
    : "photo_after";
  const add = async (file: File): Promise<void> => {
    const kept = await keepPhoto(database, file, `reserve-${today()}.jpg`);
    const to = { project: item.project_id, person, title: item.title, purpose };
    await save("punch.photo", attachment(kept, to, { table: "punch_item", row: item.id }));
  };
  return (
    <div className="flex flex-wrap items-center gap-3">
      <span className="flex-1">
        {f("punch.photos", {
          before: own.filter((one) => one.purpose === "photo_before").length,
          after: own.filter((one) => one.purpose === "photo_after").length,
        })}
      </span>
      <Button disabled={busy} icon="photo" onClick={() => input.current?.click()}>
        {f("punch.photo")}
      </Button>
      <input
        accept="image/*"
        aria-label={f("punch.photo")}
        capture="environment"
        className="hidden"
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file !== undefined) void add(file);
        }}
        ref={input}
        type="file"
      />
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
    </div>
  );
}
