"""What an import makes, changes, keeps and deletes, by example."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from server.projects.importing import Current, CurrentRow, ImportRefusedError, apply_import
from server.projects.schedules.model import (
    ActivityCode,
    ActivityCodeType,
    ActivityCodeUse,
    ActivityStatus,
    ActivityType,
    Assignment,
    Relation,
    RelationType,
)
from sync.replica import Limits
from tests.server.projects.importing.small_schedules import (
    FRIDAY,
    MONDAY,
    activity,
    carried_out,
    found,
    imported,
    keys,
    people_add,
    people_delete,
    people_write,
    plan,
    schedule,
)

if TYPE_CHECKING:
    from server.projects.schedules import Schedule
    from sync.replica import Replica

A10, A20, B10 = activity("A10"), activity("A20", "3"), activity("B10", "4")
FILE = schedule(A10, A20, B10, costs={"A10": "1000", "B10": "500"})
LATE = FRIDAY + timedelta(days=7)


def test_first_import_makes_project_breakdown_and_budget() -> None:
    """Nodes below the project become summaries, activities hang under them, lots are lines."""
    current = imported(FILE)
    assert current.project is not None
    assert current.project.values["code"] == "PAD"
    assert current.project.values["currency"] == "XAF"
    assert keys(current) == {
        "wbs:A",
        "wbs:A.A1",
        "wbs:B",
        "activity:A10",
        "activity:A20",
        "activity:B10",
    }
    assert found(current, "activity:A20").values["parent_id"] == found(current, "wbs:A.A1").id
    assert found(current, "wbs:A.A1").values["parent_id"] == found(current, "wbs:A").id
    assert "parent_id" not in found(current, "wbs:A").values
    assert found(current, "wbs:A").values["kind"] == "summary"
    assert found(current, "wbs:A").values["planned_start"] == "2026-03-02T08:00"
    lines = {row.values["cost_code"]: row.values for row in current.rows["budget_line"]}
    assert {code: line["amount"] for code, line in lines.items()} == {"A": 1000, "B": 500}
    assert lines["A"]["task_id"] == found(current, "wbs:A").id
    assert current.rows["budget"][0].values["amount"] == 1500


def test_rows_come_after_what_they_refer_to() -> None:
    """No edit of a plan names a row that a later edit makes."""
    made: set[str] = set()
    created = {edit.row for edit in plan(FILE).edits}
    for edit in plan(FILE).edits:
        named = {value for value in edit.after.values() if isinstance(value, str)} & created
        assert named <= made | {edit.row}
        made.add(edit.row or "")


def test_same_file_again_changes_nothing() -> None:
    """A second import of the same file is no action at all."""
    again = plan(FILE, imported(FILE))
    assert again.edits == []
    assert again.conflicts == []
    assert not again.new_project


def test_work_begun_before_keeps_its_progress() -> None:
    """Status, progress and actual dates of the file come with a new task."""
    begun = activity(
        "A10", status=ActivityStatus.IN_PROGRESS, percent_complete=12.5, actual_start=MONDAY
    )
    done = activity("A20", status=ActivityStatus.COMPLETE, actual_finish=FRIDAY)
    current = imported(schedule(begun, done))
    values = found(current, "activity:A10").values
    assert (values["status"], values["progress"]) == ("in_progress", 1250)
    values = found(current, "activity:A20").values
    assert (values["status"], values["progress"]) == ("done", 10_000)


def test_newer_file_changes_only_what_it_changed() -> None:
    """A moved finish is one field of one task, shown before and after, and of its summaries."""
    newer = schedule(
        replace(A10, planned_finish=LATE), A20, B10, costs={"A10": "1000", "B10": "500"}
    )
    planned = plan(newer, imported(FILE))
    changed = {row.key: row.fields for row in planned.changed}
    assert changed.keys() == {"activity:A10", "wbs:A", "project:PAD"}
    [field] = changed["activity:A10"]
    assert (field.field, field.before, field.after) == (
        "planned_finish",
        "2026-03-06T17:00",
        "2026-03-13T17:00",
    )
    row = found(imported(FILE), "activity:A10").id
    [edit] = [one for one in planned.edits if one.row == row]
    assert edit.after.keys() == {"planned_finish", "imported"}


def test_people_and_file_change_different_fields() -> None:
    """A name from the site and a date from the file stand side by side."""
    current = people_write(imported(FILE), "activity:A10", name="Fouilles nord")
    newer = schedule(replace(A10, planned_finish=LATE), A20, B10)
    planned = plan(newer, current)
    assert planned.conflicts == []
    values = found(carried_out(current, planned), "activity:A10").values
    assert values["name"] == "Fouilles nord"
    assert values["planned_finish"] == "2026-03-13T17:00"


def test_same_field_changed_on_both_sides_is_kept_and_said() -> None:
    """The site's name stands, the file's is named beside it; the same file says it again."""
    current = people_write(imported(FILE), "activity:A10", name="Fouilles nord")
    newer = schedule(
        replace(A10, name="Terrassement"), A20, B10, costs={"A10": "1000", "B10": "500"}
    )
    planned = plan(newer, current)
    [conflict] = planned.conflicts
    assert (conflict.field, conflict.here, conflict.file) == (
        "name",
        "Fouilles nord",
        "Terrassement",
    )
    assert planned.edits == []
    taken = plan(newer, current, take_file=True)
    assert taken.conflicts == []
    assert found(carried_out(current, taken), "activity:A10").values["name"] == "Terrassement"


def test_progress_of_crews_is_never_set_back() -> None:
    """What crews did stands against a file that says less, even when the file is to be taken."""
    begun: dict[str, Any] = {
        "status": "in_progress",
        "progress": 6000,
        "actual_start": "2026-03-03T08:00",
    }
    current = people_write(imported(FILE), "activity:A10", **begun)
    less = replace(A10, status=ActivityStatus.IN_PROGRESS, percent_complete=20.0)
    for take_file in (False, True):
        planned = plan(schedule(less, A20, B10), current, take_file=take_file)
        values = found(carried_out(current, planned), "activity:A10").values
        assert {name: values[name] for name in begun} == begun
        assert {one.field for one in planned.conflicts} >= {"progress"}
        assert {one.reason for one in planned.conflicts} == {"progress_kept"}


def test_progress_of_the_file_goes_on_where_nobody_touched_it() -> None:
    """Without crews' entries the newer file's progress is taken, downwards too."""
    older = schedule(replace(A10, status=ActivityStatus.IN_PROGRESS, percent_complete=50.0))
    newer = schedule(replace(A10, status=ActivityStatus.IN_PROGRESS, percent_complete=40.0))
    current = imported(older)
    planned = plan(newer, current)
    assert planned.conflicts == []
    assert found(carried_out(current, planned), "activity:A10").values["progress"] == 4000


def test_work_done_does_not_become_undone() -> None:
    """A status that the workflow cannot go back from is a conflict, and its progress with it."""
    current = imported(schedule(replace(A10, status=ActivityStatus.COMPLETE)))
    planned = plan(schedule(A10), current)
    assert {one.reason for one in planned.conflicts} == {"status_move"}
    values = found(carried_out(current, planned), "activity:A10").values
    assert (values["status"], values["progress"]) == ("done", 10_000)


def test_activity_without_progress_goes_with_its_links_and_assignments() -> None:
    """What the file has no more and nobody has worked on is deleted, and shown."""
    current = imported(FILE)
    planned = plan(schedule(A10, A20, costs={"A10": "1000"}), current)
    after = carried_out(current, planned)
    assert "activity:B10" not in keys(after)
    assert {row.key for row in planned.removed} == {
        "activity:B10",
        "link:FS:A20>B10",
        "assignment:B10<resource:9",
        "cost:B",
    }
    assert "wbs:B" in keys(after)


@pytest.mark.parametrize(
    "work",
    [
        {"progress": 1000, "status": "in_progress"},
        {"actual_start": "2026-03-03T08:00"},
        {"hours_spent_minutes": 60},
    ],
)
@pytest.mark.parametrize("take_file", [False, True])
def test_removed_activity_that_crews_worked_on_is_kept(
    work: dict[str, Any], *, take_file: bool
) -> None:
    """It stays with its links, and the person is told."""
    current = people_write(imported(FILE), "activity:B10", **work)
    planned = plan(schedule(A10, A20), current, take_file=take_file)
    after = carried_out(current, planned)
    assert "activity:B10" in keys(after)
    assert "link:FS:A20>B10" in keys(after, "task_link")
    assert [one.reason for one in planned.conflicts] == ["removed_in_file"]


@pytest.mark.parametrize("table", ["expense", "comment"])
def test_removed_activity_that_holds_records_is_kept(table: str) -> None:
    """An expense charged to it or a comment on it keeps a task."""
    current = imported(FILE)
    task = found(current, "activity:B10").id
    current = people_add(current, table, "01900000-0000-7000-8000-00000000000f", task_id=task)
    assert "activity:B10" in keys(carried_out(current, plan(schedule(A10, A20), current)))


def test_node_stays_while_people_have_tasks_below_it() -> None:
    """A lot that the file drops keeps the tasks that the site put there, and so itself."""
    own = "01900000-0000-7000-8000-00000000000f"
    current = imported(FILE)
    lot = found(current, "wbs:B").id
    current = people_add(current, "task", own, parent_id=lot, name="Clôture", kind="task")
    without = schedule(A10, A20, wbs=FILE.projects[0].wbs[:3])
    after = carried_out(current, plan(without, current))
    assert {own, lot} <= {row.id for row in after.rows["task"]}


def test_spent_budget_line_is_kept() -> None:
    """A line that was charged stays when its lot's costs leave the file."""
    current = people_write(imported(FILE), "cost:B", "budget_line", spent=200)
    planned = plan(schedule(A10, A20, B10, costs={"A10": "1000"}), current)
    assert "cost:B" in keys(carried_out(current, planned), "budget_line")
    assert [(one.table, one.field) for one in planned.conflicts] == [("budget_line", "spent")]


def test_task_deleted_here_does_not_come_back_by_itself() -> None:
    """It is said; with the file taken, it comes back."""
    current = people_delete(imported(FILE), "activity:A20")
    current = replace(
        current, rows={**current.rows, "task_link": [], "assignment": current.rows["assignment"]}
    )
    planned = plan(FILE, current)
    assert [one.reason for one in planned.conflicts] == ["deleted_here"]
    assert planned.edits == []
    assert "activity:A20" in keys(carried_out(current, plan(FILE, current, take_file=True)))


def test_renumbered_copy_of_a_p6_project_is_the_same_project() -> None:
    """P6 numbers every row of a copy anew; codes and names say what is what."""
    copied = replace(
        FILE.projects[0],
        identifier="88",
        activities=tuple(
            replace(one, identifier=f"x{one.code}") for one in FILE.projects[0].activities
        ),
        relations=tuple(
            replace(one, predecessor=f"x{one.predecessor[1:]}", successor=f"x{one.successor[1:]}")
            for one in FILE.projects[0].relations
        ),
        assignments=tuple(
            replace(one, identifier=f"y{one.identifier}", activity=f"x{one.activity[1:]}")
            for one in FILE.projects[0].assignments
        ),
    )
    assert plan(replace(FILE, projects=(copied,)), imported(FILE)).edits == []


def test_new_activity_stands_between_its_neighbours() -> None:
    """Positions of others do not move when an activity is put between them."""
    current = imported(schedule(A10, activity("A30")))
    planned = plan(schedule(A10, activity("A15"), activity("A30")), current)
    after = carried_out(current, planned)
    positions = [
        found(after, f"activity:{code}").values["position"] for code in ("A10", "A15", "A30")
    ]
    assert positions == sorted(set(positions))
    assert all("position" not in edit.after for edit in planned.edits if edit.operation == "update")


def test_what_has_no_place_is_counted_with_its_reason() -> None:
    """Links out of the file, percentage lags and unassigned work are said, never dropped unsaid."""
    links = (
        Relation("iA10", "elsewhere", RelationType.FINISH_TO_START, 0.0, external=True),
        Relation("iA10", "iA20", RelationType.START_TO_START, None, lag_percent=50.0),
        Relation("iA20", "1", RelationType.FINISH_TO_START, 0.0, summary=True),
    )
    nobody = (Assignment("s1", "iA10", None, planned_cost=Decimal(7)),)
    planned = plan(schedule(A10, A20, relations=links, assignments=nobody))
    assert {one.reason: one.count for one in planned.left} == {
        "link_external": 1,
        "lag_percent": 1,
        "link_to_project": 1,
        "work_unassigned": 1,
        "resource_unused": 1,
    }
    [link] = imported(schedule(A10, A20, relations=links)).rows["task_link"]
    assert link.values["lag_minutes"] == 20 * 60
    assert planned.costs is not None
    assert planned.costs.total == 7


def test_milestones_and_levels_of_effort_keep_their_kind() -> None:
    """A milestone with one date has both; a level of effort is no task."""
    gate = activity("J1", type=ActivityType.FINISH_MILESTONE, planned_start=None)
    effort = activity("L1", type=ActivityType.LEVEL_OF_EFFORT)
    current = imported(schedule(gate, effort))
    assert found(current, "activity:J1").values["kind"] == "milestone"
    assert found(current, "activity:J1").values["planned_start"] == "2026-03-06T17:00"
    assert found(current, "activity:L1").values["kind"] == "level_of_effort"


def test_a_milestone_keeps_what_it_marks() -> None:
    """Start or end: also through a newer file, and for rows of before this was kept."""
    gate = activity("J1", type=ActivityType.START_MILESTONE)
    file, turned = schedule(gate), schedule(replace(gate, type=ActivityType.FINISH_MILESTONE))
    current = imported(file)
    row = found(current, "activity:J1")
    assert (row.values["kind"], row.values["milestone_at"]) == ("milestone", "start")
    assert not plan(file, current).edits
    assert (
        found(carried_out(current, plan(turned, current)), "activity:J1").values["milestone_at"]
        is None
    )
    marks = row.values.pop("imported")
    assert row.values.pop("milestone_at") == "start"
    row.values["imported"] = marks[:-6].rstrip(".")
    (edit,) = plan(file, current).edits
    assert edit.after["milestone_at"] == "start"
    assert "milestone_at" not in found(imported(schedule(A10)), "activity:A10").values


def test_a_file_without_currency_asks_for_it() -> None:
    """Money is never of an unknown currency."""
    silent = replace(FILE, currency=None)
    with pytest.raises(ImportRefusedError) as refused:
        plan(silent)
    assert refused.value.code == "currency_missing"
    with pytest.raises(ImportRefusedError) as refused:
        plan(silent, currency="ZZZ")
    assert refused.value.code == "currency_unknown"
    assert plan(silent, currency="TND").costs is not None


def test_costs_in_another_currency_leave_the_budget_alone() -> None:
    """Nothing is converted without a rate; the rest of the file is imported."""
    planned = plan(replace(FILE, currency="EUR"), imported(FILE))
    assert [one.reason for one in planned.left] == ["cost_currency"]
    assert planned.edits == []


def test_second_project_of_the_same_name_starts_from_nothing() -> None:
    """Without a project to update, everything is new."""
    assert plan(FILE, Current()).new_project


def test_progress_in_conflict_is_said_again_until_it_is_settled() -> None:
    """Where crews agree with the file on half of it, the other half is not taken next time."""
    current = imported(
        schedule(replace(A10, status=ActivityStatus.IN_PROGRESS, percent_complete=25.0))
    )
    current = people_write(current, "activity:A10", status="todo")
    planned = plan(schedule(A10), current)
    again = plan(schedule(A10), carried_out(current, planned))
    assert again.edits == []
    assert [one.field for one in again.conflicts] == ["progress"]


def test_activity_codes_are_tags_beside_peoples_own() -> None:
    """A newer file moves its own tags; those that the site put there stay."""

    def coded(*values: str) -> Schedule:
        uses = tuple(ActivityCodeUse("iA10", value) for value in values)
        codes = tuple(ActivityCode(one, "t", one, f"Zone {one}") for one in "12")
        types = (ActivityCodeType("t", "Zone"),)
        return replace(schedule(A10, code_uses=uses), codes=codes, code_types=types)

    current = imported(coded("1"))
    assert found(current, "activity:A10").values["tags"] == ["Zone: Zone 1"]
    current = people_write(current, "activity:A10", tags=["Zone: Zone 1", "nuit"])
    assert plan(coded("1"), current).edits == []
    planned = plan(coded("2"), current)
    assert planned.conflicts == []
    after = carried_out(current, planned)
    assert found(after, "activity:A10").values["tags"] == ["Zone: Zone 2", "nuit"]
    assert plan(coded("2"), after).edits == []
    bare = carried_out(after, plan(coded(), after))
    assert found(bare, "activity:A10").values["tags"] == ["nuit"]
    assert plan(coded(), bare).edits == []


def test_a_plan_beyond_the_limit_is_refused_in_a_sentence(replica: Replica) -> None:
    """What could never be sent is not saved."""
    replica.limits = Limits(change_set_changes_max=10)
    with pytest.raises(ImportRefusedError) as refused:
        apply_import(replica, plan(FILE))
    assert refused.value.code == "import_too_large"
    assert replica.waiting() == []


def test_a_locked_budget_is_left_as_it_is() -> None:
    """Its amounts move by requests alone: the file's costs are told and left, the rest imported."""
    current = imported(FILE)
    locked = [
        CurrentRow(row.id, row.values | {"status": "locked"}) for row in current.rows["budget"]
    ]
    current = replace(current, rows={**current.rows, "budget": locked})
    dearer = replace(A10, name="Terrassement")
    planned = plan(schedule(dearer, A20, B10, costs={"A10": "9000", "A20": "1"}), current)
    assert [one.reason for one in planned.left] == ["cost_locked"]
    assert {edit.table for edit in planned.edits} == {"task", "assignment"}
    without = {edit.table for edit in plan(schedule(A10, A20, B10), current).edits}
    assert without.isdisjoint({"budget", "budget_line"})
