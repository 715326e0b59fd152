"""The lightest HTTP/1.1 client: a bench must not measure its own client."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import zstandard

if TYPE_CHECKING:
    from collections.abc import Mapping


class Connection:
    """One kept-alive connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, url: str) -> Connection:
        """Connect."""
        parts = urlsplit(url)
        return cls(*await asyncio.open_connection(parts.hostname, parts.port, limit=2**26))

    async def request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes = b""
    ) -> bytes:
        """Return the decompressed body of a good answer. Raises RuntimeError for any other."""
        lines = [f"{method} {path} HTTP/1.1", "host: bench", f"content-length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._writer.write("\r\n".join((*lines, "\r\n")).encode() + body)
        await self._writer.drain()
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        fields = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head[1:] if line)
        }
        answer = await self._reader.readexactly(int(fields.get("content-length", "0")))
        if fields.get("content-encoding") == "zstd":
            answer = zstandard.ZstdDecompressor().decompressobj().decompress(answer)
        if not head[0].startswith("HTTP/1.1 200"):
            raise RuntimeError(f"{method} {path}: {head[0]} {answer[:400]!r}")
        return answer

    def close(self) -> None:
        """Hang up."""
        self._writer.close()
