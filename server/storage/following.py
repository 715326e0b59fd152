"""What follows a merge of documents: numbers, restored versions, the trash, what search finds.

An effect of the intake, in the merge's own transaction: set-based, and no query where no document
was touched.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from server.storage.guards import home_of
from server.storage.newest import settle_newest
from server.storage.using import move_use
from server.storage.wording import index_titles

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server.intake import MergeTransaction
    from server.intake.entries import Entry

DAY_MS = 86_400_000

_LAST_NUMBERS = """
    SELECT document_id::text AS document, max(number) AS number FROM document_version
    WHERE home_id = ANY($1::uuid[]) AND document_id = ANY($2::uuid[]) GROUP BY document_id
"""
# FOR SHARE: what is being given to another version is not swept away meanwhile.
_KEPT = """
    SELECT sha256, content_type, bytes FROM stored_object
    WHERE sha256 = ANY($1::text[]) AND state = 'stored' ORDER BY sha256 FOR SHARE
"""


async def follow_documents(transaction: MergeTransaction, *, trash_days: int) -> None:
    """Give new versions numbers, restored ones their bytes; date the trash; keep search true."""
    touched = [
        one for one in transaction.workspace.touched.values() if one.table.service == "storage"
    ]
    if not touched:
        return
    made = [one for one in touched if one.table.name == "document_version" and one.stored is None]
    if made:
        await _number(transaction, made)
        await _restore(transaction, [one for one in made if _values(one).get("restored_from")])
    gone = [one for one in touched if one.table.name == "document_version" and _dies(one)]
    await move_use(transaction, [(one, -1) for one in gone])
    if gone:
        named = {(one.scope.name, str(_values(one)["document_id"])) for one in gone}
        await settle_newest(transaction, named)
    documents = [one for one in touched if one.table.name == "document"]
    await _mind_trash(transaction, documents, trash_days)
    await index_titles(transaction, [one for one in documents if _differs(one, _FOUND_BY)])


_FOUND_BY = ("title", "tags", "description")


def _values(entry: Entry) -> dict[str, Any]:
    assert entry.row is not None  # noqa: S101 - a touched entry has a row
    return dict(entry.row.values)


def _dies(entry: Entry) -> bool:
    row, stored = entry.row, entry.stored
    return row is not None and row.deleted and stored is not None and not stored.deleted


def _differs(entry: Entry, fields: Iterable[str]) -> bool:
    row, stored = entry.row, entry.stored
    if stored is None or row is None or stored.deleted != row.deleted:
        return True
    return any(stored.values.get(name) != row.values.get(name) for name in fields)


async def _number(transaction: MergeTransaction, made: list[Entry]) -> None:
    """Give versions numbers, in the order in which they were merged."""
    homes = sorted({home_of(one.scope.name) for one in made})
    documents = sorted({str(_values(one)["document_id"]) for one in made})
    numbers: dict[str, int] = defaultdict(int)
    for record in await transaction.connection.fetch(_LAST_NUMBERS, homes, documents):
        numbers[record["document"]] = record["number"] or 0
    for one in sorted(made, key=lambda entry: (entry.scope.name, entry.seq)):
        document = str(_values(one)["document_id"])
        numbers[document] += 1
        after = {"number": numbers[document], "state": "waiting"}
        _write(transaction, one, after, "version.number")


async def _restore(transaction: MergeTransaction, made: list[Entry]) -> None:
    """Give versions that restore others the same bytes: none of them travels again."""
    workspace = transaction.workspace
    sources: dict[str, dict[str, Any]] = {}
    for one in made:
        source = str(_values(one)["restored_from"])
        await transaction.load(one.scope.name, [source])
        row = workspace.row(one.scope.name, source)
        values = {} if row is None else row.values
        same = values.get("document_id") == _values(one)["document_id"]
        if same and values.get("object_sha256"):
            sources[str(one.row and one.row.id)] = dict(values)
    wanted = sorted({str(one["object_sha256"]) for one in sources.values()})
    kept = {one["sha256"] for one in await transaction.connection.fetch(_KEPT, wanted)}
    restored = []
    for one in made:
        source_values = sources.get(str(one.row and one.row.id), {})
        if source_values.get("object_sha256") not in kept:
            _write(
                transaction, one, {"state": "refused", "problem": "version_gone"}, "version.gone"
            )
            continue
        names = ("object_sha256", "content_type", "stored_bytes")
        after = {name: source_values[name] for name in names}
        moments = {"received_at": workspace.now_ms, "stored_at": workspace.now_ms}
        _write(transaction, one, {**after, **moments, "state": "stored"}, "version.restore")
        restored.append(one)
    await move_use(transaction, [(one, 1) for one in restored])
    named = {(one.scope.name, str(_values(one)["document_id"])) for one in restored}
    await settle_newest(transaction, named)


async def _mind_trash(
    transaction: MergeTransaction, documents: list[Entry], trash_days: int
) -> None:
    """Say when a document in the trash is purged; one that leaves it finds its folder again."""
    now_ms = transaction.workspace.now_ms
    for one in documents:
        values = _values(one)
        trashed, dated = values.get("trashed_at") is not None, values.get("purge_at") is not None
        if trashed == dated or one.row is None or one.row.deleted:
            continue
        after = {"purge_at": now_ms + trash_days * DAY_MS if trashed else None}
        _write(transaction, one, after, "document.trash" if trashed else "document.recover")
        if not trashed and values.get("folder_id"):
            await _recreate(transaction, one.scope.name, str(values["folder_id"]))


async def _recreate(transaction: MergeTransaction, scope: str, folder: str) -> None:
    """Bring back the deleted folders that a recovered document was in."""
    workspace = transaction.workspace
    seen: set[str] = set()
    while folder and folder not in seen:
        seen.add(folder)
        await transaction.load(scope, [folder])
        row = workspace.row(scope, folder)
        if row is None:
            return
        if row.deleted:
            workspace.write(
                scope, "folder", folder, {"name": row.values["name"]}, intent="folder.recreate"
            )
        folder = str(row.values.get("parent_id") or "")


def _write(transaction: MergeTransaction, entry: Entry, after: dict[str, Any], intent: str) -> None:
    assert entry.row is not None  # noqa: S101 - a touched entry has a row
    transaction.workspace.write(
        entry.scope.name, entry.table.name, entry.row.id, after, intent=intent
    )
