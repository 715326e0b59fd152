"""A person acts through a route: their change is judged and merged like a push of theirs.

    await context.intake.act(person, [Proposal(scope, "permit", row, {"status": "active"})],
        intent="permit.activate")

Each person has one replica on the server for it, which no device may use. A proposal says what is
to become of a row; what the row was is filled in under the lock of its scope, so that the change
has seen all that the server holds: it races nothing, and of two at once the second meets what the
first left. `Judgement.online` tells a guard of it.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw, Struct, structs

from server.intake.receiving import Entry, Push, push_scopes
from sync import errors
from sync.changes import Change, ChangeSet, Operation, PushRequest
from sync.clock import hybrid_time
from sync.schema import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import asyncpg

    from server.intake.workspace import Workspace
    from sync.errors import ErrorCode

OFFICE_NAME = "En ligne"
"""What the history calls the device of a change made through a route."""

_FIND_OFFICE = "SELECT id FROM replica WHERE person_id = $1 AND office"

_MAKE_OFFICE = """
    INSERT INTO replica (id, person_id, name, platform, office) VALUES ($1, $2, $3, 'server', true)
    ON CONFLICT (person_id) WHERE office DO NOTHING
"""


class Proposal(Struct, frozen=True):
    """What is to become of one row."""

    scope: str
    table: str
    row: str
    after: Mapping[str, Any] = {}
    """The fields to write, as a replica would send them; none for a delete."""
    operation: Operation = "update"
    keep: tuple[str, ...] = ()
    """Fields to write again as they stand: to restore a deleted row is to write what it holds."""


async def office_replica(pool: asyncpg.Pool, person: str) -> str:
    """Return the replica through which the server writes as a person; make it at the first time."""
    found: str | None = await pool.fetchval(_FIND_OFFICE, person)
    while found is None:
        await pool.execute(_MAKE_OFFICE, secrets.token_hex(8), person, OFFICE_NAME)
        found = await pool.fetchval(_FIND_OFFICE, person)
    return found


def acted_push(
    person: str, replica: str, proposals: Sequence[Proposal], *, intent: str, now_ms: int
) -> Push:
    """Return the push that a person's act amounts to: numbered and completed when it is merged."""
    kept = {(one.scope, one.row): one.keep for one in proposals if one.keep}
    changes = [
        Change(one.scope, one.table, one.row, one.operation, after=dict(one.after))
        for one in proposals
    ]
    change_set = ChangeSet(1, hybrid_time(now_ms), intent, SCHEMA_VERSION, changes)
    entry = Entry(1, b"", change_set)
    request = PushRequest(replica, 1, now_ms, [Raw(msgspec.msgpack.encode(change_set))])
    return Push(person, request, [entry], push_scopes([entry]), len(changes), acted=True, kept=kept)


def numbered(entries: Iterable[Entry], last_counter: int) -> list[Entry]:
    """Return entries under the counters that follow the last one of their replica."""
    return [
        structs.replace(
            entry,
            counter=counter,
            change_set=entry.change_set and structs.replace(entry.change_set, counter=counter),
        )
        for counter, entry in enumerate(entries, last_counter + 1)
    ]


def completed(
    change_set: ChangeSet, workspace: Workspace, kept: Mapping[tuple[str, str], tuple[str, ...]]
) -> ChangeSet:
    """Return a proposed change set as one who sees the rows as they stand would make it."""
    return structs.replace(
        change_set,
        time=hybrid_time(workspace.now_ms),
        changes=[
            _completed(change, workspace, kept.get((change.scope, change.row), ()))
            for change in change_set.changes
        ],
    )


def _completed(change: Change, workspace: Workspace, kept: tuple[str, ...]) -> Change:
    row = workspace.row(change.scope, change.row)
    if row is None:
        return change
    after = {**change.after, **{name: row.values.get(name) for name in kept}}
    before = {name: row.values.get(name) for name in after}
    return structs.replace(change, context=row.vector, before=before, after=after)


_STATUS = {
    errors.ACCESS_DENIED.code: 403,
    errors.SCOPE_UNKNOWN.code: 404,
    errors.ROW_MISSING.code: 404,
    errors.ROW_MISMATCH.code: 404,
    errors.CHANGE_SET_TOO_LARGE.code: 400,
    errors.FIELD_MISSING.code: 400,
    errors.FIELD_READ_ONLY.code: 400,
    errors.FIELD_UNKNOWN.code: 400,
    errors.VALUE_INVALID.code: 400,
    errors.REFERENCE_MISSING.code: 400,
    errors.CURRENCY_UNKNOWN.code: 400,
}
"""HTTP status of what refuses an act; 409 for what is not named: the row stands otherwise."""


def refusal_of(error: ErrorCode) -> ErrorCode:
    """Return a change set's refusal as that of a whole request."""
    if error.status != errors.ANSWER:
        return error
    return structs.replace(error, status=_STATUS.get(error.code, 409))


ACT_ERRORS = tuple(
    refusal_of(error) for error in errors.CATALOGUE.values() if error.status == errors.ANSWER
)
"""What a route that acts may answer, for `documented`."""
