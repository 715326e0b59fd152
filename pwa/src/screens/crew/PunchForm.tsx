/** Note a defect, or say more of one: what, where, who lifts it, until when. */

import { type FormEvent, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { useFieldWords } from "../../app/fieldWords";
import { today } from "../../app/format";
import { attachment, keepPhoto } from "../../app/photos";
import { useRowForm } from "../../app/useRowForm";
import { useSaving } from "../../app/useSaving";
import { useAllRows, useProject, useRows, useWorkplace } from "../../app/workplace";
import { Button, Notice, ScreenHead } from "../../components/basics";
import { RowFields } from "../../components/RowFields";
import { DEVICE_SOURCES, uuid7 } from "../../replica/identity";

const ASKED = [
  "title",
  "place",
  "priority",
  "due",
  "owner_id",
  "company",
  "task_id",
  "description",
] as const;

export default function PunchForm() {
  const project = useProject();
  return project ? <Form key={project.id} project={project.id} /> : null;
}

function Form({ project }: { project: string }) {
  const { t, f } = useFieldWords();
  const { person, database } = useWorkplace();
  const navigate = useNavigate();
  const { busy, trouble, save } = useSaving();
  const people = useAllRows("person");
  const members = useRows("member", `project:${project}`);
  const [photo, setPhoto] = useState<File | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const form = useRowForm({
    table: "punch_item",
    draft: `punch_item:${project}`,
    row: null,
    names: ASKED,
    begun: { priority: "normal" },
    currency: "XAF",
  });
  const owners = (people ?? [])
    .filter((one) => members?.some((member) => member.person_id === one.id))
    .map((one) => ({ value: one.id, label: one.name }));
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const after = form.read();
    if (after === null) return;
    const row = uuid7(DEVICE_SOURCES);
    const made = { project_id: project, author_id: person, status: "open" as const };
    const kept = photo === null ? null : await keepPhoto(database, photo, `reserve-${today()}.jpg`);
    const to = { project, person, title: after.title ?? "", purpose: "photo_before" };
    const saved = await save("punch.note", [
      {
        table: "punch_item",
        row,
        operation: "create",
        after: { ...made, ...after },
      },
      ...(kept === null ? [] : attachment(kept, to, { table: "punch_item", row })),
    ]);
    if (saved === null) return;
    await form.clear();
    await navigate(`/punch/${row}`);
  };
  return (
    <>
      <ScreenHead back="/punch" backLabel={t("common.back")} title={f("punch.new")} />
      <form className="flex flex-col gap-5" onSubmit={submit}>
        <RowFields
          entries={ASKED.map((name) => ({
            name,
            label: f(`punch.field.${name}`),
            word: (value: string) => f(`punch.priority.${value}` as never),
            ...(name === "owner_id" ? { choices: owners } : {}),
            ...(name === "task_id"
              ? { tasksOf: { scope: `project:${project}`, ended: true } }
              : {}),
          }))}
          form={form}
        />
        <Button icon="photo" onClick={() => input.current?.click()}>
          {photo === null ? f("punch.photo") : f("punch.photo_taken")}
        </Button>
        <input
          accept="image/*"
          aria-label={f("punch.photo")}
          capture="environment"
          className="hidden"
          onChange={(event) => setPhoto(event.target.files?.[0] ?? null)}
          ref={input}
          type="file"
        />
        {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
        <Button disabled={busy} icon="check" tone="primary" type="submit">
          {f("punch.save")}
        </Button>
      </form>
    </>
  );
}
