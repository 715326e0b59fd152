/** Plan a task: what it is, when, how its progress is known, and who does it. */

import type { FormEvent } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { useOfficeWords } from "../../../app/officeWords";
import { useRights } from "../../../app/useRights";
import { type RowForm, useRowForm } from "../../../app/useRowForm";
import { useSaving } from "../../../app/useSaving";
import { useAllRows, useProject, useRow, useRows } from "../../../app/workplace";
import { Button, Empty, Notice, Panel, ScreenHead } from "../../../components/basics";
import { RowFields } from "../../../components/RowFields";
import type { Edit } from "../../../replica/editing";
import type { Entity } from "../../../replica/view";
import { TaskLinks } from "./TaskLinks";
import { childrenOf, placeAfter } from "./tree";

const ASKED = [
  "code",
  "name",
  "kind",
  "milestone_at",
  "calendar_id",
  "planned_start",
  "planned_finish",
  "duration_minutes",
  "remaining_minutes",
  "progress_by",
  "weight",
  "quantity_planned_thousandths",
  "quantity_unit",
  "constraint_kind",
  "constraint_date",
] as const;

export default function TaskForm() {
  const { task: id } = useParams();
  const project = useProject();
  const row = useRow("task", id ?? null);
  if (!project || row === undefined) return null;
  return <Ready key={`${project.id}:${id ?? "new"}`} project={project} row={row} />;
}

function Ready({ project, row }: { project: Entity<"project">; row: Entity<"task"> | null }) {
  const { id } = project;
  const tasks = useRows("task", `project:${row?.project_id ?? id}`);
  return tasks === undefined ? null : <Form project={project} row={row} tasks={tasks} />;
}

function Form({
  project,
  row,
  tasks,
}: {
  project: Entity<"project">;
  row: Entity<"task"> | null;
  tasks: readonly Entity<"task">[];
}) {
  const { t, o } = useOfficeWords();
  const navigate = useNavigate();
  const rights = useRights();
  const [search] = useSearchParams();
  const { busy, trouble, save } = useSaving();
  const calendars = useRows("calendar", `project:${project.id}`);
  const parent = tasks.find((one) => one.id === search.get("parent")) ?? null;
  const form = useRowForm({
    table: "task",
    draft: `task:${row?.id ?? `new:${search.toString()}`}`,
    row,
    names: [...ASKED, "assignees"],
    begun: { kind: "task" },
    currency: project.currency,
  });
  const back = row === null ? "/schedule" : `/tasks/${row.id}`;
  const backwards =
    (form.values.planned_start ?? "") !== "" &&
    (form.values.planned_finish ?? "") !== "" &&
    (form.values.planned_finish ?? "") < (form.values.planned_start ?? "");

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const after = form.read();
    if (after === null || backwards) return;
    let edits: Edit[] = [{ table: "task", row: row?.id ?? "", after }];
    if (row === null) {
      const { position, moves } = placeAfter(
        childrenOf(tasks, parent?.id ?? null),
        search.get("after"),
      );
      const made = { project_id: project.id, status: "todo" as const, position };
      edits = [
        ...moves.map((one) => ({ table: "task" as const, ...one })),
        {
          table: "task",
          after: { ...made, ...(parent === null ? {} : { parent_id: parent.id }), ...after },
        },
      ];
    }
    const saved = await save("task.plan", edits);
    if (saved === null) return;
    await form.clear();
    await navigate(back);
  };
  const remove = async (): Promise<void> => {
    if (row === null) return;
    const saved = await save("task.delete", [{ table: "task", row: row.id, operation: "delete" }]);
    if (saved === null) return;
    await form.clear();
    await navigate("/schedule");
  };
  if (row === null && !rights.may("task.create", project.id)) {
    return <Empty icon="lock" title={o("plan.not_yours")} />;
  }
  return (
    <div className="flex max-w-4xl flex-col gap-5">
      <ScreenHead
        back={back}
        backLabel={t("common.back")}
        title={
          row !== null
            ? row.name
            : parent === null
              ? o("plan.new")
              : o("plan.new_under", { name: parent.name })
        }
      />
      <form className="flex flex-col gap-5" onSubmit={submit}>
        <RowFields
          entries={ASKED.filter(
            (name) => name !== "milestone_at" || form.values.kind === "milestone",
          ).map((name) => ({
            name,
            label: o(
              name.endsWith("_minutes") ? `plan.field.${name}` : (`field.${name}` as never),
              {
                defaultValue: name,
              },
            ),
            word: (value: string) =>
              o(`plan.choice.${value}` as never, {
                defaultValue: o(`choice.${value}` as never, { defaultValue: value }),
              }),
            ...(name === "calendar_id"
              ? { choices: (calendars ?? []).map((one) => ({ value: one.id, label: one.name })) }
              : {}),
          }))}
          form={form}
        />
        <Assignees form={form} project={project.id} />
        {backwards && <Notice icon="refused" mood="bad" title={o("project.backwards")} />}
        {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
        <div className="flex flex-wrap gap-3">
          <Button disabled={busy} icon="check" tone="primary" type="submit">
            {t("common.save")}
          </Button>
          {row !== null && rights.may("task.delete", project.id) && (
            <Button
              disabled={busy || childrenOf(tasks, row.id).length > 0}
              onClick={() => void remove()}
              tone="danger"
            >
              {t("common.delete")}
            </Button>
          )}
        </div>
      </form>
      {row !== null && <TaskLinks task={row} tasks={tasks} />}
    </div>
  );
}

/** Who does it: the members of the project, ticked. */
function Assignees({ form, project }: { form: RowForm<"task">; project: string }) {
  const { o } = useOfficeWords();
  const people = useAllRows("person");
  const members = useRows("member", `project:${project}`);
  const chosen = new Set((form.values.assignees ?? "").split(",").filter((one) => one !== ""));
  const offered = (people ?? [])
    .filter((one) => chosen.has(one.id) || members?.some((member) => member.person_id === one.id))
    .sort((left, right) => left.name.localeCompare(right.name));
  const toggle = (person: string): void => {
    const next = new Set(chosen);
    if (!next.delete(person)) next.add(person);
    form.set("assignees", [...next].sort().join(","));
  };
  return (
    <Panel className="p-4">
      <fieldset>
        <legend className="font-semibold">{o("field.assignees")}</legend>
        <div className="grid gap-x-6 sm:grid-cols-2">
          {offered.map((one) => (
            <label className="target flex cursor-pointer items-center gap-3" key={one.id}>
              <input
                checked={chosen.has(one.id)}
                className="h-6 w-6 accent-accent"
                onChange={() => toggle(one.id)}
                type="checkbox"
              />
              {one.name}
            </label>
          ))}
        </div>
      </fieldset>
    </Panel>
  );
}
