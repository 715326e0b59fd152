/** The checklist of a task: a tick is a record of its own, two people's ticks both count. */

import { type FormEvent, useState } from "react";
import { useFieldWords } from "../../app/fieldWords";
import { moment } from "../../app/format";
import { useRights } from "../../app/useRights";
import { useSaving } from "../../app/useSaving";
import { useAllRows, useRows, useWorkplace } from "../../app/workplace";
import { Badge, Button, IconButton, Notice, Panel } from "../../components/basics";
import { TextField } from "../../components/fields";
import { Icon } from "../../components/icons";
import { SyncMark } from "../../components/SyncMark";
import type { Entity } from "../../replica/view";
import type { Task } from "./TaskCard";

export default function Checklist({ task }: { task: Task }) {
  const { f } = useFieldWords();
  const rights = useRights();
  const items = useRows("checklist_item", task.scope);
  const ticks = useRows("checklist_tick", task.scope);
  if (items === undefined || ticks === undefined) return null;
  const own = items
    .filter((one) => one.task_id === task.id)
    .sort(
      (left, right) =>
        (left.position ?? 0) - (right.position ?? 0) || left.id.localeCompare(right.id),
    );
  const mayAdd = rights.may("checklist_item.create", task.project_id);
  if (own.length === 0 && !mayAdd) return null;
  const done = own.filter((item) => ticks.some((tick) => tick.item_id === item.id)).length;
  return (
    <Panel className="flex flex-col gap-3 p-4">
      <h2>
        {f("checklist.title")} {own.length > 0 && `(${done}/${own.length})`}
      </h2>
      {own.length > 0 && (
        <ul className="divide-y divide-line">
          {own.map((item) => (
            <Item
              item={item}
              key={item.id}
              ticks={ticks.filter((one) => one.item_id === item.id)}
            />
          ))}
        </ul>
      )}
      {mayAdd && <Add position={own.length + 1} task={task} />}
    </Panel>
  );
}

function Item({
  item,
  ticks,
}: {
  item: Entity<"checklist_item">;
  ticks: readonly Entity<"checklist_tick">[];
}) {
  const { t, f, language } = useFieldWords();
  const { person } = useWorkplace();
  const rights = useRights();
  const people = useAllRows("person");
  const { busy, trouble, save } = useSaving();
  const mine = ticks.find((one) => one.author_id === person);
  const toggle = (): void => {
    void save(
      mine === undefined ? "checklist.tick" : "checklist.untick",
      mine === undefined
        ? [
            {
              table: "checklist_tick",
              after: {
                project_id: item.project_id,
                item_id: item.id,
                author_id: person,
                ticked_at: Date.now(),
              },
            },
          ]
        : [{ table: "checklist_tick", row: mine.id, operation: "delete" }],
    );
  };
  return (
    <li className="py-1">
      <div className="flex items-center gap-2">
        <button
          aria-pressed={mine !== undefined}
          className="target flex min-w-0 flex-1 items-center gap-4 text-left"
          disabled={busy || !rights.may("checklist_tick.create", item.project_id)}
          onClick={toggle}
          type="button"
        >
          <span
            className={`inline-flex h-9 w-9 shrink-0 items-center justify-center rounded-lg border-2 ${
              ticks.length > 0 ? "border-good bg-good-soft text-good" : "border-muted bg-panel"
            }`}
          >
            {ticks.length > 0 && <Icon name="check" size={26} />}
          </span>
          <span className="min-w-0 flex-1 break-words">
            {item.label}
            {ticks.map((tick) => (
              <span className="block text-base text-muted" key={tick.id}>
                {people?.find((one) => one.id === tick.author_id)?.name ?? "…"} ·{" "}
                {moment(tick.ticked_at, language)} <SyncMark quiet state={tick.syncState} />
              </span>
            ))}
          </span>
          {item.mandatory && (
            <Badge mood={ticks.length > 0 ? "plain" : "warn"}>{f("checklist.mandatory")}</Badge>
          )}
        </button>
        {ticks.length === 0 && rights.may("checklist_item.create", item.project_id) && (
          <IconButton
            disabled={busy}
            icon="close"
            label={`${t("common.delete")} — ${item.label}`}
            onClick={() =>
              void save("checklist.drop", [
                { table: "checklist_item", row: item.id, operation: "delete" },
              ])
            }
          />
        )}
      </div>
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
    </li>
  );
}

function Add({ task, position }: { task: Task; position: number }) {
  const { f } = useFieldWords();
  const { busy, trouble, save } = useSaving();
  const [label, setLabel] = useState("");
  const [mandatory, setMandatory] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (label.trim() === "") return;
    const after = { project_id: task.project_id, task_id: task.id, label: label.trim() };
    const saved = await save("checklist.add", [
      { table: "checklist_item", after: { ...after, position, mandatory } },
    ]);
    if (saved !== null) setLabel("");
  };
  return (
    <form className="flex flex-wrap items-end gap-3" onSubmit={submit}>
      <div className="min-w-0 flex-1 basis-64">
        <TextField
          label={f("checklist.add")}
          maxLength={400}
          onChange={(event) => setLabel(event.target.value)}
          value={label}
        />
      </div>
      <label className="target inline-flex items-center gap-3 font-semibold">
        <input
          checked={mandatory}
          className="h-7 w-7 accent-accent"
          onChange={(event) => setMandatory(event.target.checked)}
          type="checkbox"
        />
        {f("checklist.mandatory")}
      </label>
      <Button disabled={busy || label.trim() === ""} icon="add" type="submit">
        {f("line.add")}
      </Button>
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
    </form>
  );
}
