/** The documents of a project: its folders, what lies in them, search, and the trash. */

import { type DragEvent, lazy, Suspense, useState } from "react";
import { useSearchParams } from "react-router";
import { useServer } from "../../app/asking";
import { useDocumentWords } from "../../app/documentWords";
import { useLater } from "../../app/useLater";
import { May, useRights } from "../../app/useRights";
import { useWide } from "../../app/useWide";
import { useProject } from "../../app/workplace";
import { Button, Empty, LinkButton, Notice, ScreenHead } from "../../components/basics";
import { SearchField } from "../../components/fields";
import { type Filed, holding } from "../../documents/filed";
import { isRestricted, pathTo } from "../../documents/tree";
import { useAdding } from "../../documents/useAdding";
import { type Shelf, useShelf } from "../../documents/useDocuments";
import type { Entity } from "../../replica/view";
import { DocumentList } from "./DocumentList";
import { FolderTree, SubFolders } from "./Folders";
import { FileButton } from "./pieces";

const FolderForm = lazy(() => import("./FolderForm"));
const OfflineRule = lazy(() => import("./OfflineRule"));

export default function Documents() {
  const { d } = useDocumentWords();
  const project = useProject();
  const shelf = useShelf(project?.id ?? null);
  if (project === undefined || shelf === undefined) return null;
  if (project === null) return <Empty icon="project" title={d("no_project")} />;
  return <Opened key={project.id} project={project} shelf={shelf} />;
}

function Opened({ project, shelf }: { project: Entity<"project">; shelf: Shelf }) {
  const { d } = useDocumentWords();
  const wide = useWide();
  const [at] = useSearchParams();
  const [words, setWords] = useState("");
  const trash = at.has("trash");
  const folder = shelf.folders.find((one) => one.id === at.get("folder")) ?? null;
  const tree = <FolderTree at={folder?.id ?? null} folders={shelf.folders} trash={trash} />;
  return (
    <>
      <ScreenHead
        {...(folder === null && !trash ? {} : { back: upFrom(folder), backLabel: d("all") })}
        title={trash ? d("trash") : (folder?.name ?? d("title"))}
      />
      <div
        className={wide ? "grid grid-cols-[15rem_1fr] items-start gap-6" : "flex flex-col gap-4"}
      >
        {wide && tree}
        <div className="flex min-w-0 flex-col gap-4">
          {trash ? (
            <Trash documents={shelf.documents} />
          ) : (
            <>
              <Search onWords={setWords} words={words} />
              {words.trim() === "" ? (
                <Inside folder={folder} project={project} shelf={shelf} wide={wide} />
              ) : (
                <Found documents={shelf.documents} project={project.id} words={words} />
              )}
            </>
          )}
        </div>
      </div>
    </>
  );
}

function upFrom(folder: Entity<"folder"> | null): string {
  return folder?.parent_id ? `/documents?folder=${folder.parent_id}` : "/documents";
}

function Search({ words, onWords }: { words: string; onWords: (words: string) => void }) {
  const { t, d } = useDocumentWords();
  const wide = useWide();
  return (
    <SearchField
      label={d("search")}
      maxLength={200}
      onChange={(event) => onWords(event.target.value)}
      placeholder={wide ? d("search") : t("common.search")}
      value={words}
    />
  );
}

interface Hit {
  document: string;
}

/** What the words find: on the server, in the texts too; without a link, among what is here. */
function Found({
  words,
  project,
  documents,
}: {
  words: string;
  project: string;
  documents: readonly Filed[];
}) {
  const { d } = useDocumentWords();
  const asked = useLater(words.trim());
  const query = new URLSearchParams({ words: asked, project, limit: "200" });
  const { data, failed } = useServer<Hit[]>(`/api/storage/search?${query}`);
  const here = documents.filter((one) => !one.document.trashed_at);
  const known = new Map(here.map((one) => [one.id, one]));
  const found =
    failed || data === undefined
      ? holding(here, words)
      : data.flatMap(({ document }) => known.get(document) ?? []);
  return (
    <>
      {failed && <Notice icon="offline" mood="plain" title={d("search_offline")} />}
      <p aria-live="polite" className="text-muted">
        {found.length === 0 ? d("found_none") : d("found", { count: found.length })}
      </p>
      <DocumentList documents={found} />
    </>
  );
}

function Inside({
  project,
  shelf,
  folder,
  wide,
}: {
  project: Entity<"project">;
  shelf: Shelf;
  folder: Entity<"folder"> | null;
  wide: boolean;
}) {
  const { d } = useDocumentWords();
  const here = shelf.documents.filter(
    (one) => (one.document.folder_id ?? null) === (folder?.id ?? null) && !one.document.trashed_at,
  );
  const beside = here.map((one) => one.document);
  const { busy, trouble, add } = useAdding();
  const [said, setSaid] = useState<string[]>([]);
  const [over, setOver] = useState(false);
  const may = useRights().may("document.create", project.id);
  const take = async (files: readonly File[]): Promise<void> => {
    const added = await add(files, { project: project.id, folder }, beside);
    setSaid([
      ...(added.count === 0 ? [] : [d("added", { count: added.count })]),
      ...added.versions.map((title) => d("became_version", { title })),
    ]);
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    void take([...event.dataTransfer.files]);
  };
  return (
    <section
      aria-label={folder?.name ?? d("all")}
      className={`flex min-h-64 flex-col gap-4 rounded-2xl ${
        over ? "outline-3 outline-offset-4 outline-accent outline-dashed" : ""
      }`}
      onDragLeave={() => setOver(false)}
      onDragOver={(event) => {
        if (!may || !event.dataTransfer.types.includes("Files")) return;
        event.preventDefault();
        setOver(true);
      }}
      onDrop={may ? drop : undefined}
    >
      {over && (
        <Notice
          icon="document"
          mood="accent"
          title={d("drop", { place: folder?.name ?? d("all") })}
        />
      )}
      <div className="flex flex-wrap gap-3">
        {may && (
          <>
            <FileButton
              className="grow lg:grow-0"
              disabled={busy}
              icon="add"
              label={d("add")}
              onFiles={(files) => void take(files)}
              several
              tone="primary"
            />
            {!wide && (
              <FileButton
                camera
                className="grow"
                disabled={busy}
                icon="photo"
                label={d("photo")}
                onFiles={(files) => void take(files)}
              />
            )}
          </>
        )}
      </div>
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
      {said.map((one) => (
        <Notice icon="saved" key={one} mood="good" title={one} />
      ))}
      {!wide && <SubFolders at={folder?.id ?? null} folders={shelf.folders} />}
      {here.length === 0 ? (
        <Empty icon="document" title={d("none")}>
          {may && <p>{d("none_help")}</p>}
        </Empty>
      ) : (
        <DocumentList documents={here} />
      )}
      <Tools folder={folder} project={project} shelf={shelf} />
    </section>
  );
}

/** What is done seldom: folders made and kept, and the rule of what tablets keep. */
function Tools({
  project,
  shelf,
  folder,
}: {
  project: Entity<"project">;
  shelf: Shelf;
  folder: Entity<"folder"> | null;
}) {
  const { d } = useDocumentWords();
  const [open, setOpen] = useState<"new" | "settings" | "rule" | null>(null);
  const toggle = (one: "new" | "settings" | "rule"): void => setOpen(open === one ? null : one);
  const path = pathTo(shelf.folders, folder?.id ?? null);
  return (
    <footer className="flex flex-col gap-4 border-t border-line pt-4 empty:hidden">
      <div className="flex flex-wrap gap-3">
        {folder === null && (
          <LinkButton className="lg:hidden" icon="trash" to="/documents?trash">
            {d("trash")}
          </LinkButton>
        )}
        <May project={project.id} right="folder.create">
          <Button aria-expanded={open === "new"} icon="folder" onClick={() => toggle("new")}>
            {d("folder.new")}
          </Button>
        </May>
        {folder !== null && (
          <May project={project.id} right="folder.update">
            <Button
              aria-expanded={open === "settings"}
              icon="settings"
              onClick={() => toggle("settings")}
            >
              {d("folder.settings")}
            </Button>
          </May>
        )}
        {folder === null && (
          <May project={project.id} right="offline_rule.update">
            <Button aria-expanded={open === "rule"} icon="device" onClick={() => toggle("rule")}>
              {d("rule.title")}
            </Button>
          </May>
        )}
      </div>
      <Suspense fallback={null}>
        {open === "new" && (
          <FolderForm
            inside={folder}
            onDone={() => setOpen(null)}
            project={project.id}
            restricted={path.some(isRestricted)}
          />
        )}
        {open === "settings" && folder !== null && (
          <FolderForm
            empty={!isUsed(shelf, folder.id)}
            folder={folder}
            onDone={() => setOpen(null)}
            project={project.id}
          />
        )}
        {open === "rule" && <OfflineRule project={project.id} />}
      </Suspense>
    </footer>
  );
}

function isUsed(shelf: Shelf, folder: string): boolean {
  return (
    shelf.folders.some((one) => one.parent_id === folder) ||
    shelf.documents.some((one) => one.document.folder_id === folder)
  );
}

function Trash({ documents }: { documents: readonly Filed[] }) {
  const { d } = useDocumentWords();
  const trashed = documents.filter((one) => one.document.trashed_at);
  if (trashed.length === 0) return <Empty icon="trash" title={d("trash_none")} />;
  return (
    <>
      <p className="text-muted">{d("trash_help")}</p>
      <DocumentList documents={trashed} trash />
    </>
  );
}
