"""Small schedules made in memory, and what becomes of a project when a plan is carried out."""

from __future__ import annotations

import itertools
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from server.projects.importing import Choices, Current, CurrentRow, ImportPlan, plan_import
from server.projects.schedules import Schedule, ScheduleProject
from server.projects.schedules.model import (
    Activity,
    ActivityStatus,
    ActivityType,
    Assignment,
    Calendar,
    PercentType,
    Relation,
    RelationType,
    Resource,
    ResourceType,
    SourceFormat,
    WbsNode,
    WorkingPeriod,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.replica import Edit

MONDAY = datetime.fromisoformat("2026-03-02T08:00")
FRIDAY = datetime.fromisoformat("2026-03-06T17:00")
DAY = (WorkingPeriod(480, 720), WorkingPeriod(780, 1020))
PROJECT_ID = "01900000-0000-7000-8000-000000000001"


def activity(code: str, wbs: str | None = "2", **fields: Any) -> Activity:
    """Return an activity of a week, not begun."""
    plain = Activity(
        identifier=f"i{code}",
        code=code,
        name=f"Travail {code}",
        wbs=wbs,
        type=ActivityType.TASK,
        status=ActivityStatus.NOT_STARTED,
        percent_complete=0.0,
        percent_type=PercentType.DURATION,
        calendar="1",
        planned_start=MONDAY,
        planned_finish=FRIDAY,
        planned_hours=40.0,
        total_float_hours=8.0,
    )
    return replace(plain, **fields)


def schedule(*activities: Activity, costs: dict[str, str] | None = None, **fields: Any) -> Schedule:
    """Return a P6 file of two lots, A (nodes 2 and, below it, 3) and B (node 4)."""
    nodes = (
        WbsNode("1", None, "PAD", "Plateforme", 1),
        WbsNode("2", "1", "A", "Génie civil", 1),
        WbsNode("3", "2", "A1", "Fondations", 1),
        WbsNode("4", "1", "B", "Forage", 2),
    )
    assignments = tuple(
        Assignment(f"s{code}", f"i{code}", "9", planned_units=4.0, planned_cost=Decimal(cost))
        for code, cost in (costs or {}).items()
    )
    links = tuple(
        Relation(one.identifier, other.identifier, RelationType.FINISH_TO_START, 0.0)
        for one, other in itertools.pairwise(activities)
    )
    project = ScheduleProject(
        identifier="77",
        code="PAD",
        name="Plateforme",
        data_date=MONDAY,
        planned_start=MONDAY,
        calendar="1",
        wbs=nodes,
        activities=activities,
        relations=links,
        assignments=assignments,
    )
    return Schedule(
        source_format=SourceFormat.XER,
        source_version="19.12",
        exported_at=None,
        data_date=MONDAY,
        currency="XAF",
        currencies=(),
        projects=(replace(project, **fields),),
        calendars=(Calendar("1", "Chantier", (DAY,) * 5 + ((), ())),),
        resources=(Resource("9", "GRU", "Grue", ResourceType.NONLABOUR),),
    )


def plan(
    file: Schedule, current: Current | None = None, *, take_file: bool = False, **choices: Any
) -> ImportPlan:
    """Plan the import of a file's only project."""
    return plan_import(
        file,
        file.projects[0],
        current or Current(),
        lambda: PROJECT_ID,
        Choices(take_file=take_file, **choices),
    )


def carried_out(current: Current, planned: ImportPlan) -> Current:
    """Return what a project holds after a plan, by the plainest reading of its edits."""
    project = current.project
    rows = {table: {row.id: row for row in held} for table, held in current.rows.items()}
    for edit in planned.edits:
        if edit.table == "project":
            known = {} if project is None else project.values
            project = CurrentRow(edit.row or "", known | edit.after)
            continue
        _carry_out(rows.setdefault(edit.table, {}), edit)
    held = {table: list(found.values()) for table, found in rows.items()}
    return Current(project, held, current.deleted)


def _carry_out(rows: dict[str, CurrentRow], edit: Edit) -> None:
    assert edit.row is not None
    assert (edit.operation == "create") == (edit.row not in rows)
    if edit.operation == "delete":
        del rows[edit.row]
        return
    known = rows[edit.row].values if edit.row in rows else {}
    rows[edit.row] = CurrentRow(edit.row, known | edit.after)


def imported(file: Schedule) -> Current:
    """Return what a first import makes."""
    return carried_out(Current(), plan(file))


def people_write(current: Current, key: str, table: str = "task", **values: Any) -> Current:
    """Return a project in which people have changed a row, named by its key."""
    return _with_rows(
        current,
        table,
        lambda row: (
            CurrentRow(row.id, row.values | values) if row.values.get("external_id") == key else row
        ),
    )


def people_add(current: Current, table: str, row: str, **values: Any) -> Current:
    """Return a project to which people have added a row."""
    rows = {**current.rows, table: [*current.rows.get(table, ()), CurrentRow(row, values)]}
    return replace(current, rows=rows)


def people_delete(current: Current, key: str) -> Current:
    """Return a project in which people have deleted a task."""
    row = found(current, key)
    rows = {**current.rows, "task": [one for one in current.rows["task"] if one.id != row.id]}
    return replace(current, rows=rows, deleted=current.deleted | {row.id})


def found(current: Current, key: str, table: str = "task") -> CurrentRow:
    """Return the row with a key."""
    return next(row for row in current.rows[table] if row.values.get("external_id") == key)


def keys(current: Current, table: str = "task") -> set[str]:
    """Return the keys of a table's rows."""
    return {row.values["external_id"] for row in current.rows.get(table, ())}


def _with_rows(current: Current, table: str, change: Callable[[CurrentRow], CurrentRow]) -> Current:
    return replace(current, rows={**current.rows, table: [*map(change, current.rows[table])]})
