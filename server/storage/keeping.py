"""Keeping the store in order: uploads given up, the trash, what nobody refers to, and the audit.

Each pass may run at any time, any number of times, beside uploads and workers.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from typing import TYPE_CHECKING

import structlog
from msgspec import Struct

from server.storage.guards import home_of
from server.storage.objects import (
    INCOMING,
    OBJECTS,
    PREVIEWS,
    ObjectStore,
    StoreUnavailableError,
    object_key,
    preview_key,
)
from server.storage.spool import Spool
from server.storage.using import move_use
from sync.schema import is_row_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    import asyncpg

    from server.intake import Intake
    from server.settings import Settings
    from server.storage.objects import Transfer

log = structlog.get_logger()

PASS_ROWS_MAX = 500
STRAY_SECONDS_MIN = 3600
"""Age at which a file of the spool, or an object, that no row knows is a stray for sure."""

_GIVEN_UP = """
    DELETE FROM upload WHERE id IN (
        SELECT id FROM upload WHERE state = 'receiving' AND expires_at < now() LIMIT $1
        FOR UPDATE SKIP LOCKED
    ) RETURNING id::text AS id
"""
_OLD_ENDS = """
    DELETE FROM upload WHERE state IN ('stored', 'failed')
        AND finished_at < now() - $1 * interval '1 day'
"""
_LIVE_UPLOADS = """
    SELECT id::text AS id FROM upload WHERE state IN ('receiving', 'queued', 'storing')
        AND id = ANY($1::uuid[])
"""
_DUE = """
    SELECT scope_kind || ':' || home_id AS home, id::text AS id FROM document
    WHERE purge_at <= $1 AND NOT deleted ORDER BY purge_at LIMIT $2
"""
_OF_DOCUMENTS = """
    SELECT 'document_version' AS table, scope_kind || ':' || home_id AS home, id::text AS id
    FROM document_version WHERE home_id = ANY($1::uuid[]) AND document_id = ANY($2::uuid[])
        AND NOT deleted
    UNION ALL
    SELECT 'document_link', scope_kind || ':' || home_id, id::text
    FROM document_link WHERE home_id = ANY($1::uuid[]) AND document_id = ANY($2::uuid[])
        AND NOT deleted
"""
_FORGET = (
    "DELETE FROM document_search WHERE home_id = ANY($1::uuid[]) AND document_id = ANY($2::uuid[])"
)
# Bytes whose document was deleted outright go with it.
_BEREFT = """
    SELECT DISTINCT document.scope_kind || ':' || document.home_id AS home,
        document.id::text AS id
    FROM document JOIN document_version AS version
        ON version.home_id = document.home_id AND version.document_id = document.id
    WHERE document.deleted AND NOT version.deleted LIMIT $1
"""
_UNUSED = """
    UPDATE stored_object SET state = 'deleting' WHERE sha256 IN (
        SELECT sha256 FROM stored_object AS kept
        WHERE NOT EXISTS (
            SELECT FROM document_version AS version
            WHERE version.object_sha256 = kept.sha256 AND NOT version.deleted
        ) AND NOT EXISTS (
            SELECT FROM upload WHERE upload.sha256 = kept.sha256 AND upload.state = 'storing'
        ) LIMIT $1 FOR UPDATE SKIP LOCKED
    ) RETURNING sha256
"""
_DELETING = "SELECT sha256 FROM stored_object WHERE state = 'deleting' LIMIT $1"
_DELETED = "DELETE FROM stored_object WHERE sha256 = ANY($1::text[]) AND state = 'deleting'"
_TRANSFERS = """
    SELECT multipart_id AS name FROM upload
    WHERE state IN ('receiving', 'storing') AND multipart_id = ANY($1::text[])
"""
_ALL = "SELECT sha256, bytes, state FROM stored_object ORDER BY sha256"
_REFERRED = """
    SELECT DISTINCT object_sha256 AS sha256 FROM document_version
    WHERE object_sha256 IS NOT NULL AND NOT deleted
"""


class Keeper:
    """What the passes work with."""

    def __init__(
        self, settings: Settings, pool: asyncpg.Pool, intake: Intake, store: ObjectStore
    ) -> None:
        self._settings = settings
        self._pool = pool
        self._intake = intake
        self._store = store
        self._spool = Spool(settings)

    async def sweep(self) -> dict[str, int]:
        """Let go the uploads given up, files that no upload owns, transfers that nobody ends."""
        given_up = await self._pool.fetch(_GIVEN_UP, PASS_ROWS_MAX)
        for record in given_up:
            await asyncio.to_thread(self._spool.free, record["id"])
        await self._pool.execute(_OLD_ENDS, self._settings.trash_days)
        freed = await self._free_strays()
        try:
            ended, discarded = await self._end_transfers(), await self._discard_incoming()
        except StoreUnavailableError as error:
            # What is on the disk was swept all the same; the rest waits for the next pass.
            log.warning("transfers_not_swept", error=str(error)[:80])
            ended = discarded = 0
        return {
            "uploads_given_up": len(given_up),
            "files_freed": freed,
            "transfers_ended": ended,
            "incoming_discarded": discarded,
        }

    async def _end_transfers(self) -> int:
        """End the transfers in parts that nobody works on: given up, or of a worker that died."""
        transfers = await asyncio.to_thread(self._store.transfers)
        came = [one.key for one in transfers if one.key.startswith(INCOMING)]
        strays = {*await _stray_incoming(self._pool, came)}
        # A worker names its transfer just after it has begun it: a young one may be about to be.
        old = time.time() - STRAY_SECONDS_MIN
        ended = [
            one
            for one in await _unowned(self._pool, transfers)
            if one.key in strays or (one.begun_at < old and not one.key.startswith(INCOMING))
        ]
        for one in ended:
            await asyncio.to_thread(self._store.abandon, one.key, one.name)
        return len(ended)

    async def _discard_incoming(self) -> int:
        """Let go of what came straight to the object store for uploads that ended."""
        keys = await asyncio.to_thread(lambda: list(self._store.keys(INCOMING)))
        strays = await _stray_incoming(self._pool, keys)
        await asyncio.to_thread(self._store.delete, *strays)
        return len(strays)

    async def _free_strays(self) -> int:
        """Free the files of uploads that ended: a worker died before it could."""
        files = await asyncio.to_thread(lambda: list(self._spool.uploads()))
        live = {
            one["id"] for one in await self._pool.fetch(_LIVE_UPLOADS, [one for one, _ in files])
        }
        known = {
            one["id"]
            for one in await self._pool.fetch(
                "SELECT id::text AS id FROM upload WHERE id = ANY($1::uuid[])",
                [one for one, _ in files],
            )
        }
        freed = 0
        for upload, written in files:
            # A file without any row may be of an upload that is being made just now.
            young = upload not in known and time.time() - written < STRAY_SECONDS_MIN
            if upload not in live and not young:
                await asyncio.to_thread(self._spool.free, upload)
                freed += 1
        return freed

    async def purge(self, now_ms: int) -> dict[str, int]:
        """Empty the trash of what has lain there long enough; then what no version refers to."""
        due = await self._pool.fetch(_DUE, now_ms, PASS_ROWS_MAX)
        bereft = await self._pool.fetch(_BEREFT, PASS_ROWS_MAX)
        homes: dict[str, list[str]] = defaultdict(list)
        for record in (*due, *bereft):
            homes[record["home"]].append(record["id"])
        for home, documents in sorted(homes.items()):
            await self._purge(home, documents)
        return {"documents_purged": len(due), "objects_deleted": await self._delete_unused()}

    async def _purge(self, home: str, documents: list[str]) -> None:
        async with self._intake.server_transaction([home]) as transaction:
            workspace = transaction.workspace
            if home not in workspace.scopes:
                return
            found = await transaction.connection.fetch(_OF_DOCUMENTS, [home_of(home)], documents)
            rows = [(one["table"], one["id"]) for one in found if one["home"] == home]
            await transaction.load(home, [*documents, *(row for _, row in rows)])
            versions = [
                (workspace.entries[home, row], -1)
                for table, row in rows
                if table != "document_link"
            ]
            await move_use(transaction, versions)
            for table, row in (*rows, *(("document", one) for one in documents)):
                workspace.remove(home, table, row, intent="document.purge")
            await transaction.connection.execute(_FORGET, [home_of(home)], documents)

    async def _delete_unused(self) -> int:
        """Delete contents that no version refers to: marked first, so that none is given anew."""
        await self._pool.fetch(_UNUSED, PASS_ROWS_MAX)
        marked = [one["sha256"] for one in await self._pool.fetch(_DELETING, PASS_ROWS_MAX)]
        for sha256 in marked:
            previews = await asyncio.to_thread(
                lambda one: list(self._store.keys(preview_key(one, ""))), sha256
            )
            await asyncio.to_thread(self._store.delete, object_key(sha256), *previews)
        await self._pool.execute(_DELETED, marked)
        return len(marked)


class Audit(Struct, frozen=True):
    """What the table and the object store say of each other."""

    objects: int
    missing: list[str]
    """Hashes that a row or a version names, and the store does not hold."""
    orphaned: list[str]
    """Keys that the store holds, and no row names."""
    damaged: list[str]
    """Hashes whose bytes are others."""
    transfers: int
    """Transfers in parts that nobody works on."""

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.missing or self.orphaned or self.damaged or self.transfers)


async def audit(pool: asyncpg.Pool, store: ObjectStore, *, read: bool = True) -> Audit:
    """Compare table and object store.

    Args:
        pool: the database.
        store: the object store.
        read: read every object through and hold it against its hash.

    """
    rows = await pool.fetch(_ALL)
    known = {one["sha256"]: one["bytes"] for one in rows}
    referred = {one["sha256"] for one in await pool.fetch(_REFERRED)}
    keys = set(await asyncio.to_thread(lambda: list(store.keys(OBJECTS))))
    previews = await asyncio.to_thread(lambda: list(store.keys(PREVIEWS)))
    ours = {object_key(one): one for one in known}
    missing = sorted(
        {one for one in {*known} | referred if object_key(one) not in keys}
        | (referred - known.keys())
    )
    orphaned = sorted(keys - ours.keys())
    orphaned += [one for one in previews if one.split("/")[2] not in known]
    damaged = []
    for key in sorted(keys & ours.keys()):
        sha256 = ours[key]
        if read:
            wrong = await asyncio.to_thread(store.hash_of, key) != sha256
        else:
            wrong = await asyncio.to_thread(store.size, key) != known[sha256]
        if wrong:
            damaged.append(sha256)
    incoming = await asyncio.to_thread(lambda: list(store.keys(INCOMING)))
    orphaned += await _stray_incoming(pool, incoming)
    idle = await _unowned(pool, await asyncio.to_thread(store.transfers))
    return Audit(len(known), missing, orphaned, damaged, len(idle))


async def _stray_incoming(pool: asyncpg.Pool, keys: Sequence[str]) -> list[str]:
    """Return those keys of the incoming whose upload ended, or never was."""
    uploads = {key: key.removeprefix(INCOMING) for key in keys}
    named = sorted(one for one in uploads.values() if is_row_id(one))
    live = {one["id"] for one in await pool.fetch(_LIVE_UPLOADS, named)}
    return [key for key in keys if uploads[key] not in live]


async def _unowned(pool: asyncpg.Pool, transfers: Sequence[Transfer]) -> list[Transfer]:
    """Return the transfers that no upload goes on with."""
    named = [one.name for one in transfers]
    owned = {one["name"] for one in await pool.fetch(_TRANSFERS, named)}
    return [one for one in transfers if one.name not in owned]
