"""Writes XER, for the schedules that we make ourselves (the demo's, and the tests')."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from server.projects.schedules.xer_calendar import EPOCH

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from server.projects.schedules.model import WorkingDay, WorkingWeek

    XerCell = str | int | float | Decimal | bool | date | datetime | None

LINE_END: Final = "\r\n"
BREAKS: Final = str.maketrans({"\t": " ", "\r": " ", "\n": "\x7f"})


class XerTable(msgspec.Struct, frozen=True):
    """A table to write: its fields, and rows of as many cells."""

    name: str
    fields: tuple[str, ...]
    rows: Sequence[Sequence[XerCell]]


def write_xer(
    tables: Iterable[XerTable], *, exported_on: date, currency: str, encoding: str = "cp1252"
) -> bytes:
    """Return a file of these tables, as P6 22.12 would write it, without anybody's name.

    Raises UnicodeEncodeError for a text that the encoding cannot hold.
    """
    header = ("ERMHDR", "22.12", exported_on, "Project", "", "", "", "Project Management", currency)
    lines = ["\t".join(_cell(cell) for cell in header)]
    for table in tables:
        lines.append(f"%T\t{table.name}")
        lines.append("\t".join(("%F", *table.fields)))
        lines.extend("\t".join(("%R", *map(_cell, row))) for row in table.rows)
    lines.append("%E")
    return (LINE_END.join(lines) + LINE_END).encode(encoding)


def calendar_text(week: WorkingWeek, holidays: Iterable[date] = ()) -> str:
    """Return P6's text of a calendar whose exceptions are days without work."""
    days = "".join(
        f"(0||{number + 1}()({_periods(week[(number + 6) % 7])}))" for number in range(7)
    )
    exceptions = "".join(
        f"(0||{index}(d|{(day - EPOCH).days})())" for index, day in enumerate(holidays)
    )
    return f"(0||CalendarData()((0||DaysOfWeek()({days}))(0||Exceptions()({exceptions}))))"


def _periods(day: WorkingDay) -> str:
    return "".join(
        f"(0||{index}(s|{_clock(period.start_minute)}|f|{_clock(period.finish_minute)})())"
        for index, period in enumerate(day)
    )


def _clock(minute: int) -> str:
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


def _cell(cell: XerCell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "Y" if cell else "N"
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M")
    if isinstance(cell, float):
        return f"{cell:.6f}".rstrip("0").rstrip(".")
    return str(cell).translate(BREAKS)
