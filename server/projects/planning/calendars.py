"""Calendars as rows hold them: what is well formed, and the scheduler's form of it.

`week` is seven lists of shifts, Monday first, each `[from, to]` in minutes after midnight;
`exceptions` are `[first day, last day, shifts]`, or `[first day, last day, {"week": [...]}]` for
another week, in which a day of null is as usual.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from server.intake import table_guard
from server.projects.schedules.model import (
    MINUTES_PER_DAY,
    CalendarException,
    CalendarWeeks,
)
from server.projects.schedules.working_time import tidy_periods
from server.projects.scheduling import Rotation, WorkCalendar, national_calendar
from server.public_holidays import is_known
from sync import errors
from sync.validation import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.intake import Judgement
    from server.projects.schedules.model import WorkingDay

DAYS: Final = 7
EXCEPTION_PARTS: Final = 3
EXCEPTION_DAYS_MAX: Final = 40_000
DOCUMENTS: Final = ("week", "exceptions")
_ROTATION: Final = ("rotation_start", "rotation_days_on", "rotation_days_off")


class CalendarMalformed(ValueError):  # noqa: N818 -- a state of the row
    """A calendar's row says something that is no working time; `field` is at fault."""

    def __init__(self, field: str) -> None:
        self.field = field
        super().__init__(field)


def calendar_of_row(identifier: str, values: Mapping[str, Any]) -> WorkCalendar:
    """Return a row's calendar. Raises CalendarMalformed.

    Without a week it is the office week of its country.
    """
    country = values.get("country")
    week = values.get("week")
    exceptions, weeks = _exceptions(values.get("exceptions"))
    return WorkCalendar(
        identifier,
        national_calendar("", country).week if week is None else _week(week),
        exceptions,
        weeks,
        country,
        _rotation(values),
    )


def _week(days: Any) -> tuple[WorkingDay, ...]:
    if not isinstance(days, list) or len(days) != DAYS:
        raise CalendarMalformed("week")
    return tuple(_shifts(day, "week") for day in days)


def _shifts(day: Any, field: str) -> WorkingDay:
    if not isinstance(day, list):
        raise CalendarMalformed(field)
    pairs = []
    for shift in day:
        if not isinstance(shift, list) or len(shift) != 2:  # noqa: PLR2004 -- from, to
            raise CalendarMalformed(field)
        start, finish = shift
        if type(start) is not int or type(finish) is not int:
            raise CalendarMalformed(field)
        if not 0 <= start < finish <= MINUTES_PER_DAY:
            raise CalendarMalformed(field)
        pairs.append((start, finish))
    return tidy_periods(pairs)


def _exceptions(
    found: Any,
) -> tuple[tuple[CalendarException, ...], tuple[CalendarWeeks, ...]]:
    if found is None:
        return (), ()
    if not isinstance(found, list):
        raise CalendarMalformed("exceptions")
    exceptions, weeks = [], []
    for one in found:
        if not isinstance(one, list) or len(one) != EXCEPTION_PARTS:
            raise CalendarMalformed("exceptions")
        first, last = _day(one[0]), _day(one[1])
        if not 0 <= (last - first).days <= EXCEPTION_DAYS_MAX:
            raise CalendarMalformed("exceptions")
        if isinstance(one[2], dict):
            weeks.append(CalendarWeeks(first, last, _other_week(one[2].get("week"))))
        else:
            exceptions.append(CalendarException(first, last, _shifts(one[2], "exceptions")))
    return tuple(exceptions), tuple(weeks)


def _other_week(days: Any) -> tuple[WorkingDay | None, ...]:
    if not isinstance(days, list) or len(days) != DAYS:
        raise CalendarMalformed("exceptions")
    return tuple(None if day is None else _shifts(day, "exceptions") for day in days)


def _day(text: Any) -> date:
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise CalendarMalformed("exceptions") from error


def _rotation(values: Mapping[str, Any]) -> Rotation | None:
    start, on, off = (values.get(name) for name in _ROTATION)
    if start is None or on is None or off is None:
        return None
    return Rotation(start if isinstance(start, date) else date.fromisoformat(start), on, off)


_calendar = table_guard("calendar")


def guard_calendar(judgement: Judgement) -> Fault | None:
    """Let those who plan say only what is working time, in countries whose holidays are known."""
    fault = _calendar(judgement)
    if fault is not None:
        return fault
    after = judgement.change.after
    country = after.get("country")
    if country is not None and not is_known(country):
        return Fault(errors.VALUE_INVALID, "country")
    try:
        calendar_of_row("", {name: after.get(name) for name in DOCUMENTS})
    except CalendarMalformed as malformed:
        return Fault(errors.VALUE_INVALID, malformed.field)
    return None
