"""What a change must satisfy before any guard sees it: its shape, and the state it starts from.

Each check returns a `Fault` (the catalogue's entry and the field), or None. The order of the checks
is the order in which a person would want to hear of them.
"""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from sync import errors
from sync.schema import UUID_PATTERN, scope_of

if TYPE_CHECKING:
    from sync.changes import Change
    from sync.errors import ErrorCode
    from sync.merge import Row
    from sync.schema import Table

DOCUMENT_DEPTH_MAX = 12
DOCUMENT_BYTES_MAX = 100_000
CONTEXT_REPLICAS_MAX = 2_000
UNKNOWN_FIELD_BYTES_MAX = 20_000

_UUID = re.compile(UUID_PATTERN)
_REPLICA = re.compile("^[0-9a-f]{16}$")
_AT_FIELD = re.compile(r"at `\$\.([A-Za-z0-9_]+)")
_INTEGER_LIMIT = 2**53


class Fault(NamedTuple):
    """Why a change is refused, and the field at fault."""

    error: ErrorCode
    field: str | None = None


def check_shape(table: Table, change: Change, *, newer: bool, server: bool) -> Fault | None:
    """Check a change against its table's declaration.

    Args:
        table: the declaration.
        change: as decoded from the wire.
        newer: written with a newer schema version: fields not known here are kept, not refused.
        server: made by the server itself, which may write the fields that only it writes.

    """
    if not _UUID.match(change.row):
        return Fault(errors.VALUE_INVALID, "row")
    fault = _check_context(change.context)
    if fault is not None:
        return fault
    after = change.after
    if change.operation == "delete":
        return Fault(errors.CHANGE_SET_MALFORMED, "after") if after else None
    if not after:
        return Fault(errors.CHANGE_SET_MALFORMED, "after")
    names = after.keys()
    if not names <= table.names:
        fault = _check_unknown(table, change, newer=newer)
        if fault is not None:
            return fault
    if not server and not table.server_fields.isdisjoint(names):
        return Fault(errors.FIELD_READ_ONLY, min(table.server_fields & names))
    if change.operation == "create" and not table.required <= names:
        return Fault(errors.FIELD_MISSING, min(table.required - names))
    return _check_values(table, change)


def _check_context(context: dict[str, int]) -> Fault | None:
    if len(context) > CONTEXT_REPLICAS_MAX:
        return Fault(errors.CHANGE_SET_TOO_LARGE, "context")
    for replica, counter in context.items():
        if not 0 <= counter < _INTEGER_LIMIT or not _REPLICA.match(replica):
            return Fault(errors.CHANGE_SET_MALFORMED, "context")
    return None


def _check_unknown(table: Table, change: Change, *, newer: bool) -> Fault | None:
    for name in sorted(change.after.keys() - table.names):
        if not newer:
            return Fault(errors.FIELD_UNKNOWN, name)
        fault = _check_document(name, change.after[name], UNKNOWN_FIELD_BYTES_MAX)
        if fault is not None:
            return fault
    return None


def _check_values(table: Table, change: Change) -> Fault | None:
    after = change.after
    try:
        msgspec.convert(after, table.validator)
        if change.before and not table.arithmetic.isdisjoint(after):
            seen = {name: change.before.get(name) for name in table.arithmetic & after.keys()}
            msgspec.convert(seen, table.validator)
    except msgspec.ValidationError as error:
        found = _AT_FIELD.search(str(error))
        return Fault(errors.VALUE_INVALID, found[1] if found else None)
    for name, value in after.items():
        if isinstance(value, str) and "\x00" in value:
            return Fault(errors.VALUE_INVALID, name)
    for name in table.local_times & after.keys():
        if after[name] is not None and not _is_time(after[name]):
            return Fault(errors.VALUE_INVALID, name)
    for name in table.structured & after.keys():
        fault = _check_document(name, after[name], DOCUMENT_BYTES_MAX)
        if fault is not None:
            return fault
    return None


def _is_time(value: str) -> bool:
    try:
        datetime.datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _check_document(name: str, value: Any, bytes_max: int) -> Fault | None:
    if not _is_plain(value, DOCUMENT_DEPTH_MAX):
        return Fault(errors.VALUE_INVALID, name)
    if len(msgspec.json.encode(value)) > bytes_max:
        return Fault(errors.CHANGE_SET_TOO_LARGE, name)
    return None


def _is_plain(value: Any, depth: int) -> bool:
    """Whether a document holds only what every client reads alike: no floats, NUL, or bytes."""
    if depth == 0:
        return False
    match value:
        case None | bool():
            return True
        case int():
            return -_INTEGER_LIMIT < value < _INTEGER_LIMIT
        case str():
            return "\x00" not in value
        case list():
            return all(_is_plain(one, depth - 1) for one in value)
        case dict():
            return all(
                isinstance(key, str) and "\x00" not in key and _is_plain(one, depth - 1)
                for key, one in value.items()
            )
        case _:
            return False


def check_scope(table: Table, change: Change, row: Row | None) -> Fault | None:
    """Check that the scope a change names is the one its row belongs to."""
    kind = change.scope.partition(":")[0]
    if kind not in table.scopes:
        return Fault(errors.ROW_MISMATCH)
    values = change.after if row is None else row.values
    if scope_of(table, change.row, values, kind) != change.scope:
        return Fault(errors.ROW_MISMATCH)
    return None


def check_state(table: Table, row: Row | None, change: Change, replica: str) -> Fault | None:
    """Check a change against the stored state of its row: existence, write-once, workflow."""
    if row is None:
        if change.operation != "create":
            return Fault(errors.ROW_MISSING)
    elif row.table != change.table:
        return Fault(errors.ROW_MISMATCH)
    names = change.after.keys()
    if row is not None and not table.once.isdisjoint(names):
        for name in table.once & names:
            stored = row.values.get(name)
            if stored is None or stored == change.after[name]:
                continue
            if _has_seen(row, change, replica):
                return Fault(errors.WRITE_ONCE_WRITTEN, name)
    if not table.workflows.keys().isdisjoint(names):
        return _check_transitions(table, row, change, replica)
    return None


def _check_transitions(
    table: Table, row: Row | None, change: Change, replica: str
) -> Fault | None:
    for name, machine in table.workflows.items():
        after = change.after.get(name)
        if name not in change.after:
            continue
        if after is None:
            return Fault(errors.TRANSITION_FORBIDDEN, name)
        if row is not None and _has_seen(row, change, replica):
            before = row.values.get(name)
        else:
            before = change.before.get(name)
        if not machine.allows(before, after):
            return Fault(errors.TRANSITION_FORBIDDEN, name)
    return None


def _has_seen(row: Row, change: Change, replica: str) -> bool:
    """Whether the writer had seen everything merged into the row."""
    get = change.context.get
    return all(
        get(maker, 0) >= counter or maker == replica for maker, counter in row.vector.items()
    )
