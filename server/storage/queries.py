"""Reads documents for a person: what they may not see is not there.

The access of the code comes first; each statement then runs as the reader, whom PostgreSQL's
row-level security holds to the same scopes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from server.errors import ProblemError
from server.storage.objects import incoming_key, object_key
from server.storage.serving import Content
from server.store import reading_as
from server.users import load_access, narrowed
from sync import errors
from sync.schema import is_row_id

if TYPE_CHECKING:
    import asyncpg
    from litestar import Request

    from server.context import Context
    from server.intake import Access
    from server.store import Connection

_VERSION = """
    SELECT version.id::text AS id, version.scope_kind || ':' || version.home_id AS home,
        version.document_id::text AS document, version.state, version.object_sha256 AS sha256,
        version.stored_bytes AS size, version.content_type AS kind, version.file_name,
        document.title, document.trashed_at IS NOT NULL AS trashed
    FROM document_version AS version
    JOIN document ON document.home_id = version.home_id AND document.id = version.document_id
    WHERE version.id = $1 AND NOT version.deleted AND NOT document.deleted
"""
_DOCUMENT = """
    SELECT id::text AS id, scope_kind || ':' || home_id AS home, title,
        version_id::text AS version
    FROM document WHERE id = $1 AND NOT deleted
"""
# Received, and not yet stored under its hash: on the disk, or where its parts came together.
_ON_DISK = """
    SELECT id::text AS upload, length_bytes AS size, content_type AS kind,
        part_bytes IS NOT NULL AS direct
    FROM upload WHERE version_id = $1 AND state IN ('queued', 'storing') LIMIT 1
"""


class VersionFound(Struct, frozen=True):
    """A version that the one who asks may read."""

    id: str
    home: str
    document: str
    state: str
    sha256: str | None
    size: int | None
    kind: str | None
    file_name: str
    title: str
    trashed: bool


class DocumentFound(Struct, frozen=True):
    """A document that the one who asks may read."""

    id: str
    home: str
    title: str
    version: str | None


async def access_of_request(
    request: Request[Any, Any, Any], context: Context, connection: Connection
) -> Access:
    """Return what the one who asks may do; other systems, as far as their token reaches."""
    identity = await context.identity(request, scope="read")
    access = (await load_access(connection, [identity.person]))[identity.person]
    return narrowed(access, identity.scopes)


async def readable_version(
    request: Request[Any, Any, Any], context: Context, version: str
) -> tuple[Access, VersionFound]:
    """Return a version that the person may read. Raises ProblemError."""
    async with context.pool.acquire() as connection:
        access = await access_of_request(request, context, connection)
        record = await _read_one(connection, access, _VERSION, version)
    return access, VersionFound(**record)


async def readable_document(
    request: Request[Any, Any, Any], context: Context, document: str
) -> tuple[Access, DocumentFound]:
    """Return a document that the person may read. Raises ProblemError."""
    async with context.pool.acquire() as connection:
        access = await access_of_request(request, context, connection)
        record = await _read_one(connection, access, _DOCUMENT, document)
    return access, DocumentFound(**record)


async def _read_one(
    connection: Connection, access: Access, statement: str, row: str
) -> asyncpg.Record:
    if not is_row_id(row):
        raise ProblemError(errors.NOT_FOUND)
    async with reading_as(connection, access.person):
        record = await connection.fetchrow(statement, row)
    if record is None or not access.reads(record["home"]):
        raise ProblemError(errors.NOT_FOUND)
    return record


async def content_of(context: Context, version: VersionFound) -> Content:
    """Return a version's bytes. Raises ProblemError: not here yet, or never."""
    if version.state == "quarantined":
        raise ProblemError(errors.CONTENT_QUARANTINED)
    if version.state == "stored" and version.sha256 is not None:
        return Content(
            version.sha256,
            version.size or 0,
            version.kind or "application/octet-stream",
            version.file_name,
            object_key(version.sha256),
        )
    scanned = context.settings.clamd_address is None
    record = (
        await context.pool.fetchrow(_ON_DISK, version.id)
        if version.state == "received" and scanned
        else None
    )
    if record is None:
        raise ProblemError(errors.CONTENT_NOT_READY, retry_after_seconds=30)
    kind = record["kind"] or "application/octet-stream"
    # It has no hash yet: the upload names it as well, for it never changes.
    key = incoming_key(record["upload"]) if record["direct"] else None
    return Content(record["upload"], record["size"], kind, version.file_name, key, record["upload"])
