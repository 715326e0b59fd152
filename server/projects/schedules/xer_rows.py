"""The outer form of an XER file: lines into tables, fields and rows, one row at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from server.projects.schedules.decoding import TextDecoder
from server.projects.schedules.errors import ScheduleUnreadable
from server.projects.schedules.limits import (
    FIELDS_MAX,
    LINE_CHARACTERS_MAX,
    ROW_LINES_MAX,
    ROWS_MAX,
    TABLES_MAX,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.projects.schedules.report import ReportBuilder
    from server.projects.schedules.source import ByteSource

HEADER: Final = "ERMHDR"
MARKERS: Final = frozenset(("%T", "%F", "%R", "%E"))


class XerRow(NamedTuple):
    """A row of a table: its cells under the names that this file gives them."""

    table: str
    fields: tuple[str, ...]
    cells: list[str]
    line: int


class XerRows:
    """Streams the rows of one file. `header` is filled before the first row comes out."""

    def __init__(
        self, source: ByteSource, report: ReportBuilder, *, encoding: str | None, whole: bool
    ) -> None:
        """Prepare; `whole` refuses a file that lacks its end mark (the rest would look deleted)."""
        self._source = source
        self._report = report
        self._whole = whole
        self._decoder = TextDecoder(source.head, encoding, report)
        self.header: list[str] = []
        self.lines_read = 0

    @property
    def encoding(self) -> str:
        """The encoding settled on so far."""
        return self._decoder.encoding

    def rows(self) -> Iterator[XerRow]:
        """Yield every row of every table, in the file's order.

        Raises ScheduleUnreadable for a file cut short, over a limit, or not in XER's form.
        """
        table, fields, tables, rows, ended = "", (), 0, 0, False
        names: tuple[str, ...] = fields
        for line, marker, rest in self._marked():
            if marker == "%R":
                rows += 1
                if rows > ROWS_MAX:
                    raise ScheduleUnreadable("limit_exceeded", f"rows_max = {ROWS_MAX}", line=line)
                if not names:
                    raise ScheduleUnreadable("malformed", "%R before %F", line=line)
                yield XerRow(table, names, self._fit(table, names, rest, line), line)
            elif marker == "%T":
                tables += 1
                if tables > TABLES_MAX:
                    detail = f"tables_max = {TABLES_MAX}"
                    raise ScheduleUnreadable("limit_exceeded", detail, line=line)
                table, names = rest.strip(), ()
                self._report.read(table, 0)
            elif marker == "%F":
                names = tuple(name.strip() for name in rest.split("\t"))
                if len(names) > FIELDS_MAX:
                    detail = f"fields_max = {FIELDS_MAX}"
                    raise ScheduleUnreadable("limit_exceeded", detail, line=line)
            else:
                ended = True
        if not ended:
            self._no_end()

    def _no_end(self) -> None:
        if self._whole:
            raise ScheduleUnreadable("truncated", "%E", line=self.lines_read)
        self._report.warn("truncated", "%E", line=self.lines_read)

    def _fit(self, table: str, names: tuple[str, ...], rest: str, line: int) -> list[str]:
        """Return one cell for each field; exporters drop empty cells at the end of a row."""
        cells = rest.split("\t")
        excess = len(cells) - len(names)
        if excess < 0:
            cells.extend([""] * -excess)
            if -excess == len(names) - 1:
                self._report.warn("row_too_short", table, line=line)
        elif excess > 0:
            if any(cells[len(names) :]):
                self._report.warn("row_too_long", table, line=line)
            del cells[len(names) :]
        return cells

    def _marked(self) -> Iterator[tuple[int, str, str]]:
        """Yield (line, marker, rest); a line without a marker continues the row before it."""
        pending: list[str] = []
        pending_line = 0
        marker = ""
        for text in self._lines():
            self.lines_read += 1
            mark = text[:2]
            if mark in MARKERS and (len(text) == 2 or text[2] == "\t"):  # noqa: PLR2004  (the mark)
                if marker:
                    yield pending_line, marker, "\n".join(pending)
                marker, pending, pending_line = mark, [text[3:]], self.lines_read
                if marker == "%E":
                    break
            elif marker:
                self._continue(pending, text)
            elif text.startswith(HEADER):
                self.header = text.split("\t")
            elif text.strip():
                raise ScheduleUnreadable("malformed", HEADER, line=self.lines_read)
        if marker and (marker == "%E" or not self._whole):
            yield pending_line, marker, "\n".join(pending)

    def _continue(self, pending: list[str], text: str) -> None:
        if len(pending) >= ROW_LINES_MAX:
            detail = f"row_lines_max = {ROW_LINES_MAX}"
            raise ScheduleUnreadable("limit_exceeded", detail, line=self.lines_read)
        pending.append(text)

    def _lines(self) -> Iterator[str]:
        """Yield lines without their ends; only a line feed ends one, for text may hold others."""
        rest = ""
        skip = self._decoder.mark_bytes
        for chunk in self._source.chunks():
            text = rest + self._clean(self._decoder.decode(chunk[skip:]))
            skip = 0
            *lines, rest = text.split("\n")
            for line in lines:
                yield line.removesuffix("\r")
            if len(rest) > LINE_CHARACTERS_MAX:
                detail = f"line_characters_max = {LINE_CHARACTERS_MAX}"
                raise ScheduleUnreadable("limit_exceeded", detail, line=self.lines_read + 1)
        rest += self._clean(self._decoder.decode(b"", final=True))
        if rest:
            yield rest.removesuffix("\r")

    def _clean(self, text: str) -> str:
        """Drop NUL characters, which no database stores; they come from damaged disks."""
        if "\0" not in text:
            return text
        self._report.warn("nul_characters", "dropped", line=self.lines_read + 1)
        return text.replace("\0", "")
