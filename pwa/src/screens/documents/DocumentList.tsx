/** Documents as a table in the office, as cards on a tablet. */

import { useMemo } from "react";
import { Link } from "react-router";
import { useDocumentWords } from "../../app/documentWords";
import { bytes, moment } from "../../app/format";
import { useWide } from "../../app/useWide";
import { useAllRows } from "../../app/workplace";
import { Badge, Panel } from "../../components/basics";
import { type Column, DataTable } from "../../components/DataTable";
import { Icon } from "../../components/icons";
import { SyncMark } from "../../components/SyncMark";
import { VirtualList } from "../../components/VirtualList";
import type { Filed } from "../../documents/filed";
import { HereBadges, StateBadge, Thumbnail } from "./pieces";

const CARD_PX = 140;

interface Listed {
  documents: readonly Filed[];
  /** They are in the trash: when they are erased matters more than when they came. */
  trash?: boolean;
}

export function DocumentList(listed: Listed) {
  return useWide() ? <Table {...listed} /> : <Cards {...listed} />;
}

function whenOf({ version }: Filed): number | null {
  return version?.stored_at ?? version?.received_at ?? null;
}

function Cards({ documents, trash = false }: Listed) {
  const { d, language } = useDocumentWords();
  const sorted = useMemo(
    () =>
      [...documents].sort(
        (left, right) =>
          (whenOf(right) ?? Number.MAX_VALUE) - (whenOf(left) ?? Number.MAX_VALUE) ||
          left.document.title.localeCompare(right.document.title),
      ),
    [documents],
  );
  return (
    <VirtualList height={CARD_PX} items={sorted} keyOf={(one) => one.id} label={d("title")}>
      {(filed) => (
        <Link className="block rounded-2xl" to={`/documents/${filed.id}`}>
          <Panel className="flex gap-4 p-4">
            <Thumbnail filed={filed} size={72} />
            <div className="flex min-w-0 flex-1 flex-col gap-2">
              <strong className="break-words">{filed.document.title}</strong>
              <p className="flex flex-wrap gap-2">
                {filed.state !== "stored" && filed.here !== "sending" && (
                  <StateBadge state={filed.state} />
                )}
                <HereBadges filed={filed} />
                {trash && <Purge filed={filed} />}
              </p>
              <p className="flex flex-wrap gap-x-4 text-base text-muted">
                {filed.document.size_bytes != null && bytes(filed.document.size_bytes, language)}
                {whenOf(filed) !== null && <span>{moment(whenOf(filed) ?? 0, language)}</span>}
                <SyncMark quiet state={filed.document.syncState} />
              </p>
            </div>
          </Panel>
        </Link>
      )}
    </VirtualList>
  );
}

function Purge({ filed }: { filed: Filed }) {
  const { d, language } = useDocumentWords();
  const { purge_at: at } = filed.document;
  if (!at) return null;
  return (
    <Badge icon="trash" mood="warn">
      {d("purge_on", { date: moment(at, language) })}
    </Badge>
  );
}

function Table({ documents, trash = false }: Listed) {
  const { d, language } = useDocumentWords();
  const people = useAllRows("person");
  const columns = useMemo<Column<Filed>[]>(() => {
    const names = new Map((people ?? []).map((one) => [one.id, one.name]));
    return [
      {
        key: "title",
        label: d("column.title"),
        value: (one) => one.document.title,
        show: (one) => (
          <Link
            className="flex min-h-14 min-w-56 items-center gap-3 font-semibold"
            to={`/documents/${one.id}`}
          >
            <Thumbnail filed={one} size={48} />
            <span className="min-w-0 flex-1 break-words">{one.document.title}</span>
            {one.document.pinned && (
              <span className="shrink-0 text-muted" title={d("pinned")}>
                <Icon name="pin" size={20} />
                <span className="sr-only">{d("pinned")}</span>
              </span>
            )}
          </Link>
        ),
      },
      {
        key: "state",
        label: d("column.state"),
        value: (one) => d(`state.${one.state}`),
        show: (one) => (
          <span className="flex flex-wrap gap-2">
            <StateBadge state={one.state} />
            <HereBadges brief filed={one} />
            {trash && <Purge filed={one} />}
          </span>
        ),
      },
      {
        key: "date",
        label: d("column.date"),
        value: whenOf,
        show: (one) => {
          const at = whenOf(one);
          return at === null ? "—" : moment(at, language);
        },
        numeric: true,
      },
      {
        key: "size",
        label: d("column.size"),
        value: (one) => one.document.size_bytes ?? one.version?.size_bytes ?? null,
        show: (one) => {
          const size = one.document.size_bytes ?? one.version?.size_bytes;
          return size == null ? "—" : bytes(size, language);
        },
        numeric: true,
      },
      {
        key: "author",
        label: d("column.author"),
        value: (one) => names.get(one.document.author_id) ?? "",
      },
      {
        key: "version",
        label: d("column.version"),
        value: (one) => one.version?.number ?? null,
        numeric: true,
      },
      {
        key: "tags",
        label: d("column.tags"),
        value: (one) => (one.document.tags ?? []).join(", "),
      },
    ];
  }, [d, language, people, trash]);
  if (documents.length === 0) return null;
  return <DataTable columns={columns} first="title" label={d("title")} rows={documents} />;
}
