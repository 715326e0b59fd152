"""Uploads as the database knows them: who may make one, where it stands, what became of it.

The last request wins: each that writes, or asks for the offset, takes the upload over, so that what
an earlier one still had in its hands counts no more.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from msgspec import Struct

from server.errors import ProblemError
from server.storage.sniffing import is_program
from server.users import load_access
from sync import errors

if TYPE_CHECKING:
    import asyncpg

    from server.context import Context
    from server.intake import Intake
    from server.storage.spool import Spool
    from server.storage.tus import Wanted

_READ = """
    SELECT id::text AS id, version_id::text AS version, home, person_id::text AS person, state,
        length_bytes AS length, received_bytes AS received, file_name, content_type, expires_at,
        part_bytes, multipart_id AS multipart
    FROM upload WHERE id = $1
"""
_VERSION = """
    SELECT version.id::text AS id, version.scope_kind || ':' || version.home_id AS home,
        version.author_id::text AS author, version.size_bytes, version.sha256, version.state,
        version.file_name, document.id::text AS document, document.project_id::text AS project
    FROM document_version AS version
    JOIN document ON document.home_id = version.home_id AND document.id = version.document_id
    WHERE version.id = $1 AND NOT version.deleted AND NOT document.deleted
"""
_USE = """
    SELECT coalesce((SELECT bytes FROM storage_use WHERE project_id = $1), 0) AS kept,
        coalesce((SELECT sum(length_bytes) FROM upload
            WHERE project_id = $1 AND state IN ('receiving', 'queued', 'storing')), 0) AS coming,
        coalesce((SELECT sum(length_bytes - received_bytes) FROM upload
            WHERE state = 'receiving' AND part_bytes IS NULL), 0) AS promised
"""
_MAKE = """
    INSERT INTO upload (id, version_id, document_id, home, project_id, person_id, length_bytes,
        file_name, declared_sha256, expires_at, part_bytes)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (id) DO NOTHING
"""
_TAKE_OVER = """
    UPDATE upload SET writer = $2 WHERE id = $1 AND state = 'receiving'
    RETURNING received_bytes AS received
"""
_ADVANCE = """
    UPDATE upload SET received_bytes = $3, expires_at = $4,
        content_type = coalesce($5, content_type)
    WHERE id = $1 AND writer = $2 AND state = 'receiving' RETURNING 1
"""
_FINISH = """
    UPDATE upload SET received_bytes = length_bytes, state = 'queued', received_at = now(),
        writer = NULL, multipart_id = NULL
    WHERE id = $1 AND writer = $2 AND state = 'receiving' RETURNING 1
"""
_REFUSE = """
    UPDATE upload SET state = 'failed', problem = $2, finished_at = now(), writer = NULL
    WHERE id = $1 AND state = 'receiving' RETURNING 1
"""
_DROP = "DELETE FROM upload WHERE id = $1 AND state = 'receiving' RETURNING 1"


class Upload(Struct, frozen=True):
    """An upload and where it stands."""

    id: str
    version: str
    home: str
    person: str
    state: str
    length: int
    received: int
    file_name: str
    content_type: str | None
    expires_at: dt.datetime
    part_bytes: int | None
    """Size of the parts that go straight to the object store; None: all goes through here."""
    multipart: str | None
    """The object store's name of the transfer of these parts."""


class Uploads:
    """Makes uploads and moves them on."""

    def __init__(self, context: Context, spool: Spool) -> None:
        self._pool: asyncpg.Pool = context.pool
        self._intake: Intake = context.intake
        self._settings = context.settings
        self._context = context
        self.spool = spool

    async def read(self, upload: str, person: str, *, direct: bool = False) -> Upload:
        """Return a person's upload. Raises ProblemError: none, another's, or of the other way."""
        record = await self._pool.fetchrow(_READ, upload)
        if record is None or record["person"] != person:
            raise ProblemError(errors.NOT_FOUND)
        if (record["part_bytes"] is not None) != direct:
            raise ProblemError(errors.NOT_FOUND)
        found = Upload(**record)
        if found.state == "failed":
            raise ProblemError(errors.UPLOAD_GONE)
        return found

    async def make(self, wanted: Wanted, person: str, part_bytes: int | None = None) -> Upload:
        """Make an upload, or return the one that was made under this id. Raises ProblemError.

        Args:
            wanted: what is asked for.
            person: who asks.
            part_bytes: size of its parts, of one that goes straight to the object store.

        """
        direct = part_bytes is not None
        known = None if wanted.id is None else await self._known(wanted, person, direct=direct)
        if known is not None:
            return known
        version = await self._version(wanted, person)
        await self._check_room(version["project"], wanted.length, direct=direct)
        upload = wanted.id or str(uuid4())
        if not direct:
            self.spool.create(upload)
        made = await self._pool.execute(
            _MAKE,
            upload,
            version["id"],
            version["document"],
            version["home"],
            version["project"],
            person,
            wanted.length,
            version["file_name"],
            wanted.sha256 or version["sha256"],
            self.expiry(),
            part_bytes,
        )
        if made == "INSERT 0 0":
            known = await self._known(wanted, person, direct=direct)
            if known is None:
                raise ProblemError(errors.UPLOAD_ID_TAKEN, field="id")
            return known
        return await self.read(upload, person, direct=direct)

    async def _known(self, wanted: Wanted, person: str, *, direct: bool) -> Upload | None:
        record = await self._pool.fetchrow(_READ, wanted.id)
        if record is None:
            return None
        same = (record["person"], record["version"], record["length"]) == (
            person,
            wanted.version,
            wanted.length,
        ) and (record["part_bytes"] is not None) == direct
        if not same:
            raise ProblemError(errors.UPLOAD_ID_TAKEN, field="id")
        if record["state"] == "failed":
            raise ProblemError(errors.UPLOAD_GONE)
        return Upload(**record)

    async def _version(self, wanted: Wanted, person: str) -> asyncpg.Record:
        """Return the version that a person's upload is for. Raises ProblemError."""
        async with self._pool.acquire() as connection:
            version = await connection.fetchrow(_VERSION, wanted.version)
            access = (await load_access(connection, [person]))[person]
        if version is None or not access.reads(version["home"]):
            raise ProblemError(errors.DOCUMENT_VERSION_MISSING, field="version")
        if version["author"] != person:
            raise ProblemError(errors.FORBIDDEN, "another recorded this version")
        if not access.may("document_version.create", version["home"]):
            raise ProblemError(errors.FORBIDDEN)
        if version["state"] != "waiting":
            raise ProblemError(errors.UPLOAD_ID_TAKEN, "the version has its bytes", field="version")
        if wanted.length > self._settings.upload_bytes_max:
            raise ProblemError(errors.UPLOAD_TOO_LARGE, field="upload-length")
        if version["size_bytes"] not in {None, wanted.length}:
            raise ProblemError(
                errors.REQUEST_MALFORMED, "the version has another size", field="upload-length"
            )
        if wanted.sha256 and version["sha256"] not in {None, wanted.sha256}:
            raise ProblemError(
                errors.REQUEST_MALFORMED, "the version has another hash", field="sha256"
            )
        if is_program(version["file_name"]) or is_program(wanted.file_name):
            raise ProblemError(errors.FILE_TYPE_REFUSED, field="filename")
        return version

    async def _check_room(self, project: str, length: int, *, direct: bool) -> None:
        use = await self._pool.fetchrow(_USE, project)
        assert use is not None  # noqa: S101
        quota = self._settings.project_storage_bytes_max
        if quota and int(use["kept"]) + int(use["coming"]) + length > quota:
            raise ProblemError(errors.STORAGE_QUOTA_EXCEEDED, field="upload-length")
        if not direct and not self.spool.has_room(int(use["promised"]) + length):
            raise ProblemError(errors.SPOOL_FULL, retry_after_seconds=60)

    async def take_over(self, upload: str) -> tuple[str, int] | None:
        """Become the one who writes; return its token and the offset, None when all is here."""
        writer = str(uuid4())
        record = await self._pool.fetchrow(_TAKE_OVER, upload, writer)
        return None if record is None else (writer, record["received"])

    async def advance(
        self, upload: str, writer: str, received: int, content_type: str | None
    ) -> None:
        """Count bytes that are on the disk. Raises ProblemError when another has taken over."""
        done = await self._pool.fetchval(
            _ADVANCE, upload, writer, received, self.expiry(), content_type
        )
        if done is None:
            raise ProblemError(errors.UPLOAD_TAKEN_OVER)

    async def finish(self, upload: Upload, writer: str) -> None:
        """Queue an upload whose last byte is on the disk, and say so on its version."""
        async with self._intake.server_transaction([upload.home]) as transaction:
            done = await transaction.connection.fetchval(_FINISH, upload.id, writer)
            if done is None:
                raise ProblemError(errors.UPLOAD_TAKEN_OVER)
            await transaction.load(upload.home, [upload.version])
            now_ms = transaction.workspace.now_ms
            _tell(transaction, upload, {"state": "received", "received_at": now_ms})

    async def refuse(self, upload: Upload, problem: str) -> None:
        """End an upload that is not taken, and say so on its version; its bytes are let go."""
        async with self._intake.server_transaction([upload.home]) as transaction:
            if await transaction.connection.fetchval(_REFUSE, upload.id, problem) is None:
                return
            await transaction.load(upload.home, [upload.version])
            _tell(transaction, upload, {"state": "refused", "problem": problem})
        self.spool.free(upload.id)

    async def drop(self, upload: Upload) -> None:
        """End an upload that its client gives up."""
        if await self._pool.fetchval(_DROP, upload.id) is not None:
            self.spool.free(upload.id)

    def expiry(self) -> dt.datetime:
        """Return when an upload that stays silent from now on is given up."""
        return self._context.now() + dt.timedelta(days=self._settings.upload_idle_days_max)


def _tell(transaction: Any, upload: Upload, after: dict[str, Any]) -> None:
    """Write on an upload's version, if it is still there."""
    row = transaction.workspace.row(upload.home, upload.version)
    if row is not None and not row.deleted:
        transaction.workspace.write(
            upload.home, "document_version", upload.version, after, intent="version.receive"
        )
