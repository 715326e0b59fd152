"""The disk where received bytes wait: one file an upload, named by its id alone.

What is counted as received is on the disk: written at its offset, then forced out. Bytes beyond the
count are leftovers of a cut, to be written over.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, BinaryIO, Self
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

    from server.settings import Settings

READ_BYTES = 1024 * 1024


class Spool:
    """The directory of the spool."""

    def __init__(self, settings: Settings) -> None:
        self.directory: Path = (
            settings.spool_directory or settings.data_directory / "spool"
        ).resolve()
        self._free_bytes_min = settings.spool_free_bytes_min

    def prepare(self) -> None:
        """Make the directory; nobody else may look into it."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def path(self, upload: str) -> Path:
        """Return the file of an upload."""
        return self.directory / str(UUID(upload))

    def has_room(self, size: int) -> bool:
        """Whether so many more bytes leave enough of the disk to everything else."""
        return shutil.disk_usage(self.directory).free - size >= self._free_bytes_min

    def create(self, upload: str) -> None:
        """Make an upload's empty file, and force its name out."""
        os.close(os.open(self.path(upload), os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600))
        directory = os.open(self.directory, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    def open(self, upload: str) -> SpoolFile:
        """Open an upload's file. Raises FileNotFoundError."""
        return SpoolFile(os.open(self.path(upload), os.O_RDWR | os.O_NOFOLLOW))

    def free(self, upload: str) -> None:
        """Let an upload's file go, if it is there."""
        self.path(upload).unlink(missing_ok=True)

    def quarantine(self, upload: str) -> None:
        """Put an upload's file aside, where nothing serves it."""
        place = self.directory / "quarantine"
        place.mkdir(mode=0o700, exist_ok=True)
        self.path(upload).replace(place / str(UUID(upload)))

    def uploads(self) -> Iterator[tuple[str, float]]:
        """Yield the uploads that have a file here, and when each was last written."""
        if not self.directory.is_dir():
            return
        for entry in os.scandir(self.directory):
            try:
                yield str(UUID(entry.name)), entry.stat(follow_symlinks=False).st_mtime
            except (ValueError, FileNotFoundError):
                continue


class SpoolFile:
    """An open file of the spool; all its methods block."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close it."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def write(self, offset: int, content: bytes | bytearray) -> None:
        """Write bytes at an offset; only `sync` has them on the disk. Raises OSError."""
        view = memoryview(content)
        while view:
            written = os.pwrite(self._descriptor, view, offset)
            view = view[written:]
            offset += written

    def sync(self) -> None:
        """Force what was written to the disk. Raises OSError."""
        os.fdatasync(self._descriptor)

    def read(self, offset: int, size: int) -> bytes:
        """Read up to `size` bytes at an offset."""
        return os.pread(self._descriptor, size, offset)

    def size(self) -> int:
        """Return the size of the file: at least what was counted as received."""
        return os.fstat(self._descriptor).st_size

    def reader(self) -> BinaryIO:
        """Return a reader of the file from its beginning; closing it leaves this one open."""
        file = os.fdopen(os.dup(self._descriptor), "rb")
        file.seek(0)
        return file

    def chunks(self, size: int) -> Iterator[bytes]:
        """Yield the first `size` bytes in pieces. Raises EOFError when they are not there."""
        offset = 0
        while offset < size:
            piece = self.read(offset, min(READ_BYTES, size - offset))
            if not piece:
                raise EOFError(f"the spool holds {offset} bytes of {size}")
            offset += len(piece)
            yield piece
