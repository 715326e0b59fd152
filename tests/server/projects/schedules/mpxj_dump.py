"""Prints what MPXJ reads in schedule files, as JSON: the oracle of the tests.

A program of its own, so that the Java machine and its threads stay out of the tests' process:
requests come in as lines `FILE<tab>FIRST_DAY<tab>DAYS`, and each is answered with a line, a list
of projects. The working minutes of each calendar are given for that many days from the first;
durations and lags are in hours.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from typing import Any


def main() -> None:
    """Answer every request."""
    import jpype  # noqa: PLC0415  (the Java machine is started here, not at import)
    import mpxj  # noqa: F401, PLC0415  (puts MPXJ on the class path)

    jpype.startJVM("-Xmx512m", convertStrings=True)
    from org.mpxj.reader import UniversalProjectReader  # noqa: PLC0415  (exists once Java runs)

    for request in sys.stdin:
        path, first_day, days = request.rstrip("\n").split("\t")
        start = date.fromisoformat(first_day)
        projects = UniversalProjectReader().readAll(path)
        answer = [_project(project, start, int(days)) for project in projects]
        print(json.dumps(answer), flush=True)  # noqa: T201  (the answer)


def _project(project: Any, first_day: date, days: int) -> dict[str, Any]:
    properties = project.getProjectProperties()
    return {
        "name": _text(properties.getName()),
        "data_date": _text(properties.getStatusDate()),
        "ignored_errors": [str(error) for error in project.getIgnoredErrors()],
        "tasks": [_task(task, properties) for task in project.getTasks()],
        "relations": [
            {
                "predecessor": int(relation.getPredecessorTask().getUniqueID()),
                "successor": int(task.getUniqueID()),
                "type": str(relation.getType()),
                "lag": _duration(relation.getLag(), properties),
                "lag_unit": str(relation.getLag().getUnits().name()),
            }
            for task in project.getTasks()
            for relation in task.getPredecessors()
        ],
        "resources": [_resource(resource) for resource in project.getResources()],
        "assignments": [_assignment(a, properties) for a in project.getResourceAssignments()],
        "calendars": [_calendar(c, first_day, days) for c in project.getCalendars()],
    }


def _task(task: Any, properties: Any) -> dict[str, Any]:
    parent = task.getParentTask()
    calendar = task.getCalendar()
    return {
        "uid": int(task.getUniqueID()),
        "code": _text(task.getActivityID()),
        "summary": bool(task.getSummary()),
        "name": _text(task.getName()),
        "null": bool(task.getNull()),
        "wbs": _text(task.getWBS()),
        "parent": None if parent is None else int(parent.getUniqueID()),
        "calendar": None if calendar is None else int(calendar.getUniqueID()),
        "type": _name(task.getActivityType()),
        "milestone": bool(task.getMilestone()),
        "status": _name(task.getActivityStatus()),
        "percent_type": _name(task.getPercentCompleteType()),
        "duration_percent": _number(task.getPercentageComplete()),
        "units_percent": _number(task.getPercentageWorkComplete()),
        "physical_percent": _number(task.getPhysicalPercentComplete()),
        "start": _text(task.getStart()),
        "finish": _text(task.getFinish()),
        "planned_start": _text(task.getPlannedStart()),
        "planned_finish": _text(task.getPlannedFinish()),
        "actual_start": _text(task.getActualStart()),
        "actual_finish": _text(task.getActualFinish()),
        "early_start": _text(task.getEarlyStart()),
        "early_finish": _text(task.getEarlyFinish()),
        "late_start": _text(task.getLateStart()),
        "late_finish": _text(task.getLateFinish()),
        "remaining_start": _text(task.getRemainingEarlyStart()),
        "remaining_finish": _text(task.getRemainingEarlyFinish()),
        "baseline_start": _text(task.getBaselineStart()),
        "baseline_finish": _text(task.getBaselineFinish()),
        "duration": _duration(task.getDuration(), properties),
        "planned_duration": _duration(task.getPlannedDuration(), properties),
        "remaining_duration": _duration(task.getRemainingDuration(), properties),
        "total_slack": _duration(task.getTotalSlack(), properties),
        "free_slack": _duration(task.getFreeSlack(), properties),
        "longest_path": bool(task.getLongestPath()),
        "fixed_cost": _number(task.getFixedCost()),
        "expenses": [
            {
                "planned_cost": _number(item.getPlannedCost()),
                "actual_cost": _number(item.getActualCost()),
                "remaining_cost": _number(item.getRemainingCost()),
            }
            for item in task.getExpenseItems()
        ],
    }


def _resource(resource: Any) -> dict[str, Any]:
    table = resource.getCostRateTable(0)
    return {
        "uid": int(resource.getUniqueID()),
        "name": _text(resource.getName()),
        "type": _name(resource.getType()),
        "rates": []
        if table is None
        else [_number(entry.getStandardRate().getAmount()) for entry in table],
    }


def _assignment(assignment: Any, properties: Any) -> dict[str, Any]:
    resource = assignment.getResource()
    return {
        "uid": int(assignment.getUniqueID()),
        "task": int(assignment.getTaskUniqueID()),
        "resource": None if resource is None else int(resource.getUniqueID()),
        "work": _duration(assignment.getWork(), properties),
        "planned_work": _duration(assignment.getPlannedWork(), properties),
        "actual_work": _duration(assignment.getActualWork(), properties),
        "remaining_work": _duration(assignment.getRemainingWork(), properties),
        "cost": _number(assignment.getCost()),
        "planned_cost": _number(assignment.getPlannedCost()),
        "actual_cost": _number(assignment.getActualCost()),
        "remaining_cost": _number(assignment.getRemainingCost()),
    }


def _calendar(calendar: Any, first_day: date, days: int) -> dict[str, Any]:
    from java.time import LocalDate  # type: ignore[import-not-found]  # noqa: PLC0415  (exists once Java runs)
    from org.mpxj import TimeUnit  # noqa: PLC0415  (likewise)

    start = LocalDate.parse(first_day.isoformat())
    return {
        "uid": int(calendar.getUniqueID()),
        "name": _text(calendar.getName()),
        "minutes": [
            round(float(calendar.getWork(start.plusDays(day), TimeUnit.MINUTES).getDuration()))
            for day in range(days)
        ],
    }


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _name(value: Any) -> str | None:
    return None if value is None else str(value.name())


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _duration(value: Any, properties: Any) -> float | None:
    from org.mpxj import TimeUnit  # noqa: PLC0415  (exists once Java runs)

    if value is None:
        return None
    return float(value.convertUnits(TimeUnit.HOURS, properties).getDuration())


if __name__ == "__main__":
    main()
