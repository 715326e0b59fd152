"""The work breakdown and its activities as tasks: nodes are summaries, activities are under them.

The project's own node is the project, not a task. A summary's dates are those of the work below
it where the file does not say; it has neither status nor progress of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from server.projects.importing.keys import parents_first
from server.projects.importing.plan import Wanted
from server.projects.importing.tagging import activity_tags
from server.projects.importing.values import (
    basis_points,
    duration_minutes,
    fitted,
    local_time,
    minutes,
)
from server.projects.schedules.model import (
    ActivityStatus,
    ActivityType,
    ConstraintKind,
    PercentType,
)
from sync.tables.planning import PROGRESS_MAX
from sync.tables.projects import NOTE_CHARACTERS_MAX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from server.projects.importing.keys import Keys
    from server.projects.importing.plan import LeftBuilder
    from server.projects.schedules import Schedule, ScheduleProject
    from server.projects.schedules.model import Activity, WbsNode

    RowOf = Callable[[str], str]
    """Key -> row id."""

KINDS: Final = {
    ActivityType.TASK: "task",
    ActivityType.RESOURCE_DEPENDENT: "task",
    ActivityType.START_MILESTONE: "milestone",
    ActivityType.FINISH_MILESTONE: "milestone",
    ActivityType.LEVEL_OF_EFFORT: "level_of_effort",
    ActivityType.SUMMARY: "level_of_effort",
}
MILESTONES: Final = {
    ActivityType.START_MILESTONE: "start",
    # What is not said is a finish milestone: so are those of the files that know no difference.
    ActivityType.FINISH_MILESTONE: None,
}
STATUSES: Final = {
    ActivityStatus.NOT_STARTED: "todo",
    ActivityStatus.IN_PROGRESS: "in_progress",
    ActivityStatus.COMPLETE: "done",
}
PROGRESS_BY: Final = {
    PercentType.DURATION: "duration",
    PercentType.UNITS: "units",
    PercentType.PHYSICAL: "percent",
}
POSITION_STEP: Final = 1024
"""Room between neighbours, for what a later file puts there."""


def wanted_tasks(
    schedule: Schedule, project: ScheduleProject, keys: Keys, row_of: RowOf, left: LeftBuilder
) -> list[Wanted]:
    """Return the tasks that the file asks for, parents first; activity codes are their tags."""
    spans = _spans(project)
    tasks = [
        _summary(node, keys, row_of, spans.get(node.identifier, (None, None)))
        for node in parents_first(project.wbs)
        if node is not keys.root
    ]
    activities = [
        _task(activity, project.calendar, keys, row_of, left) for activity in project.activities
    ]
    if not schedule.code_types:
        return tasks + activities
    beginnings, tags = activity_tags(schedule, project, left)
    for activity, task in zip(project.activities, activities, strict=True):
        task.values["tags"] = tags.get(activity.identifier)
        tasks.append(replace(task, code_types=beginnings))
    return tasks


def positions(wanted: Iterable[Wanted], known: dict[str, int | None]) -> dict[str, int]:
    """Return positions for the tasks that are new, among their siblings in the file's order.

    Tasks that are known keep theirs: their order is the site's to change. `known` holds them by
    row id.
    """
    siblings: dict[str | None, list[str]] = {}
    for task in wanted:
        siblings.setdefault(task.values["parent_id"], []).append(task.row)
    placed: dict[str, int] = {}
    for rows in siblings.values():
        before = 0
        for at, row in enumerate(rows):
            held = known.get(row)
            if held is not None:
                before = max(before, held)
                continue
            after = next((known[one] for one in rows[at + 1 :] if known.get(one) is not None), None)
            between = None if after is None else (before + after) // 2
            placed[row] = before + POSITION_STEP if between is None else max(before, between)
            before = placed[row]
    return placed


def _summary(
    node: WbsNode,
    keys: Keys,
    row_of: RowOf,
    span: tuple[datetime | None, datetime | None],
) -> Wanted:
    key = keys.nodes[node.identifier]
    above = keys.nodes.get(node.parent or "")
    name = fitted(node.name, 400) or fitted(node.code, 400) or key
    code = fitted(node.code, 120)
    return Wanted(
        table="task",
        key=key,
        row=row_of(key),
        label=f"{code or ''} {name}".strip(),
        values={
            "parent_id": row_of(above) if above else None,
            "code": code,
            "name": name,
            "kind": "summary",
            "planned_start": local_time(node.start or span[0]),
            "planned_finish": local_time(node.finish or span[1]),
        },
    )


def _task(
    activity: Activity,
    project_calendar: str | None,
    keys: Keys,
    row_of: RowOf,
    left: LeftBuilder,
) -> Wanted:
    key = keys.activities[activity.identifier]
    above = keys.nodes.get(activity.wbs or "")
    calendar = keys.calendars.get(activity.calendar or project_calendar or "")
    code = fitted(activity.code, 120)
    name = fitted(activity.name, 400) or code or key
    if len(activity.name) > len(name) + 1:
        left.add("text_cut", name)
    constraint_kind, constraint_date = _constraint(activity, f"{code} {name}", left)
    values: dict[str, Any] = {
        "parent_id": row_of(above) if above else None,
        "code": code,
        "name": name,
        "kind": KINDS[activity.type],
        "status": STATUSES[activity.status],
        "progress": _progress(activity),
        "progress_by": PROGRESS_BY[activity.percent_type],
        "remaining_minutes": _remaining(activity),
        "constraint_kind": constraint_kind,
        "constraint_date": constraint_date,
        "planned_start": local_time(activity.planned_start or activity.planned_finish),
        "planned_finish": local_time(activity.planned_finish or activity.planned_start),
        "actual_start": local_time(activity.actual_start),
        "actual_finish": local_time(activity.actual_finish),
        "duration_minutes": duration_minutes(activity.planned_hours),
        "float_minutes": minutes(activity.total_float_hours),
        "calendar_id": row_of(calendar) if calendar else None,
    }
    if activity.type in MILESTONES:
        values["milestone_at"] = MILESTONES[activity.type]
    # Notes are personal data: without them in the reading, the file says nothing of them.
    notes = fitted(activity.notes, NOTE_CHARACTERS_MAX)
    if notes is not None:
        values["notes"] = notes
    return Wanted("task", key, row_of(key), f"{code or ''} {name}".strip(), values)


def _remaining(activity: Activity) -> int | None:
    """Return what is left of begun work, where the percentage does not say it already."""
    if activity.status is not ActivityStatus.IN_PROGRESS:
        return None
    if activity.percent_type is PercentType.DURATION:
        return None
    return duration_minutes(activity.remaining_hours)


def _constraint(activity: Activity, label: str, left: LeftBuilder) -> tuple[str | None, str | None]:
    """Return the constraint that a task keeps: the first; a date set by hand is a floor."""
    if len(activity.constraints) > 1:
        left.add("constraint_secondary", label)
    if activity.constraints:
        first = activity.constraints[0]
        return first.kind.value, local_time(first.moment)
    if activity.manual and activity.planned_start is not None:
        left.add("dated_by_hand", label)
        return ConstraintKind.START_NO_EARLIER.value, local_time(activity.planned_start)
    return None, None


def _progress(activity: Activity) -> int:
    if activity.status is ActivityStatus.COMPLETE:
        return PROGRESS_MAX
    return basis_points(activity.percent_complete)


def _spans(project: ScheduleProject) -> dict[str, tuple[datetime | None, datetime | None]]:
    """Return the first start and the last finish of the work below each node."""
    starts: dict[str, datetime] = {}
    finishes: dict[str, datetime] = {}

    def widen(node: str | None, start: datetime | None, finish: datetime | None) -> None:
        if node is None:
            return
        if start is not None:
            starts[node] = min(start, starts.get(node, start))
        if finish is not None:
            finishes[node] = max(finish, finishes.get(node, finish))

    for activity in project.activities:
        start = activity.planned_start or activity.planned_finish
        widen(activity.wbs, start, activity.planned_finish or activity.planned_start)
    for node in reversed(parents_first(project.wbs)):
        widen(node.parent, starts.get(node.identifier), finishes.get(node.identifier))
    return {
        node.identifier: (starts.get(node.identifier), finishes.get(node.identifier))
        for node in project.wbs
    }
