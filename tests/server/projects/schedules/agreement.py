"""Compares a schedule of ours with MPXJ's reading of the same file, table by table, as data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from server.projects.schedules.model import (
    Activity,
    ActivityType,
    PercentType,
    Schedule,
    ScheduleProject,
    SourceFormat,
)
from server.projects.schedules.working_time import working_minutes

TOLERANCE = 0.005
TYPES = {
    ActivityType.TASK: "TASK_DEPENDENT",
    ActivityType.RESOURCE_DEPENDENT: "RESOURCE_DEPENDENT",
    ActivityType.START_MILESTONE: "START_MILESTONE",
    ActivityType.FINISH_MILESTONE: "FINISH_MILESTONE",
    ActivityType.LEVEL_OF_EFFORT: "LEVEL_OF_EFFORT",
    ActivityType.SUMMARY: "WBS_SUMMARY",
}
PERCENTS = {
    PercentType.DURATION: "duration_percent",
    PercentType.UNITS: "units_percent",
    PercentType.PHYSICAL: "physical_percent",
}
RESOURCE_TYPES = {
    "labour": "WORK",
    "nonlabour": "NON_LABOR",
    "material": "MATERIAL",
    "cost": "COST",
}


class Difference(msgspec.Struct, frozen=True):
    """One value on which the two readers disagree; a missing row has the field `row`."""

    table: str
    row: str
    field: str
    ours: Any
    theirs: Any


Compared = dict[str, dict[str, Any]]
Comparison = Callable[[Schedule, ScheduleProject, dict[str, Any]], tuple[Compared, Compared]]


def differences(
    table: str, compare: Comparison, schedule: Schedule, oracle: dict[str, Any]
) -> Iterator[Difference]:
    """Yield every disagreement of one table of the file's (only) project."""
    ours, theirs = compare(schedule, schedule.projects[0], oracle)
    for row in sorted(ours.keys() | theirs.keys()):
        if row not in ours or row not in theirs:
            yield Difference(table, row, "row", row in ours, row in theirs)
            continue
        for field, value in ours[row].items():
            other = theirs[row][field]
            if not _equal(value, other):
                yield Difference(table, row, field, value, other)


def _equal(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, (int, float, Decimal)) and isinstance(theirs, (int, float)):
        return abs(float(ours) - theirs) < TOLERANCE
    return bool(ours == theirs)


def _moment(value: datetime | None) -> str | None:
    """Write a moment as Java does: without seconds that are zero."""
    if value is None:
        return None
    return value.isoformat(timespec="seconds" if value.second else "minutes")


def _wbs(schedule: Schedule, project: ScheduleProject, oracle: dict[str, Any]) -> Any:
    ours = {node.identifier: {"name": node.name, "parent": node.parent} for node in project.wbs}
    summaries = {str(task["uid"]) for task in oracle["tasks"] if _is_node(task, schedule)}
    theirs = {
        str(task["uid"]): {
            "name": task["name"],
            "parent": None if task["parent"] is None else str(task["parent"]),
        }
        for task in oracle["tasks"]
        if str(task["uid"]) in summaries
    }
    return ours, theirs


def _is_node(task: dict[str, Any], schedule: Schedule) -> bool:
    if schedule.source_format is SourceFormat.MSPDI:
        return bool(task["summary"]) or task["uid"] == 0
    return task["code"] is None or task["type"] is None


def _activities(schedule: Schedule, project: ScheduleProject, oracle: dict[str, Any]) -> Any:
    mspdi = schedule.source_format is SourceFormat.MSPDI
    ours = {a.identifier: _activity(a, mspdi=mspdi) for a in project.activities}
    theirs = {}
    for task in oracle["tasks"]:
        if _is_node(task, schedule):
            continue
        activity = ours.get(str(task["uid"]))
        kind = next(
            (a.percent_type for a in project.activities if a.identifier == str(task["uid"])),
            PercentType.DURATION,
        )
        theirs[str(task["uid"])] = _task(task, kind, mspdi=mspdi) if activity else {}
    return ours, theirs


def _activity(activity: Activity, *, mspdi: bool) -> dict[str, Any]:
    common = {
        "name": activity.name,
        "wbs": activity.wbs,
        "calendar": activity.calendar,
        "percent_complete": activity.percent_complete,
        "planned_start": _moment(activity.planned_start),
        "planned_finish": _moment(activity.planned_finish),
        "actual_start": _moment(activity.actual_start),
        "actual_finish": _moment(activity.actual_finish),
        "early_start": _moment(activity.early_start),
        "early_finish": _moment(activity.early_finish),
        "late_start": _moment(activity.late_start),
        "late_finish": _moment(activity.late_finish),
        "baseline_start": _moment(activity.baseline_start),
        "baseline_finish": _moment(activity.baseline_finish),
        "planned_hours": activity.planned_hours,
        "remaining_hours": activity.remaining_hours,
        "total_float_hours": activity.total_float_hours,
        "free_float_hours": activity.free_float_hours,
    }
    if mspdi:
        return common | {
            "code": activity.code,
            "milestone": activity.type is ActivityType.FINISH_MILESTONE,
        }
    return common | {
        "code": activity.code,
        "type": TYPES[activity.type],
        "status": activity.status.name.replace("COMPLETE", "COMPLETED"),
        "percent_type": activity.percent_type.name,
        "remaining_start": _moment(activity.remaining_start),
        "remaining_finish": _moment(activity.remaining_finish),
        "longest_path": bool(activity.longest_path),
    }


def _task(task: dict[str, Any], kind: PercentType, *, mspdi: bool) -> dict[str, Any]:
    return task | {
        "wbs": None if task["parent"] is None else str(task["parent"]),
        "calendar": None if task["calendar"] is None else str(task["calendar"]),
        "code": task["wbs"] if mspdi else task["code"],
        "percent_complete": task[PERCENTS[kind]],
        "planned_start": task["start" if mspdi else "planned_start"],
        "planned_finish": task["finish" if mspdi else "planned_finish"],
        "planned_hours": task["duration" if mspdi else "planned_duration"],
        "remaining_hours": task["remaining_duration"],
        "total_float_hours": task["total_slack"],
        "free_float_hours": task["free_slack"],
    }


def _relations(_schedule: Schedule, project: ScheduleProject, oracle: dict[str, Any]) -> Any:
    ours = {
        f"{relation.predecessor}>{relation.successor}": {
            "type": relation.type.value,
            "lag": relation.lag_hours,
        }
        for relation in project.relations
    }
    theirs = {
        f"{relation['predecessor']}>{relation['successor']}": relation
        for relation in oracle["relations"]
    }
    return ours, theirs


def _resources(schedule: Schedule, _project: ScheduleProject, oracle: dict[str, Any]) -> Any:
    ours = {
        resource.identifier: {
            "name": resource.name,
            "type": RESOURCE_TYPES[resource.type.value],
            "rates": [float(rate.price) for rate in resource.rates if rate.price is not None],
        }
        for resource in schedule.resources
    }
    return ours, {str(resource["uid"]): resource for resource in oracle["resources"]}


def _assignments(schedule: Schedule, project: ScheduleProject, oracle: dict[str, Any]) -> Any:
    mspdi = schedule.source_format is SourceFormat.MSPDI
    ours = {
        assignment.identifier: {
            "task": assignment.activity,
            "resource": assignment.resource,
            "planned_work": assignment.planned_units,
            "actual_work": assignment.actual_units,
            "remaining_work": assignment.remaining_units,
            "planned_cost": assignment.planned_cost,
            "actual_cost": assignment.actual_cost,
            "remaining_cost": assignment.remaining_cost,
        }
        for assignment in project.assignments
    }
    theirs = {
        str(assignment["uid"]): assignment
        | {
            "task": str(assignment["task"]),
            "resource": None if assignment["resource"] is None else str(assignment["resource"]),
            "planned_work": assignment["work" if mspdi else "planned_work"],
            "planned_cost": assignment["cost" if mspdi else "planned_cost"],
        }
        for assignment in oracle["assignments"]
    }
    return ours, theirs


def _expenses(_schedule: Schedule, project: ScheduleProject, oracle: dict[str, Any]) -> Any:
    """Expenses have no identifiers in MPXJ: compare each activity's, in order, with fixed costs."""
    ours: Compared = {}
    for expense in project.expenses:
        if expense.identifier.startswith("fixed-"):
            ours[f"{expense.activity} fixed"] = {"planned_cost": expense.planned_cost}
            continue
        number = sum(1 for key in ours if key.startswith(f"{expense.activity} "))
        ours[f"{expense.activity} {number}"] = {
            "planned_cost": expense.planned_cost,
            "actual_cost": expense.actual_cost,
            "remaining_cost": expense.remaining_cost,
        }
    theirs: Compared = {}
    for task in oracle["tasks"]:
        for number, item in enumerate(task["expenses"]):
            theirs[f"{task['uid']} {number}"] = item
        if task["fixed_cost"] and not task["summary"]:
            theirs[f"{task['uid']} fixed"] = {"planned_cost": task["fixed_cost"]}
    return ours, theirs


def calendars_between(first_day: date, days: int) -> Comparison:
    """Compare every calendar's name and its minutes on each of the days."""

    def compare(schedule: Schedule, _project: ScheduleProject, oracle: dict[str, Any]) -> Any:
        dates = [first_day + timedelta(days=day) for day in range(days)]
        ours = {
            calendar.identifier: {"name": calendar.name}
            | {day.isoformat(): working_minutes(calendar, day) for day in dates}
            for calendar in schedule.calendars
        }
        theirs = {
            str(calendar["uid"]): {"name": calendar["name"]}
            | {day.isoformat(): calendar["minutes"][i] for i, day in enumerate(dates)}
            for calendar in oracle["calendars"]
        }
        return ours, theirs

    return compare


TABLES: dict[str, Comparison] = {
    "wbs": _wbs,
    "activities": _activities,
    "relations": _relations,
    "resources": _resources,
    "assignments": _assignments,
    "expenses": _expenses,
}
