"""What a change must satisfy before any guard sees it: its shape, and the state it starts from.

Each check returns a `Fault` (the catalogue's entry and the field), or None. The order of the checks
is the order in which a person would want to hear of them.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from sync import errors
from sync.causes import writers
from sync.clock import REPLICA_ID_PATTERN
from sync.policy import counter
from sync.schema import INTEGER_MAX, is_row_id, scope_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.causes import Row
    from sync.changes import Change
    from sync.errors import ErrorCode
    from sync.schema import Table

DOCUMENT_DEPTH_MAX = 12
DOCUMENT_BYTES_MAX = 100_000
CONTEXT_REPLICAS_MAX = 2_000
UNKNOWN_FIELD_BYTES_MAX = 20_000

_REPLICA = re.compile(REPLICA_ID_PATTERN)
_AT_FIELD = re.compile(r"at `\$\.([A-Za-z0-9_]+)")


class Fault(NamedTuple):
    """Why a change is refused, and the field at fault."""

    error: ErrorCode
    field: str | None = None
    other: str | None = None
    """Another row that stands in the way."""


def check_shape(table: Table, change: Change, *, newer: bool, server: bool) -> Fault | None:
    """Check a change against its table's declaration.

    Args:
        table: the declaration.
        change: as decoded from the wire.
        newer: written with a newer schema version: fields not known here are kept, not refused.
        server: made by the server itself, which may write the fields that only it writes.

    """
    if not is_row_id(change.row):
        return Fault(errors.VALUE_INVALID, "row")
    fault = _check_context(change.context)
    if fault is not None:
        return fault
    if bool(change.after) == (change.operation == "delete"):
        return Fault(errors.CHANGE_SET_MALFORMED, "after")
    return (
        _check_names(table, change, newer=newer, server=server)
        or _check_values(table, change.after)
        or _check_before(table, change.before)
    )


def _check_context(context: Mapping[str, int]) -> Fault | None:
    if len(context) > CONTEXT_REPLICAS_MAX:
        return Fault(errors.CHANGE_SET_TOO_LARGE, "context")
    for replica, count in context.items():
        if not 0 <= count <= INTEGER_MAX or not _REPLICA.match(replica):
            return Fault(errors.CHANGE_SET_MALFORMED, "context")
    return None


def _check_names(table: Table, change: Change, *, newer: bool, server: bool) -> Fault | None:
    names = change.after.keys()
    if not names <= table.names:
        for name in sorted(names - table.names):
            if not newer:
                return Fault(errors.FIELD_UNKNOWN, name)
            fault = _check_document(name, change.after[name], UNKNOWN_FIELD_BYTES_MAX)
            if fault is not None:
                return fault
    if not server and not table.server_fields.isdisjoint(names):
        return Fault(errors.FIELD_READ_ONLY, min(table.server_fields & names))
    if change.operation == "create" and not table.required <= names:
        return Fault(errors.FIELD_MISSING, min(table.required - names))
    return None


def _invalid(error: msgspec.ValidationError) -> Fault:
    found = _AT_FIELD.search(str(error))
    return Fault(errors.VALUE_INVALID, found[1] if found else None)


def _check_values(table: Table, after: Mapping[str, Any]) -> Fault | None:
    try:
        msgspec.convert(after, table.validator)
    except msgspec.ValidationError as error:
        return _invalid(error)
    for name, value in after.items():
        if isinstance(value, str) and "\x00" in value:
            return Fault(errors.VALUE_INVALID, name)
    for name in table.lists & after.keys():
        if any("\x00" in member for member in after[name] or ()):
            return Fault(errors.VALUE_INVALID, name)
    for name in table.local_times & after.keys():
        if after[name] is not None and not _is_time(after[name]):
            return Fault(errors.VALUE_INVALID, name)
    for name in table.structured & after.keys():
        fault = _check_document(name, after[name], DOCUMENT_BYTES_MAX)
        if fault is not None:
            return fault
    return None


def _check_before(table: Table, before: Mapping[str, Any]) -> Fault | None:
    """Check what the writer saw: kinds where the merge reads it, else that it can be recorded."""
    if not table.arithmetic.isdisjoint(before):
        try:
            msgspec.convert(before, table.validator_before)
        except msgspec.ValidationError as error:
            return _invalid(error)
    for name, value in before.items():
        if value is not None and not is_plain(value, DOCUMENT_DEPTH_MAX):
            return Fault(errors.VALUE_INVALID, name)
    return None


def _is_time(value: str) -> bool:
    try:
        dt.datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _check_document(name: str, value: Any, bytes_max: int) -> Fault | None:
    if not is_plain(value, DOCUMENT_DEPTH_MAX):
        return Fault(errors.VALUE_INVALID, name)
    if len(msgspec.json.encode(value)) > bytes_max:
        return Fault(errors.CHANGE_SET_TOO_LARGE, name)
    return None


def is_plain(value: Any, depth: int) -> bool:
    """Whether a value is one that every client reads alike: no floats, NUL, bytes, other keys.

    It may hold lists and maps `depth - 1` levels deep.
    """
    if isinstance(value, str):
        return "\x00" not in value
    if isinstance(value, int):
        return -INTEGER_MAX <= value <= INTEGER_MAX
    if isinstance(value, list):
        return depth > 1 and all(is_plain(one, depth - 1) for one in value)
    if isinstance(value, dict):
        return depth > 1 and all(
            isinstance(key, str) and "\x00" not in key and is_plain(one, depth - 1)
            for key, one in value.items()
        )
    return value is None


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
    """Check a change against the stored state of its row.

    That it exists, that nothing written once is written over by one who had seen it, that every
    move of a workflow is one its machine allows, that a counter stays an exact integer.
    """
    if row is None:
        if change.operation != "create":
            return Fault(errors.ROW_MISSING)
    elif row.table != change.table:
        return Fault(errors.ROW_MISMATCH)
    names = change.after.keys()
    fault = None
    if row is not None and not table.once.isdisjoint(names):
        fault = _check_written(table, row, change, replica)
    if fault is None and not table.workflows.keys().isdisjoint(names):
        fault = _check_transitions(table, row, change, replica)
    if fault is None and not table.counters.isdisjoint(names):
        fault = _check_totals(table, row, change)
    return fault


def _check_written(table: Table, row: Row, change: Change, replica: str) -> Fault | None:
    for name in sorted(table.once & change.after.keys()):
        stored = row.values.get(name)
        if stored is None or stored == change.after[name]:
            continue
        if _has_seen(row, name, change, replica):
            return Fault(errors.WRITE_ONCE_WRITTEN, name)
    return None


def _check_transitions(table: Table, row: Row | None, change: Change, replica: str) -> Fault | None:
    for name, machine in table.workflows.items():
        if name not in change.after:
            continue
        after = change.after[name]
        if row is not None and _has_seen(row, name, change, replica):
            before = row.values.get(name)
        else:
            before = change.before.get(name)
        if after is None or not machine.allows(before, after):
            return Fault(errors.TRANSITION_FORBIDDEN, name)
    return None


def _check_totals(table: Table, row: Row | None, change: Change) -> Fault | None:
    for name in sorted(table.counters & change.after.keys()):
        stored = None if row is None else row.values.get(name)
        total = counter(stored, change.before.get(name), change.after[name])
        if not -INTEGER_MAX <= total <= INTEGER_MAX:
            return Fault(errors.VALUE_INVALID, name)
    return None


def _has_seen(row: Row, name: str, change: Change, replica: str) -> bool:
    """Whether the writer had seen the value that the field shows."""
    if change.context == row.vector:
        return True
    get = change.context.get
    return all(
        one.replica == replica or get(one.replica, 0) >= one.counter for one in writers(row, name)
    )
