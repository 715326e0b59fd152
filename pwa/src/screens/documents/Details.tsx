/** What is said of a document: title, tags, folder, category, description, status. */

import { type FormEvent, useState } from "react";
import { useDocumentWords } from "../../app/documentWords";
import { useRights } from "../../app/useRights";
import { useSaving } from "../../app/useSaving";
import { useAllRows } from "../../app/workplace";
import { Badge, Button, Notice, Panel } from "../../components/basics";
import { AreaField, SelectField, TextField } from "../../components/fields";
import { readTags } from "../../documents/filing";
import { treeOf } from "../../documents/tree";
import { fieldsOf } from "../../engine/schema";
import { TABLES } from "../../generated/tables";
import type { Entity } from "../../replica/view";

type Category = NonNullable<Entity<"document">["category"]>;
type Status = NonNullable<Entity<"document">["status"]>;

const STATUS = fieldsOf(TABLES.document).get("status");
const CATEGORIES = (fieldsOf(TABLES.document).get("category")?.choices ?? []) as Category[];
/** A confidential category lives where not every member reads. */
const NARROW: Record<Category, readonly string[]> = {
  technical: ["project", "finance", "folder"],
  safety: ["project", "finance", "folder"],
  financial: ["finance", "folder"],
  contractual: ["finance", "folder"],
  personnel: ["folder"],
};
const PUBLIC: ReadonlySet<Status> = new Set(["published", "archived"]);

export function Details({ document, may }: { document: Entity<"document">; may: boolean }) {
  return may ? <Form document={document} /> : <Read document={document} />;
}

function Read({ document }: { document: Entity<"document"> }) {
  const { d } = useDocumentWords();
  const tags = document.tags ?? [];
  if (tags.length === 0 && !document.description && !document.category) return null;
  return (
    <Panel className="flex flex-col gap-3 p-4">
      {(tags.length > 0 || document.category) && (
        <p className="flex flex-wrap gap-2">
          {document.category && <Badge mood="accent">{d(`category.${document.category}`)}</Badge>}
          {tags.map((one) => (
            <Badge key={one}>{one}</Badge>
          ))}
        </p>
      )}
      {document.description && (
        <p className="break-words whitespace-pre-line">{document.description}</p>
      )}
    </Panel>
  );
}

function Form({ document }: { document: Entity<"document"> }) {
  const { t, d, language } = useDocumentWords();
  const { busy, trouble, save } = useSaving();
  const rights = useRights();
  const folders = useAllRows("folder");
  const [title, setTitle] = useState(document.title);
  const [tags, setTags] = useState((document.tags ?? []).join(", "));
  const [folder, setFolder] = useState(document.folder_id ?? "");
  const [category, setCategory] = useState<Category | "">(document.category ?? "");
  const [description, setDescription] = useState(document.description ?? "");
  const now: Status = document.status ?? "work_in_progress";
  const [status, setStatus] = useState<Status>(now);
  const [done, setDone] = useState(false);
  const kind = document.scope.split(":", 1)[0] ?? "project";
  // A row never leaves its scope: only the folders of the same one are places to move to.
  const places = treeOf(
    (folders ?? []).filter((one) => one.scope === document.scope),
    language,
  );
  const publishes = rights.may("document.publish", document.project_id);
  const moves = ((STATUS?.workflow?.transitions[now] ?? []) as Status[]).filter(
    (one) => publishes || !(PUBLIC.has(one) || PUBLIC.has(now)),
  );
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setDone(false);
    const read = readTags(tags);
    const after: Partial<Entity<"document">> = {
      ...(title.trim() === "" || title.trim() === document.title ? {} : { title: title.trim() }),
      ...(read.join() === [...(document.tags ?? [])].sort().join() ? {} : { tags: read }),
      ...(folder === (document.folder_id ?? "") ? {} : { folder_id: folder || null }),
      ...(category === (document.category ?? "") ? {} : { category: category || null }),
      ...(description === (document.description ?? "") ? {} : { description }),
      ...(status === now ? {} : { status }),
    };
    if (Object.keys(after).length === 0) return;
    const saved = await save("document.change", [{ table: "document", row: document.id, after }]);
    setDone(saved !== null);
  };
  return (
    <Panel className="p-4">
      <form className="flex flex-col gap-4" onSubmit={submit}>
        <h2>{d("detail.edit")}</h2>
        <TextField
          label={d("detail.field_title")}
          maxLength={400}
          onChange={(event) => setTitle(event.target.value)}
          required
          value={title}
        />
        <TextField
          help={d("detail.tags_help")}
          label={d("detail.field_tags")}
          onChange={(event) => setTags(event.target.value)}
          value={tags}
        />
        <div className="grid gap-4 sm:grid-cols-3">
          <SelectField
            choices={[
              ...(kind === "folder" ? [] : [{ value: "", label: d("all") }]),
              ...places.map(({ folder: one, depth }) => ({
                value: one.id,
                label: "\u00a0\u00a0".repeat(depth) + one.name,
              })),
            ]}
            help={kind === "folder" ? d("detail.folder_help") : undefined}
            label={d("detail.field_folder")}
            onChange={(event) => setFolder(event.target.value)}
            value={folder}
          />
          <SelectField
            choices={[
              { value: "", label: d("category.none") },
              ...CATEGORIES.filter((one) => NARROW[one].includes(kind)).map((one) => ({
                value: one,
                label: d(`category.${one}`),
              })),
            ]}
            label={d("detail.field_category")}
            onChange={(event) => setCategory(event.target.value as Category | "")}
            value={category}
          />
          <SelectField
            choices={[now, ...moves].map((one) => ({ value: one, label: d(`status.${one}`) }))}
            label={d("detail.field_status")}
            onChange={(event) => setStatus(event.target.value as Status)}
            value={status}
          />
        </div>
        <AreaField
          label={d("detail.field_description")}
          maxLength={4_000}
          onChange={(event) => setDescription(event.target.value)}
          value={description}
        />
        {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
        {done && <Notice icon="saved" mood="good" title={t("common.saved")} />}
        <Button className="self-start" disabled={busy} icon="check" tone="primary" type="submit">
          {t("common.save")}
        </Button>
      </form>
    </Panel>
  );
}
