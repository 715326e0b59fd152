"""Which days a project works, by its calendar: the same days that its schedule is computed with.

Of what is said of a day the first of these holds: an exception (the later in the list), another
week that holds at that time, a day off of the rotation, a public holiday of the country, the week.
A project without a calendar works the office week of its site's country.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import msgspec

from server.public_holidays import public_holidays, weekend_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.alerts.rules import ProjectDay
    from server.store import Connection

Calendar = dict[str, Any]
"""What the row of a calendar says of its days."""

DAYS = 7
ROTATION = ("rotation_start", "rotation_days_on", "rotation_days_off")
CALENDAR_FIELDS = ("week", "exceptions", "country", *ROTATION)
"""What of a calendar says which days are worked."""

_READ = """
    SELECT day.project_id::text AS project, calendar.week::text, calendar.exceptions::text,
        CASE WHEN calendar.id IS NULL THEN site.country ELSE calendar.country END AS country,
        calendar.rotation_start::text, calendar.rotation_days_on, calendar.rotation_days_off
    FROM unnest($1::uuid[], $2::text[]::uuid[], $3::text[]::uuid[])
        AS day (project_id, calendar_id, site_id)
    LEFT JOIN calendar ON calendar.project_id = day.project_id AND calendar.id = day.calendar_id
        AND NOT calendar.deleted
    LEFT JOIN site ON site.id = day.site_id AND NOT site.deleted
"""
_READ_COUNTRY = "SELECT country FROM site WHERE id = $1 AND NOT deleted"


async def read_calendars(
    connection: Connection, days: Mapping[str, ProjectDay]
) -> dict[str, Calendar]:
    """Return what the calendar of each project says, in one statement."""
    records = await connection.fetch(
        _READ,
        [*days],
        [day.calendar for day in days.values()],
        [day.site for day in days.values()],
    )
    return {one["project"]: _said(one) for one in records}


async def read_site_calendar(connection: Connection, day: ProjectDay) -> Calendar:
    """Return what holds in a project without a calendar of its own."""
    country = None if day.site is None else await connection.fetchval(_READ_COUNTRY, day.site)
    return {"country": country}


def _said(record: Any) -> Calendar:
    written = {name: msgspec.json.decode(record[name] or "null") for name in ("week", "exceptions")}
    return {**written, **{name: record[name] for name in ("country", *ROTATION)}}


def is_working_day(calendar: Mapping[str, Any], day: dt.date) -> bool:
    """Whether a project works on a day, by the values of its calendar."""
    worked = _excepted(calendar.get("exceptions"), day)
    if worked is not None:
        return worked
    if _is_away(calendar, day):
        return False
    country = calendar.get("country")
    if country and day in public_holidays(country, day.year):
        return False
    week = calendar.get("week")
    if isinstance(week, list) and len(week) == DAYS and any(week):
        return bool(week[day.weekday()])
    return day.weekday() not in weekend_of(country)


def _excepted(exceptions: Any, day: dt.date) -> bool | None:
    """Say what exceptions make of a day: one that names it, else another week; None: nothing."""
    weekly: bool | None = None
    for exception in reversed(exceptions if isinstance(exceptions, list) else []):
        try:
            first, last, periods = exception
            within = dt.date.fromisoformat(first) <= day <= dt.date.fromisoformat(last)
        except (TypeError, ValueError):
            continue
        if within and not isinstance(periods, dict):
            return bool(periods)
        week = periods.get("week") if within else None
        if weekly is None and isinstance(week, list) and len(week) == DAYS:
            worked = week[day.weekday()]
            weekly = None if worked is None else bool(worked)
    return weekly


def _is_away(calendar: Mapping[str, Any], day: dt.date) -> bool:
    """Whether the crew of a rotation, such as 28/28, is away."""
    start, on, off = (calendar.get(name) for name in ROTATION)
    if start is None or on is None or off is None:
        return False
    past: int = (day - dt.date.fromisoformat(start)).days
    return bool(past % (on + off) >= on)
