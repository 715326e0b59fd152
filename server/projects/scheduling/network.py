"""What the scheduler is given, and what it answers.

Moments are minutes from 1970 at the site's own clock (`worktime.minute_of`); durations, lags and
floats are working minutes.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from server.projects.schedules.model import ConstraintKind, LagCalendar, RelationType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.projects.scheduling.calendars import WorkCalendar


class Kind(StrEnum):
    """What an activity is to the scheduler.

    A start milestone falls on the beginning of work, a finish milestone may fall on its end. A
    level of effort lasts as long as what it is tied to, and holds nothing back. A summary lasts
    as long as what is below it.
    """

    TASK = "task"
    START_MILESTONE = "start_milestone"
    FINISH_MILESTONE = "finish_milestone"
    LEVEL_OF_EFFORT = "level_of_effort"
    SUMMARY = "summary"


class Constraint(Struct, frozen=True):
    """A bound on an activity's dates; `minute` means nothing to `as_late_as_possible`."""

    kind: ConstraintKind
    minute: int = 0


class Activity(Struct, frozen=True):
    """A node of the network.

    `duration` is the whole of its work and `remaining` what is left of it once it has started.
    A finished activity has both actual dates; one that has only started, the first.
    """

    identifier: str
    kind: Kind
    duration: int
    calendar: str | None = None
    remaining: int | None = None
    actual_start: int | None = None
    actual_finish: int | None = None
    constraints: tuple[Constraint, ...] = ()
    parent: str | None = None
    """The summary that it is below."""
    resumes: int | None = None
    """Before which work that has begun does not go on."""
    put: int | None = None
    """Where people put its start by hand: it is dated from there, and its float from the links."""


class Link(Struct, frozen=True, gc=False):
    """A tie between two activities; `lag_calendar` where it is not the network's."""

    predecessor: str
    successor: str
    kind: RelationType
    lag: int = 0
    lag_calendar: LagCalendar | None = None


class Network(Struct, frozen=True):
    """Everything that dates follow from."""

    activities: Sequence[Activity]
    links: Sequence[Link]
    calendars: Sequence[WorkCalendar]
    default_calendar: str
    data_date: int
    """Nothing that has not been done happens before."""
    must_finish: int | None = None
    """What floats are counted to; the last finish where it is not said."""
    lag_calendar: LagCalendar = LagCalendar.PREDECESSOR
    retained_logic: bool = True
    """Whether work that began out of turn waits for its predecessors before it goes on."""
    critical_float_max: int = 0


class Dates(Struct, frozen=True, gc=False):
    """The answer for one activity.

    `early_start` is when what is left of it can begin: an activity that has started began on its
    actual start. What is finished has its actual dates and no float.
    """

    early_start: int
    early_finish: int
    late_start: int
    late_finish: int
    total_float: int | None
    free_float: int | None
    critical: bool
    longest_path: bool


class Outcome(Struct, frozen=True):
    """The answer for a network; `finish` is the last early finish."""

    dates: dict[str, Dates]
    finish: int
    ignored_links: tuple[Link, ...] = ()
    """Links that say nothing: to oneself, to one's own summary, to what is not in the network."""


class NetworkCyclic(Exception):  # noqa: N818 -- it names a state of the network
    """Activities wait for one another in a ring: none of them can be dated."""

    def __init__(self, cycles: Sequence[tuple[str, ...]]) -> None:
        self.cycles = tuple(cycles)
        rings = "; ".join(" > ".join((*cycle, cycle[0])) for cycle in cycles)
        super().__init__(f"Activities wait for one another: {rings}.")


class ActivityUndatable(Exception):  # noqa: N818 -- likewise
    """An activity whose dates lie beyond any calendar."""

    def __init__(self, activity: str, calendar: str) -> None:
        self.activity = activity
        self.calendar = calendar
        super().__init__(f"The calendar {calendar} has not enough working time for {activity}.")
