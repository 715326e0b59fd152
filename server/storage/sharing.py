"""Links that give one document to outsiders: for a time, by a secret, with a password if wanted.

The secret is in the link alone; the table keeps its digest. What is given is the newest version, or
the one that was chosen, without the position where a picture was taken.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from msgspec import Struct

from server.errors import ProblemError
from server.storage.objects import object_key, preview_key
from server.storage.serving import Content, stored
from server.store import reading_as
from sync import errors

if TYPE_CHECKING:
    import asyncpg

    from server.context import Context
    from server.intake import Access
    from server.storage.queries import DocumentFound
    from server.store import Connection

SECRET_BYTES = 24
SECRET_CHARACTERS = 32

CLEANED = frozenset({"image/jpeg", "image/png", "image/webp", "image/tiff"})
"""Kinds that may tell where they were taken, and of which a copy without that is made."""
UNCLEANED = frozenset({"image/heic", "image/avif", "video/mp4", "video/webm"})
"""Kinds that may tell it, and of which no such copy can be made here: they are not given out."""

_MAKE = """
    INSERT INTO share_link (id, home_id, scope_kind, document_id, version_id, digest,
        password_hash, created_by, created_at, expires_at, downloads_max)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
_LIST = """
    SELECT id::text AS id, document_id::text AS document, version_id::text AS version,
        password_hash IS NOT NULL AS password, created_by::text AS created_by,
        (extract(epoch FROM created_at) * 1000)::bigint AS created_at,
        (extract(epoch FROM expires_at) * 1000)::bigint AS expires_at,
        (extract(epoch FROM revoked_at) * 1000)::bigint AS revoked_at, downloads, downloads_max
    FROM share_link WHERE document_id = $1 ORDER BY created_at DESC
"""
_ONE = """
    SELECT id::text AS id, scope_kind || ':' || home_id AS home, created_by::text AS created_by
    FROM share_link WHERE id = $1
"""
_REVOKE = """
    UPDATE share_link SET revoked_at = $2, revoked_by = $3 WHERE id = $1 AND revoked_at IS NULL
"""
_OPEN = """
    SELECT link.id::text AS id, link.password_hash, version.object_sha256 AS sha256,
        version.stored_bytes AS size, version.content_type AS kind, version.file_name,
        kept.previews, kept.preview_state
    FROM share_link AS link
    JOIN document ON document.home_id = link.home_id AND document.id = link.document_id
    LEFT JOIN document_version AS version ON version.home_id = link.home_id
        AND version.id = coalesce(link.version_id, document.version_id)
        AND version.document_id = document.id AND NOT version.deleted AND version.state = 'stored'
    LEFT JOIN stored_object AS kept ON kept.sha256 = version.object_sha256
    WHERE link.digest = $1 AND link.revoked_at IS NULL AND link.expires_at > $2
        AND (link.downloads_max IS NULL OR link.downloads < link.downloads_max)
        AND NOT document.deleted AND document.trashed_at IS NULL
"""
_COUNT = """
    UPDATE share_link SET downloads = downloads + 1, last_download_at = $2
    WHERE id = $1 AND revoked_at IS NULL AND (downloads_max IS NULL OR downloads < downloads_max)
    RETURNING 1
"""


class ShareLink(Struct, frozen=True):
    """A link, as those who manage it see it."""

    id: str
    document: str
    version: str | None
    password: bool
    created_by: str
    created_at: int
    expires_at: int
    revoked_at: int | None
    downloads: int
    downloads_max: int | None


class MadeLink(Struct, frozen=True):
    """A link just made: its address is told this once."""

    id: str
    url: str
    expires_at: int


def check_may_share(access: Access, home: str) -> None:
    """Refuse those who may not give documents out. Raises ProblemError."""
    if not access.may("document.share", home):
        raise ProblemError(errors.FORBIDDEN)


async def make_link(
    context: Context,
    access: Access,
    document: DocumentFound,
    *,
    hours: int,
    version: str | None,
    password: str | None,
    downloads_max: int | None,
) -> MadeLink:
    """Make a link to a document. Raises ProblemError."""
    check_may_share(access, document.home)
    secret, link = secrets.token_urlsafe(SECRET_BYTES), str(uuid4())
    hashed = None if password is None else await context.proving.hasher.hash(password)
    expires = context.now() + dt.timedelta(hours=hours)
    kind, _, home = document.home.partition(":")
    await context.pool.execute(
        _MAKE,
        link,
        home,
        kind,
        document.id,
        version,
        _digest(secret),
        hashed,
        access.person,
        context.now(),
        expires,
        downloads_max,
    )
    base = (context.settings.public_url or context.settings.http_url).rstrip("/")
    url = f"{base}/api/storage/shared/{secret}"
    return MadeLink(link, url, int(expires.timestamp() * 1000))


async def list_links(
    connection: Connection, access: Access, document: DocumentFound
) -> list[ShareLink]:
    """Return the links to a document. Raises ProblemError."""
    check_may_share(access, document.home)
    async with reading_as(connection, access.person):
        return [ShareLink(**one) for one in await connection.fetch(_LIST, document.id)]


async def revoke_link(connection: Connection, access: Access, link: str, now: dt.datetime) -> None:
    """End a link: at once, for everyone who has it. Raises ProblemError."""
    async with reading_as(connection, access.person):
        record = await connection.fetchrow(_ONE, link)
    if record is None or not access.reads(record["home"]):
        raise ProblemError(errors.NOT_FOUND)
    if record["created_by"] != access.person:
        check_may_share(access, record["home"])
    await connection.execute(_REVOKE, link, now, access.person)


async def open_link(context: Context, secret: str, password: str | None) -> Content:
    """Return what a link gives, and count it. Raises ProblemError, always the same."""
    record = None
    if len(secret) == SECRET_CHARACTERS:
        record = await context.pool.fetchrow(_OPEN, _digest(secret), context.now())
    if record is None or not await _is_right(context, record, password):
        raise ProblemError(errors.SHARE_LINK_REFUSED)
    if record["sha256"] is None:
        raise ProblemError(errors.CONTENT_NOT_READY, retry_after_seconds=30)
    content = await _clean(context, record)
    if await context.pool.fetchval(_COUNT, record["id"], context.now()) is None:
        raise ProblemError(errors.SHARE_LINK_REFUSED)
    return content


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


async def _is_right(context: Context, record: asyncpg.Record, password: str | None) -> bool:
    if record["password_hash"] is None:
        return True
    if not password:
        return False
    verified: Any = await context.proving.hasher.verify(record["password_hash"], password)
    return bool(verified.right)


async def _clean(context: Context, record: asyncpg.Record) -> Content:
    """Return the copy without its position, where the picture told one. Raises ProblemError."""
    sha256, kind, name = record["sha256"], record["kind"], record["file_name"]
    if kind in UNCLEANED:
        raise ProblemError(errors.FILE_TYPE_REFUSED, "its position cannot be taken out")
    if kind in CLEANED:
        if record["preview_state"] != "made":
            raise ProblemError(errors.CONTENT_NOT_READY, retry_after_seconds=30)
        if "clean" in record["previews"]:
            key = preview_key(sha256, "clean")
            return await stored(context, key, f"{sha256}-clean", kind, name)
    return Content(sha256, record["size"], kind, name, object_key(sha256))
