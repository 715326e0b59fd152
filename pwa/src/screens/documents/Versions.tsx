/** The versions of a document: who, when, why; an old one is opened, or taken up again. */

import { useState } from "react";
import { useDocumentWords } from "../../app/documentWords";
import { bytes, moment } from "../../app/format";
import { useRights } from "../../app/useRights";
import { useSaving } from "../../app/useSaving";
import { useAllRows, useWorkplace } from "../../app/workplace";
import { Badge, Button, Notice, Panel } from "../../components/basics";
import { TextField } from "../../components/fields";
import type { Filed, Version } from "../../documents/filed";
import { restored } from "../../documents/filing";
import { useAdding } from "../../documents/useAdding";
import type { Opening } from "../../documents/useOpening";
import { FileButton, problemWord, StateBadge } from "./pieces";

export function Versions({
  filed,
  versions,
  opening,
  may,
}: {
  filed: Filed;
  versions: readonly Version[];
  opening: Opening;
  /** Whether the person may change the document: of a published one, nobody else adds versions. */
  may: boolean;
}) {
  const { d } = useDocumentWords();
  const { document } = filed;
  const rights = useRights();
  const fixed = document.status === "published" || document.status === "archived";
  const adds =
    !document.trashed_at &&
    (may || !fixed) &&
    rights.may("document_version.create", document.project_id);
  const people = useAllRows("person");
  const numbers = new Map(versions.map((one) => [one.id, one.number ?? null]));
  return (
    <Panel className="flex flex-col gap-4 p-4">
      <h2>{d("versions.title")}</h2>
      <ul className="flex flex-col divide-y divide-line">
        {versions.map((one) => (
          <Line
            author={people?.find((person) => person.id === one.author_id)?.name ?? "…"}
            current={one.id === document.version_id}
            from={one.restored_from ? (numbers.get(one.restored_from) ?? null) : null}
            key={one.id}
            opening={opening}
            restores={adds}
            version={one}
          />
        ))}
      </ul>
      {adds && <AddVersion filed={filed} />}
    </Panel>
  );
}

function Line({
  version,
  author,
  current,
  from,
  restores,
  opening,
}: {
  version: Version;
  author: string;
  current: boolean;
  /** The number of the version that this one took up again. */
  from: number | null;
  restores: boolean;
  opening: Opening;
}) {
  const { d, language } = useDocumentWords();
  const { person } = useWorkplace();
  const { busy, trouble, save } = useSaving();
  const at = version.stored_at ?? version.received_at;
  const size = version.stored_bytes ?? version.size_bytes;
  const problem = problemWord(d, version.problem);
  const readable = version.state === "stored" || version.state === "received";
  const number = version.number ?? null;
  const restore = (): void => {
    const comment = d("versions.restored", { number: number ?? "" });
    void save("document.restore", [restored(version, person, comment)]);
  };
  return (
    <li className="flex flex-col gap-2 py-3">
      <p className="flex flex-wrap items-center gap-3">
        <strong>
          {number === null ? d("versions.provisional") : d("versions.number", { number })}
        </strong>
        {current && <Badge mood="accent">{d("versions.current")}</Badge>}
        {!(current && version.state === "stored") && (
          <StateBadge state={version.state ?? "waiting"} />
        )}
        {version.label && <Badge>{d("versions.label", { label: version.label })}</Badge>}
      </p>
      <p className="flex flex-wrap gap-x-4 break-words text-muted">
        <span>{author}</span>
        {at && <span>{moment(at, language)}</span>}
        {size != null && <span>{bytes(size, language)}</span>}
        <span className="break-all">{version.file_name}</span>
      </p>
      {version.comment ? (
        <p className="break-words">{version.comment}</p>
      ) : (
        from !== null && <p>{d("versions.restored", { number: from })}</p>
      )}
      {problem !== null && <p className="font-semibold text-bad">{problem}</p>}
      {readable && !current && (
        <div className="flex flex-wrap gap-3">
          <Button
            disabled={opening.busy}
            icon="document"
            onClick={() => void opening.open(version)}
          >
            {d("detail.open")}
          </Button>
          {restores && version.state === "stored" && (
            <Button disabled={busy} icon="history" onClick={restore}>
              {d("versions.restore")}
            </Button>
          )}
        </div>
      )}
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
    </li>
  );
}

function AddVersion({ filed }: { filed: Filed }) {
  const { d } = useDocumentWords();
  const { busy, trouble, addVersion } = useAdding();
  const [why, setWhy] = useState("");
  const take = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    if (await addVersion(file, filed.document, why.trim())) setWhy("");
  };
  return (
    <div className="grid items-end gap-3 sm:grid-cols-[1fr_auto]">
      <TextField
        label={d("versions.why")}
        maxLength={1_000}
        onChange={(event) => setWhy(event.target.value)}
        value={why}
      />
      <FileButton
        disabled={busy}
        icon="add"
        label={d("versions.add")}
        onFiles={(files) => void take(files[0])}
      />
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
    </div>
  );
}
