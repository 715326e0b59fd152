"""Typed reading of one row's texts; what cannot be read is null, with a warning."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from server.projects.schedules.limits import NUMBER_CHARACTERS_MAX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.projects.schedules.report import ReportBuilder

NUMBER: Final = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d{1,2})?", re.ASCII)
TRUE_WORDS: Final = frozenset(("Y", "y", "1", "true", "True"))
LAYOUT: Final = re.compile("\x7f+")


class Cells:
    """The texts of one row under their names. An empty text is null everywhere."""

    __slots__ = ("line", "report", "row", "table")

    def __init__(
        self, table: str, row: Mapping[str, str], line: int | None, report: ReportBuilder
    ) -> None:
        self.table = table
        self.row = row
        self.line = line
        self.report = report

    def text(self, name: str) -> str | None:
        """Return a text as it stands, or None."""
        return self.row.get(name) or None

    def words(self, name: str) -> str:
        """Return a name for people: layout characters (P6 writes 0x7F) become spaces."""
        text = self.row.get(name) or ""
        return LAYOUT.sub(" ", text).strip() if "\x7f" in text else text.strip()

    def number(self, name: str) -> float | None:
        """Return a number; its decimal sign may be a comma, as some exporters write."""
        text = self.row.get(name)
        if not text:
            return None
        plain = self._plain(name, text)
        return None if plain is None else float(plain)

    def whole(self, name: str) -> int | None:
        """Return a number without its fraction."""
        number = self.number(name)
        return None if number is None else int(number)

    def money(self, name: str) -> Decimal | None:
        """Return an exact amount."""
        text = self.row.get(name)
        if not text:
            return None
        plain = self._plain(name, text)
        if plain is None:
            return None
        try:
            return Decimal(plain)
        except InvalidOperation:
            self._unreadable(name, text)
            return None

    def moment(self, name: str) -> datetime | None:
        """Return a local date and time."""
        text = self.row.get(name)
        if not text:
            return None
        try:
            return datetime.fromisoformat(text).replace(tzinfo=None)
        except ValueError:
            self._unreadable(name, text)
            return None

    def flag(self, name: str) -> bool | None:
        """Return a yes or no."""
        text = self.row.get(name)
        return None if not text else text in TRUE_WORDS

    def _plain(self, name: str, text: str) -> str | None:
        stripped = text.strip()
        if len(stripped) > NUMBER_CHARACTERS_MAX or NUMBER.fullmatch(stripped) is None:
            self._unreadable(name, text)
            return None
        return stripped.replace(",", ".")

    def _unreadable(self, name: str, text: str) -> None:
        self.report.warn("cell_unreadable", f"{self.table}.{name}", text[:40], self.line)
