"""What the clock alone changes: work falls due and overdue while nobody writes anything."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from server.alerts.book import DEFAULT_LEAD_DAYS, read_shelf
from server.alerts.devices import RULE as DEVICE_RULE
from server.alerts.devices import read_silent
from server.alerts.indices import INDEX_RULES, read_indices
from server.alerts.reports import RULE as REPORT_RULE
from server.alerts.reports import read_filed, report_signals
from server.alerts.rules import ProjectDay, Signal, project_day, raised
from server.alerts.telling import write_events
from server.alerts.watches import WATCHES, search_arguments, search_statement
from server.alerts.whole import evaluate_whole, judge_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import asyncpg

    from server.alerts.book import Shelf
    from server.intake import Intake
    from server.store import Connection

log = structlog.get_logger()

_READ_PROJECTS = """
    SELECT id::text, start::text, finish::text, time_zone, status, calendar_id::text, template,
        site_id::text
    FROM project WHERE NOT deleted
"""

_READ_STANDING = """
    SELECT project_id::text AS project, id::text AS id, level, facts::text FROM alert
    WHERE status IN ('open', 'acknowledged') AND rule = ANY($1::text[])
"""

CLOCKED_RULES = sorted(
    {REPORT_RULE, DEVICE_RULE, *INDEX_RULES.values()}.union(
        *(watch.rules for watch in WATCHES if watch.clocked)
    )
)

Standing = dict[str, tuple[str, Any]]
"""Alert id -> its level and facts."""


async def evaluate_clock(
    intake: Intake, pool: asyncpg.Pool, now_ms: int, lead_days: int = DEFAULT_LEAD_DAYS
) -> list[str]:
    """Bring the alerts that time alone moves up to now; returns the projects it changed.

    A few queries, whatever the number of projects, find those whose alerts are not what they should
    be: usually none, or those whose day has turned. Only these are locked and evaluated, each in
    its own merge transaction. It may run at any time, any number of times. A project that fails is
    logged, and the others go on.
    """
    async with pool.acquire() as connection:
        days = await read_days(connection, now_ms)
        shelf = await read_shelf(connection, days, lead_days)
        wanted = await _wanted(connection, days, shelf)
        standing: dict[str, Standing] = defaultdict(dict)
        for one in await connection.fetch(_READ_STANDING, CLOCKED_RULES):
            facts = msgspec.json.decode(one["facts"] or "null")
            standing[one["project"]][one["id"]] = (one["level"], facts)
    changed = sorted(
        project
        for project in wanted.keys() | standing.keys()
        if wanted.get(project, {}) != standing.get(project, {})
    )
    done: list[str] = []
    for project in changed:
        scopes = [f"project:{project}", f"finance:{project}"]
        try:
            async with intake.server_transaction(scopes) as transaction:
                book = shelf.book(project)
                await evaluate_whole(transaction, project, book, clocked=True)
                await write_events(transaction)
        except Exception:
            log.exception("alert_clock_failed", project=project)
        else:
            done.append(project)
    return done


async def read_days(connection: Connection, now_ms: int) -> dict[str, ProjectDay]:
    """Return the local day of every project."""
    return {
        one["id"]: project_day(one["id"], dict(one), now_ms)
        for one in await connection.fetch(_READ_PROJECTS)
    }


async def _wanted(
    connection: Connection, days: Mapping[str, ProjectDay], shelf: Shelf
) -> dict[str, Standing]:
    """Return project -> the alerts that time gives it now."""
    found: dict[str, Standing] = defaultdict(dict)

    def add(project: str, signals: Iterable[Signal]) -> None:
        for signal in signals:
            found[project][signal.id] = (signal.level, dict(signal.facts))

    for watch in WATCHES:
        if not watch.clocked:
            continue
        arguments = search_arguments(watch, days, shelf.book)
        for record in await connection.fetch(search_statement(watch), *arguments):
            project = record["project"]
            findings = judge_values(watch, dict(record), days[project], shelf.book(project))
            add(project, (raised(one, watch.table, record["id"]) for one in findings))
    filed = await read_filed(connection, days, shelf.book)
    for project, day in days.items():
        add(project, report_signals(filed.get(project), day, shelf.book(project)))
    for project, indices in (await read_indices(connection, days, shelf.book)).items():
        add(project, (one for one in indices.values() if one.standing == "raised"))
    for project, signals in (await read_silent(connection, days, shelf.book)).items():
        add(project, signals)
    return found


async def recompute_alerts(
    intake: Intake, pool: asyncpg.Pool, lead_days: int = DEFAULT_LEAD_DAYS
) -> int:
    """Evaluate every project anew; return how many alerts had to be put right.

    It should find none, and says so in the log when it does: merges and the clock keep them true.
    """
    mended = 0
    for record in await pool.fetch("SELECT id::text FROM project ORDER BY id"):
        project = record["id"]
        scopes = [f"project:{project}", f"finance:{project}"]
        try:
            async with intake.server_transaction(scopes) as transaction:
                shelf = await read_shelf(transaction.connection, [project], lead_days)
                await evaluate_whole(transaction, project, shelf.book(project))
                wrong = len(transaction.workspace.touched)
                await write_events(transaction)
        except Exception:
            log.exception("alerts_recompute_failed", project=project)
            continue
        if wrong:
            log.warning("alerts_mended", project=project, alerts=wrong)
            mended += wrong
    return mended
