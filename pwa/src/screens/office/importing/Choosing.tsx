/** What the person says beside the file: into which project, which of its own, zone, currency. */

import { type FormEvent, useState } from "react";
import { useImportingWords } from "../../../app/importingWords";
import { useRights } from "../../../app/useRights";
import { useProjects } from "../../../app/workplace";
import { Button, Panel } from "../../../components/basics";
import { SelectField, TextField } from "../../../components/fields";
import type { Choices, ImportAnswer } from "./importPlan";

/** The code pages of Windows that export XER in the languages of the trade. */
const ENCODINGS = ["utf-8", "cp1252", "cp1250", "cp1251", "cp1254", "cp1256"];

export function Choosing({
  answer,
  choices,
  onChoose,
}: {
  answer: ImportAnswer | null;
  choices: Choices;
  onChoose: (choices: Choices) => void;
}) {
  const { m } = useImportingWords();
  const rights = useRights();
  const projects = (useProjects() ?? [])
    .filter((one) => rights.may("project.update", one.id) && one.status !== "archived")
    .sort((left, right) => left.code.localeCompare(right.code));
  const [wanted, setWanted] = useState(choices);
  const set = (part: Partial<Choices>): void => setWanted({ ...wanted, ...part });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onChoose(wanted);
  };
  const several = (answer?.projects.length ?? 0) > 1;
  const creates = answer?.preview?.new_project ?? true;
  return (
    <Panel className="p-4">
      <form className="flex flex-col gap-4" onSubmit={submit}>
        <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
          {several && (
            <SelectField
              choices={[
                { value: "", label: "—" },
                ...(answer?.projects ?? []).map((one) => ({
                  value: one.code,
                  label: `${one.code} · ${one.name}`,
                })),
              ]}
              label={m("pick")}
              onChange={(event) => set({ pick: event.target.value })}
              value={wanted.pick}
            />
          )}
          <SelectField
            choices={[
              { value: "", label: m("into_found") },
              ...projects.map((one) => ({ value: one.id, label: `${one.code} · ${one.name}` })),
            ]}
            label={m("into")}
            onChange={(event) => set({ project: event.target.value })}
            value={wanted.project}
          />
          {creates && (
            <SelectField
              choices={[
                { value: "", label: m("zone_unsaid") },
                ...Intl.supportedValuesOf("timeZone").map((one) => ({
                  value: one,
                  label: one.replaceAll("_", " "),
                })),
              ]}
              help={m("zone_help")}
              label={m("zone")}
              onChange={(event) => set({ time_zone: event.target.value })}
              value={wanted.time_zone}
            />
          )}
          <TextField
            autoCapitalize="characters"
            help={m("currency_help")}
            label={m("currency")}
            maxLength={3}
            onChange={(event) => set({ currency: event.target.value.toUpperCase() })}
            pattern="[A-Za-z]{3}"
            value={wanted.currency}
          />
          {answer?.file.format === "xer" && (
            <SelectField
              choices={[
                { value: "", label: `${m("encoding_auto")} (${answer.file.encoding})` },
                ...ENCODINGS.map((one) => ({ value: one, label: one })),
              ]}
              label={m("encoding")}
              onChange={(event) => set({ encoding: event.target.value })}
              value={wanted.encoding}
            />
          )}
        </div>
        {!creates && (
          <label className="target flex items-center gap-3">
            <input
              checked={wanted.take_file}
              className="size-6 shrink-0 accent-accent"
              onChange={(event) => set({ take_file: event.target.checked })}
              type="checkbox"
            />
            {m("take_file")}
          </label>
        )}
        <Button className="self-start" icon="sync" type="submit">
          {m("again")}
        </Button>
      </form>
    </Panel>
  );
}
