"""What tasks lean on: calendars, resources, links and assignments as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from server.projects.importing.plan import Wanted
from server.projects.importing.values import decimal_text, fitted, minutes
from server.projects.schedules.model import LagCalendar, RelationType, ResourceType
from sync.validation import DOCUMENT_BYTES_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.projects.importing.keys import Keys
    from server.projects.importing.plan import LeftBuilder
    from server.projects.importing.tasks import RowOf
    from server.projects.schedules import Schedule, ScheduleProject
    from server.projects.schedules.model import (
        Assignment,
        Calendar,
        Relation,
        Resource,
        WorkingDay,
    )

LINK_KINDS: Final = {
    RelationType.FINISH_TO_START: "finish_start",
    RelationType.START_TO_START: "start_start",
    RelationType.FINISH_TO_FINISH: "finish_finish",
    RelationType.START_TO_FINISH: "start_finish",
}
RESOURCE_KINDS: Final = {
    ResourceType.LABOUR: "labour",
    ResourceType.NONLABOUR: "equipment",
    ResourceType.MATERIAL: "material",
    ResourceType.COST: "material",
}


def wanted_calendars(
    schedule: Schedule, project: ScheduleProject, keys: Keys, row_of: RowOf, left: LeftBuilder
) -> Iterator[Wanted]:
    """Yield the calendars that the project works by; `exceptions` are days, then weeks."""
    used = {project.calendar, *(activity.calendar for activity in project.activities)}
    for calendar in schedule.calendars:
        if calendar.identifier not in used:
            left.add("calendar_unused", calendar.name)
            continue
        key = keys.calendars[calendar.identifier]
        name = fitted(calendar.name, 200) or key
        values = {
            "name": name,
            "week": [_day(day) for day in calendar.week],
            "exceptions": _exceptions(calendar, left),
            "hours_per_day": decimal_text(calendar.hours_per_day),
        }
        yield Wanted("calendar", key, row_of(key), name, values)


def wanted_resources(
    schedule: Schedule, project: ScheduleProject, keys: Keys, row_of: RowOf, left: LeftBuilder
) -> Iterator[Wanted]:
    """Yield the resources that the project's work needs, and the roles nobody fills yet."""
    used = {one.resource for one in project.assignments}
    for resource in schedule.resources:
        if resource.identifier not in used:
            left.add("resource_unused", _resource_name(resource))
            continue
        if resource.rates:
            left.add("rate", _resource_name(resource), len(resource.rates))
        key = keys.resources[resource.identifier]
        name = fitted(_resource_name(resource), 200) or key
        values = {
            "name": name,
            "kind": RESOURCE_KINDS[resource.type],
            "unit": fitted(resource.unit, 40),
        }
        yield Wanted("resource", key, row_of(key), name, values)
    roles = {one.role for one in project.assignments if one.resource is None}
    for role in schedule.roles:
        if role.identifier in roles:
            key = keys.roles[role.identifier]
            name = fitted(role.name, 200) or key
            values = {"name": name, "kind": "labour", "unit": None}
            yield Wanted("resource", key, row_of(key), name, values)


def wanted_links(
    project: ScheduleProject, keys: Keys, row_of: RowOf, left: LeftBuilder
) -> Iterator[Wanted]:
    """Yield the links between the project's tasks."""
    hours = {one.identifier: one.planned_hours for one in project.activities}
    seen: set[tuple[str, str, RelationType]] = set()
    for relation in project.relations:
        predecessor, successor = keys.task(relation.predecessor), keys.task(relation.successor)
        label = f"{relation.predecessor} > {relation.successor}"
        if predecessor is None or successor is None:
            at_root = keys.root and keys.root.identifier in {
                relation.predecessor,
                relation.successor,
            }
            left.add("link_to_project" if at_root else "link_external", label)
            continue
        if predecessor == successor:
            left.add("link_to_itself", label)
            continue
        if (predecessor, successor, relation.type) in seen:
            left.add("link_repeated", label)
            continue
        seen.add((predecessor, successor, relation.type))
        key = keys.link(relation, predecessor, successor)
        lag = _lag(relation, hours.get(relation.predecessor), label, left)
        yield Wanted(
            table="task_link",
            key=key,
            row=row_of(key),
            label=key.partition(":")[2],
            values={
                "kind": LINK_KINDS[relation.type],
                "lag_minutes": lag,
                "lag_calendar": _lag_calendar(relation, project) if lag else None,
            },
            fixed={"predecessor_id": row_of(predecessor), "successor_id": row_of(successor)},
        )


def wanted_assignments(
    project: ScheduleProject, keys: Keys, row_of: RowOf, left: LeftBuilder
) -> Iterator[Wanted]:
    """Yield who and what works on which task."""
    for assignment in project.assignments:
        task = keys.activities[assignment.activity]
        resource = _resource_key(assignment, keys)
        if resource is None:
            left.add("work_unassigned", task)
            continue
        key = keys.assignment(assignment, task, resource)
        values = {
            "planned_units": _units(assignment.planned_units, key, left),
            "actual_units": _units(assignment.actual_units, key, left),
        }
        yield Wanted(
            table="assignment",
            key=key,
            row=row_of(key),
            label=key.partition(":")[2],
            values=values,
            fixed={"task_id": row_of(task), "resource_id": row_of(resource)},
        )


def _resource_key(assignment: Assignment, keys: Keys) -> str | None:
    if assignment.resource is not None:
        return keys.resources.get(assignment.resource)
    return keys.roles.get(assignment.role or "")


def _resource_name(resource: Resource) -> str:
    # Names and codes of people are dropped in the reading, unless asked for.
    return resource.name or resource.code or resource.title or f"#{resource.identifier}"


def _units(units: float | None, key: str, left: LeftBuilder) -> str | None:
    text = decimal_text(units)
    if units is not None and text is None:
        left.add("value_out_of_range", key)
    return text


def _lag(
    relation: Relation, predecessor_hours: float | None, label: str, left: LeftBuilder
) -> int | None:
    if relation.lag_percent is None:
        return minutes(relation.lag_hours)
    left.add("lag_percent", label)
    return minutes((predecessor_hours or 0.0) * relation.lag_percent / 100)


def _lag_calendar(relation: Relation, project: ScheduleProject) -> str | None:
    """Return whose working time a lag counts, where it is not the predecessor's."""
    if relation.lag_elapsed:
        return LagCalendar.ELAPSED.value
    said = project.options.lag_calendar
    return None if said is LagCalendar.PREDECESSOR else said.value


def _day(day: WorkingDay) -> list[list[int]]:
    return [[period.start_minute, period.finish_minute] for period in day]


def _exceptions(calendar: Calendar, left: LeftBuilder) -> list[Any]:
    """Return `[first, last, periods]` of each exception, and of other weeks seven days of them.

    The latest are kept where they are more than a document may hold.
    """
    found: list[Any] = [
        [one.first_day.isoformat(), one.last_day.isoformat(), _day(one.periods)]
        for one in sorted(calendar.exceptions, key=lambda one: one.first_day)
    ]
    found += [
        [
            weeks.first_day.isoformat(),
            weeks.last_day.isoformat(),
            {"week": [None if day is None else _day(day) for day in weeks.days]},
        ]
        for weeks in calendar.other_weeks
    ]
    sizes = [len(msgspec.json.encode(one)) + 1 for one in found]
    total, cut = sum(sizes) + 2, 0
    while total > DOCUMENT_BYTES_MAX:
        total -= sizes[cut]
        cut += 1
    if cut:
        left.add("calendar_exceptions_cut", calendar.name, cut)
    return found[cut:]
