/** Live documents for screens: each with its newest version and what this device holds of it. */

import { useLiveQuery } from "dexie-react-hooks";
import { useMemo } from "react";
import { useAllRows, useWorkplace } from "../app/workplace";
import type { Entity } from "../replica/view";
import { type Filed, filedDocuments, type Here } from "./filed";

/** Return what this device holds, by version; live. */
export function useHere(): ReadonlyMap<string, Here> | undefined {
  const { database } = useWorkplace();
  return useLiveQuery(async () => {
    const held = new Map<string, Here>();
    // The bytes stay where they are: a blob is only a handle to them.
    await database.blobs.each(({ id, purpose, blob, sentBytes }) => {
      held.set(id, { purpose, bytes: blob.size, sentBytes });
    });
    return held;
  }, [database]);
}

/** Return the documents pinned on this device; live. */
export function usePins(): ReadonlySet<string> | undefined {
  const { database } = useWorkplace();
  return useLiveQuery(
    async () => new Set(await database.pins.toCollection().primaryKeys()),
    [database],
  );
}

export interface Shelf {
  documents: Filed[];
  folders: Entity<"folder">[];
}

/** Return the documents and folders of a project that the person may read; live. */
export function useShelf(project: string | null): Shelf | undefined {
  const documents = useAllRows("document");
  const versions = useAllRows("document_version");
  const folders = useAllRows("folder");
  const here = useHere();
  const pins = usePins();
  return useMemo(() => {
    if (!documents || !versions || !folders || !here || !pins) return undefined;
    return {
      documents: filedDocuments(
        documents.filter((one) => one.project_id === project),
        versions,
        here,
        pins,
      ),
      folders: folders.filter((one) => one.project_id === project),
    };
  }, [documents, versions, folders, here, pins, project]);
}
