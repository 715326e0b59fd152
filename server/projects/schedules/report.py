"""What reading a file found: counts per table, what was left and why, and warnings."""

from __future__ import annotations

import msgspec

from server.projects.schedules.limits import WARNINGS_MAX


class ReadingWarning(msgspec.Struct, frozen=True):
    """Something that a person should know; `line` counts from 1 in the file.

    `occurrences` is above 1 when the same thing was met again, `line` being the first.
    """

    code: str
    subject: str
    detail: str
    line: int | None = None
    occurrences: int = 1


class TableReading(msgspec.Struct, frozen=True):
    """A table of the file (an element's name, in XML).

    `rows_read` went into the schedule; `rows_left` did not, for the reason in `left_because`:
    `unknown_table`, `not_needed`, `personal_data`, or the counted reasons of single rows.
    `fields_left` names the columns with values that the schedule has no place for.
    """

    table: str
    rows_read: int
    rows_left: int
    left_because: dict[str, int]
    fields_left: tuple[str, ...] = ()


class ReadingReport(msgspec.Struct, frozen=True):
    """The account of one reading.

    `encoding` is what the text was decoded with; `encoding_assumed` means that nothing in the
    file proved it, so that wrong accents call for another try with the right one.
    """

    encoding: str
    bytes_read: int
    lines_read: int
    tables: tuple[TableReading, ...]
    warnings: tuple[ReadingWarning, ...]
    warnings_dropped: int = 0
    encoding_assumed: bool = False

    @property
    def rows_read(self) -> int:
        """Rows of all tables that went into the schedule."""
        return sum(table.rows_read for table in self.tables)

    @property
    def rows_left(self) -> int:
        """Rows of all tables that did not."""
        return sum(table.rows_left for table in self.tables)


class ReportBuilder:
    """Collects the account while a file streams by; memory is bounded by `WARNINGS_MAX`."""

    def __init__(self) -> None:
        self._read: dict[str, int] = {}
        self._left: dict[str, dict[str, int]] = {}
        self._fields: dict[str, set[str]] = {}
        self._warnings: dict[tuple[str, str, str], ReadingWarning] = {}
        self._dropped = 0
        self.encoding_assumed = False

    def read(self, table: str, rows: int = 1) -> None:
        """Count rows that went into the schedule."""
        self._read[table] = self._read.get(table, 0) + rows

    def left(self, table: str, reason: str, rows: int = 1) -> None:
        """Count rows that did not, with the reason."""
        self._read.setdefault(table, 0)
        reasons = self._left.setdefault(table, {})
        reasons[reason] = reasons.get(reason, 0) + rows

    def field_left(self, table: str, field: str) -> None:
        """Name a column that had values and no place in the schedule."""
        self._read.setdefault(table, 0)
        self._fields.setdefault(table, set()).add(field)

    def warn(self, code: str, subject: str, detail: str = "", line: int | None = None) -> None:
        """Record a warning; a repeat of the same one is counted, not listed again."""
        key = (code, subject, detail)
        known = self._warnings.get(key)
        if known is not None:
            again = msgspec.structs.replace(known, occurrences=known.occurrences + 1)
            self._warnings[key] = again
            return
        if len(self._warnings) >= WARNINGS_MAX:
            self._dropped += 1
            return
        self._warnings[key] = ReadingWarning(code, subject, detail, line)

    def finish(self, encoding: str, bytes_read: int, lines_read: int) -> ReadingReport:
        """Close the account."""
        tables = tuple(self._table(name) for name in self._read)
        warnings = tuple(self._warnings.values())
        return ReadingReport(
            encoding=encoding,
            bytes_read=bytes_read,
            lines_read=lines_read,
            tables=tables,
            warnings=warnings,
            warnings_dropped=self._dropped,
            encoding_assumed=self.encoding_assumed,
        )

    def _table(self, name: str) -> TableReading:
        reasons = self._left.get(name, {})
        fields = tuple(sorted(self._fields.get(name, ())))
        return TableReading(name, self._read[name], sum(reasons.values()), reasons, fields)
