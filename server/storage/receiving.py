"""From a request's body to the disk: a little at a time, forced out before it is counted.

Memory stays small whatever the size of the file, and however many come at once; what is forced out
at a time is large, for the disk's sake. A server that dies costs what came since the last count, at
most a few megabytes or seconds.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from server.errors import ProblemError
from server.storage.sniffing import HEAD_BYTES, content_type, is_refused
from sync import errors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from litestar import Request

    from server.storage.spool import SpoolFile
    from server.storage.tus import Checksum
    from server.storage.uploads import Upload, Uploads

WRITE_BYTES = 256 * 1024
"""What is gathered in memory before it is written."""
SYNC_BYTES = 4 * 1024 * 1024
"""What is written before it is forced out and counted: what a cut may cost."""
SYNC_SECONDS = 2.0


class Receiving:
    """One request that writes to one upload."""

    def __init__(
        self, uploads: Uploads, upload: Upload, *, writer: str, offset: int, check: Checksum | None
    ) -> None:
        self._uploads = uploads
        self._upload = upload
        self._writer = writer
        self._check = check
        self._kind = upload.content_type
        self._counted = offset
        self._clock = asyncio.get_running_loop().time
        self._counted_at = self._clock()
        self.offset = offset
        """Where the next byte goes."""

    async def receive(self, request: Request[Any, Any, Any]) -> int:
        """Take the body in; return the new offset. Raises ProblemError.

        What came before a cut is kept, unless the part has a checksum, which only a whole part can
        be held against.
        """
        spool = await asyncio.to_thread(self._open)
        with spool:
            try:
                async for piece in _pieces(request):
                    await self._take(spool, piece)
            except ProblemError:
                # What came before a cut, or before what is refused, is kept.
                if self._check is None:
                    await self._count(spool)
                raise
            if self._check is not None and not self._check.holds():
                raise ProblemError(errors.CHECKSUM_MISMATCH, field="upload-checksum")
            await self._count(spool)
        if self.offset == self._upload.length:
            await self._uploads.finish(self._upload, self._writer)
        return self.offset

    def _open(self) -> SpoolFile:
        try:
            return self._uploads.spool.open(self._upload.id)
        except FileNotFoundError:
            if self.offset == 0:
                self._uploads.spool.create(self._upload.id)
                return self._uploads.spool.open(self._upload.id)
            raise ProblemError(errors.UPLOAD_GONE, "its bytes are not on this disk") from None

    async def _take(self, spool: SpoolFile, piece: bytearray) -> None:
        if self.offset + len(piece) > self._upload.length:
            raise ProblemError(errors.UPLOAD_TOO_LARGE, "more bytes than were announced")
        if not self._uploads.spool.has_room(len(piece)):
            raise ProblemError(errors.SPOOL_FULL, retry_after_seconds=60)
        if self._check is not None:
            self._check.digest.update(piece)
        await _on_disk(spool.write, self.offset, piece)
        self.offset += len(piece)
        much = self.offset - self._counted >= SYNC_BYTES
        if self._check is None and (much or self._clock() - self._counted_at >= SYNC_SECONDS):
            await self._count(spool)

    async def _count(self, spool: SpoolFile) -> None:
        """Force out what came and count it, once the head of the file has been looked at."""
        if self.offset == self._counted:
            return
        # Tried once: what another has taken over, or what is refused, is not counted later.
        self._counted, self._counted_at = self.offset, self._clock()
        await _on_disk(spool.sync)
        kind = self._kind
        if kind is None and self.offset >= min(HEAD_BYTES, self._upload.length):
            kind = content_type(await asyncio.to_thread(spool.read, 0, HEAD_BYTES))
            if is_refused(kind, self._upload.file_name):
                await self._uploads.refuse(self._upload, errors.FILE_TYPE_REFUSED.code)
                raise ProblemError(errors.FILE_TYPE_REFUSED, field="filename")
        await self._uploads.advance(self._upload.id, self._writer, self.offset, kind)
        self._kind = kind


async def _on_disk(work: Callable[..., None], *given: Any) -> None:
    """Do something with the file in a thread. Raises ProblemError when the disk is full.

    It ends even when the request is called off: the file is open till then.
    """
    task = asyncio.ensure_future(asyncio.to_thread(work, *given))
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
    except OSError as error:
        raise ProblemError(errors.SPOOL_FULL, retry_after_seconds=60) from error


async def _pieces(request: Request[Any, Any, Any]) -> AsyncIterator[bytearray]:
    """Yield the body in pieces worth a write. Raises ProblemError after the last when it is cut."""
    clock = asyncio.get_running_loop().time
    gathered, since = bytearray(), clock()
    cut: ProblemError | None = None
    more = True
    while more and cut is None:
        try:
            message: Any = await request.receive()
        except ProblemError as stalled:
            cut = stalled
            break
        if message["type"] != "http.request":
            cut = ProblemError(errors.REQUEST_MALFORMED, "the body is cut")
            break
        gathered += message["body"]
        more = message["more_body"]
        if len(gathered) >= WRITE_BYTES or (gathered and clock() - since >= SYNC_SECONDS):
            yield gathered
            gathered, since = bytearray(), clock()
    if gathered:
        yield gathered
    if cut is not None:
        raise cut
