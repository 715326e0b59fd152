"""The scheduler process: runs the clocked jobs, if it leads."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from typing import TYPE_CHECKING

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from server.jobs.clocked import JOBS
from server.jobs.leading import lead
from server.jobs.running import attend, open_context, run_if_due

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from server.jobs.running import Job, JobContext
    from server.settings import Settings


def wall_milliseconds() -> int:
    """Return the wall clock in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


async def run_scheduler(
    settings: Settings,
    *,
    jobs: Sequence[Job] = JOBS,
    wall_ms: Callable[[], int] = wall_milliseconds,
) -> None:
    """Run the clocked jobs until cancelled; of any number of such processes one leads.

    Args:
        settings: all that can be set.
        jobs: what to run.
        wall_ms: the clock that says whether a job's slot has come.

    """
    if settings.database_url is None:
        raise RuntimeError("no database: DERRICK_DATABASE_URL is not set and no stack was started")
    # Its own lines say nothing that ours do not.
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    async with open_context(settings, wall_ms) as context:
        await lead(settings.database_url, lambda: run_jobs(context, jobs))


async def run_jobs(context: JobContext, jobs: Sequence[Job]) -> None:
    """Run jobs at their slots until cancelled; first those whose slots were missed."""
    busy: set[str] = set()

    async def attend_once(job: Job) -> None:
        busy.add(job.name)
        try:
            await attend(context, job)
        finally:
            busy.discard(job.name)

    async with asyncio.TaskGroup() as group:

        async def wake(job: Job) -> None:
            if job.name not in busy:
                group.create_task(attend_once(job))

        scheduler = AsyncIOScheduler(timezone=dt.UTC)
        for job in jobs:
            scheduler.add_job(
                wake, job.trigger(), args=[job], id=job.name, coalesce=True, misfire_grace_time=None
            )
            await wake(job)
        scheduler.start()
        try:
            await asyncio.Event().wait()
        finally:
            scheduler.shutdown(wait=False)


async def run_job(
    settings: Settings, name: str, *, wall_ms: Callable[[], int] = wall_milliseconds
) -> bool:
    """Run one job now, whatever its slots say; return whether it ran, or was running already.

    Raises LookupError for an unknown name, and what the job raises.
    """
    found = [job for job in JOBS if job.name == name]
    if not found:
        raise LookupError(f"there is no job named {name}")
    async with open_context(settings, wall_ms) as context:
        return await run_if_due(context, found[0], always=True)
