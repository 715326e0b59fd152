"""The forecast of a project: what its tasks' server fields should hold. Pure.

Whatever people have entered there is a forecast: rings of tasks are cut and named, a task that no
calendar has the time for is taken as a moment and named, a calendar that makes no sense gives way
to the office week and is named.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 -- read at run time
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct, structs

from server.projects.planning.progress import rolled, rolled_project
from server.projects.planning.rows import Activities, data_date_of, links_of
from server.projects.scheduling import (
    ActivityUndatable,
    Network,
    NetworkCyclic,
    Outcome,
    WorkCalendar,
    national_calendar,
    schedule,
    without_rings,
)
from server.projects.scheduling.worktime import Worktime, WorktimeExhausted, moment_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from server.projects.planning.rows import LinkRow, TaskRow
    from server.projects.scheduling import Dates

DEFAULT_CALENDAR: Final = "default"
FAULTS_MAX: Final = 100
"""Beyond, the forecast has no dates: hundreds of tasks of a thousand years are no plan."""

FIELDS: Final = (
    "early_start",
    "early_finish",
    "late_start",
    "late_finish",
    "total_float_minutes",
    "free_float_minutes",
    "critical",
    "baseline_start",
    "baseline_finish",
    "progress_rolled",
)
"""What the scheduler writes of a task."""


class PlanFault(Struct, frozen=True):
    """Something that could not be taken as it stands."""

    code: str
    """`task_undatable`, `calendar_idle`, `calendar_malformed` or `no_dates`."""
    row: str | None = None
    field: str | None = None


class Snapshot(Struct, frozen=True):
    """A project's network at one moment."""

    project: str
    stated_data_date: datetime | None
    country: str | None
    tasks: Sequence[TaskRow]
    links: Sequence[LinkRow]
    calendars: Mapping[str, WorkCalendar]
    baseline: Mapping[str, tuple[datetime | None, datetime | None]]
    """Task -> its planned dates in the baseline that counts."""
    faults: tuple[PlanFault, ...] = ()


class Forecast(Struct, frozen=True):
    """What follows from a snapshot."""

    values: dict[str, dict[str, Any]]
    """Task -> the values of FIELDS, as they go over the wire."""
    progress: int | None
    data_date: datetime | None
    finish: datetime | None
    critical: int
    longest_path: list[str]
    cycles: list[tuple[str, ...]]
    faults: list[PlanFault]


def forecast(snapshot: Snapshot, not_after: int) -> Forecast:
    """Date a project's tasks and roll their progress up.

    Args:
        snapshot: its rows.
        not_after: actual dates beyond this minute do not move the data date.

    """
    advances = [one.advance() for one in snapshot.tasks]
    progress = rolled(advances)
    data_date = data_date_of(snapshot.stated_data_date, snapshot.tasks, not_after)
    faults = list(snapshot.faults)
    cycles: list[tuple[str, ...]] = []
    outcome: Outcome | None = None
    if data_date is None:
        faults += [PlanFault("no_dates")] if snapshot.tasks else []
    else:
        network = _network(snapshot, data_date, progress, faults)
        outcome, cycles = _dated(network, faults)
    dates = {} if outcome is None else outcome.dates
    values = {one.id: _values(one, dates.get(one.id), snapshot, progress) for one in snapshot.tasks}
    longest = sorted(
        (found.early_start, name) for name, found in dates.items() if found.longest_path
    )
    leaves = {one.id for one in snapshot.tasks if one.kind != "summary"}
    return Forecast(
        values,
        rolled_project(advances),
        None if data_date is None else moment_of(data_date),
        None if outcome is None else moment_of(outcome.finish),
        sum(1 for name, held in values.items() if held["critical"] and name in leaves),
        [name for _, name in longest if name in leaves],
        cycles,
        faults,
    )


def _network(
    snapshot: Snapshot,
    data_date: int,
    progress: Mapping[str, int | None],
    faults: list[PlanFault],
) -> Network:
    calendars = {DEFAULT_CALENDAR: national_calendar(DEFAULT_CALENDAR, snapshot.country)}
    for name, calendar in snapshot.calendars.items():
        if _is_idle(calendar, data_date):
            faults.append(PlanFault("calendar_idle", name))
        else:
            calendars[name] = calendar
    links = links_of(snapshot.links, (one.id for one in snapshot.tasks))
    led_to = frozenset(link.successor for link in links if link.successor != link.predecessor)
    activities = Activities(calendars, DEFAULT_CALENDAR, data_date, led_to, progress)
    return Network(
        [activities.of(one) for one in snapshot.tasks],
        links,
        list(calendars.values()),
        DEFAULT_CALENDAR,
        data_date,
    )


def _is_idle(calendar: WorkCalendar, data_date: int) -> bool:
    time = Worktime(calendar, data_date)
    try:
        time.start_at(time.count(data_date))
    except WorktimeExhausted:
        return True
    return False


def _dated(
    network: Network, faults: list[PlanFault]
) -> tuple[Outcome | None, list[tuple[str, ...]]]:
    """Date a network whatever is wrong with it; name what had to be taken out."""
    cycles: list[tuple[str, ...]] = []
    while True:
        try:
            return schedule(network), cycles
        except NetworkCyclic:
            network, cycles = without_rings(network)
        except ActivityUndatable as undatable:
            faults.append(PlanFault("task_undatable", undatable.activity))
            if len(faults) > FAULTS_MAX:
                return None, cycles
            network = _without_work(network, undatable.activity)


def _without_work(network: Network, activity: str) -> Network:
    return structs.replace(
        network,
        activities=[
            structs.replace(one, duration=0, remaining=0, constraints=())
            if one.identifier == activity
            else one
            for one in network.activities
        ],
        links=[
            link for link in network.links if activity not in {link.predecessor, link.successor}
        ],
    )


def _values(
    task: TaskRow,
    dates: Dates | None,
    snapshot: Snapshot,
    progress: Mapping[str, int | None],
) -> dict[str, Any]:
    start, finish = snapshot.baseline.get(task.id, (None, None))
    values: dict[str, Any] = dict.fromkeys(FIELDS)
    values["baseline_start"] = _written(start)
    values["baseline_finish"] = _written(finish)
    values["progress_rolled"] = progress[task.id]
    if dates is None or task.status == "cancelled":
        return values
    begun = task.actual_start if task.kind != "summary" else None
    values["early_start"] = _written(begun or moment_of(dates.early_start))
    values["early_finish"] = _written(moment_of(dates.early_finish))
    if dates.total_float is not None:
        values["late_start"] = _written(moment_of(dates.late_start))
        values["late_finish"] = _written(moment_of(dates.late_finish))
        values["total_float_minutes"] = dates.total_float
        values["free_float_minutes"] = dates.free_float
    values["critical"] = dates.critical
    return values


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="minutes")
