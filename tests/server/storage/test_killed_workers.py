"""kill -9 of the worker at every step: nothing lost, nothing twice, nothing left over."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING

import httpx
import pytest
from msgspec import structs

from server.settings import settings_environment
from server.storage import Keeper, audit
from tests.server.storage.sender import Sender, recorded
from tests.server.storage.shelf import sha256, some_bytes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.settings import Settings
    from tests.server.storage.shelf import Paper, Shelf

LARGE, SMALL = 11 * 1024 * 1024, 100_000
STEPS = ("taken", "counted", "begun", "part 1", "part 3", "sent", "verified", "marked")
WHOLE_STEPS = ("taken", "counted", "sent", "verified", "marked")
STRAIGHT_STEPS = ("taken", "fetched", "sent", "verified", "marked", "discarded")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Let a dead worker's upload be taken up at once."""
    return structs.replace(
        settings, storage_lease_seconds=1, s3_public_url=settings.s3_endpoint_url
    )


@pytest.fixture
async def workers(settings: Settings) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start what forks workers that die."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.server.storage.worker_process"),
        env={**os.environ, **settings_environment(settings)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    yield process
    assert process.stdin is not None
    process.stdin.close()
    await process.wait()


async def _die(workers: asyncio.subprocess.Process, step: str) -> None:
    """Let a worker begin, and die at the step."""
    assert workers.stdin is not None
    assert workers.stdout is not None
    workers.stdin.write(f"{step}\n".encode())
    while not (line := (await workers.stdout.readline()).decode()).strip().lstrip("-").isdigit():
        assert line, "the forking process ended"
    assert int(line) == -signal.SIGKILL, step


async def test_a_worker_killed_at_each_step_is_followed_by_one_that_finishes(
    shelf: Shelf, workers: asyncio.subprocess.Process
) -> None:
    """Killed once at each step of large and small files, all are stored once, byte-identical."""
    context = shelf.service.context
    sent = {}
    for number, (size, step) in enumerate(
        [(LARGE, one) for one in STEPS] + [(SMALL, one) for one in WHOLE_STEPS]
    ):
        content = some_bytes(size, seed=number)
        paper = await shelf.paper()
        await shelf.send(paper.version, content)
        await _die(workers, step)
        sent[paper] = content
        await context.pool.execute("UPDATE upload SET leased_until = now() - interval '1 s'")
    await _assert_all_are_stored_once(shelf, sent)


async def test_a_worker_killed_with_what_came_straight_is_followed_by_one_that_finishes(
    shelf: Shelf, workers: asyncio.subprocess.Process
) -> None:
    """Killed at each step of files whose parts went to the object store, all are stored once."""
    pool = shelf.service.context.pool
    sent = {}
    async with httpx.AsyncClient(timeout=60) as store:
        sender = Sender(shelf, store)
        for number, step in enumerate(STRAIGHT_STEPS):
            content = some_bytes(SMALL, seed=number)
            paper = await recorded(shelf, content)
            upload = (await sender.must_begin(paper.version, content))["id"]
            await sender.send(upload, content, [1])
            assert (await sender.complete(upload, content)).status_code == 200
            await _die(workers, step)
            sent[paper] = content
            await pool.execute("UPDATE upload SET leased_until = now() - interval '1 s'")
    await _assert_all_are_stored_once(shelf, sent)
    assert not list(shelf.store.keys("incoming/"))


async def _assert_all_are_stored_once(shelf: Shelf, sent: dict[Paper, bytes]) -> None:
    """Let a worker finish; assert that all is there, once, and that nothing is left over."""
    settings, context = shelf.service.settings, shelf.service.context
    while await context.pool.fetchval(
        "SELECT count(*) FROM upload WHERE state IN ('queued', 'storing')"
    ):
        await shelf.drain()
    for paper, content in sent.items():
        version = await shelf.seen(paper.version)
        assert version["state"] == "stored"
        assert version["object_sha256"] == sha256(content)
        assert await shelf.content(paper.version) == content
    keeper = Keeper(settings, context.pool, context.intake, shelf.store)
    await keeper.sweep()
    found = await audit(context.pool, shelf.store)
    assert found.sound, found
    assert found.objects == len(sent)
    assert not list(shelf.worker()._spool.uploads())
    use = await context.pool.fetchval("SELECT bytes FROM storage_use")
    assert use == sum(map(len, sent.values()))


async def test_two_workers_store_each_upload_once(shelf: Shelf) -> None:
    """Side by side, each of many uploads is taken by one, and each of few contents sent once."""
    papers = []
    for number in range(12):
        paper = await shelf.paper()
        await shelf.send(paper.version, some_bytes(SMALL, seed=number % 3))
        papers.append(paper)
    steps: list[str] = []
    workers = [shelf.worker(steps.append) for _ in range(3)]

    async def work(index: int) -> None:
        idle = 0
        while idle < 4:
            idle = 0 if await workers[index].store_next() else idle + 1
            if idle:
                await asyncio.sleep(0.5)

    await asyncio.gather(*(work(index) for index in range(3)))
    for paper in papers:
        assert (await shelf.seen(paper.version))["state"] == "stored"
    assert steps.count("marked") == len(papers)
    assert steps.count("sent") == 3
    assert (await audit(shelf.service.context.pool, shelf.store)).sound


async def test_the_versions_of_a_document_are_stored_in_their_order(shelf: Shelf) -> None:
    """The second waits while the first waits for its next attempt; another document does not."""
    document = await shelf.document()
    first, second = await shelf.version(document), await shelf.version(document)
    other = await shelf.paper()
    for number, version in enumerate((first, second, other.version)):
        await shelf.send(version, some_bytes(SMALL, seed=number))
    pool = shelf.service.context.pool
    await pool.execute(
        "UPDATE upload SET next_attempt_at = now() + interval '1 hour' WHERE version_id = $1", first
    )
    await shelf.drain()
    states = [(await shelf.seen(one))["state"] for one in (first, second, other.version)]
    assert states == ["received", "received", "stored"]
    await pool.execute("UPDATE upload SET next_attempt_at = now()")
    await shelf.drain()
    assert (await shelf.seen(document))["version_id"] == second
    assert [(await shelf.seen(one))["number"] for one in (first, second)] == [1, 2]
