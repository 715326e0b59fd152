"""A calendar day by day, with the reason of each: for whoever sets it up. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from server.projects.planning.shapes import CalendarDay, CalendarPreview, Shift
from server.projects.scheduling.calendars import shifts_between
from server.public_holidays import public_holidays

if TYPE_CHECKING:
    from server.projects.scheduling import WorkCalendar
    from server.projects.scheduling.calendars import Shifts


def preview(calendar: WorkCalendar, first: date, days: int) -> CalendarPreview:
    """Return some days of a calendar; none after the last that there is."""
    count = min(days, (date.max - first).days + 1)
    last = first + timedelta(days=count - 1)
    worked = shifts_between(calendar, first, last)
    return CalendarPreview(
        calendar.identifier,
        calendar.country,
        [
            _day(calendar, first + timedelta(days=offset), shifts)
            for offset, shifts in enumerate(worked)
        ],
    )


def _day(calendar: WorkCalendar, day: date, shifts: Shifts) -> CalendarDay:
    holiday = (
        None if calendar.country is None else public_holidays(calendar.country, day.year).get(day)
    )
    return CalendarDay(
        day,
        [Shift(start, finish) for start, finish in shifts],
        sum(finish - start for start, finish in shifts),
        _because(calendar, day, holiday),
        holiday,
    )


def _because(calendar: WorkCalendar, day: date, holiday: str | None) -> str:
    """Return which of its parts decides of a day."""
    if any(one.first_day <= day <= one.last_day for one in calendar.exceptions):
        return "exception"
    for weeks in calendar.other_weeks:
        if weeks.first_day <= day <= weeks.last_day and weeks.days[day.weekday()] is not None:
            return "week"
    if calendar.rotation is not None and not calendar.rotation.works(day):
        return "rotation"
    return "usual" if holiday is None else "holiday"
