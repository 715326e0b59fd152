"""Working-time calendars of the scheduler: a week of shifts, and the days that differ from it.

Of what is said of one day the first of these holds: an exception (the later in the list wins),
another week that holds at that time, a public holiday, a day off of the rotation, the week.
"""

from __future__ import annotations

from datetime import date, timedelta
from operator import add
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from server.projects.schedules.model import MINUTES_PER_DAY, WorkingPeriod
from server.projects.schedules.working_time import OFFICE_DAY, tidy_periods
from server.public_holidays import public_holidays, weekend_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server.projects.schedules.model import (
        Calendar,
        CalendarException,
        CalendarWeeks,
        WorkingDay,
        WorkingWeek,
    )

ALL_DAY: Final[WorkingDay] = (WorkingPeriod(0, MINUTES_PER_DAY),)

Shifts = tuple[tuple[int, int], ...]
"""What is worked on a day, in minutes after midnight."""


class Rotation(Struct, frozen=True):
    """Crews that are on the site for some days and away for some, such as 28/28."""

    first_day: date
    days_on: int
    days_off: int

    def works(self, day: date) -> bool:
        """Whether the crew is on the site."""
        round_days = self.days_on + self.days_off
        return (day - self.first_day).days % round_days < self.days_on


class WorkCalendar(Struct, frozen=True):
    """Which minutes are worked.

    `country` (ISO 3166, perhaps with a subdivision: `DZ`, `FR-BRE`) brings its public holidays,
    on which nobody works unless an exception says so.
    """

    identifier: str
    week: WorkingWeek
    exceptions: tuple[CalendarException, ...] = ()
    other_weeks: tuple[CalendarWeeks, ...] = ()
    country: str | None = None
    rotation: Rotation | None = None
    united: tuple[WorkCalendar, ...] = ()
    """Calendars by which work goes on as well: several workers on one task."""


ELAPSED: Final = WorkCalendar("elapsed", (ALL_DAY,) * 7)
"""Every minute of every day: what a lag runs by that stops for nobody."""


def calendar_of_file(calendar: Calendar) -> WorkCalendar:
    """Take over a calendar that a schedule file defines; it names its holidays itself."""
    return WorkCalendar(
        calendar.identifier, calendar.week, calendar.exceptions, calendar.other_weeks
    )


def national_calendar(identifier: str, country: str | None) -> WorkCalendar:
    """Return the office week of a country: its weekend and its public holidays.

    Without a country: Monday to Friday.
    """
    weekend = weekend_of(country)
    week = tuple(() if day in weekend else OFFICE_DAY for day in range(7))
    return WorkCalendar(identifier, week, country=country)


def shifts_between(calendar: WorkCalendar, first: date, last: date) -> list[Shifts]:
    """Return what is worked on each day from the first to the last, both included."""
    exceptions = _by_day(calendar.exceptions, first, last)
    days: list[Shifts] = []
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        known = exceptions.get(day)
        days.append(_usual(calendar, day) if known is None else known)
    for other in calendar.united:
        also = shifts_between(other, first, last)
        days = [_shifts(tidy_periods(both)) for both in map(add, days, also)]
    return days


def shifts_on(calendar: WorkCalendar, day: date) -> Shifts:
    """Return what is worked on a day."""
    return shifts_between(calendar, day, day)[0]


def _by_day(exceptions: Iterable[CalendarException], first: date, last: date) -> dict[date, Shifts]:
    found: dict[date, Shifts] = {}
    for exception in exceptions:
        day, end = max(exception.first_day, first), min(exception.last_day, last)
        if day > end:
            continue
        shifts = _shifts(exception.periods)
        for offset in range((end - day).days + 1):
            found[day + timedelta(days=offset)] = shifts
    return found


def _usual(calendar: WorkCalendar, day: date) -> Shifts:
    for weeks in reversed(calendar.other_weeks):
        if weeks.first_day <= day <= weeks.last_day:
            special = weeks.days[day.weekday()]
            if special is not None:
                return _shifts(special)
    if calendar.rotation is not None and not calendar.rotation.works(day):
        return ()
    if calendar.country is not None and day in public_holidays(calendar.country, day.year):
        return ()
    return _shifts(calendar.week[day.weekday()])


def _shifts(periods: WorkingDay) -> Shifts:
    return tuple((period.start_minute, period.finish_minute) for period in periods)
