"""The virus scanner, where one is set: ClamAV's daemon, asked over its INSTREAM command."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from server.settings import Settings
    from server.storage.spool import SpoolFile

CHUNK_BYTES = 256 * 1024
ANSWER_SECONDS_MAX = 300
CONNECT_SECONDS_MAX = 10


class ScannerUnavailableError(Exception):
    """The scanner does not answer, or cannot judge: nothing is stored unscanned."""


async def scan(settings: Settings, file: SpoolFile, size: int) -> bool:
    """Whether the scanner finds something in a file; False where none is set.

    Raises ScannerUnavailableError.
    """
    if settings.clamd_address is None:
        return False
    try:
        async with asyncio.timeout(CONNECT_SECONDS_MAX):
            reader, writer = await _connect(settings.clamd_address)
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                writer.write(b"zINSTREAM\0")
                for offset in range(0, size, CHUNK_BYTES):
                    piece = file.read(offset, min(CHUNK_BYTES, size - offset))
                    writer.write(len(piece).to_bytes(4) + piece)
                    await writer.drain()
                writer.write(bytes(4))
                await writer.drain()
                answer = (await reader.readuntil(b"\0")).rstrip(b"\0").decode(errors="replace")
        finally:
            writer.close()
    except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
        raise ScannerUnavailableError(type(error).__name__) from error
    if answer.endswith("FOUND"):
        return True
    if answer.endswith("OK"):
        return False
    raise ScannerUnavailableError(answer[:80])


async def _connect(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if address.startswith("unix:"):
        return await asyncio.open_unix_connection(address.removeprefix("unix:"))
    host, _, port = address.rpartition(":")
    return await asyncio.open_connection(host, int(port))
