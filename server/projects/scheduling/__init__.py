"""The scheduling engine: dates, floats and paths of a network of activities. Pure functions."""

from server.projects.scheduling.calendars import Rotation, WorkCalendar, national_calendar
from server.projects.scheduling.grid import without_rings
from server.projects.scheduling.network import (
    Activity,
    ActivityUndatable,
    Constraint,
    Dates,
    Kind,
    Link,
    Network,
    NetworkCyclic,
    Outcome,
)
from server.projects.scheduling.scheduling import schedule

__all__ = [
    "Activity",
    "ActivityUndatable",
    "Constraint",
    "Dates",
    "Kind",
    "Link",
    "Network",
    "NetworkCyclic",
    "Outcome",
    "Rotation",
    "WorkCalendar",
    "national_calendar",
    "schedule",
    "without_rings",
]
