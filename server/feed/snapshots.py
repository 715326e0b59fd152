"""Prepared snapshots: a scope's live rows, once packed, for every new replica.

A snapshot is built by whoever needs it first, in one repeatable-read transaction, and kept in
PostgreSQL as compressed pages: fifty tablets that start a shift cost the database one reading. A
client fetches the pages, then pulls from the snapshot's seq.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from typing import TYPE_CHECKING

import msgspec
import structlog
import zstandard
from msgspec import Raw, Struct

from server.errors import ProblemError
from server.feed.encoding import array_of
from sync import errors
from sync.changes import SnapshotOffer
from sync.tables import TABLES

if TYPE_CHECKING:
    import asyncpg

    from server.settings import Settings
    from server.store import Connection

log = structlog.get_logger()

ZSTANDARD_LEVEL = 3
LOCK = 20
"""First half of the advisory locks that let one server build a scope's snapshot."""

PAGES_MAX = 2**31
CACHE_BYTES_MAX = 64 * 1024 * 1024

TODAY_FIRST = ("project", "member", "alert", "task", "budget", "budget_line", "calendar")
"""Tables whose rows come before all others, so that the crew can start."""

_NEWEST = """
    SELECT snapshot.id, snapshot.seq, snapshot.checksum, snapshot.rows, snapshot.pages,
        snapshot.bytes
    FROM snapshot JOIN scope ON scope.id = snapshot.scope_id
    WHERE snapshot.scope_id = $1 AND scope.head - snapshot.seq <= $2 AND snapshot.seq <= scope.head
    ORDER BY snapshot.seq DESC LIMIT 1
"""

_STATE = "SELECT head, checksum, rows FROM scope WHERE id = $1"

_ROWS = """
    SELECT count(*) AS rows, min(page.seq) AS last,
        string_agg(page.document, ''::bytea) AS documents
    FROM (
        SELECT seq, document FROM sync_row
        WHERE scope_id = $1 AND seq < $2 AND NOT deleted AND (table_name = ANY($3::text[]))
        ORDER BY seq DESC LIMIT $4
    ) AS page
"""

_WRITE = """
    INSERT INTO snapshot (id, scope_id, seq, checksum, rows, pages, bytes)
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING RETURNING true
"""
_WRITE_PAGES = "INSERT INTO snapshot_page (snapshot_id, page, body) VALUES ($1, $2, $3)"

# The newest two stay: a client may be half-way through the one before.
_PRUNE = """
    WITH old AS (
        DELETE FROM snapshot WHERE scope_id = $1 AND id NOT IN
            (SELECT id FROM snapshot WHERE scope_id = $1 ORDER BY seq DESC LIMIT 2)
        RETURNING id
    )
    DELETE FROM snapshot_page WHERE snapshot_id IN (SELECT id FROM old)
"""

_READ_PAGE = """
    SELECT scope.name, snapshot_page.body FROM snapshot_page
    JOIN snapshot ON snapshot.id = snapshot_page.snapshot_id
    JOIN scope ON scope.id = snapshot.scope_id
    WHERE snapshot_page.snapshot_id = $1 AND snapshot_page.page = $2
"""


class _RawSnapshotPage(Struct, frozen=True):
    """A SnapshotPage whose rows are already encoded."""

    scope: str
    snapshot: str
    page: int
    pages: int
    rows: Raw


class StoredPage(Struct, frozen=True):
    """A page as it is sent: Zstandard of an encoded SnapshotPage."""

    scope: str
    body: bytes


class SnapshotPages:
    """Builds snapshots and serves their pages from memory."""

    def __init__(self, pool: asyncpg.Pool, settings: Settings) -> None:
        self._pool = pool
        self._settings = settings
        self._cache: OrderedDict[tuple[str, int], StoredPage] = OrderedDict()
        self._cached_bytes = 0
        self._building: dict[int, asyncio.Lock] = {}

    async def offer(self, scope_id: int, scope: str) -> SnapshotOffer:
        """Return a fresh enough snapshot of a scope; build it if there is none."""
        async with self._building.setdefault(scope_id, asyncio.Lock()):
            record = await self._newest(scope_id)
            if record is None:
                await self.build(scope_id, scope)
                record = await self._newest(scope_id)
        if record is None:
            raise ProblemError(errors.UNAVAILABLE, "the snapshot was overtaken while it was built")
        return SnapshotOffer(
            scope,
            record["id"],
            record["seq"],
            record["checksum"],
            record["pages"],
            record["rows"],
            record["bytes"],
        )

    async def _newest(self, scope_id: int) -> asyncpg.Record | None:
        return await self._pool.fetchrow(_NEWEST, scope_id, self._settings.snapshot_lag_rows_max)

    async def build(self, scope_id: int, scope: str) -> None:
        """Read a scope as of now and keep it as pages; at most one server builds it at a time."""
        key = scope_id % 2**31
        async with self._pool.acquire() as connection:
            if not await connection.fetchval("SELECT pg_try_advisory_lock($1, $2::int)", LOCK, key):
                # Another server builds it: wait until it has.
                await connection.execute("SELECT pg_advisory_lock($1, $2::int)", LOCK, key)
            elif await self._newest(scope_id) is None:
                async with connection.transaction(isolation="repeatable_read"):
                    await self._build(connection, scope_id, scope)
                await connection.execute(_PRUNE, scope_id)
            await connection.execute("SELECT pg_advisory_unlock($1, $2::int)", LOCK, key)

    async def _build(self, connection: Connection, scope_id: int, scope: str) -> None:
        (state,) = await connection.fetch(_STATE, scope_id)
        # A head alone does not name a build: a restored server comes to the same one again.
        snapshot = f"{scope_id}-{state['head']}-{secrets.token_hex(4)}"
        found = await self._read(connection, scope_id)
        bodies: list[bytes] = []
        for number, (rows, documents) in enumerate(found):
            page = _RawSnapshotPage(scope, snapshot, number, len(found), array_of(documents, rows))
            bodies.append(await asyncio.to_thread(_compress, msgspec.msgpack.encode(page)))
        inserted = await connection.fetchval(
            _WRITE,
            snapshot,
            scope_id,
            state["head"],
            state["checksum"],
            sum(rows for rows, _ in found),
            len(bodies),
            sum(len(body) for body in bodies),
        )
        if inserted:
            pages = [(snapshot, number, body) for number, body in enumerate(bodies)]
            await connection.executemany(_WRITE_PAGES, pages)
        log.info("snapshot_built", scope=scope, seq=state["head"], pages=len(bodies))

    async def _read(self, connection: Connection, scope_id: int) -> list[tuple[int, bytes]]:
        others = sorted(set(TABLES) - set(TODAY_FIRST))
        found: list[tuple[int, bytes]] = []
        for tables in (list(TODAY_FIRST), others):
            before = 2**62
            while True:
                (record,) = await connection.fetch(
                    _ROWS, scope_id, before, tables, self._settings.snapshot_page_rows
                )
                if not record["rows"]:
                    break
                found.append((record["rows"], record["documents"]))
                before = record["last"]
        return found

    async def page(self, snapshot: str, page: int) -> StoredPage:
        """Return a page. Raises ProblemError when this build is gone."""
        if not 0 <= page < PAGES_MAX or "\x00" in snapshot:
            raise ProblemError(errors.SNAPSHOT_GONE)
        key = (snapshot, page)
        cached = self._cache.get(key)
        if cached is not None:
            self._cache.move_to_end(key)
            return cached
        record = await self._pool.fetchrow(_READ_PAGE, snapshot, page)
        if record is None:
            raise ProblemError(errors.SNAPSHOT_GONE)
        found = StoredPage(record["name"], record["body"])
        self._cache[key] = found
        self._cached_bytes += len(found.body)
        while self._cached_bytes > CACHE_BYTES_MAX:
            _, dropped = self._cache.popitem(last=False)
            self._cached_bytes -= len(dropped.body)
        return found


def _compress(body: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=ZSTANDARD_LEVEL).compress(body)
