"""The path of a change: saved here, sent, confirmed, and seen by the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sync.replica import Edit, RefusedError
from tests.sync.replica.conftest import change, new_project, new_task

if TYPE_CHECKING:
    from tests.sync.replica.conftest import Bench


async def test_an_entry_reaches_the_other_replicas(bench: Bench) -> None:
    """What one replica saves, another shows with the same values after both synchronise."""
    ann, ben = bench.replica("ann"), bench.replica("ben")
    project, scope = new_project(ann)
    task = new_task(ann, project, tags=["puits", "nord"], progress=100)

    report = await bench.sync("ann")
    assert (report.pushed, report.merged, report.waiting) == (2, 2, 0)
    assert report.complete
    await bench.sync("ben")

    shown = ben.row(task)
    assert shown is not None
    assert shown.values == ann.row(task).values  # type: ignore[union-attr]
    assert [row.row for row in ben.rows("task", scope)] == [task]
    assert ben.checksum(scope) == ann.checksum(scope) == bench.server.checksum(scope)


async def test_a_row_says_how_safe_it_is(bench: Bench) -> None:
    """A row goes from saved here, over sent, to confirmed, and never falls back in between."""
    ann = bench.replica("ann")
    project, scope = new_project(ann)
    task = new_task(ann, project)
    await bench.sync("ann")
    change(ann, task, progress=5_000)

    def seen() -> tuple[str, int]:
        row = ann.rows("task", scope)[0]
        return row.state, row.values["progress"]

    assert seen() == ("saved_here", 5_000)
    bench.transports["ann"].plan.extend(["none", "cut_before"])
    report = await bench.sync("ann")
    assert report.pull_error is not None
    assert seen() == ("sent", 5_000)
    await bench.sync("ann")
    assert seen() == ("confirmed", 5_000)


async def test_others_work_arrives_while_own_work_waits(bench: Bench) -> None:
    """A pull never waits for a push: own unsent changes are shown over the others' new values."""
    ann, ben = bench.replica("ann"), bench.replica("ben")
    project, _ = new_project(ann)
    task = new_task(ann, project, hours_spent_minutes=10, tags=["a", "b"])
    await bench.sync("ann")
    await bench.sync("ben")
    change(ben, task, hours_spent_minutes=30, tags=["b", "c"], code="B-1")
    await bench.sync("ben")

    change(ann, task, hours_spent_minutes=15, tags=["a", "b", "d"], name="Cimenter")
    bench.transports["ann"].plan.append("error_before")
    report = await bench.sync("ann")
    assert report.push_error is not None
    assert report.pulled_rows == 1
    row = ann.row(task)
    assert row is not None
    assert row.state == "saved_here"
    assert row.values["hours_spent_minutes"] == 35
    assert row.values["tags"] == ["b", "c", "d"]
    assert row.values["code"] == "B-1"
    assert row.values["name"] == "Cimenter"

    await bench.sync("ann")
    after = ann.row(task)
    assert after is not None
    assert after.values == row.values
    assert after.state == "confirmed"


async def test_a_rejected_entry_is_undone_and_kept(bench: Bench) -> None:
    """A rejected change set is un-applied at once, kept whole, and blocks nothing behind it."""
    ann = bench.replica("ann")
    project, _ = new_project(ann)
    task = new_task(ann, project, progress=100)
    await bench.sync("ann")
    bench.server.forbidden.add("task.forbidden")
    ann.edit("task.forbidden", [Edit("task", task, after={"progress": 9_000})])
    change(ann, task, name="Cimenter")

    report = await bench.sync("ann")
    assert (report.rejected, report.merged, report.waiting) == (1, 1, 0)
    row = ann.row(task)
    assert row is not None
    assert (row.values["progress"], row.values["name"]) == (100, "Cimenter")
    rejected = ann.rejections()[0]
    assert rejected.rejection.code == "access_denied"
    assert rejected.changes[0].after == {"progress": 9_000}
    assert ann.dismiss_rejection(rejected.replica, rejected.counter)
    assert ann.rejections() == []


async def test_deletes_travel_as_tombstones(bench: Bench) -> None:
    """A deleted row disappears everywhere, and an edit that raced the delete brings it back."""
    ann, ben = bench.replica("ann"), bench.replica("ben")
    project, scope = new_project(ann)
    gone, saved = new_task(ann, project), new_task(ann, project)
    await bench.sync("ann")
    await bench.sync("ben")
    for task in (gone, saved):
        ann.edit("task.delete", [Edit("task", task, operation="delete")])
    assert ann.rows("task", scope) == []
    change(ben, saved, name="Gardée")
    await bench.sync("ann")
    report = await bench.sync("ben")
    await bench.sync("ann")

    assert report.conflicts == 1
    assert ben.conflicts()[0].notice.kept == "edit"
    for replica in (ann, ben):
        assert [row.row for row in replica.rows("task", scope)] == [saved]
        assert replica.row(gone) is None
        assert replica.checksum(scope) == bench.server.checksum(scope)


@pytest.mark.parametrize(
    ("edit", "code", "field"),
    [
        (Edit("nothing", operation="create", after={"a": 1}), "table_unknown", None),
        (
            Edit("task", operation="create", after={"name": "x", "kind": "task"}),
            "scope_unknown",
            "project_id",
        ),
        (Edit("site", operation="create", after={"block": "x"}), "field_missing", "name"),
        (Edit("site", operation="create", after={"name": 3}), "value_invalid", "name"),
        (
            Edit("site", operation="create", after={"name": "x", "depth": 3}),
            "field_unknown",
            "depth",
        ),
        (
            Edit("site", "0197fe0e-0000-7000-8000-000000000000", "org", after={"name": "x"}),
            "row_missing",
            None,
        ),
        (Edit("site", after={"name": "x"}), "row_missing", "row"),
    ],
)
def test_what_cannot_be_is_refused_before_it_is_saved(
    bench: Bench, edit: Edit, code: str, field: str | None
) -> None:
    """An impossible entry is refused with the code and the field at fault, and leaves nothing."""
    ann = bench.replica("ann")
    with pytest.raises(RefusedError) as refused:
        ann.edit("try", [edit])
    assert (refused.value.code, refused.value.field) == (code, field)
    assert ann.waiting() == []
    assert ann.identity().counter == 0


def test_one_action_changes_a_row_once(bench: Bench) -> None:
    """Two edits of one row in one action are refused."""
    ann = bench.replica("ann")
    project, _ = new_project(ann)
    task = new_task(ann, project)
    with pytest.raises(RefusedError, match="row_repeated"):
        ann.edit("twice", [Edit("task", task, after={"progress": n}) for n in (1, 2)])


def test_written_once_stays_written(bench: Bench) -> None:
    """A write-once field that was seen and a forbidden transition are refused offline."""
    ann = bench.replica("ann")
    project, _ = new_project(ann)
    with pytest.raises(RefusedError) as refused:
        ann.edit("project.change", [Edit("project", project, after={"currency": "EUR"})])
    assert refused.value.code == "write_once_written"
    with pytest.raises(RefusedError) as refused:
        ann.edit("project.change", [Edit("project", project, after={"status": "closed"})])
    assert (refused.value.code, refused.value.field) == ("transition_forbidden", "status")
