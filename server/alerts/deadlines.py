"""Deadlines ahead: told some days before, once, in the project's own days.

On a day off nothing is told: what would be is told on the last working day before it. After an
absence of ours, what was missed is told once, as near as it then is.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import structlog
from msgspec import Struct

from server.alerts.book import Book, Shelf, read_shelf
from server.alerts.jobs import read_days
from server.alerts.telling import Event, tell, write_events
from server.alerts.workdays import is_working_day, read_calendars

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import asyncpg

    from server.alerts.rules import ProjectDay
    from server.intake import Intake, MergeTransaction

log = structlog.get_logger()

DAYS_OFF_MAX = 30
"""How far the next working day is looked for; a calendar that works never has none."""


class Deadline(Struct, frozen=True):
    """A kind of row that falls due."""

    table: str
    rule: str
    """The rule whose `lead_days` and `roles` it goes by."""
    home: str
    date: str
    """The expression of its date."""
    condition: str
    facts: Callable[[str], Mapping[str, Any]]
    what: str


DEADLINES = (
    Deadline(
        "task",
        "task_due",
        "project",
        "planned_finish",
        "kind IN ('task', 'milestone')"
        " AND (status IS NULL OR status NOT IN ('done', 'verified', 'cancelled'))",
        lambda date: {"planned_finish": date},
        "task_due",
    ),
    Deadline(
        "follow_up",
        "follow_up_overdue",
        "project",
        "due",
        "status IN ('todo', 'in_progress')",
        lambda date: {"due": date},
        "follow_up_due",
    ),
    Deadline(
        "supplier_invoice",
        "invoice_due",
        "finance",
        "due",
        "status = 'approved'",
        lambda date: {"due": date},
        "invoice_due",
    ),
)

# One row a project: up to which of its days its deadlines were told.
_READ_TOLD = "SELECT project_id::text AS project, deadlines::text FROM notice_day"
_MARK = """
    INSERT INTO notice_day (project_id, deadlines) VALUES ($1, $2::text::date)
    ON CONFLICT (project_id) DO UPDATE SET deadlines = excluded.deadlines
    WHERE notice_day.deadlines IS NULL OR notice_day.deadlines < excluded.deadlines
    RETURNING project_id
"""


async def tell_deadlines(
    intake: Intake, pool: asyncpg.Pool, now_ms: int, *, hour: int, lead_days: int
) -> int:
    """Put down what falls due in the projects whose day has begun; return how many these are.

    Args:
        intake: opens the transactions.
        pool: the database.
        now_ms: the time.
        hour: of a project's day, from which on its deadlines are told.
        lead_days: days before a task's end from which on it is due, where no rule says.

    It may run at any time, any number of times: a project's day is told once.

    """
    async with pool.acquire() as connection:
        days = await read_days(connection, now_ms)
        told = {one["project"]: one["deadlines"] for one in await connection.fetch(_READ_TOLD)}
        due = {
            project: day
            for project, day in days.items()
            if day.watched and int(day.now[11:13]) >= hour and (told.get(project) or "") < day.today
        }
        calendars = await read_calendars(connection, due)
        shelf = await read_shelf(connection, due, lead_days)
    for project, day in sorted(due.items()):
        try:
            async with intake.server_transaction([]) as transaction:
                await _tell_project(transaction, day, shelf, calendars[project])
        except Exception:
            log.exception("deadlines_failed", project=project)
    return len(due)


async def _tell_project(
    transaction: MergeTransaction, day: ProjectDay, shelf: Shelf, calendar: Mapping[str, Any]
) -> None:
    if await transaction.connection.fetchval(_MARK, day.project, day.today) is None:
        return
    today = dt.date.fromisoformat(day.today)
    if not is_working_day(calendar, today):
        return
    last = today + dt.timedelta(days=_days_off_after(calendar, today))
    book = shelf.book(day.project)
    for deadline in DEADLINES:
        await _tell_rows(transaction, deadline, day, book, last)
    await write_events(transaction)


def _days_off_after(calendar: Mapping[str, Any], today: dt.date) -> int:
    """Return how many days off follow a day."""
    for days in range(DAYS_OFF_MAX):
        if is_working_day(calendar, today + dt.timedelta(days=days + 1)):
            return days
    return 0


async def _tell_rows(
    transaction: MergeTransaction, deadline: Deadline, day: ProjectDay, book: Book, last: dt.date
) -> None:
    rule = book[deadline.rule]
    if not rule.enabled or not rule.lead_days:
        return
    horizon = last + dt.timedelta(days=max(rule.lead_days))
    statement = f"""
        SELECT id::text, {deadline.date}::date AS date FROM {deadline.table}
        WHERE project_id = $1 AND NOT deleted AND {deadline.date} >= $2::text::date
            AND {deadline.date} < $3::text::date + 1 AND {deadline.condition}
        ORDER BY {deadline.date}, id
    """
    found = await transaction.connection.fetch(
        statement, day.project, day.today, horizon.isoformat()
    )
    for one in found:
        date = one["date"].isoformat()
        lead = lead_of(rule.lead_days, (one["date"] - last).days)
        tell(
            transaction.workspace,
            Event(
                kind="deadline",
                what=deadline.what,
                project=day.project,
                scope=f"{deadline.home}:{day.project}",
                subject_table=deadline.table,
                subject=one["id"],
                facts=deadline.facts(date),
                about=True,
                roles=sorted(rule.roles) if deadline.home == "finance" else (),
                made_at=day.now_ms,
                once=(
                    f"deadline:{deadline.rule}:{one['id']}:{date}:{lead}",
                    f"deadline:{deadline.rule}:{one['id']}:on:{day.today}",
                ),
            ),
        )


def lead_of(leads: tuple[int, ...], days_left: int) -> int:
    """Return which lead a deadline has come within: the shortest that still covers it."""
    return min(lead for lead in leads if days_left <= lead)
