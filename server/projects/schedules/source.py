"""The bytes of a schedule file: opened, bounded, watched for progress."""

from __future__ import annotations

import io
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from server.projects.schedules.errors import ScheduleUnreadable
from server.projects.schedules.limits import CHUNK_BYTES, FILE_BYTES_MAX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Progress = Callable[[int, int | None], None]
    """Called with bytes done and bytes in all (None: not known)."""


class ByteSource:
    """A stream read once, in chunks. `head` is its first chunk, also the first of `chunks()`."""

    def __init__(
        self, stream: BinaryIO, bytes_total: int | None, progress: Progress | None
    ) -> None:
        if bytes_total is not None and bytes_total > FILE_BYTES_MAX:
            raise _too_large()
        self._stream = stream
        self._progress = progress
        self.bytes_total = bytes_total
        self.bytes_read = 0
        self.head = self._next()

    def chunks(self) -> Iterator[bytes]:
        """Yield the whole stream, the head first.

        Raises ScheduleUnreadable `limit_exceeded` past `FILE_BYTES_MAX`.
        """
        chunk = self.head
        while chunk:
            yield chunk
            if self._progress is not None:
                self._progress(self.bytes_read, self.bytes_total)
            chunk = self._next()

    def _next(self) -> bytes:
        chunk = self._stream.read(CHUNK_BYTES)
        self.bytes_read += len(chunk)
        if self.bytes_read > FILE_BYTES_MAX:
            raise _too_large()
        return chunk


@contextmanager
def open_source(
    path_or_stream: str | os.PathLike[str] | BinaryIO, progress: Progress | None
) -> Iterator[ByteSource]:
    """Open a path, or read an open binary stream from where it stands (it is left open).

    Raises ScheduleUnreadable `file_missing` when the path cannot be opened.
    """
    if not isinstance(path_or_stream, (str, os.PathLike)):
        yield ByteSource(path_or_stream, _remaining(path_or_stream), progress)
        return
    path = Path(path_or_stream)
    try:
        stream = path.open("rb")
    except OSError as error:
        raise ScheduleUnreadable("file_missing", error.strerror or path.name) from error
    with stream:
        yield ByteSource(stream, os.fstat(stream.fileno()).st_size, progress)


def _remaining(stream: BinaryIO) -> int | None:
    """Return how many bytes a stream still has, or None when it cannot tell without reading."""
    try:
        here = stream.tell()
        end = stream.seek(0, io.SEEK_END)
        stream.seek(here)
    except (OSError, AttributeError, io.UnsupportedOperation):
        return None
    return end - here


def _too_large() -> ScheduleUnreadable:
    return ScheduleUnreadable("limit_exceeded", f"file_bytes_max = {FILE_BYTES_MAX}")
