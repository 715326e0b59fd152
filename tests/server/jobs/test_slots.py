"""A job runs once a slot: on time, late, again after a failure, and never beside itself."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from server.jobs import JOBS, Job, JobContext, open_context, run_if_due, run_job
from tests.server.site import DAY, NOON, Clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from server.settings import Settings

MINUTE = 60_000


class Worked:
    """A job's work that counts itself."""

    def __init__(self) -> None:
        self.times = 0
        self.fails = False

    async def __call__(self, _: JobContext) -> Mapping[str, Any]:
        """Count, or fail."""
        if self.fails:
            raise OSError("the disk is away")
        self.times += 1
        return {"times": self.times}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def context(settings: Settings, clock: Clock) -> AsyncIterator[JobContext]:
    async with open_context(settings, clock) as context:
        yield context


async def test_a_slot_runs_once_and_missed_slots_count_as_one(
    context: JobContext, clock: Clock
) -> None:
    """At its slot it runs once; after three days away once more, not three hundred times."""
    work = Worked()
    job = Job("quarter", {"minute": "*/15"}, work)
    assert await run_if_due(context, job)
    for later, runs in (
        (0, 1),
        (14, 1),
        (15, 2),
        (16, 2),
        (3 * 24 * 60 + 16, 3),
        (3 * 24 * 60 + 17, 3),
    ):
        clock.now_ms = NOON + later * MINUTE
        await run_if_due(context, job)
        assert work.times == runs, later


async def test_a_failed_run_is_kept_and_tried_again(context: JobContext, clock: Clock) -> None:
    """A failure leaves the slot open, is counted and explained; success closes it."""
    work = Worked()
    job = Job("nightly", {"hour": "1", "minute": "10"}, work)
    assert await run_if_due(context, job)
    clock.now_ms += DAY
    work.fails = True
    for _ in range(2):
        with pytest.raises(OSError, match="disk"):
            await run_if_due(context, job)
    kept = await context.pool.fetch("SELECT failures, detail->>'error' FROM job_run")
    assert [tuple(one) for one in kept] == [(2, "OSError('the disk is away')")]
    work.fails = False
    assert await run_if_due(context, job)
    assert not await run_if_due(context, job)
    kept = await context.pool.fetch("SELECT failures, slot FROM job_run")
    assert [tuple(one) for one in kept] == [(0, context.now())]


async def test_a_job_never_runs_beside_itself(context: JobContext) -> None:
    """While one process runs a job, another that thinks it due leaves it alone."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_: JobContext) -> Mapping[str, Any]:
        begun.set()
        await go_on.wait()
        return {}

    job = Job("slow", {"minute": "*"}, slow)
    first = asyncio.create_task(run_if_due(context, job))
    await begun.wait()
    assert not await run_if_due(context, job, always=True)
    go_on.set()
    assert await first


async def test_slots_are_in_utc_and_strictly_after_what_is_done() -> None:
    """A slot that is done exactly on time is followed by the next one, not by itself."""
    job = Job("nightly", {"hour": "1", "minute": "10"}, Worked())
    done = dt.datetime(2026, 3, 29, 1, 10, tzinfo=dt.UTC)
    assert job.next_slot(done) == done + dt.timedelta(days=1)
    assert job.next_slot(done - dt.timedelta(seconds=1)) == done


@pytest.mark.parametrize("name", [job.name for job in JOBS])
async def test_every_job_runs_on_an_empty_installation(settings: Settings, name: str) -> None:
    """Each job of ours runs at once when a person asks for it, and leaves a record."""
    assert await run_job(settings, name, wall_ms=Clock())
    assert await run_job(settings, name, wall_ms=Clock())


async def test_an_unknown_job_is_refused(settings: Settings) -> None:
    """Asking for a job that does not exist says so."""
    with pytest.raises(LookupError, match="tea"):
        await run_job(settings, "tea")
