"""A client that no one here wrote, over a link that breaks, to servers that are killed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest

from tests.server.storage.breaking import (
    CHUNK,
    MEGABYTE,
    PACKAGES,
    SIZE,
    Sending,
    assert_arrives_whole,
)
from tests.serving import serve_process

if TYPE_CHECKING:
    from server.settings import Settings
    from server.stack import Stack
    from tests.server.storage.shelf import Shelf
    from tests.serving import Process

HERE = Path(__file__).resolve().parent / "tus"
NODE = Path(sys.executable).with_name("node")


class NodeClient:
    """tus-js-client in a Node of its own."""

    def __init__(self, sending: Sending, memory: Path) -> None:
        settings = {
            "packages": str(PACKAGES),
            "file": str(sending.file),
            "size": SIZE,
            "chunk": CHUNK,
            "endpoint": sending.endpoint,
            "token": sending.token,
            "metadata": sending.metadata,
            "memory": str(memory),
            "delays": sending.delays,
            "during": False,
        }
        self._settings = msgspec.json.encode(settings).decode()
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


@pytest.mark.timeout(600)
async def test_two_hundred_megabytes_arrive_whole_over_a_link_that_is_cut(
    shelf: Shelf, settings: Settings, object_stack: Stack, tmp_path: Path
) -> None:
    """Cut at random offsets, servers killed, the client killed, S3 restarted: byte-identical."""
    await assert_arrives_whole(
        shelf,
        settings,
        object_stack,
        tmp_path,
        lambda sending: NodeClient(sending, tmp_path / "address"),
    )


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
