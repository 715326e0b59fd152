"""Validation: every bad change is named with its field, and no input makes it raise."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import errors
from sync.causes import Causes, Row, Stamp
from sync.changes import Change
from sync.merge import merge
from sync.schema import Field, Table, integer, registry, text
from sync.tables import TABLES
from sync.validation import DOCUMENT_DEPTH_MAX, Fault, check_scope, check_shape, check_state

ROW = "01890000-0000-7000-8000-000000000001"
OTHER = "01890000-0000-7000-8000-000000000002"
A, B = "a" * 16, "b" * 16
TASK = TABLES["task"]
NEW_TASK = {"project_id": OTHER, "name": "Weld", "kind": "task"}

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.binary(max_size=3)
    | st.sampled_from((ROW, "2026-02-30", "2026-02-30T10:00", "XAF", "1.5", "todo", "\x00", A))
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


def change_of(**parts: Any) -> Change:
    """Build an update of a task."""
    return Change(**{"scope": f"project:{OTHER}", "table": "task", "row": ROW, **parts})


@given(st.data(), st.sampled_from(sorted(TABLES)), st.booleans(), st.booleans())
def test_nothing_makes_validation_raise(
    data: st.DataObject,
    name: str,
    newer: bool,  # noqa: FBT001
    server: bool,  # noqa: FBT001
) -> None:
    """Whatever a change holds, each check answers with a fault of the catalogue or with nothing."""
    table = TABLES[name]
    names = st.sampled_from(sorted(table.names)) | st.text(max_size=4)
    values = st.dictionaries(names, ANYTHING, max_size=5)
    change = Change(
        scope=data.draw(st.sampled_from(("org", f"project:{ROW}", "x", ":", ""))),
        table=name,
        row=data.draw(st.sampled_from((ROW, "", ROW.upper(), "é" * 36))),
        operation=data.draw(st.sampled_from(("create", "update", "delete"))),
        context=data.draw(st.dictionaries(st.sampled_from((A, B, "x", "")), st.integers())),
        before=data.draw(values),
        after=data.draw(values),
    )
    row = Row(name, ROW, {B: 1}, {"project_id": ROW}, Causes([Stamp(B, 1, 1, ["project_id"])]))
    stored = data.draw(st.sampled_from((None, row)))
    found = check_shape(table, change, newer=newer, server=server)
    if found is None:
        found = check_scope(table, change, stored) or check_state(table, stored, change, A)
    if found is None:
        merge(table, stored, change, replica=A, number=1, time=1)
    assert found is None or errors.CATALOGUE[found.error.code] is found.error


BAD: dict[str, tuple[dict[str, Any], str, str | None]] = {
    "a row id that is none": ({"row": "x" * 36, "after": {"name": "a"}}, "value_invalid", "row"),
    "a context of no replica": (
        {"context": {"x": 1}, "after": {"name": "a"}},
        "change_set_malformed",
        "context",
    ),
    "a context beyond exact integers": (
        {"context": {A: 2**53}, "after": {"name": "a"}},
        "change_set_malformed",
        "context",
    ),
    "an update of nothing": ({"after": {}}, "change_set_malformed", "after"),
    "a delete that writes": (
        {"operation": "delete", "after": {"name": "a"}},
        "change_set_malformed",
        "after",
    ),
    "an unknown field": ({"after": {"colour": "red"}}, "field_unknown", "colour"),
    "a missing field": (
        {"operation": "create", "after": {"name": "a", "kind": "task"}},
        "field_missing",
        "project_id",
    ),
    "a required field erased": ({"after": {"name": None}}, "value_invalid", "name"),
    "text too long": ({"after": {"name": "a" * 401}}, "value_invalid", "name"),
    "text with NUL": ({"after": {"name": "a\x00"}}, "value_invalid", "name"),
    "a tag with NUL": ({"after": {"tags": ["a\x00"]}}, "value_invalid", "tags"),
    "a float for an integer": ({"after": {"position": 1.0}}, "value_invalid", "position"),
    "an integer out of bounds": ({"after": {"progress": 10_001}}, "value_invalid", "progress"),
    "a word that is no choice": ({"after": {"kind": "party"}}, "value_invalid", "kind"),
    "a day that no calendar has": (
        {"after": {"planned_start": "2026-02-30T10:00"}},
        "value_invalid",
        "planned_start",
    ),
    "a reference with a line feed": (
        {"after": {"parent_id": ROW + "\n"}},
        "value_invalid",
        "parent_id",
    ),
    "digits of another script": (
        {"after": {"planned_start": "٢٠٢٦-01-01T10:00"}},
        "value_invalid",
        "planned_start",
    ),
    "a text seen that is none": (
        {"before": {"notes": 3}, "after": {"notes": "a"}},
        "value_invalid",
        "notes",
    ),
    "a state seen that is none": (
        {"before": {"status": ["todo"]}, "after": {"status": "done"}},
        "value_invalid",
        "status",
    ),
    "a float seen": (
        {"before": {"code": 0.5}, "after": {"code": "a"}},
        "value_invalid",
        "code",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_shape_is_named(name: str) -> None:
    """Each kind of bad input has its code and the field at fault."""
    parts, code, field = BAD[name]
    fault = check_shape(TASK, change_of(**parts), newer=False, server=False)
    assert fault is not None
    assert (fault.error.code, fault.field) == (code, field)


def test_fields_from_the_future_are_kept() -> None:
    """A newer schema's unknown field passes, unless it holds what not every client can read."""
    assert check_shape(TASK, change_of(after={"colour": ["red"]}), newer=True, server=False) is None
    fault = check_shape(TASK, change_of(after={"colour": [0.5]}), newer=True, server=False)
    assert fault == Fault(errors.VALUE_INVALID, "colour")


def test_a_document_too_deep_or_too_large_is_refused() -> None:
    """Depth and bytes of a document are bounded."""
    calendar = TABLES["calendar"]
    week: list[Any] = []
    for _ in range(DOCUMENT_DEPTH_MAX):
        week = [week]
    deep = change_of(table="calendar", after={"week": week})
    assert check_shape(calendar, deep, newer=False, server=False) == Fault(
        errors.VALUE_INVALID, "week"
    )
    large = change_of(table="calendar", after={"week": ["x" * 100_001]})
    assert check_shape(calendar, large, newer=False, server=False) == Fault(
        errors.CHANGE_SET_TOO_LARGE, "week"
    )


def test_only_the_server_writes_its_fields() -> None:
    """A computed field is refused from a tablet and accepted from the server."""
    change = change_of(table="budget", after={"spent": 3})
    budget = TABLES["budget"]
    assert check_shape(budget, change, newer=False, server=False) == Fault(
        errors.FIELD_READ_ONLY, "spent"
    )
    assert check_shape(budget, change, newer=False, server=True) is None


def stored_task(**more: Any) -> Row:
    """Build a task that replica B made."""
    create = change_of(operation="create", after={**NEW_TASK, **more})
    return merge(TASK, None, create, replica=B, number=1, time=1).row


def test_the_scope_must_be_the_rows_own() -> None:
    """A change cannot name another scope than its row's, nor move the row there."""
    row = stored_task()
    assert check_scope(TASK, change_of(after={"name": "a"}), row) is None
    elsewhere = change_of(scope=f"project:{ROW}", after={"project_id": ROW})
    assert check_scope(TASK, elsewhere, row) == Fault(errors.ROW_MISMATCH)
    assert check_scope(TASK, change_of(scope="org", after=NEW_TASK), None) == Fault(
        errors.ROW_MISMATCH
    )


def test_an_update_of_a_row_never_held_is_refused() -> None:
    """Only a create may begin a row."""
    assert check_state(TASK, None, change_of(after={"name": "a"}), A) == Fault(errors.ROW_MISSING)


def test_a_value_written_once_is_refused_to_one_who_had_seen_it() -> None:
    """Who had seen the value may not write another; who had not meets the merge."""
    row = stored_task()
    seen = change_of(context={B: 1}, after={"project_id": ROW})
    assert check_state(TASK, row, seen, A) == Fault(errors.WRITE_ONCE_WRITTEN, "project_id")
    assert check_state(TASK, row, change_of(after={"project_id": ROW}), A) is None


def test_seeing_a_value_is_a_matter_of_its_field_alone() -> None:
    """A concurrent edit of another field does not excuse writing over a value that was seen."""
    row = stored_task()
    other = change_of(context={B: 1}, after={"code": "W-1"})
    row = merge(TASK, row, other, replica="c" * 16, number=1, time=2).row
    seen = change_of(context={B: 1}, after={"project_id": ROW})
    assert check_state(TASK, row, seen, A) == Fault(errors.WRITE_ONCE_WRITTEN, "project_id")
    jump = change_of(context={B: 1}, before={"status": "done"}, after={"status": "verified"})
    row = merge(
        TASK, row, change_of(context={B: 1}, after={"status": "todo"}), replica=B, number=2, time=3
    ).row
    assert check_state(TASK, row, jump, B) == Fault(errors.TRANSITION_FORBIDDEN, "status")


def test_a_move_is_judged_from_what_its_writer_saw() -> None:
    """A concurrent move starts from the state its writer saw, a later one from the stored state."""
    row = stored_task(status="todo")
    blind = change_of(before={"status": "done"}, after={"status": "verified"})
    assert check_state(TASK, row, blind, A) is None
    knowing = change_of(context={B: 1}, before={"status": "done"}, after={"status": "verified"})
    assert check_state(TASK, row, knowing, A) == Fault(errors.TRANSITION_FORBIDDEN, "status")


def test_a_counter_stays_an_exact_integer() -> None:
    """A sum that not every client could hold is refused."""
    row = stored_task(hours_spent_minutes=2**53 - 1)
    more = change_of(after={"hours_spent_minutes": 1})
    assert check_state(TASK, row, more, A) == Fault(errors.VALUE_INVALID, "hours_spent_minutes")


CONTRADICTIONS: dict[str, dict[str, Any]] = {
    "maximum of texts": {"fields": (Field("a", text(), "maximum"),)},
    "a workflow without a machine": {"fields": (Field("a", text(), "workflow"),)},
    "a field declared twice": {"fields": (Field("a", text()), Field("a", integer()))},
    "a row that could move": {
        "fields": (Field("project_id", text(), required=True),),
        "scopes": ("project",),
        "scope_field": "project_id",
    },
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_declaration_that_cannot_be_merged_is_refused(name: str) -> None:
    """A table that contradicts itself stops the start."""
    parts = {"name": "bad", "service": "tests", "scopes": ("org",), **CONTRADICTIONS[name]}
    with pytest.raises(ValueError, match="bad"):
        registry([Table(**parts)])
