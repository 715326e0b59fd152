/** The photos and documents of rows, on the rows' own screens: shown, and added by the camera. */

import { useLiveQuery } from "dexie-react-hooks";
import { Link } from "react-router";
import { useDocumentWords } from "../../app/documentWords";
import { May } from "../../app/useRights";
import { useWorkplace } from "../../app/workplace";
import { Notice } from "../../components/basics";
import { type Filed, filedDocuments, type Here } from "../../documents/filed";
import { useAdding } from "../../documents/useAdding";
import { rowsIn } from "../../replica/view";
import { FileButton, Thumbnail } from "./pieces";

/** Return the documents of every row of a project by the row's id, live; read once for a list. */
export function useFilesBySubject(
  project: string | null,
): ReadonlyMap<string, Filed[]> | undefined {
  const { database } = useWorkplace();
  return useLiveQuery(async () => {
    const found = new Map<string, Filed[]>();
    if (project === null) return found;
    const scope = `project:${project}`;
    const links = await rowsIn(database, "document_link", scope);
    if (links.length === 0) return found;
    const named = new Set(links.map((one) => one.document_id));
    const documents = (await rowsIn(database, "document", scope)).filter(
      (one) => named.has(one.id) && !one.trashed_at,
    );
    const versions = (await rowsIn(database, "document_version", scope)).filter((one) =>
      named.has(one.document_id),
    );
    const here = new Map<string, Here>();
    for (const held of await database.blobs.bulkGet(versions.map((one) => one.id))) {
      if (held === undefined) continue;
      const { purpose, blob, sentBytes } = held;
      here.set(held.id, { purpose, bytes: blob.size, sentBytes });
    }
    const filed = new Map(
      filedDocuments(documents, versions, here, new Set()).map((one) => [one.id, one]),
    );
    for (const link of links) {
      const one = filed.get(link.document_id);
      if (one === undefined) continue;
      const beside = found.get(link.subject_id) ?? [];
      if (!beside.includes(one)) found.set(link.subject_id, [...beside, one]);
    }
    return found;
  }, [database, project]);
}

/** The pictures of a row's documents, each a way to the document. */
export function FileStrip({ files, size }: { files: readonly Filed[]; size: number }) {
  if (files.length === 0) return null;
  return (
    <ul className="flex flex-wrap gap-3">
      {files.map((filed) => (
        <li key={filed.id}>
          <Link
            aria-label={filed.document.title}
            className="inline-block rounded-lg"
            to={`/documents/${filed.id}`}
          >
            <Thumbnail filed={filed} size={size} />
          </Link>
        </li>
      ))}
    </ul>
  );
}

const THUMBNAIL = 96;

export default function RowFiles({
  table,
  row,
  project,
  title,
}: {
  table: string;
  row: string;
  project: string;
  /** What a photo taken here is called. */
  title: string;
}) {
  const { d } = useDocumentWords();
  const files = useFilesBySubject(project)?.get(row) ?? [];
  const { busy, trouble, add } = useAdding();
  return (
    <section aria-label={d("links.photos")} className="flex flex-col gap-3">
      <h2>{d("links.photos")}</h2>
      <FileStrip files={files} size={THUMBNAIL} />
      <May project={project} right="document.create">
        <div className="flex flex-wrap gap-3">
          <FileButton
            camera
            disabled={busy}
            icon="photo"
            label={d("photo")}
            onFiles={(chosen) =>
              void add(chosen, { project, folder: null }, [], { table, row, title })
            }
          />
        </div>
      </May>
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
    </section>
  );
}
