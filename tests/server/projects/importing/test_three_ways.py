"""Histories of files and of people's entries: nothing of anybody is lost without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from server.projects.importing.comparing import PROGRESS, TRACKED
from server.projects.schedules.model import ActivityStatus
from tests.server.projects.importing.small_schedules import (
    activity,
    carried_out,
    found,
    imported,
    keys,
    people_write,
    plan,
    schedule,
)

if TYPE_CHECKING:
    from server.projects.importing import Current
    from server.projects.schedules import Schedule

CODES = ("A10", "A20", "A30", "A40")
PEOPLE = {
    "name": st.sampled_from(["Fouilles", "Coulage", "Levage"]),
    "status": st.sampled_from(["todo", "in_progress", "done"]),
    "progress": st.sampled_from([0, 2500, 10_000]),
    "float_minutes": st.sampled_from([0, 480]),
}


@st.composite
def files(draw: st.DrawFn) -> Schedule:
    """Draw a version of the file: some of the activities, with few values that often agree."""
    activities = []
    for code in draw(st.lists(st.sampled_from(CODES), unique=True)):
        percent = draw(st.sampled_from([0.0, 25.0, 100.0]))
        activities.append(
            activity(
                code,
                draw(st.sampled_from(["2", "3", "4"])),
                name=draw(PEOPLE["name"]),
                percent_complete=percent,
                status=ActivityStatus.IN_PROGRESS if percent else ActivityStatus.NOT_STARTED,
                total_float_hours=draw(st.sampled_from([0.0, 8.0])),
            )
        )
    costs = {one.code: draw(st.sampled_from(["0", "10.5", "200"])) for one in activities}
    return schedule(*activities, costs=costs)


@st.composite
def entries(draw: st.DrawFn) -> list[tuple[str, dict[str, Any]]]:
    """Draw what people write: tasks and fields."""
    one = st.fixed_dictionaries({}, optional=PEOPLE)
    return draw(st.lists(st.tuples(st.sampled_from(CODES), one), max_size=4))


def written(current: Current, made: list[tuple[str, dict[str, Any]]]) -> Current:
    """Return the project after people have written."""
    for code, values in made:
        if f"activity:{code}" in keys(current):
            current = people_write(current, f"activity:{code}", **values)
    return current


@given(first=files(), second=files(), made=entries())
def test_every_field_follows_whoever_changed_it(
    first: Schedule, second: Schedule, made: list[tuple[str, dict[str, Any]]]
) -> None:
    """The file's new value where people left a field alone, people's where the file did."""
    base = imported(first)
    people = written(base, made)
    planned = plan(second, people)
    after = carried_out(people, planned)
    said = {(one.key, one.field) for one in planned.conflicts}
    wanted = imported(second)
    for key in keys(people) & keys(wanted):
        old, here, file, now = (found(one, key).values for one in (base, people, wanted, after))
        for name in TRACKED["task"]:
            values = [one.get(name) for one in (old, here, file, now)]
            if values[1] == values[2] or (key, name) in said:
                assert values[3] == values[1]
            elif values[0] == values[1]:
                assert values[3] == values[2]
            else:
                assert values[0] == values[2]
                assert values[3] == values[1]


@given(first=files(), second=files(), made=entries())
def test_an_import_is_settled_once(
    first: Schedule, second: Schedule, made: list[tuple[str, dict[str, Any]]]
) -> None:
    """The same file once more finds nothing to do, and says the same conflicts."""
    people = written(imported(first), made)
    planned = plan(second, people)
    again = plan(second, carried_out(people, planned))
    assert again.edits == []
    assert again.conflicts == planned.conflicts


@given(first=files(), second=files(), made=entries(), take_file=st.booleans())
def test_work_of_crews_is_neither_deleted_nor_set_back(
    first: Schedule, second: Schedule, made: list[tuple[str, dict[str, Any]]], *, take_file: bool
) -> None:
    """A task whose progress crews changed is there afterwards, at least as far on."""
    base = imported(first)
    people = written(base, made)
    after = carried_out(people, plan(second, people, take_file=take_file))
    for key in keys(people):
        before, here = found(base, key).values, found(people, key).values
        if all(before.get(name) == here.get(name) for name in PROGRESS):
            continue
        now = found(after, key).values
        assert (now.get("progress") or 0) >= (here.get("progress") or 0)


@given(first=files(), second=files())
def test_updating_gives_what_a_first_import_gives(first: Schedule, second: Schedule) -> None:
    """Where nobody has entered anything, the newer file's project is all that remains."""
    base = imported(first)
    planned = plan(second, base)
    unable = {one.row for one in planned.conflicts}
    assert {one.reason for one in planned.conflicts} <= {"status_move"}
    after, fresh = carried_out(base, planned), imported(second)
    for table, rows in fresh.rows.items():
        held = {row.id: row.values for row in after.rows.get(table, ())}
        assert held.keys() == {row.id for row in rows}
        for row in rows:
            if row.id in unable:
                continue
            for name in (*TRACKED[table], "imported"):
                assert held[row.id].get(name) == row.values.get(name)


def test_marks_survive_a_field_that_the_file_stops_saying() -> None:
    """Without personal data in the reading, notes are neither changed nor forgotten."""
    noted = schedule(activity("A10", notes="Voir plan"))
    silent = schedule(activity("A10"))
    current = imported(noted)
    assert plan(silent, current).edits == []
    other = schedule(replace(noted.projects[0].activities[0], notes="Voir plan B"))
    [change] = plan(other, current).changed
    assert [one.field for one in change.fields] == ["notes"]
