/** One permit to work: whether the work is allowed, what exactly, under which precautions. */

import { useState } from "react";
import { useParams } from "react-router";
import { fetchAs } from "../../app/fetching";
import { useFieldWords } from "../../app/fieldWords";
import { numbersOf } from "../../app/numbers";
import { useRights } from "../../app/useRights";
import { useSaving } from "../../app/useSaving";
import { useAllRows, useRow, useWorkplace } from "../../app/workplace";
import { Button, Empty, Notice, Panel, ScreenHead } from "../../components/basics";
import { AreaField } from "../../components/fields";
import { SyncMark } from "../../components/SyncMark";
import { WatchButton } from "../../components/WatchButton";
import type { Problem } from "../../engine/changes";
import type { Entity } from "../../replica/view";
import { PermitStanding } from "./PermitStanding";
import { type PermitStatus, stepsOf } from "./permits";
import { Talk } from "./Talk";

/** Steps that are made online, under the lock of the server: no merge ever activates a permit. */
const ROUTES: Partial<Record<PermitStatus, string>> = { active: "activate" };
const WHY: readonly PermitStatus[] = ["suspended", "refused", "cancelled"];

export default function PermitDetail() {
  const { permit: id } = useParams();
  const { t, f } = useFieldWords();
  const people = useAllRows("person");
  const permit = useRow("permit", id);
  if (permit === undefined) return null;
  if (permit === null) {
    return (
      <>
        <ScreenHead back="/permits" backLabel={t("common.back")} title={f("permit.list")} />
        <Empty icon="permit" title={f("permit.unknown")} />
      </>
    );
  }
  const nameOf = (person: string | null | undefined): string | null =>
    person ? (people?.find((one) => one.id === person)?.name ?? "…") : null;
  const who = [
    [f("permit.holder"), nameOf(permit.holder_id)],
    [f("permit.requested_by"), nameOf(permit.author_id)],
    [f("permit.issued_by"), nameOf(permit.issued_by)],
    [f("permit.activated_by"), nameOf(permit.activated_by)],
  ].filter((one) => one[1] !== null);
  return (
    <div className="flex flex-col gap-4">
      <ScreenHead back="/permits" backLabel={t("common.back")} title={permit.title}>
        <SyncMark state={permit.syncState} />
        <WatchButton row={permit} table="permit" />
      </ScreenHead>
      <p className="text-muted">
        {`${numbersOf(permit)} · `}
        {f(`permit.kind.${permit.kind}`)} · {f(`permit.status.${permit.status ?? "requested"}`)}
      </p>
      <PermitStanding large permit={permit} />
      {permit.reason && <Notice icon="alert" mood="warn" title={permit.reason} />}
      <Steps permit={permit} />
      <Panel className="flex flex-col gap-4 p-4">
        <Words title={f("permit.work")} words={permit.work} />
        <Words title={f("permit.place")} words={permit.place} />
        <Words title={f("permit.hazards")} words={permit.hazards} />
        <Words title={f("permit.precautions")} words={permit.precautions} />
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
          {who.map(([title, name]) => (
            <div className="contents" key={title}>
              <dt className="text-muted">{title}</dt>
              <dd className="font-semibold break-words">{name}</dd>
            </div>
          ))}
        </dl>
      </Panel>
      <Talk
        project={permit.project_id}
        subject={{ subject_table: "permit", subject_id: permit.id }}
      />
    </div>
  );
}

function Words({ title, words }: { title: string; words: string | null | undefined }) {
  if (!words) return null;
  return (
    <section>
      <h2>{title}</h2>
      <p className="break-words whitespace-pre-line">{words}</p>
    </section>
  );
}

function Steps({ permit }: { permit: Entity<"permit"> }) {
  const { t, f, language } = useFieldWords();
  const { person, wake } = useWorkplace();
  const rights = useRights();
  const saving = useSaving();
  const [asked, setAsked] = useState<PermitStatus | null>(null);
  const [reason, setReason] = useState("");
  const [refused, setRefused] = useState<string | null>(null);
  const [asking, setAsking] = useState(false);
  const steps = stepsOf(permit, person, (right) => rights.may(right, permit.project_id));
  const busy = saving.busy || asking;

  const online = async (route: string): Promise<void> => {
    setAsking(true);
    setRefused(null);
    try {
      const path = `/api/projects/${permit.project_id}/permits/${permit.id}/${route}`;
      const response = await fetchAs(person, path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}",
      });
      if (response.ok) wake();
      else setRefused(((await response.json()) as Problem).message[language]);
    } catch {
      // No link: nothing has happened, and the person is told to find one.
      setRefused(f("permit.needs_link"));
    } finally {
      setAsking(false);
    }
  };
  const step = async (to: PermitStatus): Promise<void> => {
    const route = ROUTES[to];
    if (route !== undefined) {
      await online(permit.status === "suspended" ? "resume" : route);
      return;
    }
    const why = reason.trim() === "" ? {} : { reason: reason.trim() };
    const saved = await saving.save("permit.step", [
      { table: "permit", row: permit.id, after: { status: to, ...why } },
    ]);
    if (saved !== null) setAsked(null);
  };
  if (steps.length === 0) return null;
  const trouble = saving.trouble ?? refused;
  return (
    <section aria-label={f("permit.steps")} className="flex flex-col gap-3">
      {asked === null ? (
        <div className="flex flex-wrap gap-3">
          {steps.map((to) => (
            <Button
              className="flex-1"
              disabled={busy}
              key={to}
              onClick={() => (WHY.includes(to) ? setAsked(to) : void step(to))}
              tone={WHY.includes(to) ? "danger" : to === "handed_back" ? "plain" : "primary"}
            >
              {f(
                permit.status === "suspended" && to === "active"
                  ? "permit.step.resume"
                  : (`permit.step.${to}` as never),
              )}
            </Button>
          ))}
        </div>
      ) : (
        <form
          className="flex flex-col gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            void step(asked);
          }}
        >
          <AreaField
            autoFocus
            label={f("permit.reason")}
            maxLength={400}
            onChange={(event) => setReason(event.target.value)}
            rows={2}
            value={reason}
          />
          <div className="flex flex-wrap gap-3">
            <Button className="flex-1" disabled={busy} tone="danger" type="submit">
              {f(`permit.step.${asked}` as never)}
            </Button>
            <Button className="flex-1" onClick={() => setAsked(null)}>
              {t("common.cancel")}
            </Button>
          </div>
        </form>
      )}
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
    </section>
  );
}
