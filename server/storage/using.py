"""What each project keeps in the object store, in bytes: moved with the versions, never summed."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.intake import MergeTransaction
    from server.intake.entries import Entry

_PROJECTS = """
    SELECT id::text AS id, project_id::text AS project FROM document
    WHERE home_id = ANY($1::uuid[]) AND id = ANY($2::uuid[])
"""
_MOVE = """
    INSERT INTO storage_use (project_id, bytes)
    SELECT project, bytes FROM unnest($1::uuid[], $2::bigint[]) AS moved (project, bytes)
    ON CONFLICT (project_id) DO UPDATE SET bytes = storage_use.bytes + excluded.bytes
"""


async def move_use(transaction: MergeTransaction, versions: Sequence[tuple[Entry, int]]) -> None:
    """Add (1) or take away (-1) what stored versions weigh."""
    weighing = []
    for entry, sign in versions:
        values = {} if entry.row is None else entry.row.values
        size = values.get("stored_bytes")
        if values.get("state") == "stored" and size:
            weighing.append((entry.scope.name, str(values["document_id"]), sign * int(size)))
    if not weighing:
        return
    homes = sorted({scope.partition(":")[2] for scope, _, _ in weighing})
    documents = sorted({document for _, document, _ in weighing})
    workspace = transaction.workspace
    projects = {
        record["id"]: record["project"]
        for record in await transaction.connection.fetch(_PROJECTS, homes, documents)
    }
    moved: dict[str, int] = defaultdict(int)
    for scope, document, size in weighing:
        row = workspace.row(scope, document)
        project = projects.get(document) or (row and row.values.get("project_id"))
        if project:
            moved[str(project)] += size
    if moved:
        names = sorted(moved)
        await transaction.connection.execute(_MOVE, names, [moved[name] for name in names])
