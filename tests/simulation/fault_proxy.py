"""A TCP proxy that breaks what passes through it: cuts, silence, delays, requests sent twice.

Each connection that comes in meets the next fault of the plan, then the seeded chance, until the
proxy is healed. It knows nothing of HTTP but where the headers of an answer end.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from typing import TYPE_CHECKING, Self

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

CHUNK_BYTES = 16 * 1024


class Fault(Struct, frozen=True):
    """What befalls one connection."""

    kind: str = "none"
    """`none`, `refuse`, `cut_request` or `cut_answer` after so many bytes, `black_hole` (the
    request arrives, the answer never), `delay`, `duplicate` (the request arrives twice)."""
    at: int = 0
    """Bytes for a cut, milliseconds for a delay."""


def seeded_faults(random: Random, kinds: tuple[str, ...], rate: float) -> Callable[[], Fault]:
    """Return what draws faults of these kinds for a share of the connections."""

    def draw() -> Fault:
        if random.random() >= rate:
            return Fault()
        kind = random.choice(kinds)
        if kind == "delay":
            return Fault(kind, random.randrange(1, 60))
        return Fault(kind, random.choice((0, 1, 40, 200, 600, 2_000, 10_000)))

    return draw


class FaultProxy:
    """Listens on a free port and passes connections on to another."""

    def __init__(self, port: int, *, draw: Callable[[], Fault] | None = None) -> None:
        self.met: Counter[str] = Counter()
        """Faults met so far, by kind."""
        self.on_answer: Callable[[], None] = lambda: None
        """Called when the first bytes of an answer have come back, before they are passed on."""
        self.on_request: Callable[[], None] = lambda: None
        """Called when a connection to the server is made, before the request is passed on."""
        self._port = port
        self._draw = draw or Fault
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """Return its address for HTTP."""
        return f"http://127.0.0.1:{self.port}"

    def heal(self) -> None:
        """Break nothing from now on."""
        self._draw = Fault

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Close the port and every connection: whatever is behind it is gone."""
        assert self._server is not None
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._carry(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        fault = self._draw()
        self.met[fault.kind] += 1
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            try:
                if fault.kind != "refuse":
                    await self._pass_on(fault, reader, writer)
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()

    async def _pass_on(
        self, fault: Fault, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if fault.kind == "delay":
            await asyncio.sleep(fault.at / 1000)
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        self.on_request()
        sent = bytearray()
        limit = fault.at if fault.kind == "cut_request" else None
        keep = sent if fault.kind == "duplicate" else None
        up = asyncio.create_task(_pump(reader, back, limit=limit, keep=keep))
        down = asyncio.create_task(self._answer(fault, there, writer))
        try:
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (up, down):
                task.cancel()
            await asyncio.gather(up, down, return_exceptions=True)
            back.close()
        if sent:
            await self._repeat(bytes(sent))

    async def _answer(
        self, fault: Fault, there: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if fault.kind == "black_hole":
            await there.read(1)
            await asyncio.sleep(0.2)
            return
        first = await there.read(CHUNK_BYTES)
        self.on_answer()
        limit = fault.at if fault.kind == "cut_answer" else None
        writer.write(first if limit is None else first[:limit])
        await writer.drain()
        if limit is None or limit > len(first):
            rest = None if limit is None else limit - len(first)
            await _pump(there, writer, limit=rest, keep=None)

    async def _repeat(self, request: bytes) -> None:
        """Let all that the client said arrive a second time; nobody reads the answers."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        with contextlib.suppress(OSError, TimeoutError):
            writer.write(request)
            await writer.drain()
            async with asyncio.timeout(0.5):
                await reader.read(CHUNK_BYTES)
        writer.close()


async def _pump(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    *,
    limit: int | None,
    keep: bytearray | None,
) -> None:
    """Pass bytes on until the end, or until `limit` of them have passed."""
    while limit is None or limit > 0:
        chunk = await reader.read(CHUNK_BYTES if limit is None else min(CHUNK_BYTES, limit))
        if not chunk:
            return
        if keep is not None:
            keep += chunk
        writer.write(chunk)
        await writer.drain()
        if limit is not None:
            limit -= len(chunk)
