"""The rule of daily reports: one is missing for a day that was worked."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from server.alerts.rules import MINUTE_FORMAT, ProjectDay, Signal
from server.alerts.workdays import is_working_day, read_calendars, read_site_calendar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from server.alerts.book import Book
    from server.intake import Entry
    from server.store import Connection
    from sync.merge import Row

RULE = "report_missing"

# A site that has never reported is not one that reports daily: nothing is missing there.
_READ_REPORTS = """
    SELECT day.project_id::text AS project, filed.first::text AS first, filed.days::text[] AS days
    FROM unnest($1::uuid[], $2::text[]) AS day (project_id, since)
    CROSS JOIN LATERAL (
        SELECT min(date) AS first, array_agg(DISTINCT date) FILTER (
            WHERE status IN ('submitted', 'approved') AND date >= day.since::date) AS days
        FROM daily_report
        WHERE project_id = day.project_id AND NOT deleted AND id <> ALL($3::uuid[])
    ) AS filed
"""

HANDED_IN = ("submitted", "approved")


class Filed(Struct, frozen=True):
    """What a project has reported."""

    first: str | None
    """The first day that anyone ever began a report for."""
    days: frozenset[str]
    """The days with a report that was handed in, as far back as the rule looks."""
    calendar: Mapping[str, Any]


async def read_filed(
    connection: Connection,
    days: Mapping[str, ProjectDay],
    books: Callable[[str], Book],
    touched: Iterable[Entry] = (),
) -> dict[str, Filed]:
    """Read what projects have reported, and when they work.

    Args:
        connection: the database.
        days: project -> its day.
        books: project -> its rules.
        touched: what a merge has in hand and not written yet: it counts as the merge leaves it.

    """
    held = {
        (one.scope.name.partition(":")[2], row.id): row
        for one in touched
        if one.table.name in {"daily_report", "calendar"} and (row := one.row) is not None
    }
    records = await connection.fetch(
        _READ_REPORTS,
        [*days],
        [day.after(-books(project)[RULE].horizon_days) for project, day in days.items()],
        [row for _, row in held],
    )
    calendars = await read_calendars(connection, days)
    for project, day in days.items():
        row = held.get((project, day.calendar or ""))
        if row is not None:
            gone = row.deleted
            calendars[project] = (
                await read_site_calendar(connection, day) if gone else dict(row.values)
            )
    return {
        one["project"]: _filed(one, one["project"], calendars[one["project"]], held)
        for one in records
    }


def _filed(
    record: Any, project: str, calendar: Mapping[str, Any], held: Mapping[tuple[str, str], Row]
) -> Filed:
    """Lay what a merge holds over what the database does."""
    reports = [
        row.values
        for (where, _), row in held.items()
        if where == project and row.table == "daily_report" and not row.deleted
    ]
    dates = [one["date"] for one in reports]
    dates += [] if record["first"] is None else [record["first"]]
    handed_in = {one["date"] for one in reports if one.get("status") in HANDED_IN}
    days = frozenset({*(record["days"] or ()), *handed_in})
    return Filed(min(dates, default=None), days, calendar)


def missing_days(filed: Filed | None, day: ProjectDay, book: Book) -> list[str]:
    """Return the days without a report: worked, over for long enough, and not too long ago."""
    rule = book[RULE]
    if filed is None or filed.first is None or not day.watched or not rule.enabled:
        return []
    today = dt.date.fromisoformat(day.today)
    now = dt.datetime.strptime(day.now, MINUTE_FORMAT)  # noqa: DTZ007 -- the site's own time
    first = max(filed.first, day.start or filed.first)
    found = []
    for back in range(rule.horizon_days, 0, -1):
        date = today - dt.timedelta(days=back)
        over = dt.datetime.combine(date + dt.timedelta(days=1), dt.time())
        if date.isoformat() < first or now - over < dt.timedelta(hours=rule.wait_hours):
            continue
        if date.isoformat() not in filed.days and is_working_day(filed.calendar, date):
            found.append(date.isoformat())
    return found


def report_signals(filed: Filed | None, day: ProjectDay, book: Book) -> list[Signal]:
    """Return an alert for each day without a report."""
    return [
        Signal(
            RULE,
            "project",
            day.project,
            "raised",
            level=book[RULE].level or "warning",
            facts={"date": missing},
            due=missing,
            day=missing,
        )
        for missing in missing_days(filed, day, book)
    ]
