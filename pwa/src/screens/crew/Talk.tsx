/** What people say of a task, a defect, a permit: each in their own name, others named with `@`. */

import { useMemo, useRef } from "react";
import { moment } from "../../app/format";
import { useDraft } from "../../app/useDraft";
import { May } from "../../app/useRights";
import { useSaving } from "../../app/useSaving";
import { useWords } from "../../app/words";
import { useAllRows, useRows, useWorkplace } from "../../app/workplace";
import { Button, Notice, Panel } from "../../components/basics";
import { AreaField } from "../../components/fields";
import { SyncMark } from "../../components/SyncMark";
import type { Comment } from "../../generated/tables";
import { mentionsIn, type Nameable, offeredFor, withMention } from "./mentions";

type Subject = Pick<Comment, "task_id"> | Pick<Comment, "subject_table" | "subject_id">;

export function Talk({ project, subject }: { project: string; subject: Subject }) {
  const { t, language } = useWords();
  const scope = `project:${project}`;
  const comments = useRows("comment", scope);
  const people = useAllRows("person");
  const about = "task_id" in subject ? subject.task_id : (subject as Comment).subject_id;
  const mine = (comments ?? [])
    .filter((one) => (one.task_id ?? one.subject_id) === about)
    .sort((left, right) => left.id.localeCompare(right.id));
  const nameOf = (person: string): string => people?.find((one) => one.id === person)?.name ?? "…";
  return (
    <Panel className="flex flex-col gap-4 p-4">
      <h2>{t("task.comments")}</h2>
      {mine.length === 0 && <p className="text-muted">{t("task.no_comments")}</p>}
      <ul className="flex flex-col gap-3">
        {mine.map((comment) => (
          <li className="rounded-xl bg-sunken p-3" key={comment.id}>
            <p className="flex flex-wrap items-center gap-x-3 text-base text-muted">
              <strong className="text-ink">{nameOf(comment.author_id)}</strong>
              {moment(Number.parseInt(comment.id.replaceAll("-", "").slice(0, 12), 16), language)}
              <SyncMark quiet state={comment.syncState} />
            </p>
            <Body
              body={comment.body}
              names={(comment.mentions ?? []).map((person) => `@${nameOf(person)}`)}
            />
          </li>
        ))}
      </ul>
      <May project={project} right="comment.create">
        <Write about={about ?? ""} project={project} subject={subject} />
      </May>
    </Panel>
  );
}

/** The text with the names in it marked. */
function Body({ body, names }: { body: string; names: readonly string[] }) {
  const escaped = names.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const parts = escaped.length === 0 ? [body] : body.split(new RegExp(`(${escaped.join("|")})`));
  return (
    <p className="break-words whitespace-pre-wrap">
      {parts.map((part, at) =>
        names.includes(part) ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text, in its order.
          <strong className="text-accent" key={at}>
            {part}
          </strong>
        ) : (
          part
        ),
      )}
    </p>
  );
}

function Write({ project, subject, about }: { project: string; subject: Subject; about: string }) {
  const { t } = useWords();
  const { person } = useWorkplace();
  const members = useRows("member", `project:${project}`);
  const people = useAllRows("person");
  const { busy, trouble, save } = useSaving();
  const { values, set, clear } = useDraft(`comment:${about}`, { body: "" });
  const frame = useRef<HTMLDivElement>(null);
  const named = useMemo<Nameable[]>(() => {
    const here = new Set((members ?? []).map((one) => one.person_id));
    return (people ?? [])
      .filter((one) => here.has(one.id) && one.id !== person)
      .map(({ id, name }) => ({ id, name }));
  }, [members, people, person]);
  const offered = offeredFor(values.body, named);
  const write = (body: string): void => {
    set({ body });
    frame.current?.querySelector("textarea")?.focus();
  };
  const submit = async (): Promise<void> => {
    const body = values.body.trim();
    const mentions = mentionsIn(body, named);
    const after = {
      project_id: project,
      ...subject,
      body,
      author_id: person,
      ...(mentions.length === 0 ? {} : { mentions }),
    };
    if ((await save("comment.write", [{ table: "comment", after }])) === null) return;
    set({ body: "" });
    await clear();
  };
  return (
    <div className="flex flex-col gap-3" ref={frame}>
      <AreaField
        help={named.length > 0 ? t("task.mention_help") : undefined}
        label={t("task.add_comment")}
        maxLength={4_000}
        onChange={(event) => set({ body: event.target.value })}
        rows={2}
        value={values.body}
      />
      {offered.length > 0 && (
        <ul aria-label={t("task.mention")} className="flex flex-wrap gap-3">
          {offered.map((one) => (
            <li key={one.id}>
              <Button onClick={() => write(withMention(values.body, one.name))}>@{one.name}</Button>
            </li>
          ))}
        </ul>
      )}
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      <div className="flex flex-wrap gap-3">
        <Button
          className="flex-1"
          disabled={busy || values.body.trim() === ""}
          icon="comment"
          onClick={() => void submit()}
        >
          {t("task.send")}
        </Button>
        {named.length > 0 && offered.length === 0 && (
          <Button
            aria-label={t("task.mention")}
            onClick={() => write(`${values.body}${/(^|\s)$/.test(values.body) ? "" : " "}@`)}
          >
            @
          </Button>
        )}
      </div>
    </div>
  );
}
