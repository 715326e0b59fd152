"""Real files through a replica: all of them import, and two versions of one project meet."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from server.projects.importing import Choices, apply_import, choose_project, prepare_import
from server.projects.schedules import ScheduleUnreadable, read_schedule

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from server.projects.schedules import ScheduleProject
    from sync.replica import Replica


def read_all(realdata: Path) -> dict[str, ScheduleProject]:
    """Return the first project of each real file that the reader takes."""
    found = {}
    for path in sorted((*realdata.glob("xer/*"), *realdata.glob("mspdi/*"))):
        try:
            found[str(path)] = read_schedule(path)[0].projects[0]
        except ScheduleUnreadable:
            continue
    return found


def test_every_real_file_imports_and_costs_what_it_says(realdata: Path, replica: Replica) -> None:
    """All rows of each file are in the outbox, their lines add up, and a second time is nothing."""
    files = read_all(realdata)
    assert len(files) >= 10
    for number, path in enumerate(files):
        schedule = read_schedule(path)[0]
        project = choose_project(schedule)
        known = {one.row for one in replica.rows("project")}
        choices = Choices(currency=schedule.currency or "EUR")
        plan = prepare_import(replica, schedule, choices=choices)
        # Several real files bear the same code: the second of a code updates the first.
        assert plan.new_project == (plan.project_id not in known)
        assert apply_import(replica, plan) is not None or not plan.new_project, number
        again = prepare_import(replica, schedule, choices=choices)
        assert again.edits == []
        if not plan.new_project:
            continue
        scope = f"project:{plan.project_id}"
        tasks = replica.rows("task", scope, "kind <> 'summary'")
        assert len(tasks) == len(project.activities)
        exact = sum((one.planned_cost or Decimal(0) for one in project.assignments), Decimal(0))
        exact += sum((one.planned_cost or Decimal(0) for one in project.expenses), Decimal(0))
        lines = replica.rows("budget_line", f"finance:{plan.project_id}")
        total = sum(one.values["amount"] for one in lines)
        assert abs(Decimal(total) / 100 - exact) <= Decimal("0.005")


def test_mdl4_costs_lose_a_fifth_of_a_cent(realdata: Path, replica: Replica) -> None:
    """62 545.392 USD is a budget of 62 545.39 USD, and the report says the 0.002."""
    schedule = read_schedule(realdata / "xer" / "inigmat_MDL4D.xer")[0]
    plan = prepare_import(replica, schedule)
    assert plan.costs is not None
    assert plan.costs.exact == "62545.392"
    assert plan.costs.total == 6_254_539
    assert plan.costs.rounding == "-0.002"
    assert sum(line.amount for line in plan.costs.lines) == 6_254_539


def test_newer_version_gives_exactly_its_differences(realdata: Path, replica: Replica) -> None:
    """MDL4RA over MDL4D changes the tasks and fields in which the two files differ, no more."""
    older = read_schedule(realdata / "xer" / "inigmat_MDL4D.xer")[0]
    newer = read_schedule(realdata / "xer" / "inigmat_MDL4RA.xer")[0]
    apply_import(replica, prepare_import(replica, older))
    plan = prepare_import(replica, newer, project="MDL4D")
    changed = {
        (row.label.partition(" ")[0], field.field)
        for row in plan.changed
        if row.key.startswith("activity:")
        for field in row.fields
    }
    assert changed == differences(older.projects[0], newer.projects[0])
    assert len(changed) > 100
    assert (plan.added, plan.removed, plan.conflicts) == ([], [], [])
    assert {row.table for row in plan.changed} == {"project", "task"}
    assert apply_import(replica, plan) == 2
    assert prepare_import(replica, newer, project="MDL4D").edits == []


def differences(older: ScheduleProject, newer: ScheduleProject) -> set[tuple[str, str]]:
    """Return (code, field) of what two versions say differently, by comparing the readings."""
    compared: dict[str, Callable[..., object]] = {
        "name": lambda one: one.name,
        "planned_start": lambda one: one.planned_start,
        "planned_finish": lambda one: one.planned_finish,
        "float_minutes": lambda one: one.total_float_hours,
        "duration_minutes": lambda one: one.planned_hours,
        "status": lambda one: one.status,
        "progress": lambda one: one.percent_complete,
        "constraint_kind": lambda one: [held.kind for held in one.constraints],
        "constraint_date": lambda one: [held.moment for held in one.constraints],
    }
    before = {one.code: one for one in older.activities}
    return {
        (one.code, field)
        for one in newer.activities
        for field, value in compared.items()
        if value(one) != value(before[one.code])
    }
