"""What was deleted long ago goes for good: rows by themselves, and whole projects.

A deleted row can be restored while it is younger than the retention; then its tombstone and its
values go, and its history stays. Of a deleted project nothing stays but the record of activity; its
documents go first, through their own purge, so that no object is left behind in the store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from msgspec import Struct

from sync.schema import is_row_id
from sync.tables import TABLES

if TYPE_CHECKING:
    import datetime as dt

    import asyncpg

    from server.intake import Intake
    from server.store import Connection

log = structlog.get_logger()

PURGE_ROWS_MAX = 5_000
"""Rows that one transaction purges."""
PURGE_PROJECTS_MAX = 100
KEPT_TABLES = frozenset(
    {"person", "project"} | {name for name, one in TABLES.items() if one.service == "storage"}
)
"""Names stay for the history; projects go whole; documents have their own purge."""
KEPT_RECORDS = frozenset({"activity", "upload", "storage_use"})
"""Tables of the engine that name projects, and are others' to keep."""

# Without an entry of the log that is younger, the last change of a row is older: what touched a row
# last stands at its seq.
_DUE_ROWS = """
    SELECT row.scope_id, scope.name AS scope, row.row_id::text AS id, row.table_name AS table
    FROM sync_row AS row JOIN scope ON scope.id = row.scope_id
    WHERE row.deleted AND row.table_name <> ALL($2::text[]) AND NOT EXISTS (
        SELECT FROM change_log AS change
        WHERE change.scope_id = row.scope_id AND change.seq = row.seq AND change.at >= $1
    )
    ORDER BY row.scope_id, row.row_id LIMIT $3
"""

_LOCK = "SELECT id FROM scope WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE"

# Whoever restored a row meanwhile has it.
_PURGE_ROWS = """
    DELETE FROM sync_row USING unnest($1::bigint[], $2::uuid[]) AS due (scope_id, row_id)
    WHERE sync_row.scope_id = due.scope_id AND sync_row.row_id = due.row_id AND sync_row.deleted
    RETURNING sync_row.scope_id, sync_row.row_id::text AS id, sync_row.table_name AS table
"""

_PURGE_CONFLICTS = """
    DELETE FROM conflict USING unnest($1::bigint[], $2::uuid[]) AS gone (scope_id, row_id)
    WHERE conflict.scope_id = gone.scope_id AND conflict.row_id = gone.row_id
"""

_DUE_PROJECTS = """
    SELECT row.row_id::text AS id FROM sync_row AS row
    WHERE row.deleted AND row.table_name = 'project' AND NOT EXISTS (
        SELECT FROM change_log AS change
        WHERE change.scope_id = row.scope_id AND change.seq = row.seq AND change.at >= $1
    )
    ORDER BY row.row_id LIMIT $2
"""

_DOCUMENTS = """
    SELECT home.name AS scope, document.id::text AS id, document.purge_at
    FROM document JOIN scope AS home
        ON home.name = document.scope_kind || ':' || document.home_id
    WHERE document.project_id = $1 AND NOT document.deleted ORDER BY home.name, document.id
"""

_FOLDERS = """
    SELECT 'folder:' || id AS scope FROM folder
    WHERE project_id = $1 AND id = home_id AND scope_kind = 'folder'
"""

# All that say which project their rows are of, whoever made them: what an engine derives goes too.
_TABLES_OF_PROJECTS = """
    SELECT class.relname AS name FROM pg_class AS class
    JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid
    WHERE class.relnamespace = 'public'::regnamespace AND class.relkind IN ('r', 'p')
        AND NOT class.relispartition AND attribute.attname = 'project_id'
        AND NOT attribute.attisdropped AND class.relname <> ALL($1::text[])
    ORDER BY class.relname
"""

_STILL_DELETED = "SELECT deleted FROM project WHERE id = $1"


class Purged(Struct, frozen=True):
    """What one purge took."""

    rows: int
    projects: int
    waiting: int
    """Projects whose documents go first."""


async def purge_deleted(intake: Intake, pool: asyncpg.Pool, before: dt.datetime) -> Purged:
    """Purge what was deleted before a moment and not touched since.

    Args:
        intake: writes that documents are to go.
        pool: of the server's own role.
        before: what was deleted later stays.

    """
    rows = 0
    while count := await _purge_rows(pool, before):
        rows += count
    projects = waiting = 0
    for record in await pool.fetch(_DUE_PROJECTS, before, PURGE_PROJECTS_MAX):
        project = record["id"]
        if await _send_documents(intake, pool, project):
            waiting += 1
        elif await _purge_project(pool, project):
            log.info("project_purged", project=project)
            projects += 1
    return Purged(rows, projects, waiting)


async def _purge_rows(pool: asyncpg.Pool, before: dt.datetime) -> int:
    async with pool.acquire() as connection, connection.transaction():
        due = await connection.fetch(_DUE_ROWS, before, [*KEPT_TABLES], PURGE_ROWS_MAX)
        if not due:
            return 0
        await connection.execute(_LOCK, sorted({one["scope_id"] for one in due}))
        gone = await connection.fetch(
            _PURGE_ROWS, [one["scope_id"] for one in due], [one["id"] for one in due]
        )
        await connection.execute(
            _PURGE_CONFLICTS, [one["scope_id"] for one in gone], [one["id"] for one in gone]
        )
        scopes = {one["scope_id"]: one["scope"] for one in due}
        await _purge_typed(connection, scopes, gone)
        return len(gone)


async def _purge_typed(
    connection: Connection, scopes: dict[int, str], gone: list[asyncpg.Record]
) -> None:
    by_table: dict[str, list[tuple[str, str]]] = {}
    for one in gone:
        key = scopes[one["scope_id"]].partition(":")[2]
        by_table.setdefault(one["table"], []).append((key, one["id"]))
    for name, keys in by_table.items():
        table = TABLES.get(name)
        if table is None:
            continue
        leading = table.leading
        where = "" if leading is None else f" AND {name}.{leading} = gone.key::uuid"
        await connection.execute(
            f"DELETE FROM {name} USING unnest($1::text[], $2::uuid[]) AS gone (key, id)"
            f" WHERE {name}.id = gone.id{where}",
            [key for key, _ in keys],
            [row for _, row in keys],
        )


# Whole projects


async def _send_documents(intake: Intake, pool: asyncpg.Pool, project: str) -> bool:
    """Date the purge of a project's documents to now; return whether any is left."""
    left: dict[str, list[Any]] = {}
    for record in await pool.fetch(_DOCUMENTS, project):
        left.setdefault(record["scope"], []).append(record)
    for scope, documents in left.items():
        undated = [one["id"] for one in documents if one["purge_at"] is None]
        if not undated:
            continue
        async with intake.server_transaction([scope]) as transaction:
            workspace = transaction.workspace
            await transaction.load(scope, undated)
            for document in undated:
                after = {"purge_at": workspace.now_ms}
                workspace.write(scope, "document", document, after, intent="project.purge")
    return bool(left)


async def _purge_project(pool: asyncpg.Pool, project: str) -> bool:
    """Delete a project, all that its scopes hold, and their history; false if it came back."""
    assert is_row_id(project)  # noqa: S101 - it was just read
    async with pool.acquire() as connection, connection.transaction():
        names = [f"project:{project}", f"finance:{project}"]
        names += [one["scope"] for one in await connection.fetch(_FOLDERS, project)]
        found = await connection.fetch(
            "SELECT id FROM scope WHERE name = ANY($1::text[]) ORDER BY id FOR UPDATE", names
        )
        if not await connection.fetchval(_STILL_DELETED, project):
            return False
        scopes = [one["id"] for one in found]
        await _purge_contents(connection, project, names)
        await connection.execute(
            "DELETE FROM snapshot_page USING snapshot"
            " WHERE snapshot_page.snapshot_id = snapshot.id AND snapshot.scope_id = ANY($1)",
            scopes,
        )
        for name in ("snapshot", "conflict", "sync_row", "change_log"):
            await connection.execute(f"DELETE FROM {name} WHERE scope_id = ANY($1)", scopes)
        await connection.execute("DELETE FROM scope WHERE id = ANY($1)", scopes)
        return True


async def _purge_contents(connection: Connection, project: str, scopes: list[str]) -> None:
    """Delete the rows of a project from their own tables."""
    kept = KEPT_RECORDS | {
        name for name, one in TABLES.items() if not {"org", "user"}.isdisjoint(one.scopes)
    }
    for record in await connection.fetch(_TABLES_OF_PROJECTS, [*kept]):
        name = record["name"]
        await connection.execute(f"DELETE FROM {name} WHERE project_id = $1", project)
    homes = [name.partition(":")[2] for name in scopes]
    for table in TABLES.values():
        if table.scope_field == "home_id":
            await connection.execute(
                f"DELETE FROM {table.name} WHERE home_id = ANY($1::uuid[])", homes
            )
    await connection.execute("DELETE FROM project WHERE id = $1", project)
