/** Who has to approve what in this project: by kind, category and amount, level by level. */

import { type FormEvent, useState } from "react";
import { money } from "../../../app/format";
import { useOfficeWords } from "../../../app/officeWords";
import { useRights } from "../../../app/useRights";
import { useRowForm } from "../../../app/useRowForm";
import { useSaving } from "../../../app/useSaving";
import { useAllRows, useRows } from "../../../app/workplace";
import { Badge, Button, Notice, Panel } from "../../../components/basics";
import { ConfirmButton } from "../../../components/ConfirmButton";
import { FormFoot } from "../../../components/FormFoot";
import { RowFields } from "../../../components/RowFields";
import { SyncMark } from "../../../components/SyncMark";
import { fieldsOf } from "../../../engine/schema";
import { TABLES } from "../../../generated/tables";
import type { Entity } from "../../../replica/view";
import type { OfProject } from "../Budget";

type Rule = Entity<"approval_rule">;

const ASKED = [
  "name",
  "kind",
  "level",
  "role",
  "person_id",
  "amount_from",
  "amount_below",
  "category",
] as const;
const KINDS = (fieldsOf(TABLES.approval_rule).get("kind")?.choices ?? []) as Rule["kind"][];
/** The roles that may be asked for an approval; who reads only approves nothing. */
const ROLES = (fieldsOf(TABLES.approval_rule).get("role")?.choices ?? []).filter(
  (one) => one !== "auditor",
);

export function ApprovalRules({ project }: OfProject) {
  const { o } = useOfficeWords();
  const rights = useRights();
  const rules = useRows("approval_rule", `finance:${project.id}`);
  const [open, setOpen] = useState<string | null>(null);
  if (rules === undefined) return null;
  const writes = rights.may("approval_rule.update", project.id);
  return (
    <section className="flex flex-col gap-4">
      <h2>{o("approving.title")}</h2>
      <p className="text-muted">{o("approving.words")}</p>
      {KINDS.map((kind) => {
        const mine = rules.filter((one) => one.kind === kind).sort(byLevel);
        return (
          <Panel className="flex flex-col gap-3 p-4" key={kind}>
            <h3 className="font-bold">{o(`table.${kind}` as never)}</h3>
            {mine.length === 0 ? (
              <p className="text-muted">{o(`approving.usual.${kind}` as never)}</p>
            ) : (
              <ul className="flex flex-col divide-y divide-line">
                {mine.map((one) => (
                  <li className="py-3" key={one.id}>
                    {open === one.id ? (
                      <Form onDone={() => setOpen(null)} project={project} row={one} />
                    ) : (
                      <Line
                        onEdit={writes ? () => setOpen(one.id) : null}
                        project={project}
                        rule={one}
                      />
                    )}
                  </li>
                ))}
              </ul>
            )}
          </Panel>
        );
      })}
      {rights.may("approval_rule.create", project.id) &&
        (open === "new" ? (
          <Panel className="p-4">
            <Form onDone={() => setOpen(null)} project={project} row={null} />
          </Panel>
        ) : (
          <Button className="self-start" icon="add" onClick={() => setOpen("new")}>
            {o("approving.add")}
          </Button>
        ))}
    </section>
  );
}

function byLevel(left: Rule, right: Rule): number {
  return left.level - right.level || (left.amount_from ?? 0) - (right.amount_from ?? 0);
}

/** A rule in a few words: whose word, from how much, for what. */
function Line({ rule, project, onEdit }: OfProject & { rule: Rule; onEdit: (() => void) | null }) {
  const { t, o, language } = useOfficeWords();
  const people = useAllRows("person");
  const rights = useRights();
  const { busy, trouble, save } = useSaving();
  const write = (minor: number): string => money(minor, project.currency, language);
  const whose = rule.role
    ? o(`choice.${rule.role}`)
    : (people?.find((one) => one.id === rule.person_id)?.name ?? o("approving.anyone"));
  const bounds = [
    rule.amount_from ? o("approving.from", { amount: write(rule.amount_from) }) : null,
    rule.amount_below ? o("approving.below", { amount: write(rule.amount_below) }) : null,
    rule.category ? `${o("field.category")} : ${rule.category}` : null,
  ].filter((one) => one !== null);
  return (
    <div className="flex flex-wrap items-center gap-3">
      <Badge>{o("approving.level", { level: rule.level })}</Badge>
      <div className="min-w-0 flex-1 basis-60">
        <p className="font-semibold break-words">
          {whose} — {rule.name}
        </p>
        <p className="text-base text-muted">
          {bounds.length === 0 ? o("approving.any_amount") : bounds.join(" · ")}
        </p>
      </div>
      <SyncMark quiet state={rule.syncState} />
      {onEdit !== null && <Button onClick={onEdit}>{o("approving.edit")}</Button>}
      {rights.may("approval_rule.delete", project.id) && (
        <ConfirmButton
          disabled={busy}
          label={t("common.delete")}
          onConfirm={() =>
            void save("budget.drop_approval_rule", [
              { table: "approval_rule", row: rule.id, operation: "delete" },
            ])
          }
        >
          {o("approving.delete_words")}
        </ConfirmButton>
      )}
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
    </div>
  );
}

function Form({ project, row, onDone }: OfProject & { row: Rule | null; onDone: () => void }) {
  const { t, o } = useOfficeWords();
  const { busy, trouble, save } = useSaving();
  const people = useAllRows("person");
  const members = useRows("member", `project:${project.id}`);
  const [wrong, setWrong] = useState<"one_approver" | "bounds" | null>(null);
  const form = useRowForm({
    table: "approval_rule",
    draft: `approval_rule:${row?.id ?? `new:${project.id}`}`,
    row,
    names: ASKED,
    begun: { level: 1 },
    currency: project.currency,
  });
  const leave = async (): Promise<void> => {
    await form.clear();
    onDone();
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const after = form.read();
    if (after === null) return;
    const will = { ...(row ?? {}), ...after } as Partial<Rule>;
    const fault =
      (will.role == null) === (will.person_id == null)
        ? "one_approver"
        : (will.amount_from ?? 0) >= (will.amount_below ?? Number.POSITIVE_INFINITY)
          ? "bounds"
          : null;
    setWrong(fault);
    if (fault !== null) return;
    const made = { project_id: project.id, active: true };
    const saved = await save("budget.approval_rule", [
      row === null
        ? { table: "approval_rule", after: { ...made, ...after } }
        : { table: "approval_rule", row: row.id, after },
    ]);
    if (saved === null) return;
    await leave();
  };
  return (
    <form className="flex max-w-4xl flex-col gap-5" onSubmit={submit}>
      <RowFields
        entries={ASKED.map((name) => ({
          name,
          label: o(`approving.field.${name}` as never),
          help:
            name === "level" || name === "category" || name === "amount_below"
              ? o(`approving.help.${name}`)
              : undefined,
          word: (value: string) =>
            name === "kind" ? o(`table.${value}` as never) : o(`choice.${value}` as never),
          ...(name === "person_id"
            ? {
                choices: (people ?? [])
                  .filter((one) => members?.some((member) => member.person_id === one.id))
                  .map((one) => ({ value: one.id, label: one.name })),
              }
            : name === "role"
              ? {
                  choices: ROLES.map((one) => ({ value: one, label: o(`choice.${one}` as never) })),
                }
              : {}),
        }))}
        form={form}
      />
      {wrong !== null && <Notice icon="refused" mood="bad" title={o(`approving.${wrong}`)} />}
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      <FormFoot busy={busy} label={t("common.save")} onCancel={leave} />
    </form>
  );
}
