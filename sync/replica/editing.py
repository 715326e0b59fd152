"""From what a person did to a change set: fill in what they had seen, and refuse what cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct, structs

from sync import errors
from sync.changes import Change, ChangeSet, Operation
from sync.clock import join
from sync.merge import Causes, Row
from sync.replica import view
from sync.replica.outbox import encode_change_set
from sync.replica.rebase import context_of
from sync.schema import SCHEMA_VERSION, scope_of
from sync.validation import Fault, check_scope, check_shape, check_state

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from sync.changes import Sentence
    from sync.errors import ErrorCode
    from sync.schema import Table


class Limits(NamedTuple):
    """How large one change set may be: what is larger could never be sent."""

    change_set_bytes_max: int = 16 * 1024 * 1024
    change_set_changes_max: int = 50_000


class Edit(Struct, frozen=True):
    """What a person did to one row.

    `row` is None for a new row whose id nobody needs beforehand. `scope` is None when the row's
    values or its stored state say it. `after` holds the touched fields only.
    """

    table: str
    row: str | None = None
    scope: str | None = None
    operation: Operation = "update"
    after: dict[str, Any] = {}


class RefusedError(Exception):
    """The entry cannot be: it was not saved. `code` is of the catalogue, `field` is at fault."""

    def __init__(
        self, code: str, message: Sentence, *, table: str, field: str | None = None
    ) -> None:
        where = table if field is None else f"{table}.{field}"
        super().__init__(f"{code} ({where}): {message.en}")
        self.code = code
        self.message = message
        self.table = table
        self.field = field


def refused(error: ErrorCode, *, table: str, field: str | None = None) -> RefusedError:
    """Build the refusal of an entry."""
    message = errors.rejection(error).message
    return RefusedError(error.code, message, table=table, field=field)


def build(
    connection: sqlite3.Connection,
    tables: Mapping[str, Table],
    edits: Sequence[Edit],
    *,
    replica: str,
    new_ids: Sequence[str],
) -> list[Change]:
    """Turn edits into changes, each with what the person had seen.

    Args:
        connection: inside the transaction that will save the change set.
        tables: the declared tables.
        edits: one per row.
        replica: the replica's present id.
        new_ids: an id for each edit that names no row, by position.

    Raises:
        RefusedError: an edit that the server would be bound to reject.

    """
    changes: list[Change] = []
    rows: set[str] = set()
    for edit, new_id in zip(edits, new_ids, strict=True):
        change = _change(connection, tables, edit, replica=replica, new_id=new_id)
        if change.row in rows:
            raise refused(errors.ROW_REPEATED, table=edit.table)
        rows.add(change.row)
        changes.append(change)
    return changes


def _change(
    connection: sqlite3.Connection,
    tables: Mapping[str, Table],
    edit: Edit,
    *,
    replica: str,
    new_id: str,
) -> Change:
    table = tables.get(edit.table)
    if table is None:
        raise refused(errors.TABLE_UNKNOWN, table=edit.table)
    if edit.row is None and edit.operation != "create":
        raise refused(errors.ROW_MISSING, table=edit.table, field="row")
    row = new_id if edit.row is None else edit.row
    seen, base, own = view.shown(connection, tables, row)
    if seen is not None and seen.table != table.name:
        raise refused(errors.ROW_MISMATCH, table=edit.table, field="row")
    known = {} if seen is None else seen.values
    scope = edit.scope or (None if seen is None else seen.scope)
    scope = scope or scope_of(table, row, edit.after, table.scopes[0])
    if scope is None:
        raise refused(errors.SCOPE_UNKNOWN, table=edit.table, field=table.scope_field)
    change = Change(
        scope=scope,
        table=table.name,
        row=row,
        operation=edit.operation,
        context=context_of(base, own, replica),
        before={name: known[name] for name in edit.after if name in known},
        after=dict(edit.after),
    )
    state = None
    if seen is not None:
        vector = {} if base is None else base.vector
        state = Row(table.name, row, vector, known, Causes(), seen.deleted)
    _check(table, change, state, replica)
    return change


def _check(table: Table, change: Change, state: Row | None, replica: str) -> None:
    fault: Fault | None = (
        check_shape(table, change, newer=False, server=False)
        or check_scope(table, change, state)
        or check_state(table, state, change, replica)
    )
    if fault is not None:
        raise refused(fault.error, table=table.name, field=fault.field)


def sealed(
    intent: str, counter: int, time: int, changes: list[Change], limits: Limits
) -> tuple[ChangeSet, bytes]:
    """Make the change set, encoded as it will be sent on every try.

    Raises:
        RefusedError: larger than the server would ever take.

    """
    change_set = ChangeSet(
        counter=counter, time=time, intent=intent, schema=SCHEMA_VERSION, changes=changes
    )
    payload = encode_change_set(change_set)
    too_many = len(changes) > limits.change_set_changes_max
    if too_many or len(payload) > limits.change_set_bytes_max:
        raise refused(errors.CHANGE_SET_TOO_LARGE, table=changes[0].table)
    return change_set, payload


def redotted(
    change_set: ChangeSet, counter: int, former: str, merged: Mapping[str, int]
) -> ChangeSet:
    """Return a change set under another dot: same time, same content.

    Args:
        change_set: as it was made.
        counter: its new counter.
        former: the id it was made under.
        merged: row -> last counter of that id which the server has merged into it.

    """
    changes = []
    for change in change_set.changes:
        context = change.context
        if change.row in merged:
            context = join(context, {former: merged[change.row]})
        changes.append(structs.replace(change, context=context))
    return structs.replace(change_set, counter=counter, changes=changes)
