"""Arithmetic with working time, on minutes counted from 1970 at the site's own clock.

A calendar counts its working minutes from a day of its own choosing; the count never falls as
time goes on, and stands still through nights and holidays. A count that falls on such a gap has
two moments: the end of the work before it, which is how a finish is written, and the beginning of
the work after it, which is how a start is written.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from server.projects.schedules.model import MINUTES_PER_DAY
from server.projects.scheduling.calendars import shifts_between

if TYPE_CHECKING:
    from server.projects.scheduling.calendars import Shifts, WorkCalendar

EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 -- local time of the site, without a zone
EPOCH_DAY: Final = EPOCH.toordinal()
ONE_MINUTE: Final = timedelta(minutes=1)
EPOCH_MS_PER_MINUTE: Final = 60_000
REACH_DAYS_MAX: Final = 73_000
"""Two hundred years either side of the first question; beyond, nobody works."""
STEP_DAYS: Final = 366


def minute_of(moment: datetime) -> int:
    """Return a local moment as minutes from 1970; seconds are dropped."""
    return (moment - EPOCH) // ONE_MINUTE


def moment_of(minute: int) -> datetime:
    """Return minutes from 1970 as a local moment."""
    return EPOCH + timedelta(minutes=minute)


class WorktimeExhausted(Exception):  # noqa: N818 -- it names a state of the calendar
    """A calendar has less work than was asked for, within any time that matters."""

    def __init__(self, calendar: str) -> None:
        self.calendar = calendar
        super().__init__(f"The calendar {calendar} has not enough working time.")


class Worktime:
    """A calendar, laid out day by day as far as anybody has asked.

    The layout grows, and what it answers never changes: counts stay what they were.
    """

    __slots__ = ("_calendar", "_days", "_first", "_origin", "_sums")

    def __init__(self, calendar: WorkCalendar, origin: int) -> None:
        """Lay a calendar out around a moment; counts are zero at that day's midnight."""
        self._calendar = calendar
        self._origin = self._first = origin // MINUTES_PER_DAY
        self._days: list[Shifts] = []
        self._sums: list[int] = [0]
        self._reach_after()

    @property
    def identifier(self) -> str:
        """Return the calendar's identifier."""
        return self._calendar.identifier

    def count(self, minute: int) -> int:
        """Return how many working minutes have gone by until a moment; negative before origin."""
        day, within = divmod(minute, MINUTES_PER_DAY)
        at = day - self._first
        while at < 0:
            self._reach_before()
            at = day - self._first
        while at >= len(self._days):
            self._reach_after()
        total = self._sums[at]
        for start, finish in self._days[at]:
            if within <= start:
                break
            total += min(finish, within) - start
        return total

    def finish_at(self, count: int) -> int:
        """Return the first moment with a count: the end of the last of its work."""
        sums = self._sums
        while sums[-1] < count:
            self._reach_after()
        while sums[0] >= count:
            self._reach_before()
            sums = self._sums
        at = bisect_left(sums, count) - 1
        left = count - sums[at]
        for start, finish in self._days[at]:
            if left <= finish - start:
                return (self._first + at) * MINUTES_PER_DAY + start + left
            left -= finish - start
        raise AssertionError("a day holds the work that its sum says")

    def start_at(self, count: int) -> int:
        """Return the last moment with a count: the beginning of the work that follows it."""
        sums = self._sums
        while sums[-1] <= count:
            self._reach_after()
        while sums[0] > count:
            self._reach_before()
            sums = self._sums
        at = bisect_right(sums, count) - 1
        left = count - sums[at]
        for start, finish in self._days[at]:
            if left < finish - start:
                return (self._first + at) * MINUTES_PER_DAY + start + left
            left -= finish - start
        raise AssertionError("a day holds the work that its sum says")

    def instant_at(self, minute: int) -> int:
        """Return the moment itself where work goes on until it, or else when work next begins."""
        count = self.count(minute)
        return minute if self.finish_at(count) == minute else self.start_at(count)

    def latest_start(self, minute: int) -> int:
        """Return the count of the last minute of work that begins no later than a moment."""
        count = self.count(minute)
        return count if self.start_at(count) == minute else count - 1

    # The layout

    def _reach_after(self) -> None:
        known = len(self._days)
        first = self._first + known
        days = self._shifts(first, first + max(STEP_DAYS, known))
        self._days += days
        for shifts in days:
            self._sums.append(self._sums[-1] + _worked(shifts))

    def _reach_before(self) -> None:
        first = self._first - max(STEP_DAYS, self._origin - self._first)
        days = self._shifts(first, self._first)
        sums = [self._sums[0]]
        for shifts in reversed(days):
            sums.append(sums[-1] - _worked(shifts))
        self._sums = [*reversed(sums), *self._sums[1:]]
        self._days = days + self._days
        self._first = first

    def _shifts(self, first: int, end: int) -> list[Shifts]:
        """Return the shifts of days from one to before another. Raises WorktimeExhausted."""
        if first < self._origin - REACH_DAYS_MAX or end > self._origin + REACH_DAYS_MAX:
            raise WorktimeExhausted(self._calendar.identifier)
        try:
            bounds = _date(first), _date(end - 1)
        except (ValueError, OverflowError) as error:
            raise WorktimeExhausted(self._calendar.identifier) from error
        return shifts_between(self._calendar, *bounds)


def _date(day: int) -> date:
    return date.fromordinal(EPOCH_DAY + day)


def _worked(shifts: Shifts) -> int:
    return sum(finish - start for start, finish in shifts)
