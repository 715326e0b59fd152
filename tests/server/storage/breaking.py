"""An upload of 200 MB while all that can break breaks: the link, the client, servers, the store."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

from msgspec import Struct, structs

from server.settings import settings_environment
from server.storage import audit
from tests.serving import new_id, serve_process
from tests.simulation.fault_proxy import Fault, FaultProxy

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.settings import Settings
    from server.stack import Stack
    from tests.server.storage.shelf import Shelf
    from tests.serving import Process

MEGABYTE = 1024 * 1024
SIZE = 200 * MEGABYTE
CHUNK = 24 * MEGABYTE
ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ROOT / ".venv" / "tus"


class Client(Protocol):
    """A client of tus that can be killed, and then goes on from what it remembers."""

    async def start(self) -> None:
        """Begin, or go on."""
        ...

    async def kill(self) -> None:
        """End it at once."""
        ...

    async def result(self) -> dict[str, Any]:
        """Wait for its end; return what it says."""
        ...

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        ...


class Sending(Struct, frozen=True):
    """What a client is to send, and where to."""

    file: Path
    origin: str
    """The address of the server, over the link that breaks."""
    token: str
    metadata: dict[str, str]
    delays: list[int]
    """Pauses before each try after a failure, in milliseconds."""

    @property
    def endpoint(self) -> str:
        """Return where uploads are made."""
        return f"{self.origin}/api/storage/uploads"


class Worker:
    """A `derrick worker` of its own."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        kept = {name: one for name, one in os.environ.items() if not name.startswith("DERRICK_")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "server.cli", "worker"],
            env={**kept, **settings_environment(self._settings)},
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        """Kill it with SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


def _write(path: Path) -> str:
    """Write a file of random bytes; return its hash."""
    source, counted = random.Random(7), hashlib.sha256()
    with path.open("wb") as file:
        for _ in range(SIZE // MEGABYTE):
            piece = source.randbytes(MEGABYTE)
            counted.update(piece)
            file.write(piece)
    return counted.hexdigest()


class Site(Struct):
    """All that can be killed while an upload goes on."""

    client: Client
    proxy: FaultProxy
    server: Process
    worker: Worker
    stack: Stack

    async def befall(self, what: str) -> None:
        """Let one mishap happen."""
        if what == "server":
            self.server.kill()
            await asyncio.to_thread(self.server.start)
            self.proxy._port = int(self.server.url.rpartition(":")[2])
        elif what == "client":
            await self.client.kill()
            await self.client.start()
        elif what == "objects":
            await asyncio.to_thread(self.stack.restart, "objects")
        else:
            self.worker.kill()
            self.worker.start()


async def _mishaps(shelf: Shelf, version: str, site: Site) -> list[str]:
    """Kill this and that as the upload goes on; return what was met."""
    met: list[str] = []
    plan = [(0.15, "server"), (0.3, "client"), (0.45, "objects"), (0.6, "server"), (0.7, "worker")]
    read = "SELECT received_bytes FROM upload WHERE version_id = $1"
    while plan:
        received = await shelf.service.context.pool.fetchval(read, version) or 0
        if received < plan[0][0] * SIZE and not site.client.ended:
            await asyncio.sleep(0.02)
            continue
        _, what = plan.pop(0)
        met.append(what)
        await site.befall(what)
    return met


def _files(folder: Path) -> list[Path]:
    return [one for one in folder.iterdir() if one.is_file()]


async def assert_arrives_whole(
    shelf: Shelf,
    settings: Settings,
    stack: Stack,
    place: Path,
    client_of: Callable[[Sending], Client],
) -> None:
    """Cut the link at random offsets, kill servers and client, restart S3; assert nothing is lost.

    Args:
        shelf: the project.
        settings: of its server.
        stack: of the object store.
        place: where the client keeps what it needs.
        client_of: makes the client.

    """
    settings = structs.replace(settings, storage_lease_seconds=2)
    file = place / "video.bin"
    wanted = await asyncio.to_thread(_write, file)
    paper = await shelf.paper(size_bytes=SIZE, sha256=wanted)
    source = random.Random(11)
    cuts = [Fault("cut_request", source.randrange(1, 20 * MEGABYTE)) for _ in range(10)]
    cuts += [Fault("cut_answer", 1), Fault("refuse"), Fault("black_hole")]
    source.shuffle(cuts)
    spool = settings.data_directory / "spool"
    process = serve_process(settings)
    with process as server, Worker(settings) as worker:
        port = int(server.url.rpartition(":")[2])
        async with FaultProxy(port, draw=lambda: cuts.pop() if cuts else Fault()) as proxy:
            client = client_of(
                Sending(
                    file=file,
                    origin=proxy.url,
                    token=shelf.tablet.token,
                    # With an id of the client's making, a creation whose answer is lost is made
                    # once.
                    metadata={"version": paper.version, "id": new_id(), "filename": "video.bin"},
                    delays=[50] * 5 + [500] * 60,
                )
            )
            await client.start()
            site = Site(client, proxy, server, worker, stack)
            met = await _mishaps(shelf, paper.version, site)
            said = await client.result()
            assert said["done"], said
            assert not cuts
        await asyncio.to_thread(stack.wait_ready, "objects")
        # Another process works meanwhile: it marks the version, and then lets the spool go.
        while (await shelf.seen(paper.version))["state"] != "stored" or _files(spool):
            # What waits after a failure need not wait here.
            await shelf.service.context.pool.execute("UPDATE upload SET next_attempt_at = now()")
            await asyncio.sleep(0.2)
    assert met == ["server", "client", "objects", "server", "worker"]
    version = await shelf.seen(paper.version)
    assert version["object_sha256"] == wanted
    assert version["stored_bytes"] == SIZE
    assert (await audit(shelf.service.context.pool, shelf.store)).sound
