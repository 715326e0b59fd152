"""Which version of a document is its newest: of those whose bytes are kept, the last numbered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.storage.guards import home_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server.intake import MergeTransaction

_READ = """
    SELECT id::text AS id FROM document_version
    WHERE home_id = ANY($1::uuid[]) AND document_id = ANY($2::uuid[]) AND state = 'stored'
"""


async def settle_newest(
    transaction: MergeTransaction, documents: Iterable[tuple[str, str]]
) -> None:
    """Write on each document, given with its scope, what its newest stored version is."""
    workspace = transaction.workspace
    named = sorted(documents)
    if not named:
        return
    homes = sorted({home_of(scope) for scope, _ in named})
    records = await transaction.connection.fetch(_READ, homes, sorted({one for _, one in named}))
    for scope in sorted({scope for scope, _ in named}):
        wanted = [document for where, document in named if where == scope]
        # One home may be the id of two scopes: what is of the other is not found here.
        await transaction.load(scope, [*(one["id"] for one in records), *wanted])
    for scope, document in named:
        row = workspace.row(scope, document)
        if row is None or row.deleted:
            continue
        stored = [
            entry.row
            for (where, _), entry in workspace.entries.items()
            if where == scope
            and entry.table.name == "document_version"
            and entry.row is not None
            and not entry.row.deleted
            and entry.row.values.get("document_id") == document
            and entry.row.values.get("state") == "stored"
        ]
        newest = max(stored, key=lambda one: one.values.get("number") or 0, default=None)
        values = {} if newest is None else newest.values
        after = {
            "version_id": None if newest is None else newest.id,
            "content_type": values.get("content_type"),
            "size_bytes": values.get("stored_bytes"),
        }
        changed = {name: value for name, value in after.items() if row.values.get(name) != value}
        if changed:
            workspace.write(scope, "document", document, changed, intent="document.newest")
