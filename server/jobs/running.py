"""A clocked job as data, and when it runs: at most once a slot, caught up after an absence.

PostgreSQL remembers up to when each job's slots are done. Slots missed while nothing ran count as
one: the job runs once and the memory moves to now. A job that fails or dies half-way leaves the
memory where it was, so it is run again; jobs are written so that this does no harm.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec
import structlog
from apscheduler.triggers.cron import CronTrigger
from msgspec import Struct, structs

from server.feed.live import LiveHub
from server.intake import Intake
from server.rules import rules
from server.storage import ObjectStore
from server.store import open_pool

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping

    from server.settings import Settings

log = structlog.get_logger()

JOB_LOCK = 21
"""First number of the advisory lock that a job holds while it runs; the second is its name's."""

POOL_SIZE_MIN = 4
"""A job works beside the connection that holds its lock."""

RETRY_SECONDS_MIN = 5.0
RETRY_SECONDS_MAX = 600.0

_LOCK = "SELECT pg_try_advisory_lock($1, hashtext($2))"
_UNLOCK = "SELECT pg_advisory_unlock($1, hashtext($2))"
_READ = "SELECT slot FROM job_run WHERE name = $1"
_DONE = """
    INSERT INTO job_run (name, slot, started_at, finished_at, failures, detail)
    VALUES ($1, $2, $3, now(), 0, $4::text::jsonb)
    ON CONFLICT (name) DO UPDATE SET slot = excluded.slot, started_at = excluded.started_at,
        finished_at = excluded.finished_at, failures = 0, detail = excluded.detail
"""
_FAILED = """
    INSERT INTO job_run (name, slot, started_at, finished_at, failures, detail)
    VALUES ($1, 'epoch', $2, now(), 1, $3::text::jsonb)
    ON CONFLICT (name) DO UPDATE SET started_at = excluded.started_at,
        finished_at = excluded.finished_at, failures = job_run.failures + 1,
        detail = excluded.detail
"""


class JobContext(Struct, frozen=True):
    """What jobs work with."""

    settings: Settings
    pool: asyncpg.Pool
    intake: Intake
    wall_ms: Callable[[], int]
    store: ObjectStore
    end_sessions: Callable[[Iterable[str]], None]
    """Tells the servers of sessions that ended, so that their live connections close."""

    def now(self) -> dt.datetime:
        """Return the wall clock's time."""
        return dt.datetime.fromtimestamp(self.wall_ms() / 1000, tz=dt.UTC)


class Job(Struct, frozen=True):
    """One clocked job."""

    name: str
    cron: Mapping[str, str]
    """When it runs, as fields of APScheduler's CronTrigger, in UTC."""
    run: Callable[[JobContext], Awaitable[Mapping[str, Any]]]
    """Does the work, any number of times without harm; returns what it did, for the record."""

    def trigger(self) -> CronTrigger:
        """Return the trigger."""
        return CronTrigger(timezone=dt.UTC, **self.cron)

    def next_slot(self, done: dt.datetime) -> dt.datetime:
        """Return the first slot after those that are done."""
        after = done + dt.timedelta(microseconds=1)
        slot: dt.datetime = self.trigger().get_next_fire_time(None, after)
        return slot


@asynccontextmanager
async def open_context(settings: Settings, wall_ms: Callable[[], int]) -> AsyncIterator[JobContext]:
    """Open what jobs work with; merges they make are announced like any other."""
    size = max(settings.database_pool_size_max, POOL_SIZE_MIN)
    pool = await open_pool(structs.replace(settings, database_pool_size_max=size))
    hub = LiveHub(settings.redis_url)
    intake = Intake(pool, rules(settings), settings, announce=hub.announce, wall_ms=wall_ms)
    store = ObjectStore(settings)
    await hub.start()
    try:
        yield JobContext(settings, pool, intake, wall_ms, store, hub.end_sessions)
    finally:
        store.close()
        await intake.close()
        await hub.stop()
        pool.terminate()


async def run_if_due(context: JobContext, job: Job, *, always: bool = False) -> bool:
    """Run a job if a slot of it is not done yet, and nobody else is running it.

    Args:
        context: what it works with.
        job: the job.
        always: run it whatever its slots say: a person asks for it.

    Returns whether it ran. Raises what the job raises, after keeping it for the record.

    """
    async with context.pool.acquire() as connection:
        if not await connection.fetchval(_LOCK, JOB_LOCK, job.name):
            return False
        try:
            done = await connection.fetchval(_READ, job.name)
            now = context.now()
            if not always and done is not None and job.next_slot(done) > now:
                return False
            await _run(context, job, now)
        finally:
            # With the connection gone, so is the lock.
            with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                await connection.execute(_UNLOCK, JOB_LOCK, job.name)
    return True


async def _run(context: JobContext, job: Job, now: dt.datetime) -> None:
    try:
        detail = await job.run(context)
    except Exception as error:
        with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            await context.pool.execute(_FAILED, job.name, now, _json({"error": repr(error)}))
        raise
    await context.pool.execute(_DONE, job.name, now, now, _json(detail))
    log.info("job_done", job=job.name, **detail)


def _json(detail: Mapping[str, Any]) -> str:
    return msgspec.json.encode(detail).decode()


async def attend(context: JobContext, job: Job) -> None:
    """Run a job that is due; while it fails, try again with growing pauses."""
    pause = RETRY_SECONDS_MIN
    while True:
        try:
            await run_if_due(context, job)
        except Exception:
            log.exception("job_failed", job=job.name, retry_seconds=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, RETRY_SECONDS_MAX)
        else:
            return
