"""Fills projects with stored tasks, as merges would have left them, at the database's own speed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from sync.causes import Causes, Stamp
from sync.changes import WireRow
from sync.checksum import row_checksum

if TYPE_CHECKING:
    import asyncpg

FILLER = "f" * 16
"""The replica that is said to have made the stored rows."""

MADE_AT = 1_790_000_000_000_000
"""Hybrid time of the stored writes."""

_NAME = "Soudure et contrôle radiographique du raccord"

_ROW_PLACE = "00000000-0000-7000-8000-000000000000"
_SEQ_PLACE = 0x7FFF_FFF1
"""Marks in the template of a document; both take as many bytes as what replaces them."""

# One template, and in it the row's id and its seq: as many documents as wanted, without Python.
_FILL = """
    WITH made AS (
        SELECT number, uuidv7() AS id FROM generate_series(1, $2::int) AS number
    ), written AS (
        INSERT INTO task (project_id, id, name, kind, status, progress, planned_start,
            planned_finish, duration_minutes, deleted)
        SELECT $3::uuid, id, $4, 'task', 'todo', 0, '2027-03-01 08:00', '2027-03-09 18:00', 4800,
            false
        FROM made
    )
    INSERT INTO sync_row (scope_id, row_id, seq, table_name, deleted, checksum, document, causes)
    SELECT $1, id, $5 + number, 'task', false,
        ('x' || substr(encode(sha256(convert_to(replace($9, $8, id::text), 'UTF8')), 'hex'), 1, 12)
            )::bit(48)::bigint,
        overlay(overlay(overlay($6::bytea
            PLACING convert_to(id::text, 'UTF8') FROM $10::int)
            PLACING int4send(($5 + number)::int) FROM $11::int)
            PLACING int4send(($5 + number)::int) FROM $12::int),
        overlay($7::bytea PLACING int4send(($5 + number)::int) FROM $13::int)
    FROM made ORDER BY number
"""

_SETTLE = """
    UPDATE scope SET head = filled.head, rows = filled.rows, checksum = filled.checksum
    FROM (SELECT max(seq) AS head, count(*) FILTER (WHERE NOT deleted) AS rows,
            (sum(checksum) % (1::bigint << 48))::bigint AS checksum
        FROM sync_row WHERE scope_id = $1) AS filled
    WHERE id = $1
"""


def task_values(project: str) -> dict[str, object]:
    """Return the values of a stored task."""
    return {
        "project_id": project,
        "name": _NAME,
        "kind": "task",
        "status": "todo",
        "progress": 0,
        "planned_start": "2027-03-01T08:00",
        "planned_finish": "2027-03-09T18:00",
        "duration_minutes": 4800,
    }


async def fill(connection: asyncpg.Connection, project: str, rows: int) -> None:
    """Add `rows` tasks to a project that exists."""
    values = task_values(project)
    document = msgspec.msgpack.encode(
        WireRow("task", _ROW_PLACE, _SEQ_PLACE, False, {FILLER: _SEQ_PLACE}, values)  # noqa: FBT003
    )
    causes = msgspec.msgpack.encode(Causes([Stamp(FILLER, _SEQ_PLACE, MADE_AT, sorted(values))]))
    canonical = msgspec.json.encode(["task", _ROW_PLACE, values], order="sorted").decode()
    mark = _SEQ_PLACE.to_bytes(4, "big")
    first = document.index(mark)
    ((scope, head),) = await connection.fetch(
        "SELECT id, head FROM scope WHERE name = $1", f"project:{project}"
    )
    # A seq shifts the document's length unless it takes four bytes, so start beyond two.
    head = max(head, 1 << 17)
    await connection.execute(
        _FILL,
        scope,
        rows,
        project,
        _NAME,
        head,
        document,
        causes,
        _ROW_PLACE,
        canonical,
        document.index(_ROW_PLACE.encode()) + 1,
        first + 1,
        document.index(mark, first + 1) + 1,
        causes.index(mark) + 1,
        timeout=600,
    )
    await connection.execute(_SETTLE, scope, timeout=600)


async def check(connection: asyncpg.Connection, project: str) -> None:
    """Make sure that a filled row reads as a merged one would."""
    (record,) = await connection.fetch(
        """
        SELECT row_id::text AS row, seq, sync_row.checksum, document, causes
        FROM sync_row JOIN scope ON scope.id = scope_id
        WHERE name = $1 AND table_name = 'task' LIMIT 1
        """,
        f"project:{project}",
    )
    wire = msgspec.msgpack.decode(record["document"], type=WireRow)
    causes = msgspec.msgpack.decode(record["causes"], type=Causes)
    expected = row_checksum("task", record["row"], wire.values)
    if (
        wire.row != record["row"]
        or wire.seq != record["seq"]
        or wire.vector != {FILLER: causes.stamps[0].counter}
        or record["checksum"] != expected
    ):
        raise RuntimeError(f"a filled row is not sound: {record}")
