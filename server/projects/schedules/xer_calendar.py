"""P6's calendar text: nested parentheses, days counted from Sunday, dates from 1899-12-30.

A record is `(index||name(attributes)(records))`, attributes being `key|value` pairs:
`(0||DaysOfWeek()((0||2()((0||0(s|08:00|f|16:00)())))))` works eight hours on Mondays.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from server.projects.schedules.limits import CALENDAR_DEPTH_MAX, CALENDAR_EXCEPTIONS_MAX
from server.projects.schedules.model import CalendarException
from server.projects.schedules.working_time import tidy_periods

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.projects.schedules.model import WorkingDay

TOKEN: Final = re.compile(r"[()]|[^()]+")
LAYOUT: Final = re.compile(r"[\x00-\x20\x7f]+")
EPOCH: Final = date(1899, 12, 30)
CLOCK: Final = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2})?", re.ASCII)


class CalendarBroken(ValueError):  # noqa: N818  (a state of the text)
    """The text does not follow the form, or names days and hours that do not exist."""


class CalendarText(NamedTuple):
    """What the text says: seven days, Monday first (None: not said), and the exceptions."""

    days: list[WorkingDay | None]
    exceptions: tuple[CalendarException, ...]


class _Record(NamedTuple):
    name: str
    attributes: dict[str, str]
    records: list[_Record]


def parse_calendar(text: str) -> CalendarText:
    """Parse the text. Raises CalendarBroken."""
    tokens = (match.group() for match in TOKEN.finditer(LAYOUT.sub("", text)))
    _expect(tokens, "(")
    root = _record(tokens, 1)
    days: list[WorkingDay | None] = [None] * 7
    exceptions: tuple[CalendarException, ...] = ()
    found = False
    for part in root.records:
        if part.name == "DaysOfWeek":
            found = True
            for day in part.records:
                days[_weekday(day.name)] = _periods(day)
        elif part.name == "Exceptions":
            if len(part.records) > CALENDAR_EXCEPTIONS_MAX:
                raise CalendarBroken(f"calendar_exceptions_max = {CALENDAR_EXCEPTIONS_MAX}")
            exceptions = tuple(_exception(record) for record in part.records)
    if not found:
        raise CalendarBroken("DaysOfWeek")
    return CalendarText(days, exceptions)


def _record(tokens: Iterator[str], depth: int) -> _Record:
    """Read a record whose opening parenthesis is already taken."""
    if depth > CALENDAR_DEPTH_MAX:
        raise CalendarBroken(f"calendar_depth_max = {CALENDAR_DEPTH_MAX}")
    _, separator, name = next(tokens, "").partition("||")
    if not separator:
        raise CalendarBroken("||")
    _expect(tokens, "(")
    part = next(tokens, "")
    attributes: dict[str, str] = {}
    if part not in "()":
        words = part.split("|")
        attributes = dict(zip(words[::2], words[1::2], strict=False))
        part = next(tokens, "")
    if part != ")":
        raise CalendarBroken(")")
    _expect(tokens, "(")
    records: list[_Record] = []
    while (part := next(tokens, "")) == "(":
        records.append(_record(tokens, depth + 1))
    if part != ")":
        raise CalendarBroken(")")
    _expect(tokens, ")")
    return _Record(name, attributes, records)


def _expect(tokens: Iterator[str], sign: str) -> None:
    if next(tokens, "") != sign:
        raise CalendarBroken(sign)


def _weekday(name: str) -> int:
    """Turn P6's day (1 is Sunday) into Python's (0 is Monday)."""
    if name not in {"1", "2", "3", "4", "5", "6", "7"}:
        raise CalendarBroken(name)
    return (int(name) + 5) % 7


def _periods(day: _Record) -> WorkingDay:
    return tidy_periods(
        (_minute(record.attributes["s"]), _minute(record.attributes["f"]))
        for record in day.records
        if "s" in record.attributes and "f" in record.attributes
    )


def _minute(clock: str) -> int:
    match = CLOCK.fullmatch(clock)
    if match is None:
        raise CalendarBroken(clock)
    minute = int(match[1]) * 60 + int(match[2])
    if minute > 24 * 60:
        raise CalendarBroken(clock)
    return minute


def _exception(record: _Record) -> CalendarException:
    serial = record.attributes.get("d", "")
    if not (serial.isascii() and serial.isdigit()):
        raise CalendarBroken(serial)
    try:
        day = EPOCH + timedelta(days=int(serial))
    except OverflowError as error:
        raise CalendarBroken(serial) from error
    return CalendarException(day, day, _periods(record))
