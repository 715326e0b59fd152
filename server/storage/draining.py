"""From the spool to the object store: the queue's work, one upload at a time, each step repeatable.

An upload is taken (`storing`, under a lease that is renewed while the work lasts), read through and
held against its declared hash, scanned, sent, verified against what the store itself says it holds,
and marked stored through the merge, in one transaction with the queue's row. Only then is the spool
let go. Killed anywhere, the next worker begins again: the content's hash names the object, so
nothing is stored twice.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg
import structlog
from msgspec import Struct

from server.storage import incoming
from server.storage.metadata import read_metadata
from server.storage.newest import settle_newest
from server.storage.objects import (
    Counted,
    ObjectStore,
    StoreMismatchError,
    StoreUnavailableError,
    count,
)
from server.storage.scanning import ScannerUnavailableError, scan
from server.storage.sniffing import HEAD_BYTES, UNKNOWN, content_type, is_refused
from server.storage.spool import Spool
from server.storage.using import move_use
from server.storage.wording import index_titles

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from server.intake import Intake, MergeTransaction
    from server.settings import Settings
    from server.storage.spool import SpoolFile

log = structlog.get_logger()

RETRY_SECONDS_MIN = 2
SAME_CONTENT_SECONDS = 1
"""Pause of an upload whose content another is just sending."""

# Of each document the eldest alone, so that its versions are stored in order; what waits for its
# next attempt holds back the later ones of its document, and nothing else.
_TAKE = """
    UPDATE upload SET state = 'storing', attempts = attempts + 1, sha256 = NULL,
        leased_until = now() + $1 * interval '1 second'
    WHERE id = (
        SELECT id FROM upload
        WHERE ((state = 'queued' AND next_attempt_at <= now())
                OR (state = 'storing' AND leased_until < now()))
            AND NOT EXISTS (
                SELECT FROM upload AS earlier
                WHERE earlier.document_id = upload.document_id
                    AND earlier.state IN ('queued', 'storing')
                    AND (earlier.received_at, earlier.id) < (upload.received_at, upload.id)
            )
        ORDER BY received_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING id::text AS id, version_id::text AS version, document_id::text AS document, home,
        project_id::text AS project, length_bytes AS length, file_name, declared_sha256, attempts,
        multipart_id, part_bytes IS NOT NULL AS direct
"""
_NAME = "UPDATE upload SET sha256 = $3 WHERE id = $1 AND attempts = $2 AND state = 'storing'"
_BEGUN = "UPDATE upload SET multipart_id = $3 WHERE id = $1 AND attempts = $2 AND state = 'storing'"
_RENEW = """
    UPDATE upload SET leased_until = now() + $3 * interval '1 second'
    WHERE id = $1 AND attempts = $2 AND state = 'storing'
"""
_AGAIN = """
    UPDATE upload SET state = 'queued', problem = $3, leased_until = NULL, sha256 = NULL,
        next_attempt_at = now() + $4 * interval '1 second', attempts = attempts - $5
    WHERE id = $1 AND attempts = $2 AND state = 'storing'
"""
_END = """
    UPDATE upload SET state = $3, problem = $4, sha256 = $5, content_type = $6,
        finished_at = now(), leased_until = NULL, multipart_id = NULL
    WHERE id = $1 AND attempts = $2 AND state = 'storing' RETURNING 1
"""
_KNOWN = "SELECT state FROM stored_object WHERE sha256 = $1"
_KEEP = """
    INSERT INTO stored_object (sha256, bytes, content_type) VALUES ($1, $2, $3)
    ON CONFLICT (sha256) DO UPDATE SET verified_at = now()
        WHERE stored_object.state = 'stored' RETURNING (xmax = 0) AS made
"""


class Work(Struct, frozen=True):
    """An upload that this worker has taken."""

    id: str
    version: str
    document: str
    home: str
    project: str
    length: int
    file_name: str
    declared_sha256: str | None
    attempts: int
    """Which attempt this is: a later one has another, and this one's writes then count no more."""
    multipart_id: str | None
    direct: bool
    """Whether its parts went to the object store by themselves."""


class _LostError(Exception):
    """Another worker has taken the upload up."""


class Drain:
    """What storing uploads works with."""

    def __init__(
        self,
        settings: Settings,
        pool: asyncpg.Pool,
        intake: Intake,
        store: ObjectStore,
        *,
        on_step: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Take the parts.

        Args:
            settings: all that can be set.
            pool: the database.
            intake: through which versions are marked.
            store: where the files go.
            on_step: called after each step, by name: where a test kills the process.

        """
        self._settings = settings
        self._pool = pool
        self._intake = intake
        self._store = store
        self._spool = Spool(settings)
        self._step = on_step

    async def store_next(self) -> bool:
        """Store the upload whose turn it is; return False when none waits."""
        record = await self._pool.fetchrow(_TAKE, self._settings.storage_lease_seconds)
        if record is None:
            return False
        work = Work(**record)
        self._step("taken")
        try:
            async with self._leased(work):
                await self._store_one(work)
        except asyncpg.UniqueViolationError:
            await self._again(work, "same content under way", SAME_CONTENT_SECONDS, free=True)
        except (StoreUnavailableError, ScannerUnavailableError, StoreMismatchError) as error:
            pause = min(
                self._settings.storage_retry_seconds_max,
                RETRY_SECONDS_MIN * 2 ** min(work.attempts - 1, 20),
            )
            log.warning(
                "upload_waits",
                upload=work.id,
                error=type(error).__name__,
                detail=str(error)[:80],
                attempts=work.attempts,
                retry_seconds=pause,
            )
            await self._again(work, f"{type(error).__name__}: {error}"[:200], pause)
        except _LostError:
            log.warning("upload_lost", upload=work.id, attempts=work.attempts)
        return True

    async def _again(self, work: Work, problem: str, seconds: int, *, free: bool = False) -> None:
        await self._pool.execute(_AGAIN, work.id, work.attempts, problem, seconds, int(free))

    @asynccontextmanager
    async def _leased(self, work: Work) -> AsyncIterator[None]:
        """Renew the lease until the block ends."""
        seconds = self._settings.storage_lease_seconds

        async def renew() -> None:
            while True:
                await asyncio.sleep(seconds / 3)
                try:
                    await self._pool.execute(_RENEW, work.id, work.attempts, seconds)
                except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                    log.warning("lease_not_renewed", upload=work.id, error=type(error).__name__)

        renewing = asyncio.create_task(renew())
        try:
            yield
        finally:
            renewing.cancel()

    async def _store_one(self, work: Work) -> None:
        try:
            file = await self._open(work)
        except FileNotFoundError:
            await self._fail(work, "spool_missing")
            return
        except EOFError:
            await self._fail(work, "incoming_missing")
            return
        with file:
            try:
                counted = await asyncio.to_thread(
                    count, file, work.length, self._settings.storage_part_bytes
                )
            except EOFError:
                await self._fail(work, "spool_short")
                return
            self._step("counted")
            kind = content_type(await asyncio.to_thread(file.read, 0, HEAD_BYTES))
            problem = _problem(work, counted, kind)
            if problem is None and await scan(self._settings, file, work.length):
                problem = "infected"
            if problem is not None:
                await self._fail(work, problem)
                return
            if (
                await self._pool.execute(_NAME, work.id, work.attempts, counted.sha256)
                != "UPDATE 1"
            ):
                raise _LostError
            known = await self._send(work, file, counted, kind or UNKNOWN)
            described = await asyncio.to_thread(read_metadata, file, kind)
        self._step("verified")
        await self._mark_stored(work, counted, kind, described, known=known)
        self._step("marked")
        await self._free(work)
        self._step("freed")
        log.info("upload_stored", upload=work.id, bytes=work.length, attempts=work.attempts)

    async def _open(self, work: Work) -> SpoolFile:
        """Open the file of an upload; what went to the object store by itself is fetched first.

        Read here, it is held against its hash, scanned and stored like any other. Raises
        FileNotFoundError, EOFError.
        """
        if not work.direct:
            return await asyncio.to_thread(self._spool.open, work.id)
        self._spool.prepare()
        if not self._spool.has_room(work.length):
            raise StoreUnavailableError("no room on the disk")
        await asyncio.to_thread(incoming.fetch, self._store, self._spool, work.id, work.length)
        self._step("fetched")
        return await asyncio.to_thread(self._spool.open, work.id)

    async def _free(self, work: Work) -> None:
        """Let go of what came of an upload, once it is stored or never will be.

        What stays, for the object store is away, is swept away later.
        """
        if work.direct:
            try:
                await asyncio.to_thread(incoming.discard, self._store, work.id)
            except StoreUnavailableError as error:
                log.warning("incoming_not_discarded", upload=work.id, error=str(error)[:80])
            self._step("discarded")
        await asyncio.to_thread(self._spool.free, work.id)

    async def _send(self, work: Work, file: SpoolFile, counted: Counted, kind: str) -> bool:
        """Have the store hold the content, and hear from the store that it does.

        Return whether it held it already, for another version.
        """
        state = await self._pool.fetchval(_KNOWN, counted.sha256)
        if state == "deleting":
            raise StoreUnavailableError("its last copy is being deleted")
        store = self._store
        try:
            held = await asyncio.to_thread(store.holds, counted)
        except StoreMismatchError:
            # A damaged object under this name is written over.
            held = False
        if held:
            return state is not None
        await asyncio.to_thread(store.abandon, counted.key)
        multipart = None
        if not counted.whole:
            multipart = await asyncio.to_thread(store.begin, counted.key, kind)
            self._step("begun")
            await self._pool.execute(_BEGUN, work.id, work.attempts, multipart)
        await asyncio.to_thread(
            store.send, file, counted, kind, multipart, lambda part: self._step(f"part {part}")
        )
        self._step("sent")
        if not await asyncio.to_thread(store.holds, counted):
            raise StoreMismatchError(counted.key)
        return False

    async def _mark_stored(
        self, work: Work, counted: Counted, kind: str, described: dict[str, Any], *, known: bool
    ) -> None:
        """Say through the merge that a version's bytes are kept, and take its row off the queue."""
        async with self._intake.server_transaction([work.home]) as transaction:
            connection = transaction.connection
            ended = await connection.fetchval(
                _END, work.id, work.attempts, "stored", None, counted.sha256, kind
            )
            if ended is None:
                raise _LostError
            made = await connection.fetchval(_KEEP, counted.sha256, counted.size, kind)
            # What was there for another version, and is now made, was swept away in between.
            if made is None or (made and known):
                raise StoreUnavailableError("its last copy is being deleted")
            after = {
                "state": "stored",
                "object_sha256": counted.sha256,
                "content_type": kind,
                "stored_bytes": counted.size,
                "stored_at": transaction.workspace.now_ms,
            }
            if await _tell(transaction, work, after):
                await _follow(transaction, work, described)

    async def _fail(self, work: Work, problem: str) -> None:
        """Take an upload off the queue that can never be stored, and say so on its version.

        What a scanner found is kept apart on the disk, for those who look after the server.
        """
        state = "quarantined" if problem == "infected" else "refused"
        async with self._intake.server_transaction([work.home]) as transaction:
            ended = await transaction.connection.fetchval(
                _END, work.id, work.attempts, "failed", problem, None, None
            )
            if ended is None:
                raise _LostError
            await _tell(transaction, work, {"state": state, "problem": problem})
        log.warning("upload_failed", upload=work.id, problem=problem)
        if problem == "infected":
            await asyncio.to_thread(self._spool.quarantine, work.id)
        await self._free(work)


def _problem(work: Work, counted: Counted, kind: str) -> str | None:
    """Say why a file is not stored, if so."""
    if work.declared_sha256 not in {None, counted.sha256}:
        return "checksum_mismatch"
    return "file_type_refused" if is_refused(kind, work.file_name) else None


async def _tell(transaction: MergeTransaction, work: Work, after: dict[str, Any]) -> bool:
    """Write on the version, if it is still there."""
    if work.home not in transaction.workspace.scopes:
        return False
    await transaction.load(work.home, [work.version, work.document])
    row = transaction.workspace.row(work.home, work.version)
    if row is None or row.deleted:
        return False
    transaction.workspace.write(
        work.home, "document_version", work.version, after, intent="version.store"
    )
    return True


async def _follow(transaction: MergeTransaction, work: Work, described: dict[str, Any]) -> None:
    """Bring the document, the project's use and the search up to date."""
    workspace = transaction.workspace
    await settle_newest(transaction, [(work.home, work.document)])
    row = workspace.row(work.home, work.document)
    if row is not None and not row.deleted:
        found = {name: value for name, value in described.items() if row.values.get(name) is None}
        if found:
            workspace.write(work.home, "document", work.document, found, intent="document.read")
        await index_titles(transaction, [workspace.entries[work.home, work.document]])
    await move_use(transaction, [(workspace.entries[work.home, work.version], 1)])
