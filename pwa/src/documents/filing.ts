/** What filing documents writes: the rows of each action, as one change set. */

import type { KeptFile } from "../app/photos";
import type { DocumentLink, Folder as FolderValues } from "../generated/tables";
import type { Edit } from "../replica/editing";
import { DEVICE_SOURCES, uuid7 } from "../replica/identity";
import type { Entity } from "../replica/view";
import type { Folder } from "./tree";

/** Where a document goes: a folder, or the top of a project. */
export interface Place {
  project: string;
  folder: Folder | null;
}

export interface Subject {
  table: string;
  row: string;
  purpose?: string;
}

/** Return the scope that holds what lies at a place. */
export function scopeAt(place: Place): string {
  return place.folder?.scope ?? `project:${place.project}`;
}

function homeOf(scope: string): { home_id: string } {
  return { home_id: scope.slice(scope.indexOf(":") + 1) };
}

/** Make a document of a kept file, and say what it belongs to. */
export function fileDocument(
  file: KeptFile,
  place: Place,
  said: { person: string; title: string; tags?: string[]; subject?: Subject },
): { document: string; edits: Edit[] } {
  const scope = scopeAt(place);
  const document = uuid7(DEVICE_SOURCES);
  const common = { ...homeOf(scope), author_id: said.person };
  const after: Edit<"document">["after"] = {
    ...common,
    project_id: place.project,
    title: said.title,
    status: "work_in_progress",
    ...(place.folder === null ? {} : { folder_id: place.folder.id }),
    ...(said.tags === undefined ? {} : { tags: said.tags }),
    ...file.taken,
  };
  const edits: Edit[] = [
    { table: "document", row: document, scope, operation: "create", after },
    versionOf(file, { id: document, scope }, said.person),
  ];
  if (said.subject !== undefined) {
    edits.push(linkTo({ id: document, scope }, said.subject, said.person));
  }
  return { document, edits };
}

/** Add a kept file to a document as its newest version. */
export function versionOf(
  file: KeptFile,
  document: { id: string; scope: string },
  person: string,
  comment = "",
): Edit<"document_version"> {
  return {
    table: "document_version",
    row: file.version,
    scope: document.scope,
    operation: "create",
    after: {
      ...homeOf(document.scope),
      author_id: person,
      document_id: document.id,
      file_name: file.name,
      size_bytes: file.bytes,
      sha256: file.sha256,
      ...(comment === "" ? {} : { comment }),
    },
  };
}

/** Make an old version the newest again: its bytes travel no more. */
export function restored(
  version: Entity<"document_version">,
  person: string,
  comment: string,
): Edit<"document_version"> {
  return {
    table: "document_version",
    row: uuid7(DEVICE_SOURCES),
    scope: version.scope,
    operation: "create",
    after: {
      ...homeOf(version.scope),
      author_id: person,
      document_id: version.document_id,
      file_name: version.file_name,
      restored_from: version.id,
      comment,
    },
  };
}

/** Say that a document belongs to a row. */
export function linkTo(
  document: { id: string; scope: string },
  subject: Subject,
  person: string,
): Edit<"document_link"> {
  const after: Partial<DocumentLink> = {
    ...homeOf(document.scope),
    author_id: person,
    document_id: document.id,
    subject_table: subject.table,
    subject_id: subject.row,
    ...(subject.purpose === undefined ? {} : { purpose: subject.purpose }),
  };
  return {
    table: "document_link",
    row: uuid7(DEVICE_SOURCES),
    scope: document.scope,
    operation: "create",
    after,
  };
}

/** Make a folder at a place. */
export function newFolder(place: Place, name: string): Edit<"folder"> {
  const scope = scopeAt(place);
  const after: Partial<FolderValues> = {
    ...homeOf(scope),
    project_id: place.project,
    name,
    ...(place.folder === null ? {} : { parent_id: place.folder.id }),
  };
  return { table: "folder", row: uuid7(DEVICE_SOURCES), scope, operation: "create", after };
}

/** Return the document at a place that a file of this name is a new version of, if there is one. */
export function documentNamed(
  documents: readonly Entity<"document">[],
  place: Place,
  title: string,
): Entity<"document"> | null {
  const wanted = title.trim().toLowerCase();
  return (
    documents.find(
      (one) =>
        one.scope === scopeAt(place) &&
        (one.folder_id ?? null) === (place.folder?.id ?? null) &&
        !one.trashed_at &&
        one.title.trim().toLowerCase() === wanted,
    ) ?? null
  );
}

/** Read tags as people type them: divided by commas, each once, in order. */
export function readTags(text: string): string[] {
  const found = text
    .split(/[,;\n]/)
    .map((one) => one.trim())
    .filter((one) => one !== "");
  return [...new Set(found)].sort();
}
