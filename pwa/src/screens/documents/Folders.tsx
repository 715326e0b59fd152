/** The folders: a tree beside the documents in the office, rows above them on a tablet. */

import { Link } from "react-router";
import { useDocumentWords } from "../../app/documentWords";
import { Badge, Panel } from "../../components/basics";
import { Icon } from "../../components/icons";
import { isRestricted, treeOf } from "../../documents/tree";
import type { Entity } from "../../replica/view";

const LINK = "target flex items-center gap-2 rounded-xl pr-3 font-semibold";
const STEP_REM = 1.25;

function styleOf(chosen: boolean): string {
  return `${LINK} ${chosen ? "bg-accent-soft text-accent" : "text-ink"}`;
}

export function FolderTree({
  folders,
  at,
  trash,
}: {
  folders: readonly Entity<"folder">[];
  at: string | null;
  trash: boolean;
}) {
  const { d, language } = useDocumentWords();
  const top = at === null && !trash;
  return (
    <Panel className="sticky top-20 max-h-[calc(100dvh-6rem)] overflow-y-auto p-2">
      <nav aria-label={d("folders")}>
        <ul>
          <li>
            <Link
              aria-current={top ? "page" : undefined}
              className={`${styleOf(top)} pl-3`}
              to="/documents"
            >
              <Icon className="shrink-0" name="folder" />
              {d("all")}
            </Link>
          </li>
          {treeOf(folders, language).map(({ folder, depth }) => (
            <li key={folder.id}>
              <Link
                aria-current={folder.id === at ? "page" : undefined}
                className={styleOf(folder.id === at)}
                style={{ paddingLeft: `${0.75 + (depth + 1) * STEP_REM}rem` }}
                to={`/documents?folder=${folder.id}`}
              >
                <Icon className="shrink-0" name={isRestricted(folder) ? "lock" : "folder"} />
                <span className="min-w-0 break-words">{folder.name}</span>
                {isRestricted(folder) && <span className="sr-only">{d("folder.restricted")}</span>}
              </Link>
            </li>
          ))}
          <li>
            <Link
              aria-current={trash ? "page" : undefined}
              className={`${styleOf(trash)} pl-3`}
              to="/documents?trash"
            >
              <Icon className="shrink-0" name="trash" />
              {d("trash")}
            </Link>
          </li>
        </ul>
      </nav>
    </Panel>
  );
}

/** The folders just below one. */
export function SubFolders({
  folders,
  at,
}: {
  folders: readonly Entity<"folder">[];
  at: string | null;
}) {
  const { d, language } = useDocumentWords();
  const tree = treeOf(folders, language);
  const place = tree.findIndex((one) => one.folder.id === at);
  const depth = place === -1 ? 0 : (tree[place]?.depth ?? 0) + 1;
  const below: Entity<"folder">[] = [];
  for (const one of tree.slice(place + 1)) {
    if (one.depth < depth) break;
    if (one.depth === depth) below.push(one.folder);
  }
  if (below.length === 0) return null;
  return (
    <Panel>
      <nav aria-label={d("folders")}>
        <ul className="divide-y divide-line">
          {below.map((folder) => (
            <li key={folder.id}>
              <Link
                className="target flex items-center gap-3 px-4 font-semibold"
                to={`/documents?folder=${folder.id}`}
              >
                <Icon className="shrink-0" name="folder" />
                <span className="min-w-0 flex-1 break-words">{folder.name}</span>
                {isRestricted(folder) && <Badge icon="lock">{d("folder.restricted")}</Badge>}
                <Icon name="forward" />
              </Link>
            </li>
          ))}
        </ul>
      </nav>
    </Panel>
  );
}
