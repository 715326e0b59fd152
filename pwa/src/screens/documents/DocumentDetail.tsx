/** One document: opened, kept here, described, its versions, what it belongs to, who else gets it. */

import { lazy, Suspense } from "react";
import { useParams } from "react-router";
import { useDocumentWords } from "../../app/documentWords";
import { bytes, moment } from "../../app/format";
import { May, useRights } from "../../app/useRights";
import { useSaving } from "../../app/useSaving";
import { useAllRows, useRow, useWorkplace } from "../../app/workplace";
import { Badge, Button, Empty, Notice, Panel, ScreenHead } from "../../components/basics";
import { SyncMark } from "../../components/SyncMark";
import { WatchButton } from "../../components/WatchButton";
import { type Filed, filedDocuments, newestFirst } from "../../documents/filed";
import { useHere, usePins } from "../../documents/useDocuments";
import { type Opening, useOpening } from "../../documents/useOpening";
import { usePicture } from "../../documents/usePicture";
import type { Entity } from "../../replica/view";
import HistoryToggle from "../office/HistoryToggle";
import { Details } from "./Details";
import { HereBadges, isShown, problemWord, StateBadge } from "./pieces";
import { SubjectLinks } from "./SubjectLinks";
import { Versions } from "./Versions";

const ShareLinks = lazy(() => import("./ShareLinks"));

export default function DocumentDetail() {
  const { d } = useDocumentWords();
  const { document: id } = useParams();
  const document = useRow("document", id);
  const versions = useAllRows("document_version");
  const here = useHere();
  const pins = usePins();
  if (document === undefined || !versions || !here || !pins) return null;
  if (document === null) {
    return (
      <>
        <ScreenHead back="/documents" backLabel={d("title")} title={d("title")} />
        <Empty icon="document" title={d("detail.unknown")} />
      </>
    );
  }
  const own = versions.filter((one) => one.document_id === document.id).sort(newestFirst);
  const filed = filedDocuments([document], own, here, pins)[0];
  return filed === undefined ? null : <Shown filed={filed} key={document.id} versions={own} />;
}

/** Whether the person may change a document. */
function useMayChange(document: Entity<"document">): boolean {
  const { person } = useWorkplace();
  const rights = useRights();
  const fixed = document.status === "published" || document.status === "archived";
  return (
    rights.may("document.update", document.project_id) ||
    (!fixed &&
      document.author_id === person &&
      rights.may("document.update_own", document.project_id))
  );
}

function Shown({ filed, versions }: { filed: Filed; versions: Entity<"document_version">[] }) {
  const { document } = filed;
  const opening = useOpening();
  const may = useMayChange(document);
  const folder = document.folder_id ? `/documents?folder=${document.folder_id}` : "/documents";
  return (
    <div className="flex flex-col gap-6">
      <Head filed={filed} folder={folder} />
      <Acts filed={filed} may={may} opening={opening} />
      <Preview filed={filed} />
      <Details document={document} key={`${document.id} ${may}`} may={may} />
      <Versions filed={filed} may={may} opening={opening} versions={versions} />
      <SubjectLinks document={document} />
      <May project={document.project_id} right="document.share">
        <Suspense fallback={null}>
          <ShareLinks document={document.id} />
        </Suspense>
      </May>
      <HistoryToggle row={document.id} />
    </div>
  );
}

function Head({ filed, folder }: { filed: Filed; folder: string }) {
  const { d, language } = useDocumentWords();
  const { document, version } = filed;
  const people = useAllRows("person");
  const author = people?.find((one) => one.id === document.author_id)?.name;
  const size = document.size_bytes ?? version?.size_bytes;
  return (
    <div>
      <ScreenHead back={folder} backLabel={d("title")} title={document.title}>
        <WatchButton row={document} table="document" />
      </ScreenHead>
      <div className="flex flex-wrap items-center gap-3">
        <StateBadge state={filed.state} />
        <HereBadges filed={filed} />
        {document.status && <Badge>{d(`status.${document.status}`)}</Badge>}
        <SyncMark quiet state={document.syncState} />
      </div>
      <p className="flex flex-wrap gap-x-4 pt-2 text-muted">
        {author && <span>{d("detail.by", { person: author })}</span>}
        {size != null && <span>{bytes(size, language)}</span>}
        {document.taken_at && (
          <span>{d("detail.taken", { moment: moment(document.taken_at, language) })}</span>
        )}
        {document.latitude_microdegrees != null && document.longitude_microdegrees != null && (
          <span>
            {d("detail.position")} {degrees(document.latitude_microdegrees)},{" "}
            {degrees(document.longitude_microdegrees)}
          </span>
        )}
      </p>
    </div>
  );
}

function degrees(microdegrees: number): string {
  return (microdegrees / 1_000_000).toFixed(5);
}

function Acts({ filed, may, opening }: { filed: Filed; may: boolean; opening: Opening }) {
  const { d } = useDocumentWords();
  const { database, wake } = useWorkplace();
  const { busy, trouble, save } = useSaving();
  const { document, version, pinnedHere } = filed;
  const trashed = Boolean(document.trashed_at);
  const problem = problemWord(d, version?.problem);
  const change = (
    intent: "document.pin" | "document.trash" | "document.recover",
    after: Partial<Entity<"document">>,
  ): void => {
    void save(intent, [{ table: "document", row: document.id, after }]);
  };
  const pinHere = async (): Promise<void> => {
    if (pinnedHere) await database.pins.delete(document.id);
    else await database.pins.put({ document: document.id, pinnedAt: Date.now() });
    wake();
  };
  const readable = version !== null && filed.state !== "refused" && filed.state !== "quarantined";
  return (
    <div className="flex flex-col gap-3">
      {problem !== null && (
        <Notice
          icon={filed.state === "quarantined" ? "lock" : "refused"}
          mood="bad"
          title={problem}
        />
      )}
      {trashed && <Notice icon="trash" mood="warn" title={d("detail.in_trash")} />}
      <div className="flex flex-wrap gap-3">
        {readable && (
          <>
            <Button
              disabled={opening.busy}
              icon="document"
              onClick={() => void opening.open(version)}
              tone="primary"
            >
              {opening.busy ? d("detail.fetching") : d("detail.open")}
            </Button>
            <Button
              disabled={opening.busy}
              icon="export"
              onClick={() => void opening.save(version)}
            >
              {d("detail.download")}
            </Button>
            {!trashed && (
              <Button aria-pressed={pinnedHere} icon="pin" onClick={() => void pinHere()}>
                {d(pinnedHere ? "detail.unpin_here" : "detail.pin_here")}
              </Button>
            )}
          </>
        )}
        {may && !trashed && (
          <>
            <Button
              aria-pressed={document.pinned === true}
              disabled={busy}
              icon="device"
              onClick={() => change("document.pin", { pinned: document.pinned !== true })}
            >
              {d(document.pinned ? "detail.unpin_all" : "detail.pin_all")}
            </Button>
            <Button
              disabled={busy}
              icon="trash"
              onClick={() => change("document.trash", { trashed_at: Date.now() })}
              tone="danger"
            >
              {d("detail.to_trash")}
            </Button>
          </>
        )}
        {may && trashed && (
          <Button
            disabled={busy}
            icon="history"
            onClick={() => change("document.recover", { trashed_at: null })}
            tone="primary"
          >
            {d("detail.recover")}
          </Button>
        )}
      </div>
      {opening.trouble !== null && (
        <Notice icon="offline" mood="bad" title={d(`detail.${opening.trouble}`)} />
      )}
      {trouble !== null && <Notice icon="refused" mood="bad" title={trouble} />}
    </div>
  );
}

function Preview({ filed }: { filed: Filed }) {
  const { d } = useDocumentWords();
  const { version, document } = filed;
  const shown = isShown(filed) ? (version?.id ?? null) : null;
  const address = usePicture(shown, version?.content_type ?? document.content_type, "page");
  if (address === null) return null;
  return (
    <Panel className="flex justify-center overflow-hidden bg-sunken p-2">
      <img
        alt={d("thumbnail", { title: document.title })}
        className="max-h-[70dvh] rounded-lg object-contain"
        src={address}
      />
    </Panel>
  );
}
