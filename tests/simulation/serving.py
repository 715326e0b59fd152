"""Servers for plays: the application inside the test's process, or real ones that can be killed."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import signal
import subprocess
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import httpx
import msgspec

from server.app import create_app
from server.settings import Settings, settings_environment
from server.stack import free_port
from server.users import ensure_administrator, token_for
from sync.replica.http import HttpTransport
from tests.server.cli.running import environment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from sync.replica import Transport

READY_SECONDS_MAX = 30.0
TIMEOUT = httpx.Timeout(3.0)
"""Silence in a play that counts as a broken link."""


class Ways:
    """Makes transports for people and closes them all at the end."""

    def __init__(
        self,
        settings: Settings,
        addresses: Sequence[str],
        client: Callable[[], httpx.AsyncClient],
        clock: Callable[[], int] | None = None,
    ) -> None:
        self._clock = clock
        self._settings = settings
        self._addresses = addresses
        self._client = client
        self._made: list[HttpTransport] = []

    def connect(self, person: str) -> Transport:
        """Return a way to the next of the servers, logged in as a person."""
        begins = None
        if self._clock is not None:
            begins = dt.datetime.fromtimestamp(self._clock() / 1000, tz=dt.UTC)
        token = token_for(self._settings, person, now=begins)
        address = self._addresses[len(self._made) % len(self._addresses)]
        made = HttpTransport(address, token=lambda: token, client=self._client())
        self._made.append(made)
        return made

    async def close(self) -> None:
        """Close every connection."""
        for made in self._made:
            await made.close()


@asynccontextmanager
async def inside(settings: Settings, clock: Callable[[], int]) -> AsyncIterator[Ways]:
    """Serve inside this process, on a clock of the test's."""
    app = create_app(settings, wall_ms=clock)
    async with app.lifespan():
        ways = Ways(
            settings,
            ["http://inside"],
            lambda: httpx.AsyncClient(transport=httpx.ASGITransport(cast("Any", app))),
            clock,
        )
        try:
            yield ways
        finally:
            await ways.close()


@asynccontextmanager
async def over_http(
    settings: Settings, addresses: Sequence[str], *, fresh_connections: bool = False
) -> AsyncIterator[Ways]:
    """Reach real servers, or proxies before them; each request on a new connection if asked."""
    limits = httpx.Limits(max_keepalive_connections=0 if fresh_connections else 20)
    ways = Ways(settings, addresses, lambda: httpx.AsyncClient(timeout=TIMEOUT, limits=limits))
    try:
        yield ways
    finally:
        await ways.close()


class Server:
    """`derrick serve` as a process of its own, which can be killed and started again."""

    def __init__(self, settings: Settings, log: Path) -> None:
        self.port = free_port()
        self._settings = msgspec.structs.replace(settings, http_port=self.port)
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return the server's address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, without waiting until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "server.cli", "serve"],
                env=environment(settings_environment(self._settings)),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def ready(self) -> None:
        """Wait until it answers."""
        async with asyncio.timeout(READY_SECONDS_MAX):
            async with httpx.AsyncClient(timeout=2.0) as client:
                while True:
                    with contextlib.suppress(httpx.HTTPError):
                        if (await client.get(self.url + "/health")).is_success:
                            return
                    await asyncio.sleep(0.05)

    def kill(self) -> None:
        """Kill it and its workers with SIGKILL, at once."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


@asynccontextmanager
async def servers(settings: Settings, folder: Path, count: int = 1) -> AsyncIterator[list[Server]]:
    """Run so many servers on one database."""
    made = [Server(settings, folder / f"server-{number}.log") for number in range(count)]
    async with AsyncExitStack() as stack:
        for server in made:
            server.start()
            stack.callback(server.kill)
        for server in made:
            await server.ready()
        yield made


async def administrator(settings: Settings) -> str:
    """Return the id of the first administrator."""
    return await ensure_administrator(settings)
