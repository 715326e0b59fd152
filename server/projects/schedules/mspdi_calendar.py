"""Microsoft Project's calendars: a week from Sunday, exceptions, recurring ones, other weeks."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final

from server.projects.schedules.calendars import DraftCalendar, calendar_name
from server.projects.schedules.limits import CALENDAR_EXCEPTIONS_MAX, CALENDAR_RECURRENCES_MAX
from server.projects.schedules.model import CalendarException, CalendarWeeks
from server.projects.schedules.mspdi_recurrence import (
    EVERY_DAYS,
    RANGE,
    WEEKLY,
    Recurrence,
    days_of,
)
from server.projects.schedules.working_time import OFFICE_DAY, tidy_periods
from server.projects.schedules.xml_stream import children, leaf_texts

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from server.projects.schedules.model import WorkingDay
    from server.projects.schedules.report import ReportBuilder

CLOCK: Final = re.compile(r"(?:\d{4}-\d\d-\d\dT)?(\d\d):(\d\d)(?::\d\d(?:\.\d+)?)?", re.ASCII)
NO_BASE: Final = frozenset(("-1", "0", ""))
RANGE_PERIOD_MAX: Final = 1


def calendar_of(
    element: Element, line: int, report: ReportBuilder, *, include_personal: bool
) -> DraftCalendar:
    """Read a Calendar element; what is unreadable in it is left out with a warning."""
    texts = leaf_texts(element)
    base = texts.get("BaseCalendarUID", "")
    identifier = texts.get("UID", "")
    own = texts.get("IsBaseCalendar") == "0"
    name = calendar_name(
        texts.get("Name", ""), identifier, resource_only=own, include_personal=include_personal
    )
    draft = DraftCalendar(
        identifier=identifier,
        name=name,
        base=None if base in NO_BASE else base,
        resource_only=own,
    )
    try:
        old = _week(element, draft)
        draft.exceptions = (*old, *_exceptions(element, draft.name, line, report))
        draft.other_weeks = _other_weeks(element)
    except (ValueError, OverflowError) as error:
        report.warn("calendar_broken", name, str(error), line)
        draft.broken = True
    return draft


def _week(element: Element, draft: DraftCalendar) -> list[CalendarException]:
    """Fill the week; day type 0 is the old way of writing an exception."""
    exceptions = []
    for days in children(element, "WeekDays"):
        for day in children(days, "WeekDay"):
            kind = leaf_texts(day).get("DayType", "")
            if kind == "0":
                first, last = _dates(day)
                exceptions.append(CalendarException(first, last, _periods(day)))
            elif kind in {"1", "2", "3", "4", "5", "6", "7"}:
                draft.days[(int(kind) + 5) % 7] = _periods(day)
    return exceptions


def _exceptions(
    element: Element, name: str, line: int, report: ReportBuilder
) -> list[CalendarException]:
    found: list[CalendarException] = []
    rules = 0
    for group in children(element, "Exceptions"):
        for exception in children(group, "Exception"):
            texts = leaf_texts(exception)
            title = texts.get("Name") or None
            rule = _rule(exception, texts)
            periods = _periods(exception)
            if rule.kind == RANGE and rule.period <= RANGE_PERIOD_MAX:
                found.append(CalendarException(rule.first_day, rule.last_day, periods, title))
                continue
            if rule.kind > EVERY_DAYS:
                report.warn("unknown_recurrence", name, str(rule.kind), line)
                continue
            rules += 1
            found.extend(CalendarException(day, day, periods, title) for day in days_of(rule))
            if rules > CALENDAR_RECURRENCES_MAX or len(found) > CALENDAR_EXCEPTIONS_MAX:
                raise ValueError(f"calendar_exceptions_max = {CALENDAR_EXCEPTIONS_MAX}")
    return found


def _rule(exception: Element, texts: dict[str, str]) -> Recurrence:
    first, last = _dates(exception)
    counted = texts.get("EnteredByOccurrences") == "1"
    kind = _whole(texts, "Type", RANGE)
    return Recurrence(
        kind=kind,
        first_day=first,
        last_day=last,
        period=max(1, _whole(texts, "Period", 1)),
        days_of_week=_whole(texts, "DaysOfWeek", 0 if kind == WEEKLY else 127),
        month=min(11, _whole(texts, "Month", 0)),
        month_day=max(1, _whole(texts, "MonthDay", 1)),
        item=_whole(texts, "MonthItem", 0),
        position=_whole(texts, "MonthPosition", 0),
        occurrences=_whole(texts, "Occurrences", 0) if counted else 0,
    )


def _other_weeks(element: Element) -> tuple[CalendarWeeks, ...]:
    found = []
    for group in children(element, "WorkWeeks"):
        for week in children(group, "WorkWeek"):
            first, last = _dates(week)
            days: list[WorkingDay | None] = [None] * 7
            for held in children(week, "WeekDays"):
                for day in children(held, "WeekDay"):
                    kind = _whole(leaf_texts(day), "DayType", 0)
                    if 1 <= kind <= len(days):
                        days[(kind + 5) % 7] = _periods(day)
            found.append(CalendarWeeks(first, last, tuple(days)))
    return tuple(found)


def _dates(element: Element) -> tuple[date, date]:
    for period in children(element, "TimePeriod"):
        texts = leaf_texts(period)
        first = date.fromisoformat(texts.get("FromDate", "")[:10])
        return first, max(first, date.fromisoformat(texts.get("ToDate", "")[:10]))
    raise ValueError("TimePeriod")


def _periods(day: Element) -> WorkingDay:
    texts = leaf_texts(day)
    if texts.get("DayWorking", "0") not in {"1", "true"}:
        return ()
    pairs = []
    for group in children(day, "WorkingTimes"):
        for times in children(group, "WorkingTime"):
            clock = leaf_texts(times)
            if "FromTime" in clock and "ToTime" in clock:
                pairs.append((_minute(clock["FromTime"]), _minute(clock["ToTime"])))
    return tidy_periods(pairs) if pairs else OFFICE_DAY


def _minute(clock: str) -> int:
    match = CLOCK.fullmatch(clock)
    if match is None:
        raise ValueError(clock)
    return int(match[1]) * 60 + int(match[2])


def _whole(texts: dict[str, str], name: str, default: int) -> int:
    text = texts.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default  # noqa: PLR2004  (a bound)
