/** Taking files in: kept on the device, filed by rows at once, sent by the lane of uploads. */

import { keepFile, keepPhoto } from "../app/photos";
import { useSaving } from "../app/useSaving";
import { useWorkplace } from "../app/workplace";
import type { Edit } from "../replica/editing";
import type { Entity } from "../replica/view";
import { documentNamed, fileDocument, type Place, type Subject, versionOf } from "./filing";

export interface Added {
  count: number;
  /** Titles of documents that got a new version instead. */
  versions: string[];
}

export interface Adding {
  busy: boolean;
  trouble: string | null;
  /** File each as a document, or as a new version of the one that has its name there. */
  add: (
    files: readonly File[],
    place: Place,
    beside: readonly Entity<"document">[],
    subject?: Subject & { title?: string },
  ) => Promise<Added>;
  addVersion: (file: File, document: Entity<"document">, comment: string) => Promise<boolean>;
}

export function useAdding(): Adding {
  const { database, person } = useWorkplace();
  const { busy, trouble, save } = useSaving();
  return {
    busy,
    trouble,
    add: async (files, place, beside, subject) => {
      const added: Added = { count: 0, versions: [] };
      for (const file of files) {
        const photo = subject !== undefined && file.type.startsWith("image/");
        const kept = photo
          ? await keepPhoto(database, file, photoName(file.lastModified))
          : await keepFile(database, file, file.name);
        const title = subject?.title ?? file.name;
        const same = subject === undefined ? documentNamed(beside, place, title) : null;
        const edits: Edit[] =
          same !== null
            ? [versionOf(kept, same, person)]
            : fileDocument(kept, place, {
                person,
                title,
                ...(subject === undefined ? {} : { subject }),
              }).edits;
        const saved = await save("document.add", edits);
        if (saved === null) {
          await database.blobs.delete(kept.version);
          continue;
        }
        added.count += 1;
        if (same !== null) added.versions.push(same.title);
      }
      return added;
    },
    addVersion: async (file, document, comment) => {
      const kept = await keepFile(database, file, file.name);
      const saved = await save("document.version", [versionOf(kept, document, person, comment)]);
      if (saved === null) await database.blobs.delete(kept.version);
      return saved !== null;
    },
  };
}

/** Cameras repeat their names: the moment tells photos apart. */
function photoName(taken: number): string {
  return `photo-${new Date(taken).toISOString().slice(0, 19).replaceAll(":", "-")}.jpg`;
}
