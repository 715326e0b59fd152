"""The worker process: works through queues, each at least once, until it is told to stop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog
from msgspec import Struct

from server.alerts import check_watches_next, deliver_notices, recheck_next
from server.jobs.running import JobContext, open_context
from server.jobs.scheduler import wall_milliseconds
from server.messaging import deliver, open_carriers
from server.projects import recompute_next
from server.reports import make_next
from server.storage import Drain, draw_next
from server.users import letter_openers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from server.settings import Settings

log = structlog.get_logger()

IDLE_SECONDS = 1.0
PAUSE_SECONDS_MAX = 60.0


class Queue(Struct, frozen=True):
    """Work that waits in the database."""

    name: str
    work: Callable[[JobContext], Awaitable[bool]]
    """Take one piece and do it; return False when nothing waited."""


async def deliver_letters(context: JobContext) -> bool:
    """Send the messages to people that are due."""
    carriers = open_carriers(context.settings)
    try:
        return await deliver(
            context.pool,
            context.settings,
            carriers,
            letter_openers(context.settings),
            context.now(),
        )
    finally:
        for carrier in carriers.values():
            await carrier.close()


async def store_upload(context: JobContext) -> bool:
    """Send the upload whose turn it is to the object store."""
    return await Drain(context.settings, context.pool, context.intake, context.store).store_next()


async def recheck_alerts(context: JobContext) -> bool:
    """Evaluate a project's alerts anew that a merge could not evaluate as a whole."""
    return await recheck_next(
        context.intake, context.pool, context.now(), context.settings.alert_lead_days
    )


async def check_watches(context: JobContext) -> bool:
    """End what someone watches and may not read any more."""
    return await check_watches_next(context.intake, context.pool, context.now())


async def draw_preview(context: JobContext) -> bool:
    """Draw the small pictures of a stored file, and read its text for search."""
    return await draw_next(context.settings, context.pool, context.store)


async def tell_people(context: JobContext) -> bool:
    """Write the notices and letters of what there is to tell."""
    url = context.settings.public_url or context.settings.http_url
    return await deliver_notices(context.intake, context.pool, context.wall_ms(), url)


async def make_report(context: JobContext) -> bool:
    """Make the ordered report whose turn it is."""
    return await make_next(context.pool, context.intake, context.settings, context.now())


async def compute_schedule(context: JobContext) -> bool:
    """Date the project whose network was touched and has waited longest."""
    return await recompute_next(context.pool, context.intake, context.settings, context.wall_ms())


QUEUES: tuple[Queue, ...] = (
    Queue("alert_rechecks", recheck_alerts),
    Queue("letters", deliver_letters),
    Queue("notices", tell_people),
    Queue("reports", make_report),
    Queue("uploads", store_upload),
    Queue("previews", draw_preview),
    Queue("schedules", compute_schedule),
    Queue("watches", check_watches),
)


async def run_worker(settings: Settings, *, queues: Sequence[Queue] = QUEUES) -> None:
    """Work through the queues, side by side, until cancelled.

    Args:
        settings: all that can be set.
        queues: what to work through.

    """
    async with open_context(settings, wall_milliseconds) as context, asyncio.TaskGroup() as group:
        log.info("worker_started", queues=[queue.name for queue in queues])
        for queue in queues:
            group.create_task(_drain(context, queue))
        await asyncio.Event().wait()


async def _drain(context: JobContext, queue: Queue) -> None:
    """Work through one queue for ever; one that fails is tried again with growing pauses."""
    pause = IDLE_SECONDS
    while True:
        try:
            worked = await queue.work(context)
        except Exception:
            log.exception("queue_failed", queue=queue.name, retry_seconds=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, PAUSE_SECONDS_MAX)
            continue
        pause = IDLE_SECONDS
        if not worked:
            await asyncio.sleep(IDLE_SECONDS)
