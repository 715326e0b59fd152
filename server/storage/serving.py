"""Gives bytes out: whole or a range, from the object store, or from the spool until they are there.

Whatever a file says it is, a browser shows only what is harmless, and saves the rest.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from litestar import Response
from litestar.response import Stream
from msgspec import Struct

from server.errors import ProblemError
from server.storage.objects import StoreUnavailableError
from server.storage.spool import READ_BYTES, Spool
from sync import errors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from litestar import Request

    from server.context import Context

SHOWN = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "application/pdf"})
"""Kinds that a browser may show by itself."""
_RANGE = re.compile(r"^bytes=([0-9]{0,16})-([0-9]{0,16})$")
_END = object()


class Content(Struct, frozen=True):
    """Bytes that may be given to the one who asks."""

    sha256: str
    size: int
    kind: str
    file_name: str
    key: str | None
    """Where the object store has them; None while they are on the disk alone."""
    upload: str | None = None
    """The upload whose file has them."""


async def stored(context: Context, key: str, etag: str, kind: str, file_name: str) -> Content:
    """Return something that the object store keeps under a key. Raises ProblemError."""
    try:
        size = await asyncio.to_thread(context.store.size, key)
    except StoreUnavailableError as error:
        raise ProblemError(errors.STORAGE_UNAVAILABLE, retry_after_seconds=30) from error
    if size is None:
        raise ProblemError(errors.CONTENT_NOT_READY, retry_after_seconds=30)
    return Content(etag, size, kind, file_name, key)


def disposition(file_name: str, *, shown: bool = False) -> str:
    """Return the header that names a file, whatever is in its name."""
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", file_name)
    how = "inline" if shown else "attachment"
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"


def asked_range(request: Request[Any, Any, Any], content: Content) -> tuple[int, int] | None:
    """Return the first and last byte asked for, or None for the whole. Raises ProblemError."""
    header = request.headers.get("range")
    if header is None:
        return None
    condition = request.headers.get("if-range")
    if condition is not None and condition != f'"{content.sha256}"':
        return None
    found = _RANGE.match(header.strip())
    if found is None or found.group(0) == "bytes=-":
        return None
    first, last = found.groups()
    if not first:
        start, end = max(0, content.size - int(last)), content.size - 1
    else:
        start = int(first)
        end = min(int(last), content.size - 1) if last else content.size - 1
    if start > end or start >= content.size:
        raise ProblemError(errors.RANGE_UNSATISFIABLE)
    return start, end


async def give(
    request: Request[Any, Any, Any], context: Context, content: Content, *, shown: bool = False
) -> Response[Any] | Stream:
    """Answer with a content, or with the range of it that is asked for. Raises ProblemError."""
    etag = f'"{content.sha256}"'
    headers = {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Content-Disposition": disposition(
            content.file_name, shown=shown and content.kind in SHOWN
        ),
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    if request.headers.get("if-none-match") == etag:
        return Response(None, status_code=304, headers=headers)
    asked = asked_range(request, content)
    first, last = asked or (0, content.size - 1)
    headers["Content-Length"] = str(last - first + 1)
    if asked is not None:
        headers["Content-Range"] = f"bytes {first}-{last}/{content.size}"
    pieces = _pieces(context, content, first, last)
    # The first piece before the answer's head: a store that is away is then an error that shows.
    try:
        head = await asyncio.to_thread(next, pieces, b"")
    except StoreUnavailableError as error:
        raise ProblemError(errors.STORAGE_UNAVAILABLE, retry_after_seconds=30) from error
    except FileNotFoundError as error:
        raise ProblemError(errors.CONTENT_NOT_READY, retry_after_seconds=5) from error
    return Stream(
        _rest(head, pieces),
        status_code=200 if asked is None else 206,
        headers=headers,
        media_type=content.kind,
    )


def _pieces(context: Context, content: Content, first: int, last: int) -> Iterator[bytes]:
    if content.size == 0:
        return iter(())
    if content.key is not None:
        return context.store.read(content.key, first, last)
    assert content.upload is not None  # noqa: S101
    return _from_spool(Spool(context.settings), content.upload, first, last)


def _from_spool(spool: Spool, upload: str, first: int, last: int) -> Iterator[bytes]:
    with spool.open(upload) as file:
        while first <= last:
            piece = file.read(first, min(READ_BYTES, last - first + 1))
            if not piece:
                raise EOFError
            first += len(piece)
            yield piece


async def _rest(head: bytes, pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the pieces, each fetched in a thread; memory holds one at a time."""
    if head:
        yield head
    while (piece := await asyncio.to_thread(next, pieces, _END)) is not _END:
        assert isinstance(piece, bytes)  # noqa: S101
        yield piece
