"""What the routes of the plan answer with. Dates are the site's own clock; floats, minutes."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 -- read at run time

from msgspec import Struct

from server.projects.planning.forecast import PlanFault  # noqa: TC001 -- likewise


class TaskDates(Struct, frozen=True):
    """A task in the plan: planned, forecast, frozen.

    `slip_minutes` is by how much the forecast finish lies after the baseline's, in time by the
    clock; negative where it lies before.
    """

    id: str
    name: str
    kind: str
    code: str | None = None
    status: str | None = None
    planned_start: dt.datetime | None = None
    planned_finish: dt.datetime | None = None
    early_start: dt.datetime | None = None
    early_finish: dt.datetime | None = None
    late_start: dt.datetime | None = None
    late_finish: dt.datetime | None = None
    total_float_minutes: int | None = None
    free_float_minutes: int | None = None
    critical: bool | None = None
    baseline_start: dt.datetime | None = None
    baseline_finish: dt.datetime | None = None
    slip_minutes: int | None = None
    progress_rolled: int | None = None


class TaskName(Struct, frozen=True):
    """A task in a ring."""

    id: str
    name: str
    code: str | None = None


class BaselineRecord(Struct, frozen=True):
    """A baseline; `taken_at` in milliseconds since 1970."""

    id: str
    number: int
    name: str
    reason: str | None = None
    author: str | None = None
    taken_at: int | None = None
    tasks: int | None = None


class ProjectPlan(Struct, frozen=True):
    """The schedule of a project, as last computed."""

    project: str
    due: bool
    """Whether the network was touched since, and is about to be dated anew."""
    computed_at: int | None
    """Milliseconds since 1970; None before the first time."""
    data_date: dt.datetime | None
    finish: dt.datetime | None
    progress: int | None
    tasks: int
    critical_tasks: int
    baseline: BaselineRecord | None
    baseline_finish: dt.datetime | None
    slip_minutes: int | None
    """By how much the project's forecast finish lies after the baseline's."""
    longest_path: list[TaskDates]
    """What drives the finish, by date."""
    critical: list[TaskDates]
    """What has no float, by date."""
    slips: list[TaskDates]
    """What is forecast to finish after its baseline, the latest first."""
    cycles: list[list[TaskName]]
    """Tasks that wait for one another: the links between them were left out."""
    faults: list[PlanFault]
    """What could not be taken as it stands."""


class Shift(Struct, frozen=True):
    """A stretch of work in a day, in minutes after midnight."""

    start_minute: int
    finish_minute: int


class CalendarDay(Struct, frozen=True):
    """A day of a calendar; `because` is `exception`, `week`, `holiday`, `rotation` or `usual`."""

    day: dt.date
    shifts: list[Shift]
    minutes: int
    because: str
    holiday: str | None = None


class CalendarPreview(Struct, frozen=True):
    """What a calendar makes of some days."""

    calendar: str
    country: str | None
    days: list[CalendarDay]


class Comparison(Struct, frozen=True):
    """A baseline beside the plan as it stands and its forecast, or beside another baseline.

    Of two baselines, `planned_start` and `planned_finish` of a task are the other's, `slip_minutes`
    is by how much it finishes later there, and `forecast_finish` is the other's last finish.
    """

    baseline: BaselineRecord
    compared: int
    moved: list[TaskDates]
    """Tasks whose planned dates are not the baseline's, those that finish latest after it first."""
    moved_count: int
    added: list[TaskDates]
    """Tasks made since: they earn nothing against this baseline."""
    added_count: int
    removed: list[TaskDates]
    """Tasks of the baseline that are there no more."""
    removed_count: int
    finish: dt.datetime | None
    """The last finish of the baseline."""
    forecast_finish: dt.datetime | None
    slip_minutes: int | None
    against: BaselineRecord | None = None
    """The other baseline, where one was named."""
