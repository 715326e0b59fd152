"""The days of a recurring calendar exception of Microsoft Project."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from server.projects.schedules.limits import CALENDAR_EXCEPTIONS_MAX, RECURRENCE_YEARS_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator

RANGE, YEARLY_DAY, YEARLY_POSITION, MONTHLY_DAY, MONTHLY_POSITION, WEEKLY, EVERY_DAYS = range(1, 8)
LAST: Final = 4
DAY, WORKDAY, WEEKEND_DAY = 0, 1, 2
DAYS_PER_YEAR: Final = 366
SATURDAY: Final = 5


class Recurrence(msgspec.Struct, frozen=True):
    """A rule as the file writes it.

    `kind` is the file's Type; `month` counts from 0; `item` is 0 day, 1 weekday, 2 weekend day,
    3 Sunday to 9 Saturday; `position` is 0 first to 3 fourth, 4 last; `days_of_week` has bit 0
    for Sunday; `occurrences` of 0 means that the dates alone bound it.
    """

    kind: int
    first_day: date
    last_day: date
    period: int = 1
    days_of_week: int = 0
    month: int = 0
    month_day: int = 1
    item: int = 0
    position: int = 0
    occurrences: int = 0


def days_of(rule: Recurrence) -> list[date]:
    """Return the days that a rule names, in order.

    At most `CALENDAR_EXCEPTIONS_MAX` of them, within `RECURRENCE_YEARS_MAX`.
    """
    span = timedelta(days=RECURRENCE_YEARS_MAX * DAYS_PER_YEAR)
    if rule.last_day - rule.first_day > span:
        rule = replace(rule, last_day=rule.first_day + span)
    bound = min(rule.occurrences or CALENDAR_EXCEPTIONS_MAX, CALENDAR_EXCEPTIONS_MAX)
    within = (day for day in _candidates(rule) if rule.first_day <= day)
    return list(islice(within, bound))


def _candidates(rule: Recurrence) -> Iterator[date]:
    if rule.kind == WEEKLY:
        yield from _weekly(rule)
        return
    if rule.kind in {MONTHLY_DAY, MONTHLY_POSITION, YEARLY_DAY, YEARLY_POSITION}:
        yield from _monthly(rule)
        return
    day = rule.first_day
    while day <= rule.last_day:
        yield day
        day += timedelta(days=rule.period)


def _weekly(rule: Recurrence) -> Iterator[date]:
    sunday = rule.first_day - timedelta(days=(rule.first_day.weekday() + 1) % 7)
    while sunday <= rule.last_day:
        for offset in range(7):
            day = sunday + timedelta(days=offset)
            if rule.days_of_week >> offset & 1 and rule.first_day <= day <= rule.last_day:
                yield day
        sunday += timedelta(weeks=rule.period)


def _monthly(rule: Recurrence) -> Iterator[date]:
    yearly = rule.kind in {YEARLY_DAY, YEARLY_POSITION}
    by_day = rule.kind in {MONTHLY_DAY, YEARLY_DAY}
    first_month = rule.month if yearly else rule.first_day.month - 1
    step = 12 if yearly else rule.period
    months = rule.first_day.year * 12 + first_month
    while months < rule.last_day.year * 12 + rule.last_day.month:
        year, month = divmod(months, 12)
        if by_day:
            day = date(year, month + 1, min(rule.month_day, monthrange(year, month + 1)[1]))
        else:
            day = _positioned(year, month + 1, rule.item, rule.position)
        if day > rule.last_day:
            return
        yield day
        months += step


def _positioned(year: int, month: int, item: int, position: int) -> date:
    days = [date(year, month, number + 1) for number in range(monthrange(year, month)[1])]
    if item == WORKDAY:
        days = [day for day in days if day.weekday() < SATURDAY]
    elif item == WEEKEND_DAY:
        days = [day for day in days if day.weekday() >= SATURDAY]
    elif item != DAY:
        days = [day for day in days if (day.weekday() + 1) % 7 == item - 3]
    return days[-1] if position >= LAST else days[position]
