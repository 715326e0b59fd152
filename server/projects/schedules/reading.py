"""The one door: a schedule file in, a `Schedule` and the account of its reading out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO, Final

from server.projects.schedules.decoding import encoding_of_mark
from server.projects.schedules.errors import ScheduleUnreadable
from server.projects.schedules.model import SourceFormat
from server.projects.schedules.mspdi import read_mspdi
from server.projects.schedules.p6_xml import read_p6_xml
from server.projects.schedules.report import ReportBuilder
from server.projects.schedules.source import open_source
from server.projects.schedules.xer import read_xer

if TYPE_CHECKING:
    import os

    from server.projects.schedules.model import Schedule
    from server.projects.schedules.report import ReadingReport
    from server.projects.schedules.source import Progress

BINARY_FORMATS: Final = (
    (b"\xd0\xcf\x11\xe0", "MPP"),
    (b"PK\x03\x04", "ZIP, XLSX"),
    (b"%PDF", "PDF"),
    (b"MPX,", "MPX"),
    (b"\x1f\x8b", "GZIP"),
)
XML_ROOT: Final = re.compile(r"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)")
ROOTS: Final = {"Project": SourceFormat.MSPDI, "APIBusinessObjects": SourceFormat.P6_XML}


def read_schedule(
    path_or_stream: str | os.PathLike[str] | BinaryIO,
    *,
    progress: Progress | None = None,
    include_personal: bool = False,
    encoding: str | None = None,
    allow_truncated: bool = False,
) -> tuple[Schedule, ReadingReport]:
    """Read a P6 XER, a P6 XML or a Microsoft Project XML file, told apart by content.

    `progress` is called with bytes done and bytes in all (None when unknown). Names of people
    and notes are dropped unless `include_personal`. `encoding` is for an XER that does not show
    its own: the Windows code page of the machine that wrote it. `allow_truncated` takes an XER
    that lacks its end mark, with a warning.

    Raises ScheduleUnreadable, with a stable code and a sentence in both languages.
    """
    report = ReportBuilder()
    with open_source(path_or_stream, progress) as source:
        if detect_format(source.head) is SourceFormat.XER:
            schedule, used, lines = read_xer(
                source,
                report,
                encoding=encoding,
                include_personal=include_personal,
                allow_truncated=allow_truncated,
            )
        elif detect_format(source.head) is SourceFormat.MSPDI:
            schedule, used, lines = read_mspdi(source, report, include_personal=include_personal)
        else:
            schedule, used, lines = read_p6_xml(source, report, include_personal=include_personal)
        if progress is not None:
            progress(source.bytes_read, source.bytes_total)
        return schedule, report.finish(used, source.bytes_read, lines)


def detect_format(head: bytes) -> SourceFormat:
    """Tell the format from a file's first bytes.

    Raises ScheduleUnreadable `empty_file` or `unsupported_format`.
    """
    if not head.strip():
        raise ScheduleUnreadable("empty_file")
    for magic, name in BINARY_FORMATS:
        if head.startswith(magic):
            raise ScheduleUnreadable("unsupported_format", name)
    mark = encoding_of_mark(head)
    text = head.decode(mark[0] if mark else "latin-1", "replace").lstrip("\ufeff \t\r\n")
    if text.startswith("ERMHDR"):
        return SourceFormat.XER
    if text.startswith("<"):
        root = XML_ROOT.search(text)
        if root is not None and root[1] in ROOTS:
            return ROOTS[root[1]]
        raise ScheduleUnreadable("unsupported_format", f"XML <{root[1] if root else '?'}>")
    raise ScheduleUnreadable("unsupported_format", "?")
