"""Readers of schedule files: Primavera P6 XER and XML, Microsoft Project XML."""

from server.projects.schedules.errors import ScheduleUnreadable
from server.projects.schedules.model import Schedule, ScheduleProject
from server.projects.schedules.reading import read_schedule
from server.projects.schedules.report import ReadingReport, ReadingWarning, TableReading
from server.projects.schedules.well_pad import well_pad_xer

__all__ = [
    "ReadingReport",
    "ReadingWarning",
    "Schedule",
    "ScheduleProject",
    "ScheduleUnreadable",
    "TableReading",
    "read_schedule",
    "well_pad_xer",
]
