"""One upload over tus 1.0, as the lane of files sends it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from sync.replica.files import PIECE_BYTES, UPLOADS
from sync.replica.transport import MalformedAnswerError, RefusedByServerError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping
    from pathlib import Path

    from sync.replica.files import FileTransport, WaitingFile

_VERSION = {"Tus-Resumable": "1.0.0"}
_MISMATCH = frozenset({"upload_offset_mismatch", "upload_taken_over"})


class Tus:
    """The upload of one file."""

    def __init__(self, transport: FileTransport, path: Path, file: WaitingFile) -> None:
        self._transport = transport
        self._path = path
        self._file = file
        self._address = f"{UPLOADS}/{file.id}"

    async def offset(self) -> int:
        """Return how much the server holds, making the upload where it does not know it."""
        try:
            return _count(await self._transport.carry("HEAD", self._address, _VERSION))
        except RefusedByServerError as error:
            if error.problem.code != "not_found":
                raise
        said = {
            "id": self._file.id,
            "version": self._file.version,
            "filename": self._file.file_name,
            "sha256": self._file.sha256,
        }
        metadata = ",".join(
            f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in said.items()
        )
        headers = {
            **_VERSION,
            "Upload-Length": str(self._file.size),
            "Upload-Metadata": metadata,
        }
        return _count(await self._transport.carry("POST", UPLOADS, headers))

    async def append(self, offset: int, progress: Callable[[int], None]) -> int:
        """Send the rest; return how much the server then holds."""
        headers = {
            **_VERSION,
            "Upload-Offset": str(offset),
            "Content-Type": "application/offset+octet-stream",
            "Content-Length": str(self._file.size - offset),
        }

        async def body() -> AsyncGenerator[bytes, None]:
            sent = offset
            with self._path.open("rb") as file:
                file.seek(offset)
                while piece := file.read(PIECE_BYTES):
                    yield piece
                    sent += len(piece)
                    progress(sent)

        try:
            return _count(await self._transport.carry("PATCH", self._address, headers, body=body))
        except RefusedByServerError as error:
            if error.problem.code in _MISMATCH:
                return await self.offset()
            raise


def _count(headers: Mapping[str, str]) -> int:
    found = {name.lower(): value for name, value in headers.items()}.get("upload-offset", "")
    if not found.isdecimal():
        raise MalformedAnswerError("the server does not say how much it holds")
    return int(found)
