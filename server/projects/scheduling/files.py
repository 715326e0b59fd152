"""The network of a project as its schedule file tells it, for its own dates to be checked by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from server.projects.schedules.model import (
    ActivityStatus,
    ActivityType,
    LagCalendar,
    ResourceType,
    SourceFormat,
)
from server.projects.scheduling.calendars import calendar_of_file, national_calendar
from server.projects.scheduling.network import Activity, Constraint, Kind, Link, Network
from server.projects.scheduling.worktime import minute_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from server.projects.schedules import Schedule, ScheduleProject
    from server.projects.schedules.model import Activity as FileActivity
    from server.projects.schedules.model import Relation, WbsNode
    from server.projects.scheduling.calendars import WorkCalendar

KINDS: Final = {
    ActivityType.TASK: Kind.TASK,
    ActivityType.RESOURCE_DEPENDENT: Kind.TASK,
    ActivityType.START_MILESTONE: Kind.START_MILESTONE,
    ActivityType.FINISH_MILESTONE: Kind.FINISH_MILESTONE,
    ActivityType.LEVEL_OF_EFFORT: Kind.LEVEL_OF_EFFORT,
    ActivityType.SUMMARY: Kind.SUMMARY,
}
ASSUMED: Final = "assumed"
"""The calendar of a project that names none."""


def network_of(schedule: Schedule, project: ScheduleProject) -> Network:
    """Return the network of a project of a file, by the file's own identifiers.

    MS Project dates what has not begun from the project's start, P6 from the data date.
    """
    calendars = [calendar_of_file(one) for one in schedule.calendars]
    calendars.append(national_calendar(ASSUMED, None))
    from_start = schedule.source_format is SourceFormat.MSPDI
    dates = (project.planned_start, project.data_date)
    data_date = next(
        (one for one in (dates if from_start else reversed(dates)) if one is not None), None
    )
    options = project.options
    workers = _worker_calendars(schedule, project)
    summaries = [_summary(node) for node in project.wbs] if from_start else []
    return Network(
        activities=[*summaries, *(_activity(one, workers) for one in project.activities)],
        links=list(_links(project)),
        calendars=calendars + _united(calendars, workers.values()),
        default_calendar=project.calendar or ASSUMED,
        data_date=_first(project) if data_date is None else minute_of(data_date),
        must_finish=None if project.must_finish is None else minute_of(project.must_finish),
        lag_calendar=options.lag_calendar,
        retained_logic=options.retained_logic,
        critical_float_max=_minutes(options.critical_float_hours_max),
    )


def _minutes(hours: float | None) -> int:
    return round((hours or 0.0) * 60)


def _minute(moment: datetime | None) -> int | None:
    return None if moment is None else minute_of(moment)


def _first(project: ScheduleProject) -> int:
    starts = [one.planned_start for one in project.activities if one.planned_start is not None]
    return minute_of(min(starts)) if starts else 0


def _summary(node: WbsNode) -> Activity:
    return Activity(node.identifier, Kind.SUMMARY, 0, parent=node.parent)


def _worker_calendars(schedule: Schedule, project: ScheduleProject) -> dict[str, tuple[str, ...]]:
    """Return by whose calendars activities are done that wait for their workers, not the site."""
    of_resource = {
        one.identifier: one.calendar
        for one in schedule.resources
        if one.type is not ResourceType.MATERIAL
    }
    waiting = {
        one.identifier
        for one in project.activities
        if schedule.source_format is SourceFormat.MSPDI
        or one.type is ActivityType.RESOURCE_DEPENDENT
    }
    found: dict[str, set[str]] = {}
    for assignment in project.assignments:
        calendar = of_resource.get(assignment.resource or "")
        if assignment.activity in waiting and calendar is not None:
            found.setdefault(assignment.activity, set()).add(calendar)
    return {activity: tuple(sorted(calendars)) for activity, calendars in found.items()}


def _united(calendars: list[WorkCalendar], sets: Iterable[tuple[str, ...]]) -> list[WorkCalendar]:
    """Return a calendar for each set of workers of whom one at least is at work."""
    known = {one.identifier: one for one in calendars}
    return [
        replace(
            known[one[0]], identifier=_name(one), united=tuple(known[other] for other in one[1:])
        )
        for one in sorted({one for one in sets if len(one) > 1})
    ]


def _name(calendars: tuple[str, ...]) -> str:
    return "+".join(calendars)


def _activity(activity: FileActivity, workers: dict[str, tuple[str, ...]]) -> Activity:
    finish = activity.actual_finish
    begun = activity.actual_start
    if activity.status is ActivityStatus.COMPLETE and finish is None:
        finish = activity.planned_finish
    return Activity(
        identifier=activity.identifier,
        kind=KINDS[activity.type],
        duration=max(0, _minutes(activity.planned_hours)),
        calendar=activity.calendar or _name(workers.get(activity.identifier, ())) or None,
        remaining=None
        if activity.remaining_hours is None
        else max(0, _minutes(activity.remaining_hours)),
        actual_start=_minute(begun),
        actual_finish=_minute(finish),
        constraints=tuple(_constraints(activity)),
        parent=activity.wbs,
        resumes=_minute(activity.resumes),
        put=_minute(activity.planned_start) if activity.manual else None,
    )


def _constraints(activity: FileActivity) -> Iterator[Constraint]:
    for one in activity.constraints:
        yield Constraint(one.kind, _minute(one.moment) or 0)


def _links(project: ScheduleProject) -> Iterator[Link]:
    durations = {one.identifier: _minutes(one.planned_hours) for one in project.activities}
    for relation in project.relations:
        if not relation.external:
            yield Link(
                relation.predecessor, relation.successor, relation.type, *_lag(relation, durations)
            )


def _lag(relation: Relation, durations: dict[str, int]) -> tuple[int, LagCalendar | None]:
    elapsed = LagCalendar.ELAPSED if relation.lag_elapsed else None
    if relation.lag_percent is not None:
        whole = durations.get(relation.predecessor, 0)
        return round(whole * relation.lag_percent / 100), elapsed
    return _minutes(relation.lag_hours), elapsed
