/** A folder made, named anew, moved from sight; and who may read a restricted one. */

import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";
import { useDocumentWords } from "../../app/documentWords";
import { fetchAs } from "../../app/fetching";
import { May } from "../../app/useRights";
import { useSaving } from "../../app/useSaving";
import { useAllRows, useRows, useWorkplace } from "../../app/workplace";
import { Button, Notice, Panel } from "../../components/basics";
import { TextField } from "../../components/fields";
import { newFolder } from "../../documents/filing";
import { isRestricted } from "../../documents/tree";
import type { Problem } from "../../engine/changes";
import type { Entity } from "../../replica/view";

export default function FolderForm(given: {
  project: string;
  onDone: () => void;
  /** The folder that the new one is made in. */
  inside?: Entity<"folder"> | null;
  /** Made where only some may read: it is narrow already. */
  restricted?: boolean;
  /** The folder that is changed. */
  folder?: Entity<"folder">;
  empty?: boolean;
}) {
  return given.folder === undefined ? (
    <NewFolder {...given} />
  ) : (
    <Settings empty={given.empty === true} folder={given.folder} onDone={given.onDone} />
  );
}

function NewFolder({
  project,
  inside = null,
  restricted = false,
  onDone,
}: {
  project: string;
  inside?: Entity<"folder"> | null;
  restricted?: boolean;
  onDone: () => void;
}) {
  const { d, language } = useDocumentWords();
  const { person, wake } = useWorkplace();
  const { busy, trouble, save } = useSaving();
  const [name, setName] = useState("");
  const [narrow, setNarrow] = useState(false);
  const [members, setMembers] = useState<ReadonlySet<string>>(new Set());
  const [refused, setRefused] = useState<string | null>(null);
  const [made, setMade] = useState(false);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (name.trim() === "") return;
    if (!narrow) {
      const edit = newFolder({ project, folder: inside }, name.trim());
      if ((await save("folder.make", [edit])) !== null) onDone();
      return;
    }
    setRefused(null);
    try {
      const answer = await fetchAs(person, "/api/storage/folders", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ project, name: name.trim(), members: [...members] }),
      });
      if (answer.ok) {
        setMade(true);
        wake();
      } else {
        setRefused(((await answer.json()) as Problem).message[language]);
      }
    } catch {
      setRefused(d("folder.restrict_help"));
    }
  };
  if (made) return <Notice icon="lock" mood="good" title={d("folder.made")} />;
  return (
    <Panel className="p-4">
      <form className="flex flex-col gap-4" onSubmit={submit}>
        <TextField
          autoFocus
          label={d("folder.name")}
          maxLength={200}
          onChange={(event) => setName(event.target.value)}
          required
          value={name}
        />
        {inside === null && !restricted && (
          <May project={project} right="folder.restrict">
            <label className="target flex items-center gap-3">
              <input
                checked={narrow}
                className="size-6 accent-accent"
                onChange={(event) => setNarrow(event.target.checked)}
                type="checkbox"
              />
              {d("folder.restrict")}
            </label>
            {narrow && (
              <>
                <p className="text-muted">{d("folder.restrict_help")}</p>
                <Readers chosen={members} onChange={setMembers} project={project} self={person} />
              </>
            )}
          </May>
        )}
        {(trouble ?? refused) !== null && (
          <Notice icon="refused" mood="bad" title={trouble ?? refused ?? ""} />
        )}
        <Button className="self-start" disabled={busy} icon="check" tone="primary" type="submit">
          {d("folder.make")}
        </Button>
      </form>
    </Panel>
  );
}

/** The members of the project, to be ticked. */
function Readers({
  project,
  chosen,
  self,
  onChange,
}: {
  project: string;
  chosen: ReadonlySet<string>;
  /** Who makes the folder reads it anyway. */
  self: string | null;
  onChange: (chosen: ReadonlySet<string>) => void;
}) {
  const { d } = useDocumentWords();
  const members = useRows("member", `project:${project}`);
  const people = useAllRows("person");
  const names = new Map((people ?? []).map((one) => [one.id, one.name]));
  const shown = [...new Set((members ?? []).map((one) => one.person_id))]
    .filter((one) => one !== self && names.has(one))
    .sort((left, right) => (names.get(left) ?? "").localeCompare(names.get(right) ?? ""));
  return (
    <fieldset className="flex flex-col gap-1">
      <legend className="font-semibold">{d("folder.members")}</legend>
      {shown.map((one) => (
        <label className="target flex items-center gap-3" key={one}>
          <input
            checked={chosen.has(one)}
            className="size-6 accent-accent"
            onChange={(event) => {
              const next = new Set(chosen);
              if (event.target.checked) next.add(one);
              else next.delete(one);
              onChange(next);
            }}
            type="checkbox"
          />
          {names.get(one)}
        </label>
      ))}
    </fieldset>
  );
}

function Settings({
  folder,
  empty,
  onDone,
}: {
  folder: Entity<"folder">;
  empty: boolean;
  onDone: () => void;
}) {
  const { t, d } = useDocumentWords();
  const navigate = useNavigate();
  const { busy, trouble, save } = useSaving();
  const [name, setName] = useState(folder.name);
  const [members, setMembers] = useState<ReadonlySet<string>>(new Set(folder.members ?? []));
  const narrow = isRestricted(folder);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (name.trim() === "") return;
    const chosen = [...members].sort();
    const widened = narrow && chosen.join() !== [...(folder.members ?? [])].sort().join();
    const after = { name: name.trim(), ...(widened ? { members: chosen } : {}) };
    const saved = await save("folder.change", [{ table: "folder", row: folder.id, after }]);
    if (saved !== null) onDone();
  };
  const remove = async (): Promise<void> => {
    const edit = { table: "folder", row: folder.id, operation: "delete" } as const;
    if ((await save("folder.remove", [edit])) !== null) await navigate("/documents");
  };
  return (
    <Panel className="p-4">
      <form className="flex flex-col gap-4" onSubmit={submit}>
        <TextField
          label={d("folder.name")}
          maxLength={200}
          onChange={(event) => setName(event.target.value)}
          required
          value={name}
        />
        {narrow && (
          <May project={folder.project_id} right="folder.restrict">
            <Readers
              chosen={members}
              onChange={setMembers}
              project={folder.project_id}
              self={null}
            />
          </May>
        )}
        {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
        <div className="flex flex-wrap gap-3">
          <Button disabled={busy} icon="check" tone="primary" type="submit">
            {t("common.save")}
          </Button>
          <May project={folder.project_id} right="folder.delete">
            <Button
              disabled={busy || !empty}
              icon="trash"
              onClick={() => void remove()}
              tone="danger"
            >
              {d("folder.remove")}
            </Button>
          </May>
        </div>
        {!empty && <p className="text-base text-muted">{d("folder.not_empty")}</p>}
      </form>
    </Panel>
  );
}
