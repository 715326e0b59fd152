"""Small schedule files for examples: an XER or an MSPDI with only what a test is about."""

from __future__ import annotations

import io

from server.projects.schedules import ReadingReport, Schedule, read_schedule

HEADER = "ERMHDR\t22.12\t2026-03-01\tProject\tjdupont\tJean Dupont\tdb\tProject Management\tXAF"
PROJECT = "%T\tPROJECT\n%F\tproj_id\tproj_short_name\tlast_recalc_date\n%R\t1\tP1\t2026-03-02 08:00"
MSPDI_SPACE = "http://schemas.microsoft.com/project"


def table(name: str, fields: str, *rows: str) -> str:
    """Write a table; fields are parted by spaces, cells by `|`."""
    lines = [f"%T\t{name}", "\t".join(["%F", *fields.split()])]
    lines += ["\t".join(["%R", *row.split("|")]) for row in rows]
    return "\n".join(lines)


def xer(*tables: str, header: str = HEADER, project: str = PROJECT, end: str = "%E\n") -> str:
    """Write a file of one project with these tables beside it."""
    return "\n".join([header, project, *tables, end]).replace("\n", "\r\n")


def mspdi(content: str) -> bytes:
    """Write a Microsoft Project file with this content."""
    return f'<?xml version="1.0"?><Project xmlns="{MSPDI_SPACE}">{content}</Project>'.encode()


def read(
    content: str | bytes, *, include_personal: bool = False, encoding: str | None = None
) -> tuple[Schedule, ReadingReport]:
    """Read a file's content; a text is written as Windows-1252."""
    data = content.encode("cp1252") if isinstance(content, str) else content
    return read_schedule(io.BytesIO(data), include_personal=include_personal, encoding=encoding)


def codes(report: ReadingReport) -> list[str]:
    """Return the codes of a report's warnings."""
    return [warning.code for warning in report.warnings]
