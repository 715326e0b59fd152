"""The past: who changed what, and how a row, a table, a project stood at any moment.

All of it is read from the change log, which holds every accepted change with what it left of each
field: the state at a moment is the last value of each until then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from server.context import Context
from server.errors import ProblemError
from server.feed.records import Limit, access_of, readable_scopes
from server.feed.shapes import HistoryPage, HistoryRecord, RowAt, RowsAt
from server.openapi import documented
from server.store import reading_as
from server.wire import respond
from sync import errors
from sync.labels import label_of
from sync.schema import UUID_PATTERN, is_row_id
from sync.tables import TABLES

if TYPE_CHECKING:
    import asyncpg

    from server.intake import Access
    from server.store import Connection

MILLISECONDS_MAX = 253_402_300_799_000
"""The end of the year 9999."""
_FIRST_ROW = "00000000-0000-0000-0000-000000000000"

Milliseconds = Annotated[int | None, QueryParameter(ge=0, le=MILLISECONDS_MAX)]
Id = Annotated[str | None, QueryParameter(pattern=UUID_PATTERN)]
Seq = Annotated[int | None, QueryParameter(ge=1, le=2**53 - 1)]

_CHANGES = """
    SELECT scope.name AS scope, change.seq,
        (extract(epoch FROM change.at) * 1000)::bigint AS at,
        change.table_name AS table, change.row_id::text AS row, change.operation, change.intent,
        change.replica, device_name.name AS device, change.counter, change.time,
        change.person_id::text AS person, person.name AS person_name,
        change.changes::text AS changes
    FROM readable_change_log AS change JOIN scope ON scope.id = change.scope_id
    LEFT JOIN device_name ON device_name.id = change.replica
    LEFT JOIN person ON person.id = change.person_id
"""

_OF_ROW = f"""
    {_CHANGES} WHERE change.row_id = $1::text::uuid AND scope.name = ANY($2::text[])
        AND change.seq > $3
    ORDER BY change.seq LIMIT $4
"""

_OF_PROJECT = f"""
    {_CHANGES}
    WHERE change.scope_id = (SELECT id FROM scope WHERE name = $1)
        AND ($2::bigint IS NULL OR change.seq < $2)
        AND ($3::uuid IS NULL OR change.person_id = $3)
        AND ($4::text IS NULL OR change.table_name = $4)
        AND ($5::bigint IS NULL OR change.at >= to_timestamp($5::bigint / 1000.0))
        AND ($6::bigint IS NULL OR change.at <= to_timestamp($6::bigint / 1000.0))
    ORDER BY change.seq DESC LIMIT $7
"""

# Of fields that were written more than once the aggregate keeps the last. A deletion that lost to
# an edit wrote nothing.
_AT = """
    SELECT scope.name AS scope, min(change.table_name) AS table, change.row_id::text AS row,
        max(change.seq) AS seq,
        (extract(epoch FROM max(change.at)) * 1000)::bigint AS at,
        (array_agg(change.operation ORDER BY change.seq DESC))[1] = 'delete' AS last_deletes,
        (jsonb_object_agg(field.key, field.value -> 1 ORDER BY change.seq)
            FILTER (WHERE field.key IS NOT NULL))::text AS values
    FROM readable_change_log AS change JOIN scope ON scope.id = change.scope_id
    LEFT JOIN LATERAL jsonb_each(change.changes::jsonb) AS field ON true
    WHERE change.row_id = ANY($1::uuid[]) AND scope.name = ANY($2::text[])
        AND ($3::bigint IS NULL OR change.at <= to_timestamp($3::bigint / 1000.0))
    GROUP BY scope.name, change.row_id ORDER BY change.row_id
"""


def _told(record: asyncpg.Record) -> HistoryRecord:
    changes = msgspec.json.decode(record["changes"])
    values = {name: value for name, value in record.items() if name != "changes"}
    return HistoryRecord(**values, changes=changes, labels={one: label_of(one) for one in changes})


def _stood(record: asyncpg.Record) -> RowAt:
    values = msgspec.json.decode(record["values"] or "{}")
    # What was logged before deletions were told among the fields says it by its operation.
    deleted = values.pop("deleted", record["last_deletes"])
    return RowAt(
        record["scope"],
        record["table"],
        record["row"],
        record["seq"],
        record["at"],
        deleted,
        values,
    )


async def rows_at(
    connection: Connection, rows: list[str], scopes: list[str], at: int | None
) -> list[RowAt]:
    """Return rows as they stood at a moment, those that were there: replayed from the log.

    Args:
        connection: reading as whoever asks.
        rows: their ids.
        scopes: those that the person may read.
        at: milliseconds since 1970; None for now.

    """
    return [_stood(one) for one in await connection.fetch(_AT, rows, scopes, at)]


@get("/history", **documented(response=list[HistoryRecord]))
async def history(
    request: Request[Any, Any, Any],
    context: NamedDependency[Context],
    row: Annotated[str, QueryParameter(pattern=UUID_PATTERN)],
    after: Annotated[int, QueryParameter(ge=0, le=2**53 - 1)] = 0,
    limit: Limit = 200,
) -> Response[bytes]:
    """Return who changed what in a row, from what to what, when, on which device.

    Oldest first; `after` takes the `seq` of the last one that is known.
    """
    async with context.pool.acquire() as connection:
        access = await access_of(context, request, connection, scope="read")
        async with reading_as(connection, access.person):
            scopes = await readable_scopes(connection, access)
            found = await connection.fetch(_OF_ROW, row, scopes, after, limit)
    return respond(request, [_told(one) for one in found])


@get("/rows/{row:str}", **documented(response=RowAt, errors=(errors.NOT_FOUND,)))
async def row_at(
    request: Request[Any, Any, Any],
    context: NamedDependency[Context],
    row: FromPath[str],
    at: Milliseconds = None,
) -> Response[bytes]:
    """Return a row as it stood at a moment (`at`, milliseconds since 1970), or stands now."""
    async with context.pool.acquire() as connection:
        access = await access_of(context, request, connection, scope="read")
        if not is_row_id(row):
            raise ProblemError(errors.NOT_FOUND)
        async with reading_as(connection, access.person):
            scopes = await readable_scopes(connection, access)
            found = await rows_at(connection, [row], scopes, at)
    if not found:
        raise ProblemError(errors.NOT_FOUND)
    return respond(request, found[0])


async def _read_project(
    context: Context, request: Request[Any, Any, Any], connection: Connection, scope: str
) -> Access:
    """Return the access of someone who may read a scope. Raises ProblemError."""
    access = await access_of(context, request, connection, scope="read")
    if not is_row_id(scope.partition(":")[2]):
        raise ProblemError(errors.NOT_FOUND)
    if not access.reads(scope):
        raise ProblemError(errors.FORBIDDEN)
    return access


@get("/{project:str}/history", **documented(response=HistoryPage, errors=(errors.NOT_FOUND,)))
async def project_history(
    request: Request[Any, Any, Any],
    context: NamedDependency[Context],
    project: FromPath[str],
    *,
    person: Id = None,
    table: Annotated[str | None, QueryParameter(pattern="^[a-z_]{1,60}$")] = None,
    since: Milliseconds = None,
    until: Milliseconds = None,
    finance: Annotated[bool, QueryParameter()] = False,
    before: Seq = None,
    limit: Limit = 100,
) -> Response[bytes]:
    """Return what was changed in a project, newest first; with `finance`, in its money.

    By person, table and period (`since`, `until`, milliseconds since 1970); `before` takes the
    `next` of the part before.
    """
    scope = f"{'finance' if finance else 'project'}:{project}"
    async with context.pool.acquire() as connection:
        access = await _read_project(context, request, connection, scope)
        async with reading_as(connection, access.person):
            found = await connection.fetch(
                _OF_PROJECT, scope, before, person, table, since, until, limit
            )
    told = [_told(one) for one in found]
    return respond(request, HistoryPage(told, told[-1].seq if len(told) == limit else None))


@get(
    "/{project:str}/tables/{table:str}",
    **documented(response=RowsAt, errors=(errors.NOT_FOUND,)),
)
async def table_at(
    request: Request[Any, Any, Any],
    context: NamedDependency[Context],
    project: FromPath[str],
    table: FromPath[str],
    *,
    at: Milliseconds = None,
    after: Annotated[str, QueryParameter(pattern=UUID_PATTERN)] = _FIRST_ROW,
    limit: Limit = 200,
) -> Response[bytes]:
    """Return the rows of a project's table as they stood at a moment, deleted ones among them.

    By their ids, in parts: one may hold fewer rows than asked for, where some came later; `after`
    takes the `next` of the part before. Rows that were purged since are not shown.
    """
    declared = TABLES.get(table)
    kinds = () if declared is None else declared.scopes
    kind = next((one for one in ("project", "finance") if one in kinds), None)
    async with context.pool.acquire() as connection:
        access = await _read_project(context, request, connection, f"{kind or 'project'}:{project}")
        if declared is None or kind is None:
            raise ProblemError(errors.NOT_FOUND)
        async with reading_as(connection, access.person):
            # `scoped_to` leads the key: the page is a range of it.
            records = await connection.fetch(
                f"SELECT id::text AS id FROM {table} WHERE {declared.scoped_to} = $1 AND id > $2"
                " ORDER BY id LIMIT $3",
                project,
                after,
                limit,
            )
            ids = [one["id"] for one in records]
            scopes = [f"{one}:{project}" for one in kinds if access.reads(f"{one}:{project}")]
            found = await rows_at(connection, ids, scopes, at)
    return respond(request, RowsAt(found, ids[-1] if len(ids) == limit else None))


HANDLERS = (history, row_at)
PROJECT_HANDLERS = (project_history, table_at)
