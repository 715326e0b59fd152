"""The view tables: every declared table, typed, as the person sees it; derived, never the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from sync.replica import base
from sync.replica.outbox import decode_change
from sync.replica.rebase import BaseRow, OwnChange, Shown, rebase
from sync.replica.schema import quoted

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

    from sync.changes import WireRow
    from sync.schema import Field, Table

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def own_changes(connection: sqlite3.Connection, row: str) -> list[OwnChange]:
    """Return the replica's own changes shown over a row, in the order they were made."""
    found = connection.execute(
        "SELECT o.replica, o.counter, o.state, v.change"
        " FROM sync_overlay v JOIN sync_outbox o USING (sequence)"
        " WHERE v.row = ? ORDER BY v.sequence, v.position",
        (row,),
    )
    return [
        OwnChange(replica, counter, state == "acknowledged", decode_change(change))
        for replica, counter, state, change in found
    ]


def shown(
    connection: sqlite3.Connection, tables: Mapping[str, Table], row: str
) -> tuple[Shown | None, BaseRow | None, list[OwnChange]]:
    """Return what a row shows, and the base and the own changes it was made from."""
    stored = base.get(connection, row)
    own = own_changes(connection, row)
    name = stored.table if stored is not None else own[0].change.table if own else None
    table = tables.get(name) if name is not None else None
    if table is None:
        return None, stored, own
    return rebase(table, stored, own), stored, own


def refresh(
    connection: sqlite3.Connection, tables: Mapping[str, Table], rows: Iterable[str]
) -> None:
    """Derive the view of just these rows anew; forget own changes the base has caught up with."""
    for row in dict.fromkeys(rows):
        _forget_covered(connection, row)
        seen, stored, own = shown(connection, tables, row)
        name = stored.table if stored is not None else own[0].change.table if own else None
        _write(connection, tables, row, seen, name)


def refresh_pulled(
    connection: sqlite3.Connection,
    tables: Mapping[str, Table],
    scope: str,
    rows: Iterable[WireRow],
) -> None:
    """Derive the view of rows that were just stored; those without own changes go straight in."""
    mine = {row for (row,) in connection.execute("SELECT row FROM sync_overlay")}
    for row in rows:
        table = tables.get(row.table)
        if row.row in mine:
            refresh(connection, tables, [row.row])
        elif table is not None:
            plain = Shown(
                row.table, row.row, scope, row.values, row.deleted, "confirmed", row.review
            )
            _write(connection, tables, row.row, plain, row.table)


def _forget_covered(connection: sqlite3.Connection, row: str) -> None:
    """Stop showing answered changes that the base covers, by its vector or by the scope's seq."""
    found = connection.execute(
        "SELECT v.sequence, v.position, o.replica, o.counter, v.settled_seq, v.scope"
        " FROM sync_overlay v JOIN sync_outbox o USING (sequence)"
        " WHERE v.row = ? AND o.state = 'acknowledged'",
        (row,),
    ).fetchall()
    if not found:
        return
    stored = base.get(connection, row)
    vector = stored.vector if stored is not None else {}
    for sequence, position, replica, counter, settled, scope in found:
        reached = settled is not None and base.position(connection, scope)[0] >= settled
        if reached or vector.get(replica, 0) >= counter:
            connection.execute(
                "DELETE FROM sync_overlay WHERE sequence = ? AND position = ?",
                (sequence, position),
            )


def _write(
    connection: sqlite3.Connection,
    tables: Mapping[str, Table],
    row: str,
    seen: Shown | None,
    name: str | None,
) -> None:
    if seen is None or seen.deleted:
        known = tables.values() if name is None else filter(None, [tables.get(name)])
        for table in known:
            connection.execute(f"DELETE FROM {quoted(table.name)} WHERE id = ?", (row,))
        return
    table = tables[seen.table]
    columns, extra = _columns(table, seen.values)
    marks = ", ".join("?" * (5 + len(table.fields)))
    connection.execute(
        f"INSERT OR REPLACE INTO {quoted(table.name)} VALUES ({marks})",
        (row, seen.scope, seen.state, _text(seen.review), _text(extra), *columns),
    )


def _text(value: Any) -> str:
    return _encode(value).decode()


def _columns(table: Table, values: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Split values into the table's columns and the rest: fields of a newer server, odd types."""
    extra = {name: value for name, value in values.items() if name not in table.by_name}
    columns: list[Any] = []
    for field in table.fields:
        if field.name not in values:
            columns.append(None)
            continue
        value = values[field.name]
        if _fits(field, value):
            columns.append(_to_column(field, value))
        else:
            columns.append(None)
            extra[field.name] = value
    return columns, extra


def _fits(field: Field, value: Any) -> bool:
    kind = field.kind
    if value is None or kind.multiple or kind.structured:
        # An explicit null is kept apart from an absent value.
        return value is not None
    if kind.sqlite == "INTEGER":
        return isinstance(value, int)
    return isinstance(value, str)


def _to_column(field: Field, value: Any) -> Any:
    if field.kind.multiple or field.kind.structured:
        return _text(value)
    return int(value) if isinstance(value, bool) else value


def read(table: Table, found: tuple[Any, ...]) -> Shown:
    """Decode one row of a view table, selected with `*`."""
    row, scope, state, review, extra, *columns = found
    values: dict[str, Any] = {}
    for field, value in zip(table.fields, columns, strict=True):
        if value is not None:
            values[field.name] = _from_column(field, value)
    values.update(_decode(extra))
    return Shown(
        table=table.name,
        row=row,
        scope=scope,
        values=values,
        deleted=False,
        state=state,
        review=_decode(review),
    )


def _from_column(field: Field, value: Any) -> Any:
    if field.kind.multiple or field.kind.structured:
        return _decode(value)
    return bool(value) if field.kind.name == "boolean" else value


def rebuild(connection: sqlite3.Connection, tables: Mapping[str, Table]) -> None:
    """Derive every view anew from the base and the outbox."""
    found = connection.execute("SELECT row FROM sync_base UNION SELECT row FROM sync_overlay")
    refresh(connection, tables, [row for (row,) in found.fetchall()])
