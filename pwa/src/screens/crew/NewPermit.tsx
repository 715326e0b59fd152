/** Ask for a permit to work: what, where, when; its wording never changes afterwards. */

import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";
import { useFieldWords } from "../../app/fieldWords";
import { localTime } from "../../app/format";
import { useRowForm } from "../../app/useRowForm";
import { useSaving } from "../../app/useSaving";
import { useAllRows, useProject, useRows, useWorkplace } from "../../app/workplace";
import { Button, Notice, ScreenHead } from "../../components/basics";
import { RowFields } from "../../components/RowFields";

const ASKED = [
  "kind",
  "title",
  "place",
  "holder_id",
  "valid_from",
  "valid_until",
  "work",
  "hazards",
  "precautions",
] as const;

const SHIFT_HOURS = 8;
const DAY_ENDS_HOUR = 18;

/** A permit ends with the day shift; one that begins near its end or later holds for a whole one. */
function endOfShift(begins: Date): Date {
  const end = new Date(begins);
  end.setHours(DAY_ENDS_HOUR, 0, 0, 0);
  const left = end.getTime() - begins.getTime();
  return left > 3_600_000 ? end : new Date(begins.getTime() + SHIFT_HOURS * 3_600_000);
}

export default function NewPermit() {
  const project = useProject();
  return project ? <Form key={project.id} project={project.id} /> : null;
}

function Form({ project }: { project: string }) {
  const { t, f } = useFieldWords();
  const { person } = useWorkplace();
  const navigate = useNavigate();
  const { busy, trouble, save } = useSaving();
  const people = useAllRows("person");
  const members = useRows("member", `project:${project}`);
  const [backwards, setBackwards] = useState(false);
  const form = useRowForm({
    table: "permit",
    draft: `permit:${project}`,
    row: null,
    names: ASKED,
    begun: { valid_from: localTime(), valid_until: localTime(endOfShift(new Date())) },
    currency: "XAF",
  });
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const after = form.read();
    if (after === null) return;
    const wrong = (after.valid_until ?? "") <= (after.valid_from ?? "");
    setBackwards(wrong);
    if (wrong) return;
    const made = { project_id: project, author_id: person, status: "requested" as const };
    const saved = await save("permit.request", [{ table: "permit", after: { ...made, ...after } }]);
    if (saved === null) return;
    await form.clear();
    await navigate(`/permits/${saved[0]}`);
  };
  return (
    <>
      <ScreenHead back="/permits" backLabel={t("common.back")} title={f("permit.request")} />
      <form className="flex flex-col gap-5" onSubmit={submit}>
        <RowFields
          entries={ASKED.map((name) => ({
            name,
            label: f(`permit.field.${name}`),
            word: (value: string) => f(`permit.kind.${value}` as never),
            ...(name === "holder_id"
              ? {
                  choices: (people ?? [])
                    .filter((one) => members?.some((member) => member.person_id === one.id))
                    .map((one) => ({ value: one.id, label: one.name })),
                }
              : {}),
          }))}
          form={form}
        />
        {backwards && <Notice icon="refused" mood="bad" title={f("permit.backwards")} />}
        {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
        <Button disabled={busy} icon="sent" tone="primary" type="submit">
          {f("permit.request")}
        </Button>
      </form>
    </>
  );
}
