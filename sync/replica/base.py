"""The server's rows as last pulled, and the cursor with its checksum."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from sync import checksum
from sync.replica.rebase import BaseRow

if TYPE_CHECKING:
    import sqlite3

    from sync.changes import WireRow

_decode_vector = msgspec.json.Decoder(dict[str, int]).decode
_decode_values = msgspec.json.Decoder().decode
_decode_review = msgspec.json.Decoder(list[str]).decode
_encode = msgspec.json.Encoder().encode


def get(connection: sqlite3.Connection, row: str) -> BaseRow | None:
    """Return the server's state of a row, or None when it was never pulled."""
    found = connection.execute(
        "SELECT table_name, row, scope, seq, deleted, vector, fields, review FROM sync_base"
        " WHERE row = ?",
        (row,),
    ).fetchone()
    if found is None:
        return None
    table, key, scope, seq, deleted, vector, fields, review = found
    return BaseRow(
        table=table,
        row=key,
        scope=scope,
        seq=seq,
        deleted=bool(deleted),
        vector=_decode_vector(vector),
        values=_decode_values(fields),
        review=_decode_review(review),
    )


def put(connection: sqlite3.Connection, scope: str, row: WireRow, total: int) -> int:
    """Replace a row and return the scope's new checksum; an older state changes nothing."""
    known = connection.execute(
        "SELECT scope, seq, deleted, hash, stale FROM sync_base WHERE row = ?", (row.row,)
    ).fetchone()
    if known is not None and known[0] == scope and not known[4]:
        if known[1] >= row.seq:
            return total
        if not known[2]:
            total = checksum.subtract(total, known[3])
    one = 0 if row.deleted else checksum.row_checksum(row.table, row.row, row.values)
    connection.execute(
        "INSERT OR REPLACE INTO sync_base VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
        (
            row.row,
            row.table,
            scope,
            row.seq,
            int(row.deleted),
            _encode(row.vector).decode(),
            _encode(row.values).decode(),
            _encode(row.review).decode(),
            one,
        ),
    )
    return checksum.add(total, one)


def rows_of(connection: sqlite3.Connection, scope: str) -> list[str]:
    """Return the ids of a scope's rows, tombstones among them."""
    found = connection.execute("SELECT row FROM sync_base WHERE scope = ?", (scope,))
    return [row for (row,) in found]


def drop(connection: sqlite3.Connection, scope: str) -> list[str]:
    """Remove a scope's rows, cursor and unfinished snapshots; return the rows' ids."""
    rows = rows_of(connection, scope)
    connection.execute("DELETE FROM sync_base WHERE scope = ?", (scope,))
    forget_cursor(connection, scope)
    return rows


def forget_cursor(connection: sqlite3.Connection, scope: str) -> None:
    """Make the next pull of a scope begin at zero."""
    connection.execute("DELETE FROM sync_cursor WHERE scope = ?", (scope,))
    connection.execute("DELETE FROM sync_snapshot_page WHERE scope = ?", (scope,))


def restart(connection: sqlite3.Connection, scope: str) -> None:
    """Fetch a scope again from zero; its rows stay in sight until the fetch has replaced them."""
    connection.execute("UPDATE sync_base SET stale = 1 WHERE scope = ?", (scope,))
    forget_cursor(connection, scope)


def restart_all(connection: sqlite3.Connection) -> None:
    """Fetch every scope again from zero."""
    connection.execute("UPDATE sync_base SET stale = 1")
    connection.execute("DELETE FROM sync_cursor")
    connection.execute("DELETE FROM sync_snapshot_page")


def drop_stale(connection: sqlite3.Connection, scope: str) -> list[str]:
    """Remove the rows of a scope that a fetch from zero did not bring again."""
    found = connection.execute(
        "DELETE FROM sync_base WHERE scope = ? AND stale = 1 RETURNING row", (scope,)
    ).fetchall()
    return [row for (row,) in found]


def drop_stale_without_cursor(connection: sqlite3.Connection) -> list[str]:
    """Remove stale rows of scopes that a complete pull no longer brought at all."""
    found = connection.execute(
        "DELETE FROM sync_base WHERE stale = 1"
        " AND scope NOT IN (SELECT scope FROM sync_cursor) RETURNING row"
    ).fetchall()
    return [row for (row,) in found]


def cursor(connection: sqlite3.Connection) -> dict[str, int]:
    """Return the cursor: scope -> seq."""
    return dict(connection.execute("SELECT scope, seq FROM sync_cursor").fetchall())


def position(connection: sqlite3.Connection, scope: str) -> tuple[int, int]:
    """Return a scope's seq and checksum; zeros before its first page."""
    found = connection.execute(
        "SELECT seq, checksum FROM sync_cursor WHERE scope = ?", (scope,)
    ).fetchone()
    return (0, 0) if found is None else (int(found[0]), int(found[1]))


def set_position(connection: sqlite3.Connection, scope: str, seq: int, total: int) -> None:
    """Store a scope's cursor and checksum."""
    connection.execute("INSERT OR REPLACE INTO sync_cursor VALUES (?, ?, ?)", (scope, seq, total))


def recomputed_checksum(connection: sqlite3.Connection, scope: str) -> int:
    """Return a scope's checksum counted anew from its rows' values."""
    total = 0
    found = connection.execute(
        "SELECT table_name, row, fields FROM sync_base"
        " WHERE scope = ? AND deleted = 0 AND stale = 0",
        (scope,),
    )
    for table, row, fields in found:
        total = checksum.add(total, checksum.row_checksum(table, row, _decode_values(fields)))
    return total
