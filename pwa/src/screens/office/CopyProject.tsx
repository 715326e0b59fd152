/** Make a project after another: its plan, its checklists and its budget, nothing done or spent. */

import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";
import { useAct } from "../../app/asking";
import { useOfficeWords } from "../../app/officeWords";
import { actions, useAppDispatch } from "../../app/store";
import { useWorkplace } from "../../app/workplace";
import { Notice, Panel } from "../../components/basics";
import { FormFoot } from "../../components/FormFoot";
import { TextField } from "../../components/fields";
import type { Entity } from "../../replica/view";

export function CopyProject({
  project,
  onDone,
}: {
  project: Entity<"project">;
  onDone: () => void;
}) {
  const { t, o } = useOfficeWords();
  const { wake } = useWorkplace();
  const navigate = useNavigate();
  const dispatch = useAppDispatch();
  const { busy, trouble, act } = useAct();
  const [code, setCode] = useState("");
  const [name, setName] = useState("");
  const [start, setStart] = useState("");
  const [budget, setBudget] = useState(true);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const made = await act<{ project: string }>("POST", `/api/projects/${project.id}/copy`, {
      code: code.trim(),
      name: name.trim(),
      budget,
      ...(start === "" ? {} : { start }),
    });
    if (made === null) return;
    wake();
    dispatch(actions.projectChosen(made.project));
    await navigate("/projects");
  };
  return (
    <Panel className="p-4">
      <form className="flex flex-col gap-5" onSubmit={submit}>
        <h2>{o("sheet.copy")}</h2>
        <p className="text-muted">{o("sheet.copy_words")}</p>
        <div className="grid gap-5 sm:grid-cols-2">
          <TextField
            label={o("field.code")}
            maxLength={60}
            onChange={(event) => setCode(event.target.value)}
            required
            value={code}
          />
          <TextField
            label={o("field.name")}
            maxLength={200}
            onChange={(event) => setName(event.target.value)}
            required
            value={name}
          />
          <TextField
            help={o("sheet.copy_start")}
            label={`${o("field.start")} (${t("common.optional")})`}
            onChange={(event) => setStart(event.target.value)}
            type="date"
            value={start}
          />
          <label className="target flex items-center gap-3 font-semibold">
            <input
              checked={budget}
              className="h-7 w-7 accent-accent"
              onChange={(event) => setBudget(event.target.checked)}
              type="checkbox"
            />
            {o("sheet.copy_budget")}
          </label>
        </div>
        {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
        <FormFoot busy={busy} label={o("sheet.copy_do")} onCancel={onDone} />
      </form>
    </Panel>
  );
}
