"""Writes what a merge transaction made of its rows: set-based, no statement per row.

The statements are derived from the declared tables.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from sync.changes import WireRow
from sync.tables import TABLES

if TYPE_CHECKING:
    from server.intake.entries import Entry, LogEntry, ScopeState
    from server.intake.workspace import Workspace
    from server.store import Connection
    from sync.schema import Table

STATEMENTS_MAX = 512
"""Statements kept; they differ by the columns that a batch of rows changes."""

_encode = msgspec.msgpack.Encoder().encode
_json = msgspec.json.Encoder().encode

# Not UPDATE ... FROM: that is a join, whose plan depends on what the statistics say of a table that
# has just grown. ON CONFLICT goes by the key, whatever they say.
_REWRITE_SYNC_ROWS = """
    INSERT INTO sync_row
        (scope_id, row_id, seq, table_name, deleted, checksum, document, causes)
    SELECT $1, row_id, seq, '', deleted, checksum, document, causes
    FROM unnest($2::uuid[], $3::bigint[], $4::boolean[], $5::bigint[], $6::bytea[], $7::bytea[])
        AS written (row_id, seq, deleted, checksum, document, causes)
    ON CONFLICT (scope_id, row_id) DO UPDATE SET
        seq = excluded.seq, deleted = excluded.deleted, checksum = excluded.checksum,
        document = excluded.document, causes = excluded.causes
"""

_SYNC_ROW_COLUMNS = (
    "scope_id",
    "row_id",
    "seq",
    "table_name",
    "deleted",
    "checksum",
    "document",
    "causes",
)

_MOVE_HEADS = """
    UPDATE scope SET head = moved.head, checksum = moved.checksum, rows = moved.rows
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])
        AS moved (id, head, checksum, rows)
    WHERE scope.id = moved.id
"""

_WRITE_CONFLICTS = """
    INSERT INTO conflict (scope_id, seq, table_name, row_id, field, policy, kept, lost, review,
        replica, counter, time, other_replica, other_counter, other_time)
    SELECT scope_id, seq, table_name, row_id, field, policy, kept::jsonb, lost::jsonb, review,
        replica, counter, time, other_replica, other_counter, other_time
    FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::uuid[], $5::text[], $6::text[],
        $7::text[], $8::text[], $9::boolean[], $10::text[], $11::bigint[], $12::bigint[],
        $13::text[], $14::bigint[], $15::bigint[])
        AS made (scope_id, seq, table_name, row_id, field, policy, kept, lost, review,
            replica, counter, time, other_replica, other_counter, other_time)
"""

_RESOLVE_CONFLICTS = """
    UPDATE conflict SET resolved_at = now(), resolved_by = decided.person
    FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::uuid[])
        AS decided (scope_id, row_id, field, person)
    WHERE conflict.scope_id = decided.scope_id AND conflict.row_id = decided.row_id
        AND conflict.field = decided.field AND conflict.resolved_at IS NULL
"""

_LOG_COLUMNS = (
    "scope_id",
    "seq",
    "at",
    "table_name",
    "row_id",
    "operation",
    "intent",
    "replica",
    "counter",
    "time",
    "person_id",
    "changes",
)

_ARRAY_TYPES = {
    "date": "text",
    "timestamp": "text",
    "numeric": "text",
    "uuid[]": "text",
    "text[]": "text",
    "jsonb": "text",
}
"""Types that travel as text and are cast by PostgreSQL, which reads them faster than Python."""


def _array_literal(values: list[str] | None) -> str | None:
    if values is None:
        return None
    quoted = ('"' + one.replace("\\", "\\\\").replace('"', '\\"') + '"' for one in values)
    return "{" + ",".join(quoted) + "}"


def _column_types(table: Table, names: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """Return (column, type of its array parameter, expression that reads it) for each name."""
    found = []
    for name in names:
        field = table.by_name.get(name)
        if field is None:
            kind = {"id": "uuid", "deleted": "boolean", "scope_kind": "text"}[name]
        else:
            kind = field.kind.postgres
        cast = f"::{kind}" if kind in _ARRAY_TYPES else ""
        found.append((name, _ARRAY_TYPES.get(kind, kind), f'written."{name}"{cast}'))
    return found


def _source(columns: list[tuple[str, str, str]], first: int) -> str:
    arrays = ", ".join(f"${place}::{kind}[]" for place, (_, kind, _) in enumerate(columns, first))
    names = ", ".join(f'"{name}"' for name, _, _ in columns)
    return f"unnest({arrays}) AS written ({names})"


@lru_cache(STATEMENTS_MAX)
def write_statement(name: str, names: tuple[str, ...], *, rewrite: bool) -> str:
    """Return the statement that writes rows of a synced table; one array a column.

    Args:
        name: the table.
        names: the columns, the key's and the required ones among them.
        rewrite: the rows exist: all but the key is overwritten.

    """
    table = TABLES[name]
    columns = _column_types(table, names)
    target = ", ".join(f'"{column}"' for column in names)
    arrays = ", ".join(f"${place}::{kind}[]" for place, (_, kind, _) in enumerate(columns, 1))
    values = ", ".join(expression for _, _, expression in columns)
    statement = (
        f"INSERT INTO {name} ({target}) SELECT {values} FROM unnest({arrays}) AS written ({target})"
    )
    if not rewrite:
        return statement
    leading = table.leading
    key = ("id",) if leading is None else (leading, "id")
    changes = ", ".join(f'"{one}" = excluded."{one}"' for one in names if one not in key)
    return f"{statement} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}"


class WriteBehind:
    """Writes rows while the next ones are being merged: PostgreSQL and Python work side by side.

    One write is under way at a time; the next waits for it. `drain` must be awaited, in every case,
    before the transaction ends.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._under_way: asyncio.Task[None] | None = None

    async def flush(self, workspace: Workspace, *, held: frozenset[str] = frozenset()) -> None:
        """Begin to write what was changed since the last flush, except rows of `held` tables."""
        entries = workspace.take_dirty(held=held)
        log = workspace.take_log()
        await self.drain()
        if entries or log:
            self._under_way = asyncio.create_task(
                _write(self._connection, entries, log, workspace.now_ms)
            )
            # Let the statement leave before the caller goes on computing.
            await asyncio.sleep(0)

    async def drain(self) -> None:
        """Wait for the write under way."""
        if self._under_way is not None:
            task, self._under_way = self._under_way, None
            await task


async def write(workspace: Workspace, connection: Connection, writes: WriteBehind) -> None:
    """Write all that is left of a workspace: rows, log, conflicts, and the scopes' heads."""
    await writes.flush(workspace)
    await writes.drain()
    if not workspace.touched:
        return
    await _write_conflicts(workspace, connection)
    moved = [scope for scope in workspace.scopes.values() if scope.head != scope.stored_head]
    await connection.execute(
        _MOVE_HEADS,
        [scope.id for scope in moved],
        [scope.head for scope in moved],
        [scope.checksum for scope in moved],
        [scope.rows for scope in moved],
    )


async def _write(
    connection: Connection, entries: list[Entry], log: list[LogEntry], now_ms: int
) -> None:
    fresh = [one for one in entries if not one.exists]
    if fresh:
        await _insert(connection, fresh)
    changed: dict[ScopeState, list[Entry]] = {}
    for entry in entries:
        if entry.exists:
            changed.setdefault(entry.scope, []).append(entry)
    for scope, group in changed.items():
        await _rewrite(connection, scope, group)
    for entry in entries:
        entry.exists = True
        entry.fields = set()
    await _write_log(connection, log, now_ms)


def _document(entry: Entry) -> bytes:
    row = entry.row
    assert row is not None  # noqa: S101
    return _encode(
        WireRow(row.table, row.id, entry.seq, row.deleted, row.vector, row.values, row.review)
    )


def _by_table(entries: list[Entry]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.table.name, []).append(entry)
    return found


async def _insert(connection: Connection, entries: list[Entry]) -> None:
    records = [
        (
            entry.scope.id,
            entry.row.id,
            entry.seq,
            entry.table.name,
            entry.row.deleted,
            entry.checksum,
            _document(entry),
            _encode(entry.row.causes),
        )
        for entry in entries
        if entry.row is not None
    ]
    await connection.copy_records_to_table("sync_row", records=records, columns=_SYNC_ROW_COLUMNS)
    await _write_typed(connection, entries, rewrite=False)


async def _rewrite(connection: Connection, scope: ScopeState, entries: list[Entry]) -> None:
    rows = [entry.row for entry in entries if entry.row is not None]
    await connection.execute(
        _REWRITE_SYNC_ROWS,
        scope.id,
        [row.id for row in rows],
        [entry.seq for entry in entries],
        [row.deleted for row in rows],
        [entry.checksum for entry in entries],
        [_document(entry) for entry in entries],
        [_encode(row.causes) for row in rows],
    )
    await _write_typed(connection, entries, rewrite=True)


async def _write_typed(connection: Connection, entries: list[Entry], *, rewrite: bool) -> None:
    """Write rows into their own tables: only the columns that changed, and those that must be."""
    for name, group in _by_table(entries).items():
        table = TABLES[name]
        changed = {one for entry in group for one in entry.fields} & table.names
        kinds = ("scope_kind",) if len(table.scopes) > 1 else ()
        names = ("id", "deleted", *kinds, *sorted(changed | table.required))
        columns = [_column(table, column, group) for column in names]
        await connection.execute(write_statement(name, names, rewrite=rewrite), *columns)


def _column(table: Table, name: str, entries: list[Entry]) -> list[Any]:
    rows = [entry.row for entry in entries if entry.row is not None]
    match name:
        case "id":
            return [row.id for row in rows]
        case "deleted":
            return [row.deleted for row in rows]
        case "scope_kind":
            return [entry.scope.name.partition(":")[0] for entry in entries]
    values = [row.values.get(name) for row in rows]
    kind = table.by_name[name].kind
    if kind.multiple:
        return [_array_literal(value) for value in values]
    if kind.structured:
        return [None if value is None else _json(value).decode() for value in values]
    return values


async def _write_log(connection: Connection, log: list[LogEntry], now_ms: int) -> None:
    at = dt.datetime.fromtimestamp(now_ms / 1000, tz=dt.UTC)
    records = [
        (
            one.scope_id,
            one.seq,
            at,
            one.change.table,
            one.change.row,
            one.change.operation,
            one.intent,
            one.replica,
            one.counter,
            one.time,
            one.person,
            one.changes,
        )
        for one in log
    ]
    await connection.copy_records_to_table("change_log", records=records, columns=_LOG_COLUMNS)


async def _write_conflicts(workspace: Workspace, connection: Connection) -> None:
    decided = [(one, field) for one in workspace.decisions for field in one.fields]
    if decided:
        await connection.execute(
            _RESOLVE_CONFLICTS,
            [one.scope_id for one, _ in decided],
            [one.row for one, _ in decided],
            [field for _, field in decided],
            [one.person for one, _ in decided],
        )
    if not workspace.conflicts:
        return
    found = workspace.conflicts
    others = [one.other or (None, None, None) for one in found]
    await connection.execute(
        _WRITE_CONFLICTS,
        [one.scope_id for one in found],
        [one.seq for one in found],
        [one.notice.table for one in found],
        [one.notice.row for one in found],
        [one.notice.field for one in found],
        [one.notice.policy for one in found],
        [_json(one.notice.kept).decode() for one in found],
        [_json(one.notice.lost).decode() for one in found],
        [one.notice.review for one in found],
        [one.replica for one in found],
        [one.counter for one in found],
        [one.time for one in found],
        [other[0] for other in others],
        [other[1] for other in others],
        [other[2] for other in others],
    )
