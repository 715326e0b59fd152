"""A year of scheduled jobs in seconds: the clock is injected, PostgreSQL is real."""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from server.jobs import JOBS, open_context, run_if_due
from tests.server.alerts.telling import drain
from tests.server.site import NOON, Clock, new_id, open_site

if TYPE_CHECKING:
    from server.jobs import Job
    from server.settings import Settings

TOLD = ("alerts_clock", "deadlines_ahead", "digests_weekly", "alerts_escalate", "notices_repeat")
STEP_MS = 12 * 3_600_000
PROCESSOR_SECONDS_MAX = 120
"""Of this process: what others do on the machine does not count."""


async def test_a_year_of_jobs_tells_each_thing_once(settings: Settings) -> None:
    """A monthly milestone, a weekly gap of reports: every lead, week and alert, each just once."""
    clock, began = Clock(), time.process_time()
    jobs: list[Job] = [job for job in JOBS if job.name in TOLD]
    assert len(jobs) == len(TOLD)
    async with open_site(settings, clock) as site, open_context(settings, clock) as context:
        chief = await site.person("manager")
        await site.open_project(chief, time_zone="Asia/Kolkata")
        mate = await site.person("employee", "employee")
        # The second Wednesday of each month, from June on: five leads before each.
        dates = [_wednesday(2026 + (month > 12), (month - 1) % 12 + 1) for month in range(6, 14)]
        for date in dates:
            await chief.must(
                site.create(
                    "task",
                    new_id(),
                    name=f"Jalon {date}",
                    kind="milestone",
                    planned_finish=f"{date}T12:00",
                    assignees=[mate.person],
                )
            )
        await drain(site)
        runs = 0
        for step in range(365 * 86_400_000 // STEP_MS):
            clock.now_ms = NOON + step * STEP_MS
            for job in jobs:
                runs += await run_if_due(context, job)
            await drain(site)
        told = await site.pool.fetch(
            "SELECT kind, count, sent_at FROM notification WHERE person_id = $1", mate.person
        )
        kinds = Counter(one["kind"] for one in told)
        leads = sum(one["count"] for one in told if one["kind"] == "deadline")
        assert leads == 5 * len(dates)
        assert kinds["digest"] == 52
        # Each milestone was due, then overdue: told once to whom it is given.
        overdue = sum(one["count"] for one in told if one["kind"] == "alert")
        assert overdue == sum(date < "2027-03-01" for date in dates)
        assert runs > 3_000
        # The device's own alert goes by when the test really registered it.
        alerts = await site.pool.fetch(
            "SELECT rule, status FROM alert WHERE subject_table = 'task'"
        )
        assert Counter((one["rule"], one["status"]) for one in alerts) == {
            ("task_due", "resolved"): len(dates),
            ("task_overdue", "open"): len(dates),
        }
        await _twice_is_once(context, jobs, site)
    assert time.process_time() - began < PROCESSOR_SECONDS_MAX


async def _twice_is_once(context: Any, jobs: list[Any], site: Any) -> None:
    """Run every job again, as if nobody remembered that it ran: nobody is told anything more."""
    before = await site.pool.fetchval("SELECT count(*) FROM notification")
    for job in jobs:
        await run_if_due(context, job, always=True)
    await drain(site)
    assert await site.pool.fetchval("SELECT count(*) FROM notification") == before


def _wednesday(year: int, month: int) -> str:
    first = dt.date(year, month, 1)
    return (first + dt.timedelta(days=(2 - first.weekday()) % 7 + 7)).isoformat()
