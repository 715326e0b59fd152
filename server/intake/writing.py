"""Writes what a merge transaction made of its rows: set-based, no statement per row.

The statements are derived from the declared tables.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from sync.changes import WireRow
from sync.tables import TABLES

from server.store.tables import scope_column

if TYPE_CHECKING:
    import asyncpg

    from sync.merge import Row
    from sync.schema import Field, Table

    from server.intake.workspace import Workspace

_encode = msgspec.msgpack.Encoder().encode
_json = msgspec.json.Encoder().encode

_WRITE_SYNC_ROWS = """
    INSERT INTO sync_row
        (scope_id, row_id, seq, table_name, deleted, checksum, document, causes)
    SELECT * FROM unnest(
        $1::bigint[], $2::uuid[], $3::bigint[], $4::text[], $5::boolean[], $6::bigint[],
        $7::bytea[], $8::bytea[])
    ON CONFLICT (scope_id, row_id) DO UPDATE SET
        seq = excluded.seq, deleted = excluded.deleted, checksum = excluded.checksum,
        document = excluded.document, causes = excluded.causes
"""

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


def _column(field: Field, rows: list[Row]) -> list[Any]:
    name = field.name
    values = [row.values.get(name) for row in rows]
    if field.kind.multiple:
        return [_array_literal(value) for value in values]
    if field.kind.structured:
        return [None if value is None else _json(value).decode() for value in values]
    return values


@cache
def upsert_statement(name: str) -> tuple[str, tuple[Field, ...]]:
    """Return the statement that writes rows of a synced table, and its fields in order.

    Parameters: ids, deleted, kinds of scope (only for tables with several), then one array a field.
    """
    table = TABLES[name]
    columns = ["id", "deleted", *(["scope_kind"] if len(table.scopes) > 1 else [])]
    types = ["uuid", "boolean", *(["text"] if len(table.scopes) > 1 else [])]
    casts = [f'"{column}"' for column in columns]
    for field in table.fields:
        columns.append(field.name)
        types.append(_ARRAY_TYPES.get(field.kind.postgres, field.kind.postgres))
        cast = f"::{field.kind.postgres}" if field.kind.postgres in _ARRAY_TYPES else ""
        casts.append(f'"{field.name}"{cast}')
    leading = scope_column(table)
    keys = ["id"] if leading is None else [leading, "id"]
    names = ", ".join(f'"{column}"' for column in columns)
    arrays = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(types, 1))
    updates = ", ".join(f'"{one}" = excluded."{one}"' for one in columns if one not in keys)
    statement = (
        f"INSERT INTO {name} ({names}) SELECT {', '.join(casts)} "
        f"FROM unnest({arrays}) AS written ({names}) "
        f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {updates}"
    )
    return statement, table.fields


async def write(workspace: Workspace, connection: asyncpg.Connection) -> None:
    """Write the rows, the log, the conflicts and the scopes' heads of a workspace."""
    if not workspace.touched:
        return
    by_table = await _write_sync_rows(workspace, connection)
    for name, written in by_table.items():
        await _write_table(TABLES[name], written, connection)
    await _write_log(workspace, connection)
    await _write_conflicts(workspace, connection)
    moved = [scope for scope in workspace.scopes.values() if scope.head != scope.stored_head]
    await connection.execute(
        _MOVE_HEADS,
        [scope.id for scope in moved],
        [scope.head for scope in moved],
        [scope.checksum for scope in moved],
        [scope.rows for scope in moved],
    )


async def _write_sync_rows(
    workspace: Workspace, connection: asyncpg.Connection
) -> dict[str, list[tuple[str, Row]]]:
    scopes: list[int] = []
    ids: list[str] = []
    seqs: list[int] = []
    names: list[str] = []
    deleted: list[bool] = []
    checksums: list[int] = []
    documents: list[bytes] = []
    causes: list[bytes] = []
    by_table: dict[str, list[tuple[str, Row]]] = defaultdict(list)
    for entry, checksum in workspace.settle_checksums():
        row = entry.row
        assert row is not None  # noqa: S101
        scopes.append(entry.scope.id)
        ids.append(row.id)
        seqs.append(entry.seq)
        names.append(row.table)
        deleted.append(row.deleted)
        checksums.append(checksum)
        documents.append(
            _encode(
                WireRow(
                    row.table, row.id, entry.seq, row.deleted, row.vector, row.values, row.review
                )
            )
        )
        causes.append(_encode(row.causes))
        by_table[row.table].append((entry.scope.name, row))
    await connection.execute(
        _WRITE_SYNC_ROWS, scopes, ids, seqs, names, deleted, checksums, documents, causes
    )
    return by_table


async def _write_table(
    table: Table, written: list[tuple[str, Row]], connection: asyncpg.Connection
) -> None:
    statement, fields = upsert_statement(table.name)
    rows = [row for _, row in written]
    columns: list[list[Any]] = [[row.id for row in rows], [row.deleted for row in rows]]
    if len(table.scopes) > 1:
        columns.append([scope.partition(":")[0] for scope, _ in written])
    columns += [_column(field, rows) for field in fields]
    await connection.execute(statement, *columns)


async def _write_log(workspace: Workspace, connection: asyncpg.Connection) -> None:
    at = datetime.datetime.fromtimestamp(workspace.now_ms / 1000, tz=datetime.UTC)
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
        for one in workspace.log
    ]
    await connection.copy_records_to_table("change_log", records=records, columns=_LOG_COLUMNS)


async def _write_conflicts(workspace: Workspace, connection: asyncpg.Connection) -> None:
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
