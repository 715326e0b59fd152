"""What rows were, moment by moment, worked back from what they are by the log of changes."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from server.alerts.watches import COLUMNS
from sync.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from server.store import Connection

_READ_LOG = """
    SELECT row_id::text AS row, (extract(epoch FROM at) * 1000)::bigint AS at, operation,
        changes::text
    FROM readable_change_log
    WHERE scope_id = (SELECT id FROM scope WHERE name = $1) AND table_name = $2
        AND at >= to_timestamp($3::bigint / 1000.0)
    ORDER BY seq DESC LIMIT $4
"""
_READ_FIRST = """
    SELECT (extract(epoch FROM min(at)) * 1000)::bigint FROM readable_change_log
    WHERE scope_id = (SELECT id FROM scope WHERE name = $1)
"""


class Moment(Struct, frozen=True):
    """What a row became at a moment; None: it was not there, or no more."""

    at: int
    values: Mapping[str, Any] | None


class Entry(Struct, frozen=True):
    """One change of a row, as the log has it."""

    at: int
    operation: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


class Log(Struct, frozen=True):
    """The changes of a table's rows since a moment, in order, by row."""

    entries: Mapping[str, Sequence[Entry]]
    since: int
    """From when on the log is whole: later than asked where it is too long to be read."""


async def read_log(connection: Connection, scope: str, table: str, since: int, limit: int) -> Log:
    """Read how a table's rows of a scope changed since a moment; of too much the latest."""
    fields = TABLES[table].names
    records = await connection.fetch(_READ_LOG, scope, table, since, limit + 1)
    found: dict[str, list[Entry]] = defaultdict(list)
    for one in reversed(records[:limit]):
        changes = msgspec.json.decode(one["changes"], type=dict[str, tuple[Any, Any]])
        known = {name: pair for name, pair in changes.items() if name in fields}
        found[one["row"]].append(
            Entry(
                one["at"],
                one["operation"],
                {name: before for name, (before, _) in known.items()},
                {name: after for name, (_, after) in known.items()},
            )
        )
    cut = len(records) > limit
    return Log(dict(found), records[limit]["at"] + 1 if cut else since)


async def first_change(connection: Connection, scope: str) -> int | None:
    """Return when a scope began, in milliseconds."""
    first: int | None = await connection.fetchval(_READ_FIRST, scope)
    return first


async def read_present(
    connection: Connection, table: str, project: str, rows: Iterable[str], fields: Sequence[str]
) -> dict[str, tuple[bool, dict[str, Any]]]:
    """Return what rows are: id -> (deleted, values), as the wire has them."""
    by_name = TABLES[table].by_name
    columns = ", ".join(
        f"{COLUMNS.get(by_name[name].kind.name, 'row.{0}').format(name)} AS {name}"
        for name in fields
    )
    statement = (
        f"SELECT row.id::text AS row_id, row.deleted AS gone, {columns} FROM {table} AS row"
        f" WHERE row.{TABLES[table].scoped_to} = $1 AND row.id = ANY($2::uuid[])"
    )
    found: dict[str, tuple[bool, dict[str, Any]]] = {}
    for one in await connection.fetch(statement, project, sorted({*rows})):
        values = {name: _plain(one[name], by_name[name].kind.structured) for name in fields}
        found[one["row_id"]] = (one["gone"], values)
    return found


def _plain(value: Any, structured: bool) -> Any:  # noqa: FBT001
    return msgspec.json.decode(value) if structured and isinstance(value, str) else value


def moments_of(
    gone: bool,  # noqa: FBT001
    values: Mapping[str, Any],
    entries: Sequence[Entry],
    since: int,
) -> list[Moment]:
    """Return what a row was at a moment, and what it became with each change after it.

    Args:
        gone: whether it is deleted now.
        values: what it is now.
        entries: its changes since then, in order.
        since: the moment.

    """
    known = dict(values)
    for entry in reversed(entries):
        known.update({name: old for name, old in entry.before.items() if name in known})
    made = bool(entries) and entries[0].operation == "create"
    before = None if made or (not entries and gone) else dict(known)
    found = [Moment(since, before)]
    for entry in entries:
        known.update({name: new for name, new in entry.after.items() if name in known})
        found.append(Moment(entry.at, None if entry.operation == "delete" else dict(known)))
    return found


def state_at(moments: Sequence[Moment], at: int) -> Mapping[str, Any] | None:
    """Return what a row was at a moment."""
    found = None
    for moment in moments:
        if moment.at > at:
            break
        found = moment.values
    return found
