"""Stub."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.projects.schedules.errors import ScheduleUnreadable

if TYPE_CHECKING:
    from server.projects.schedules.model import Schedule
    from server.projects.schedules.report import ReportBuilder
    from server.projects.schedules.source import ByteSource


def read_p6_xml(
    source: ByteSource, report: ReportBuilder, *, include_personal: bool = False
) -> tuple[Schedule, str, int]:
    raise ScheduleUnreadable("unsupported_format", "P6 XML")
