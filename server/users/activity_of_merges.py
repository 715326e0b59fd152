"""Records what a merge did that someone will ask about: roles, memberships, approvals, imports.

An effect of the intake, in the merge's own transaction: what was merged is recorded, and nothing
else. It looks at what was touched, asks the database nothing unless one of these things changed,
and then appends all at once. What the server itself writes, its author records (`record_activity`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from server.intake.entries import last_writer
from sync.clock import SERVER_REPLICA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from server.intake import MergeTransaction
    from server.intake.entries import Entry

IMPORTS: Mapping[str, str] = {"schedule.import": "schedule_imported"}
"""Intent of a change set -> kind of event."""

_RECORD = """
    INSERT INTO activity (kind, person_id, actor_id, project_id, device_id, detail)
    SELECT done.kind, done.person::uuid, replica.person_id, done.project::uuid, replica.device_id,
        done.detail::jsonb
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
        AS done (kind, person, project, replica, detail)
    LEFT JOIN replica ON replica.id = done.replica
"""


class _Event(Struct, frozen=True):
    kind: str
    person: str | None
    project: str | None
    replica: str
    """Who wrote it: their person and device are found with it."""
    detail: dict[str, Any]


async def record_merge(transaction: MergeTransaction) -> None:
    """Append what a merge did to the record of activity."""
    workspace = transaction.workspace
    events = [
        event
        for entry in workspace.touched.values()
        if (look := _LOOKS.get(entry.table.name)) is not None
        for event in look(entry)
        if event.replica != SERVER_REPLICA
    ]
    for replica, intent, scope in sorted(workspace.intents):
        if intent in IMPORTS:
            project = scope.partition(":")[2] or None
            events.append(_Event(IMPORTS[intent], None, project, replica, {}))
    if events:
        await transaction.connection.execute(
            _RECORD,
            [event.kind for event in events],
            [event.person for event in events],
            [event.project for event in events],
            [event.replica for event in events],
            [msgspec.json.encode(event.detail).decode() for event in events],
        )


def _value(entry: Entry, field: str) -> tuple[Any, Any]:
    """Return a field's value before and after; a row that is not there has none."""
    stored, row = entry.stored, entry.row
    before = None if stored is None or stored.deleted else stored.values.get(field)
    after = None if row is None or row.deleted else row.values.get(field)
    return before, after


def _writer(entry: Entry, field: str) -> str:
    """Return the replica whose write of a field stands, or that deleted the row."""
    row = entry.row
    assert row is not None  # noqa: S101 - a touched entry has a row
    latest = last_writer(row, None if row.deleted else field)
    return SERVER_REPLICA if latest is None else latest[0]


def _look_at_person(entry: Entry) -> Iterator[_Event]:
    assert entry.row is not None  # noqa: S101
    person = entry.row.id
    before, after = _value(entry, "role")
    if before != after:
        kind = "person_added" if before is None else "role_changed"
        kind = "person_removed" if after is None else kind
        detail = {"role": after} if before is None else {"before": before, "after": after}
        yield _Event(kind, person, None, _writer(entry, "role"), detail)
    was, active = (value is not False for value in _value(entry, "active"))
    if before is not None and after is not None and was != active:
        kind = "person_activated" if active else "person_deactivated"
        yield _Event(kind, person, None, _writer(entry, "active"), {})


def _look_at_member(entry: Entry) -> Iterator[_Event]:
    before, after = _value(entry, "role")
    if before == after:
        return
    assert entry.row is not None  # noqa: S101
    kind = "member_added" if before is None else "member_role_changed"
    kind = "member_removed" if after is None else kind
    values = entry.row.values
    yield _Event(
        kind,
        values.get("person_id"),
        values.get("project_id"),
        _writer(entry, "role"),
        {"before": before, "after": after},
    )


def _look_at_status(kinds: Mapping[str, str]) -> Callable[[Entry], Iterator[_Event]]:
    def look(entry: Entry) -> Iterator[_Event]:
        before, after = _value(entry, "status")
        if before == after or after not in kinds:
            return
        assert entry.row is not None  # noqa: S101
        values = entry.row.values
        yield _Event(
            kinds[after],
            values.get("author_id"),
            values.get("project_id"),
            _writer(entry, "status"),
            {"table": entry.table.name, "row": entry.row.id, "before": before},
        )

    return look


_LOOKS: Mapping[str, Callable[[Entry], Iterator[_Event]]] = {
    "person": _look_at_person,
    "member": _look_at_member,
    "expense": _look_at_status(
        {
            "approved": "expense_approved",
            "refused": "expense_refused",
            "posted": "expense_posted",
            "paid": "expense_paid",
        }
    ),
    "daily_report": _look_at_status({"approved": "report_approved"}),
}
"""Table -> what to see in a touched row of it."""
