"""Which days a project works, by its calendar: the week, and the days that differ from it.

Of what is said of a day the first of these holds: an exception, a public holiday of the calendar's
country, the week.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

CALENDAR_FIELDS = ("week", "exceptions", "country")
"""What of a calendar says which days are worked."""

YEARS_KEPT = 200

OFFICE_WEEK = (True,) * 5 + (False,) * 2
"""Stands in for a calendar that is not there or says nothing: Monday to Friday."""


def is_working_day(calendar: Mapping[str, Any] | None, day: dt.date) -> bool:
    """Whether a project works on a day.

    Args:
        calendar: the values of its calendar, if it has one. An exception that names the day holds,
            of two the later in the list; else the week.
        day: the day.

    """
    exceptions = None if calendar is None else calendar.get("exceptions")
    for exception in reversed(exceptions if isinstance(exceptions, list) else []):
        worked = _excepted(exception, day)
        if worked is not None:
            return worked
    country = None if calendar is None else calendar.get("country")
    if country and day in public_holidays(country, day.year):
        return False
    week = None if calendar is None else calendar.get("week")
    if isinstance(week, list) and len(week) == len(OFFICE_WEEK) and any(week):
        return bool(week[day.weekday()])
    return OFFICE_WEEK[day.weekday()]


@lru_cache(YEARS_KEPT)
def public_holidays(country: str, year: int) -> frozenset[dt.date]:
    """Return the days of a year on which a country rests; of one that is not known, none."""
    import holidays  # noqa: PLC0415 - half a second, and few processes ask for it

    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        return frozenset()


def _excepted(exception: Any, day: dt.date) -> bool | None:
    """Say what `[first day, last day, periods or week]` makes of a day; None: nothing."""
    try:
        first, last, periods = exception
        within = dt.date.fromisoformat(first) <= day <= dt.date.fromisoformat(last)
    except (TypeError, ValueError):
        return None
    if not within:
        return None
    if isinstance(periods, dict):
        week = periods.get("week")
        special = week[day.weekday()] if isinstance(week, list) and len(week) == 7 else None  # noqa: PLR2004
        return None if special is None else bool(special)
    return bool(periods)
