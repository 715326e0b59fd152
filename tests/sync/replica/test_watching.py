"""The loop that stays up to date: woken by pokes and by edits, patient with a broken link."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from sync.replica import LoginNeededError, Rhythm, SyncReport, watch
from tests.sync.replica.conftest import change, new_project, new_task

if TYPE_CHECKING:
    from tests.sync.replica.conftest import Bench


class Pauses:
    """Sleeps that end when the test says so, and remember how long they were meant to be."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.release = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        """Wait until released."""
        self.asked.append(seconds)
        await self.release.wait()
        await asyncio.sleep(0)


async def test_an_edit_and_a_poke_wake_the_loop(bench: Bench) -> None:
    """A local edit and a poke beyond the cursor each cause a synchronisation."""
    ann, ben = bench.replica("ann"), bench.replica("ben")
    project, _ = new_project(ann)
    task = new_task(ann, project)
    reports: asyncio.Queue[SyncReport] = asyncio.Queue()
    woken = asyncio.Event()
    pauses = Pauses()
    watching = asyncio.create_task(
        watch(
            ann,
            bench.transports["ann"],
            jitter=lambda: 0.5,
            on_report=reports.put_nowait,
            woken=woken,
            sleep=pauses,
        )
    )
    assert (await reports.get()).pushed == 2
    change(ann, task, progress=1)
    woken.set()
    assert (await reports.get()).pushed == 1

    await bench.sync("ben")
    change(ben, task, progress=2)
    await bench.sync("ben")
    heads = dict(bench.server.state.heads)
    bench.transports["ann"].heads.append(heads)
    pauses.release.set()
    while (await reports.get()).pulled_rows == 0:
        pass
    shown = ann.row(task)
    assert shown is not None
    assert shown.values["progress"] == 2
    watching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watching


async def test_a_broken_link_is_tried_less_and_less(bench: Bench) -> None:
    """Waits double up to the most, spread by the jitter, and an expired login ends the watch."""
    bench.replica("ann")
    transport = bench.transports["ann"]
    transport.plan.extend(("cut_before",) * 6)
    transport.plan.append("login")
    reports: list[SyncReport] = []
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(0)

    with pytest.raises(LoginNeededError):
        await watch(
            bench.replicas["ann"],
            transport,
            jitter=lambda: 0.5,
            on_report=reports.append,
            rhythm=Rhythm(backoff_seconds_min=1, backoff_seconds_max=8),
            sleep=sleep,
        )
    assert len(reports) == 6
    assert all(report.error is not None for report in reports)
    assert {1.0, 3.0, 7.0} <= set(waits)
    assert max(waits) <= 8


async def test_files_go_beside_the_rows_one_pass_at_a_time(bench: Bench) -> None:
    """A pass of files begins when the rows have gone, holds up none of them, and never doubles."""
    ann = bench.replica("ann")
    project, _ = new_project(ann)
    reports: asyncio.Queue[SyncReport] = asyncio.Queue()
    woken, release = asyncio.Event(), asyncio.Event()
    passes: list[SyncReport] = []

    async def send() -> None:
        passes.append(SyncReport())
        await release.wait()

    watching = asyncio.create_task(
        watch(
            ann,
            bench.transports["ann"],
            jitter=lambda: 0.5,
            on_report=reports.put_nowait,
            woken=woken,
            sleep=Pauses(),
            send=send,
        )
    )
    assert (await reports.get()).pushed == 1
    for _ in range(2):
        new_task(ann, project)
        woken.set()
        assert (await reports.get()).pushed == 1
    assert len(passes) == 1
    release.set()
    new_task(ann, project)
    woken.set()
    await reports.get()
    await asyncio.sleep(0)
    assert len(passes) == 2
    watching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watching
