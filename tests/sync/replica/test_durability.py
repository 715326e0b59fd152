"""What is saved stays saved: kill -9, several processes, a full disk."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sync.replica import Edit, Replica, StorageFullError, synchronise
from tests.sync.replica.conftest import change, new_project, new_task
from tests.sync.replica.faulty_transport import FaultyTransport

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sync.changes import PullRequest, PullResponse, PushRequest, PushResponse
    from tests.sync.replica.conftest import Bench

ROOT = Path(__file__).resolve().parents[3]
FOREVER = 1_000_000


def start_writer(path: Path, task: str, count: int) -> subprocess.Popen[str]:
    """Start a process that saves entries."""
    return subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "tests.sync.replica.writer_process", str(path), task, str(count)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("said_before", [1, 7, 40])
async def test_kill_9_loses_no_entry_that_was_saved(bench: Bench, said_before: int) -> None:
    """Everything that `edit` returned for is in the file of a process killed while writing."""
    ann = bench.replica("ann")
    project, _ = new_project(ann)
    task = new_task(ann, project)
    ann.close()
    with start_writer(bench.folder / "ann.sqlite", task, FOREVER) as writer:
        assert writer.stdout is not None
        said = [int(writer.stdout.readline()) for _ in range(said_before)]
        writer.kill()
        said += [int(line) for line in writer.stdout.read().split() if line]

    ann = bench.reopen("ann")
    held = [entry.counter for entry in ann.waiting()]
    assert held == list(range(1, len(held) + 1))
    assert set(said) <= set(held)
    shown = ann.row(task)
    assert shown is not None
    assert shown.values["hours_spent_minutes"] == len(held) - 2
    await bench.sync("ann")
    merged = bench.server.state.rows[task].row.values["hours_spent_minutes"]
    assert merged == len(held) - 2


async def test_two_processes_share_a_file(bench: Bench) -> None:
    """Two processes write to one file while a third synchronises it: nothing is lost or doubled."""
    ann = bench.replica("ann")
    project, scope = new_project(ann)
    task = new_task(ann, project)
    await bench.sync("ann")
    path = bench.folder / "ann.sqlite"
    other = Replica.open(path, clock=bench.clock, random=bench.random.randbytes)
    writers = [start_writer(path, task, 25) for _ in range(2)]
    while any(writer.poll() is None for writer in writers):
        change(other, task, progress=1)
        await bench.sync("ann")
    for writer in writers:
        assert writer.stdout is not None
        assert len(writer.stdout.read().split()) == 25
        writer.stdout.close()
        assert writer.returncode == 0

    await bench.sync("ann")
    counters = [entry.counter for entry in other.retained()]
    assert counters == list(range(1, len(counters) + 1))
    assert bench.server.last_counter(ann.identity().replica) == len(counters)
    # Both read the same total before they add to it: what counts is that every delta arrived.
    merged = [counter for _, counter in bench.server.merged]
    assert merged == counters
    assert other.checksum(scope) == bench.server.checksum(scope)
    other.close()


def fill_the_disk(replica: Replica, room_pages: int) -> None:
    """Leave a replica's file room for only so many pages more."""
    with replica.database.reading() as connection:
        used = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {used + room_pages}")


def test_a_full_disk_says_so_and_loses_nothing(bench: Bench) -> None:
    """With no space left the entry is refused clearly, and what was saved before is all there."""
    ann = bench.replica("ann")
    project, _ = new_project(ann)
    task = new_task(ann, project)
    fill_the_disk(ann, room_pages=20)
    saved = 0

    def save_more() -> None:
        nonlocal saved
        while True:
            change(ann, task, name=f"{saved:<400}")
            saved += 1

    with pytest.raises(StorageFullError, match="disk is full"):
        save_more()
    assert saved > 0
    assert len(ann.waiting()) == saved + 2

    ann = bench.reopen("ann")
    shown = ann.row(task)
    assert shown is not None
    assert shown.values["name"] == f"{saved - 1:<400}"
    change(ann, task, name="encore")
    assert [entry.counter for entry in ann.waiting()] == list(range(1, saved + 4))


async def test_a_disk_that_fills_in_mid_synchronisation_loses_nothing(bench: Bench) -> None:
    """Answers and rows that could not be stored come again once there is space, merged once."""
    ann, ben = bench.replica("ann"), bench.replica("ben")
    project, scope = new_project(ben)
    task = new_task(ben, project, hours_spent_minutes=0)
    await bench.sync("ben")
    # Answers with a long reason need room in the file.
    bench.server.forbidden.add("task.forbidden")
    change(ben, task, hours_spent_minutes=1)
    for _ in range(30):
        ben.edit("task.forbidden", [Edit("task", task, after={"name": "x" * 400})])
    fill_the_disk(ben, room_pages=0)
    with pytest.raises(StorageFullError):
        await bench.sync("ben")
    assert len(ben.waiting()) == 31
    ben = bench.reopen("ben")
    report = await bench.sync("ben")
    assert (report.complete, report.duplicates, len(ben.rejections())) == (True, 31, 30)
    assert bench.server.state.rows[task].row.values["hours_spent_minutes"] == 1

    fill_the_disk(ann, room_pages=0)
    for _ in range(30):
        new_task(ben, project, name="y" * 400)
    await bench.sync("ben")
    with pytest.raises(StorageFullError):
        await bench.sync("ann")
    assert ann.cursor() == {}
    ann = bench.reopen("ann")
    report = await bench.sync("ann")
    assert report.complete
    assert ann.checksum(scope) == bench.server.checksum(scope)


class Meanwhile(FaultyTransport):
    """Lets something happen between the server's answer and its arrival."""

    happens: Callable[[], Awaitable[object]] | None = None

    async def push(self, request: PushRequest) -> PushResponse:
        """Send change sets."""
        answer = await super().push(request)
        await self._happen()
        return answer

    async def pull(self, request: PullRequest) -> PullResponse:
        """Fetch what changed."""
        answer = await super().pull(request)
        await self._happen()
        return answer

    async def _happen(self) -> None:
        happens, self.happens = self.happens, None
        if happens is not None:
            await happens()


@pytest.mark.parametrize("waits", [True, False])
async def test_two_processes_synchronise_one_file_at_once(bench: Bench, *, waits: bool) -> None:
    """A page or an answer that another process has overtaken changes nothing any more."""
    ann, ben = bench.replica("ann"), bench.replica("ben")
    project, scope = new_project(ann)
    task = new_task(ann, project, hours_spent_minutes=0)
    await bench.sync("ann")
    await bench.sync("ben")
    change(ben, task, hours_spent_minutes=1)
    await bench.sync("ben")
    other = Replica.open(
        bench.folder / "ann.sqlite", clock=bench.clock, random=bench.random.randbytes
    )
    if waits:
        change(ann, task, hours_spent_minutes=4)

    async def overtake() -> None:
        change(ben, task, hours_spent_minutes=17)
        await bench.sync("ben")
        report = await synchronise(other, FaultyTransport(bench.server, "ada"))
        assert report.complete

    transport = Meanwhile(bench.server, "ada")
    transport.happens = overtake
    report = await synchronise(ann, transport)
    assert report.complete
    total = bench.server.state.rows[task].row.values["hours_spent_minutes"]
    assert total == (21 if waits else 17)
    shown = ann.row(task)
    assert shown is not None
    assert (shown.values["hours_spent_minutes"], shown.state) == (total, "confirmed")
    assert ann.checksum(scope) == bench.server.checksum(scope)
    other.close()
