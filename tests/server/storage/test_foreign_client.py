"""A client that no one here wrote, over a link that breaks, to servers that are killed."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import httpx
import msgspec
from msgspec import structs

from server.settings import settings_environment
from server.storage import audit
from tests.serving import new_id, serve_process
from tests.simulation.fault_proxy import Fault, FaultProxy

if TYPE_CHECKING:
    from server.settings import Settings
    from server.stack import Stack
    from tests.server.storage.shelf import Shelf
    from tests.serving import Process

MEGABYTE = 1024 * 1024
SIZE = 200 * MEGABYTE
CHUNK = 24 * MEGABYTE
HERE = Path(__file__).resolve().parent / "tus"
ROOT = HERE.parents[3]
PACKAGES = ROOT / ".venv" / "tus"
NODE = Path(sys.executable).with_name("node")


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


class Client:
    """tus-js-client in a Node of its own."""

    def __init__(self, **settings: Any) -> None:
        self._settings = msgspec.json.encode({"packages": str(PACKAGES), **settings}).decode()
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Begin, or go on from what it remembers."""
        assert PACKAGES.joinpath("installed.json").exists(), "run ops/test once: it installs tus"
        self._process = await asyncio.create_subprocess_exec(
            str(NODE), str(HERE / "upload.mjs"), self._settings, stdout=subprocess.PIPE
        )

    async def kill(self) -> None:
        """End it with SIGKILL."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def result(self) -> dict[str, Any]:
        """Wait for its end; return what it says."""
        assert self._process is not None
        said, _ = await self._process.communicate()
        found: dict[str, Any] = msgspec.json.decode(said.splitlines()[-1])
        return found

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self._process is not None and self._process.returncode is not None


class Site(msgspec.Struct):
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


async def test_two_hundred_megabytes_arrive_whole_over_a_link_that_is_cut(
    shelf: Shelf, settings: Settings, object_stack: Stack, tmp_path: Path
) -> None:
    """Cut at random offsets, servers killed, the client killed, S3 restarted: byte-identical."""
    settings = structs.replace(settings, storage_lease_seconds=2)
    file = tmp_path / "video.bin"
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
            client = Client(
                file=str(file),
                size=SIZE,
                chunk=CHUNK,
                endpoint=f"{proxy.url}/api/storage/uploads",
                token=shelf.tablet.token,
                # With an id of the client's making, a creation whose answer is lost is made once.
                metadata={"version": paper.version, "id": new_id(), "filename": "video.bin"},
                memory=str(tmp_path / "address"),
                delays=[50] * 5 + [500] * 60,
                during=False,
            )
            await client.start()
            site = Site(client, proxy, server, worker, object_stack)
            met = await _mishaps(shelf, paper.version, site)
            said = await client.result()
            assert said["done"], said
            assert not cuts
        await asyncio.to_thread(object_stack.wait_ready, "objects")
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


async def test_eight_large_uploads_at_once_leave_a_server_small(
    shelf: Shelf, settings: Settings
) -> None:
    """While eight 200 MB uploads run, a server process stays under 150 MB."""
    papers = [await shelf.paper(size_bytes=SIZE) for _ in range(8)]
    piece = bytes(256 * 1024)

    async def body() -> Any:
        for _ in range(SIZE // len(piece)):
            yield piece

    with serve_process(settings) as server:
        began = [await shelf.begin(one.version, SIZE) for one in papers]

        async def send(path: str) -> int:
            headers = shelf.headers(
                upload_offset=0,
                content_type="application/offset+octet-stream",
                content_length=SIZE,
            )
            async with httpx.AsyncClient(timeout=300) as client:
                answer = await client.patch(server.url + path, headers=headers, content=body())
            return answer.status_code

        codes = await asyncio.gather(*(send(one.headers["location"]) for one in began))
        peaks = _peaks(server)
    assert codes == [204] * 8
    assert max(peaks) < 150 * MEGABYTE, [one // MEGABYTE for one in peaks]


def _peaks(server: Process) -> list[int]:
    """Return the most memory that each process of a server ever held, in bytes."""
    assert server._process is not None
    first = server._process.pid
    children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    lines = [
        line
        for pid in (str(first), *children)
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
    ]
    return [int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")]
