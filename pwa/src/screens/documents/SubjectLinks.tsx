/** What a document belongs to: tasks, expenses, daily reports, incidents. */

import { useState } from "react";
import { Link } from "react-router";
import { useDocumentWords } from "../../app/documentWords";
import { date, money } from "../../app/format";
import type { Language } from "../../app/store";
import { May, useRights } from "../../app/useRights";
import { useSaving } from "../../app/useSaving";
import { useRows, useWorkplace } from "../../app/workplace";
import { Button, IconButton, Notice, Panel } from "../../components/basics";
import { SelectField } from "../../components/fields";
import { linkTo } from "../../documents/filing";
import type { Entity } from "../../replica/view";

const KINDS = ["task", "expense", "daily_report", "incident"] as const;
type Kind = (typeof KINDS)[number];

function nameOf(kind: Kind, row: Entity<Kind>, language: Language): string {
  if (kind === "task") {
    const task = row as Entity<"task">;
    return [task.code, task.name].filter(Boolean).join(" · ");
  }
  if (kind === "expense") {
    const one = row as Entity<"expense">;
    return `${money(one.amount, one.currency, language)} · ${one.supplier ?? one.description ?? ""}`;
  }
  if (kind === "daily_report") return date((row as Entity<"daily_report">).date, language);
  const incident = row as Entity<"incident">;
  return `${date(incident.occurred_at, language)} · ${incident.description ?? ""}`.slice(0, 80);
}

function addressOf(kind: Kind, row: string): string {
  const place = { task: "/tasks", expense: "/expenses", daily_report: "/reports" };
  if (kind === "incident") return "/incidents";
  return kind === "expense" ? place.expense : `${place[kind]}/${row}`;
}

function isKind(table: string): table is Kind {
  return (KINDS as readonly string[]).includes(table);
}

export function SubjectLinks({ document }: { document: Entity<"document"> }) {
  const { d } = useDocumentWords();
  const links = useRows("document_link", document.scope);
  const own = (links ?? []).filter((one) => one.document_id === document.id);
  return (
    <Panel className="flex flex-col gap-3 p-4">
      <h2>{d("links.title")}</h2>
      {own.length === 0 && <p className="text-muted">{d("links.none")}</p>}
      <ul className="flex flex-col divide-y divide-line">
        {own.map((link) => (
          <Line key={link.id} link={link} project={document.project_id} />
        ))}
      </ul>
      {!document.trashed_at && (
        <May project={document.project_id} right="document_link.create">
          <Add document={document} />
        </May>
      )}
    </Panel>
  );
}

function Line({ link, project }: { link: Entity<"document_link">; project: string }) {
  const { d, language } = useDocumentWords();
  const { person } = useWorkplace();
  const rights = useRights();
  const { busy, trouble, save } = useSaving();
  const kind = isKind(link.subject_table) ? link.subject_table : null;
  const rows = useRows(kind ?? "task", `project:${project}`);
  const row = kind === null ? undefined : rows?.find((one) => one.id === link.subject_id);
  const name =
    kind === null || row === undefined ? d("links.unknown") : nameOf(kind, row, language);
  const removes =
    rights.may("document_link.delete", project) ||
    (link.author_id === person && rights.may("document_link.delete_own", project));
  return (
    <li className="flex flex-wrap items-center gap-3 py-1">
      <span className="text-muted">{kind === null ? "" : d(`subject.${kind}`)}</span>
      <span className="min-w-0 flex-1 font-semibold break-words">
        {kind === null || row === undefined ? (
          name
        ) : (
          <Link
            className="target inline-flex items-center text-accent underline"
            to={addressOf(kind, row.id)}
          >
            {name}
          </Link>
        )}
      </span>
      {removes && (
        <IconButton
          disabled={busy}
          icon="close"
          label={`${d("links.remove")} — ${name}`}
          onClick={() =>
            void save("document.detach", [
              { table: "document_link", row: link.id, operation: "delete" },
            ])
          }
        />
      )}
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
    </li>
  );
}

function Add({ document }: { document: Entity<"document"> }) {
  const { d, language } = useDocumentWords();
  const { person } = useWorkplace();
  const { busy, trouble, save } = useSaving();
  const [kind, setKind] = useState<Kind>("task");
  const [row, setRow] = useState("");
  const rows = useRows(kind, `project:${document.project_id}`);
  const choices = (rows ?? [])
    .map((one) => ({ value: one.id, label: nameOf(kind, one, language) }))
    .sort((left, right) => left.label.localeCompare(right.label, language, { numeric: true }));
  const attach = async (): Promise<void> => {
    const edit = linkTo(document, { table: kind, row }, person);
    if ((await save("document.attach", [edit])) !== null) setRow("");
  };
  return (
    <form
      className="grid items-end gap-3 sm:grid-cols-[auto_1fr_auto]"
      onSubmit={(event) => {
        event.preventDefault();
        if (row !== "") void attach();
      }}
    >
      <SelectField
        choices={KINDS.map((one) => ({ value: one, label: d(`subject.${one}`) }))}
        label={d("links.kind")}
        onChange={(event) => {
          setKind(event.target.value as Kind);
          setRow("");
        }}
        value={kind}
      />
      <SelectField
        choices={[{ value: "", label: d("links.choose") }, ...choices]}
        label={d("links.row")}
        onChange={(event) => setRow(event.target.value)}
        value={row}
      />
      <Button disabled={busy || row === ""} icon="add" type="submit">
        {d("links.add")}
      </Button>
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
    </form>
  );
}
