/** Report an incident or a near miss: two taps and a sentence. */

import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";
import { localTime } from "../../app/format";
import { useDraft } from "../../app/useDraft";
import { useSaving } from "../../app/useSaving";
import { useWords } from "../../app/words";
import { useProject, useWorkplace } from "../../app/workplace";
import { Button, Notice, ScreenHead } from "../../components/basics";
import { AreaField, ChoiceField, SelectField, TextField } from "../../components/fields";
import { fieldsOf } from "../../engine/schema";
import { type Incident, TABLES } from "../../generated/tables";

const FIELDS = fieldsOf(TABLES.incident);
const KINDS = (FIELDS.get("kind")?.choices ?? []) as Incident["kind"][];
const SEVERITIES = (FIELDS.get("severity")?.choices ?? []) as Incident["severity"][];

interface Draft {
  kind: Incident["kind"];
  severity: Incident["severity"];
  place: string;
  when: string;
  description: string;
  immediate: string;
}

export default function NewIncident() {
  const { t } = useWords();
  const { person } = useWorkplace();
  const project = useProject();
  const navigate = useNavigate();
  const { busy, trouble, save } = useSaving();
  const draft = useDraft<Draft>("incident", {
    kind: "near_miss",
    severity: "minor",
    place: "",
    when: localTime(),
    description: "",
    immediate: "",
  });
  const [missing, setMissing] = useState(false);
  const { values, set } = draft;

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setMissing(values.description.trim() === "");
    if (!project || values.description.trim() === "") return;
    const saved = await save("incident.report", [
      {
        table: "incident",
        after: {
          project_id: project.id,
          kind: values.kind,
          severity: values.severity,
          occurred_at: values.when.slice(0, 16),
          description: values.description.trim(),
          status: "open",
          author_id: person,
          ...(values.place.trim() === "" ? {} : { place: values.place.trim() }),
          ...(values.immediate.trim() === "" ? {} : { immediate_action: values.immediate.trim() }),
        },
      },
    ]);
    if (saved === null) return;
    await draft.clear();
    await navigate("/incidents");
  };

  return (
    <>
      <ScreenHead back="/incidents" backLabel={t("common.back")} title={t("incident.title")} />
      <Notice icon="incident" mood="warn" title={t("incident.urgent")} />
      <form className="flex flex-col gap-5 pt-5" onSubmit={submit}>
        <SelectField
          choices={KINDS.map((kind) => ({ value: kind, label: t(`incident.kinds.${kind}`) }))}
          label={t("incident.kind")}
          onChange={(event) => set({ kind: event.target.value as Incident["kind"] })}
          value={values.kind}
        />
        <ChoiceField
          choices={SEVERITIES.map((one) => ({
            value: one,
            label: t(`incident.severities.${one}`),
          }))}
          label={t("incident.severity")}
          onChange={(value) => set({ severity: value as Incident["severity"] })}
          value={values.severity}
        />
        <AreaField
          error={missing ? t("incident.description_missing") : null}
          label={t("incident.description")}
          maxLength={20_000}
          onChange={(event) => set({ description: event.target.value })}
          value={values.description}
        />
        <TextField
          label={t("incident.place")}
          maxLength={200}
          onChange={(event) => set({ place: event.target.value })}
          value={values.place}
        />
        <TextField
          label={t("incident.when")}
          onChange={(event) => set({ when: event.target.value })}
          type="datetime-local"
          value={values.when}
        />
        <AreaField
          label={`${t("incident.immediate")} (${t("common.optional")})`}
          maxLength={20_000}
          onChange={(event) => set({ immediate: event.target.value })}
          rows={2}
          value={values.immediate}
        />
        {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
        <Button disabled={busy} icon="check" tone="primary" type="submit">
          {t("incident.record")}
        </Button>
      </form>
    </>
  );
}
