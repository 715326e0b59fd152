"""Uploads whose parts go straight to the object store: the same checks, the same states.

The server signs an address for each part, over its size and its SHA-256, and joins the parts when
all are there. What they are is looked at when they are joined, and their hash, as of any upload,
before they are stored.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct

from server.errors import ProblemError
from server.storage import incoming
from server.storage.objects import StoreUnavailableError, incoming_key
from server.storage.sniffing import HEAD_BYTES, UNKNOWN, content_type, is_refused
from sync import errors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from server.context import Context
    from server.storage.incoming import Part
    from server.storage.tus import Wanted
    from server.storage.uploads import Upload, Uploads

T = TypeVar("T")

RETRY_SECONDS = 30
NAMED_MAX = 20
"""Missing parts that a refusal names."""

# The first that asks names the transfer; another's is then let go.
_NAME = """
    UPDATE upload SET multipart_id = $3 WHERE id = $1 AND state = 'receiving'
        AND multipart_id IS NOT DISTINCT FROM $2 RETURNING 1
"""
_EXTEND = "UPDATE upload SET expires_at = $2 WHERE id = $1 AND state = 'receiving'"


class DirectUpload(Struct, frozen=True):
    """An upload that goes straight to the object store, and how far it has come."""

    id: str
    state: str
    size: int
    part_bytes: int
    """Size of every part but the last."""
    parts: int
    held: list[int]
    """Numbers of the parts, from 1, that the store holds."""
    expires_at: int
    """Milliseconds since 1970: when it is given up, unless it goes on."""


class NamedPart(Struct, frozen=True):
    """A part that is about to be sent."""

    number: int
    sha256: str


class Direct:
    """Makes such uploads, signs addresses for their parts, and joins these."""

    def __init__(self, context: Context, uploads: Uploads) -> None:
        self._context = context
        self._settings = context.settings
        self._store = context.store
        self._uploads = uploads

    async def make(self, wanted: Wanted, person: str) -> DirectUpload:
        """Make an upload, or return the one that was made under this id. Raises ProblemError."""
        if self._settings.s3_public_url is None:
            raise ProblemError(errors.DIRECT_UPLOADS_OFF)
        part_bytes = max(self._settings.storage_part_bytes, -(-wanted.length // incoming.PARTS_MAX))
        upload = await self._uploads.make(wanted, person, part_bytes)
        return await self.stand(upload)

    async def stand(self, upload: Upload) -> DirectUpload:
        """Return where an upload stands. Raises ProblemError."""
        held: dict[int, Part] = {}
        if upload.state == "receiving":
            _, held = await self._transfer(upload)
        return _shown(upload, held)

    async def sign(self, upload: Upload, parts: Sequence[NamedPart]) -> list[incoming.Address]:
        """Return an address for each of these parts. Raises ProblemError."""
        if upload.state != "receiving":
            raise ProblemError(errors.UPLOAD_GONE, "all of it is here")
        sizes = _sizes(upload)
        beyond = [one.number for one in parts if one.number > len(sizes)]
        if beyond:
            raise ProblemError(errors.UPLOAD_TOO_LARGE, f"it has no part {beyond[0]}")
        multipart, _ = await self._transfer(upload)
        if multipart is None:
            raise ProblemError(errors.UPLOAD_GONE, "all of it is here: complete it")
        await self._context.pool.execute(_EXTEND, upload.id, self._uploads.expiry())
        seconds = self._settings.upload_url_seconds
        return [
            incoming.sign(
                self._store,
                upload.id,
                multipart,
                (one.number, sizes[one.number - 1], one.sha256),
                seconds,
            )
            for one in parts
        ]

    async def complete(self, upload: Upload, sha256: Sequence[str]) -> DirectUpload:
        """Join the parts of an upload and queue it; again, it changes nothing.

        Raises ProblemError: parts are missing, or are not what they should be.
        """
        if upload.state != "receiving":
            return _shown(upload, {})
        sizes = _sizes(upload)
        if len(sha256) != len(sizes):
            raise ProblemError(errors.REQUEST_MALFORMED, "a SHA-256 for each part", field="sha256")
        taken = await self._uploads.take_over(upload.id)
        multipart, held = await self._transfer(upload)
        if multipart is not None:
            _check_parts(held, sizes)
            named = [(held[number], one) for number, one in enumerate(sha256, start=1)]
            try:
                await self._ask(incoming.join, self._store, upload.id, multipart, named)
            except incoming.OtherPartsError as error:
                raise ProblemError(errors.CHECKSUM_MISMATCH, field="sha256") from error
        if taken is not None:
            await self._judge(upload, taken[0])
        return _shown(await self._uploads.read(upload.id, upload.person, direct=True), {})

    async def drop(self, upload: Upload) -> None:
        """End an upload that its client gives up. Raises ProblemError."""
        if upload.state == "receiving":
            await self._uploads.drop(upload)
            await self._ask(incoming.discard, self._store, upload.id)

    async def _judge(self, upload: Upload, writer: str) -> None:
        """Queue what was joined, once its head has been looked at."""
        key = incoming_key(upload.id)
        if await self._ask(self._store.size, key) != upload.length:
            raise ProblemError(errors.UPLOAD_PARTS_MISSING, "they are not joined")
        last = min(HEAD_BYTES, upload.length) - 1
        head = await self._ask(lambda: b"".join(self._store.read(key, 0, last)))
        kind = content_type(head)
        if is_refused(kind, upload.file_name):
            await self._uploads.refuse(upload, errors.FILE_TYPE_REFUSED.code)
            await self._ask(incoming.discard, self._store, upload.id)
            raise ProblemError(errors.FILE_TYPE_REFUSED, field="filename")
        await self._uploads.advance(upload.id, writer, upload.length, kind)
        await self._uploads.finish(upload, writer)

    async def _transfer(self, upload: Upload) -> tuple[str | None, dict[int, Part]]:
        """Return the store's transfer of an upload and its parts, begun anew where it has gone.

        No transfer: its parts are joined already.
        """
        store = self._store
        if upload.multipart is not None:
            held = await self._ask(incoming.held_parts, store, upload.id, upload.multipart)
            if held is not None:
                return upload.multipart, held
            if await self._ask(store.size, incoming_key(upload.id)) == upload.length:
                return None, {}
        multipart = await self._ask(store.begin, incoming_key(upload.id), UNKNOWN)
        named = await self._context.pool.fetchval(_NAME, upload.id, upload.multipart, multipart)
        if named is None:
            await self._ask(store.abandon, incoming_key(upload.id), multipart)
            raise ProblemError(errors.UPLOAD_TAKEN_OVER)
        return multipart, {}

    async def _ask(self, work: Callable[..., T], *given: Any) -> T:
        """Ask the object store, in a thread. Raises ProblemError when it is away."""
        try:
            return await asyncio.to_thread(work, *given)
        except StoreUnavailableError as error:
            raise ProblemError(
                errors.STORAGE_UNAVAILABLE, retry_after_seconds=RETRY_SECONDS
            ) from error


def _sizes(upload: Upload) -> list[int]:
    """Return the size of each part."""
    size = upload.part_bytes or upload.length
    whole, rest = divmod(upload.length, size)
    return [size] * whole + ([rest] if rest else [])


def _check_parts(held: dict[int, Part], sizes: Sequence[int]) -> None:
    missing = [
        number
        for number, size in enumerate(sizes, start=1)
        if number not in held or held[number].size != size
    ]
    if missing:
        named = ", ".join(str(one) for one in missing[:NAMED_MAX])
        raise ProblemError(errors.UPLOAD_PARTS_MISSING, f"parts {named}")


def _shown(upload: Upload, held: dict[int, Part]) -> DirectUpload:
    sizes = _sizes(upload)
    here = range(1, len(sizes) + 1)
    if upload.state == "receiving":
        numbers = [one for one in here if one in held and held[one].size == sizes[one - 1]]
    else:
        numbers = [*here]
    return DirectUpload(
        id=upload.id,
        state=upload.state,
        size=upload.length,
        part_bytes=upload.part_bytes or upload.length,
        parts=len(sizes),
        held=numbers,
        expires_at=int(upload.expires_at.timestamp() * 1000),
    )
