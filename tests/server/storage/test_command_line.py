"""`derrick replica attach`, `files`, `download` and `sync --watch`, against a real server."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.server.cli.replica_desk import Desk, token_of
from tests.server.cli.running import environment
from tests.server.storage.shelf import sha256, some_bytes
from tests.serving import serve_process, task_created

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from server.settings import Settings
    from tests.server.storage.shelf import Shelf
    from tests.serving import Process

SECONDS_MAX = 60


class Laptop:
    """A desk beside a server that runs in this process: each command in a thread of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._desk = Desk(path)

    async def must(self, *arguments: str) -> str:
        """Run a subcommand that must succeed, and return what it prints."""
        return await asyncio.to_thread(self._desk.must, *arguments)

    async def json(self, *arguments: str) -> Any:
        """Run a subcommand for programs, and return what it gives."""
        return await asyncio.to_thread(self._desk.json, *arguments)

    async def fails(self, *arguments: str) -> tuple[int, str]:
        """Run a subcommand that must fail; return its exit status and its sentence."""
        return await asyncio.to_thread(self._desk.fails, *arguments)


@pytest.fixture
def server(settings: Settings) -> Iterator[Process]:
    with serve_process(settings) as started:
        yield started


@pytest.fixture
async def desks(shelf: Shelf, server: Process, tmp_path: Path) -> tuple[Laptop, Laptop]:
    """Give the crew's tablet and the chief a laptop each, filled, with a task on it."""
    await shelf.chief.must(task_created(shelf.project, code="T-10"))
    made = Laptop(tmp_path / "crew.sqlite"), Laptop(tmp_path / "chief.sqlite")
    for desk, tablet in zip(made, (shelf.tablet, shelf.chief), strict=True):
        await desk.must("init", "--server", server.url, "--token", tablet.token)
    return made


def _file(tmp_path: Path, name: str, size: int, seed: int = 1) -> Path:
    path = tmp_path / name
    path.write_bytes(some_bytes(size, seed))
    return path


async def test_a_file_attached_offline_is_sent_and_fetched_by_another(
    shelf: Shelf, desks: tuple[Laptop, Laptop], tmp_path: Path
) -> None:
    """Given to a task, listed while it waits, sent after the rows, fetched by another, once."""
    crew, chief = desks
    photo = _file(tmp_path, "vanne.bin", 300_000)
    content = photo.read_bytes()
    said = await crew.must("attach", str(photo), "--to", "T-10", "--purpose", "photo_before")
    assert "vanne.bin est gardé ici" in said
    photo.unlink()
    (waiting,) = await crew.json("files")
    assert (waiting["file_name"], waiting["sent"], waiting["state"]) == ("vanne.bin", 0, "waiting")
    assert "0/300000" in await crew.must("files")
    await crew.must("sync")
    assert await crew.json("files") == []
    await shelf.drain()
    await chief.must("pull")
    (document,) = await chief.json("list", "document")
    assert document["values"]["title"] == "vanne.bin"
    (link,) = await chief.json("list", "document_link")
    assert link["values"]["purpose"] == "photo_before"
    target = tmp_path / "fetched.bin"
    said = await chief.must("download", document["row"], "--output", str(target))
    assert str(target) in said
    assert target.read_bytes() == content
    # What was fetched once needs no link.
    target.unlink()
    chief.path.with_name(chief.path.name + ".token").write_text(token_of())
    again = await chief.json("download", document["row"], "--output", str(target))
    assert again["path"] == str(target)
    assert target.read_bytes() == content


async def test_a_second_version_says_why(
    shelf: Shelf, desks: tuple[Laptop, Laptop], tmp_path: Path
) -> None:
    """A new version of a document is the newest once stored; each is fetched by its own id."""
    crew, chief = desks
    first, second = _file(tmp_path, "plan.bin", 1000), _file(tmp_path, "plan2.bin", 1000, 2)
    made = await crew.json("attach", str(first), "--title", "Plan de pose")
    await crew.must("sync")
    await shelf.drain()
    why = ("--comment", "Vanne déplacée")
    newer = await crew.json("attach", str(second), "--version-of", made["document"], *why)
    assert newer["document"] == made["document"]
    await crew.must("sync")
    await shelf.drain()
    await chief.must("pull")
    target = tmp_path / "out.bin"
    for row, wanted in ((made["document"], second), (made["version"], first)):
        await chief.must("download", row, "--output", str(target))
        assert target.read_bytes() == wanted.read_bytes()
    versions = {one["row"]: one["values"] for one in await chief.json("list", "document_version")}
    assert versions[newer["version"]]["comment"] == "Vanne déplacée"
    assert [versions[one["version"]]["number"] for one in (made, newer)] == [1, 2]


async def test_what_cannot_be_is_told_in_words(
    shelf: Shelf, desks: tuple[Laptop, Laptop], tmp_path: Path
) -> None:
    """No such file, row or content; a program is refused and stays in sight, others go on."""
    crew, _ = desks
    assert (await crew.fails("attach", str(tmp_path / "none.bin")))[0] == 2
    lost = ("--to", "T-99")
    assert (await crew.fails("attach", str(_file(tmp_path, "a.bin", 10)), *lost))[0] == 1
    assert await crew.json("files") == []
    bad = tmp_path / "photo.jpg"
    bad.write_bytes(b"MZ" + bytes(5000))
    await crew.must("attach", str(bad))
    good = await crew.json("attach", str(_file(tmp_path, "b.bin", 10)))
    assert "pas encore arrivé" in (await crew.fails("download", good["document"]))[1]
    await crew.must("sync")
    (left,) = await crew.json("files")
    assert (left["state"], left["problem"]) == ("refused", "file_type_refused")
    assert "file_type_refused" in await crew.must("files")
    assert await shelf.drain() == 1


async def test_watching_carries_files_too(
    shelf: Shelf, desks: tuple[Laptop, Laptop], tmp_path: Path
) -> None:
    """`sync --watch` sends rows, then files; ended by a signal, it leaves nothing behind."""
    crew, _ = desks
    made = await crew.json("attach", str(_file(tmp_path, "vanne.bin", 400_000)), "--to", "T-10")
    watching = subprocess.Popen(  # noqa: ASYNC220 - a command of its own, for its signals
        [sys.executable, "-m", "server.cli", "replica", "sync", "--watch"],
        env=environment({"DERRICK_REPLICA": str(crew.path)}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        async with asyncio.timeout(SECONDS_MAX):
            while await crew.json("files"):  # noqa: ASYNC110 - another process sends them
                await asyncio.sleep(0.2)
        watching.terminate()
        said, errors = await asyncio.to_thread(watching.communicate, timeout=20)
    finally:
        watching.kill()
    assert "Traceback" not in errors, errors
    assert "vanne.bin: 400000/400000 (100 %)" in errors
    assert said
    await shelf.drain()
    version = await shelf.seen(made["version"])
    assert version["object_sha256"] == sha256(some_bytes(400_000))
    assert list(crew.path.with_name(crew.path.name + ".files").iterdir()) == []
