"""Questions to a calendar: which hours are worked on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from server.projects.schedules.model import MINUTES_PER_DAY, WorkingPeriod

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from server.projects.schedules.model import Calendar, WorkingDay, WorkingWeek

OFFICE_DAY: Final[WorkingDay] = (WorkingPeriod(8 * 60, 12 * 60), WorkingPeriod(13 * 60, 17 * 60))
DEFAULT_WEEK: Final[WorkingWeek] = (OFFICE_DAY,) * 5 + ((), ())
"""Stands in for a calendar that cannot be read: Monday to Friday, 08-12 and 13-17."""


def tidy_periods(periods: Iterable[tuple[int, int]]) -> WorkingDay:
    """Sort periods of minutes, join those that touch or overlap, and drop empty ones.

    A period that ends before it starts runs to midnight: files write 00:00 for the day's end.
    """
    joined: list[list[int]] = []
    for start, finish in sorted((s, f if f > s else MINUTES_PER_DAY) for s, f in periods):
        if joined and start <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], finish)
        else:
            joined.append([start, finish])
    return tuple(WorkingPeriod(start, finish) for start, finish in joined)


def working_periods(calendar: Calendar, day: date) -> WorkingDay:
    """Return the periods worked on a day; exceptions win over other weeks, these over the week.

    Of two exceptions for one day the later in the file wins, as the later edit.
    """
    for exception in reversed(calendar.exceptions):
        if exception.first_day <= day <= exception.last_day:
            return exception.periods
    for weeks in reversed(calendar.other_weeks):
        if weeks.first_day <= day <= weeks.last_day:
            special = weeks.days[day.weekday()]
            if special is not None:
                return special
    return calendar.week[day.weekday()]


def working_minutes(calendar: Calendar, day: date) -> int:
    """Return how many minutes are worked on a day."""
    return sum(p.finish_minute - p.start_minute for p in working_periods(calendar, day))
