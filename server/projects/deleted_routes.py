"""The deleted projects that somebody may bring back, while they can be."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from msgspec import Struct

from server.context import Context
from server.openapi import documented
from server.store import reading_as
from server.users import load_access, narrowed
from server.wire import respond

if TYPE_CHECKING:
    from server.store import Connection

LIST_PROJECTS_MAX = 200

# Projects are few, and the history of one row has an index. Who deleted it last, counts.
_DELETED = """
    SELECT project.id::text AS project, project.code, project.name, change.author, change.deleted_at
    FROM project CROSS JOIN LATERAL (
        SELECT person_id::text AS author, (extract(epoch FROM at) * 1000)::bigint AS deleted_at
        FROM readable_change_log AS log
        WHERE log.row_id = project.id AND log.operation = 'delete' ORDER BY log.seq DESC LIMIT 1
    ) AS change
    WHERE project.deleted ORDER BY change.deleted_at DESC, project.id LIMIT $1
"""


class DeletedProject(Struct, frozen=True):
    """A project in the bin. Moments are milliseconds since 1970."""

    project: str
    code: str
    name: str
    author: str | None
    deleted_at: int
    restorable_until: int
    """From then on the nightly purge takes it."""


@get("/deleted", **documented(response=list[DeletedProject]))
async def deleted_projects(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Return the deleted projects that the person may bring back, the last deleted first."""
    identity = await context.identity(request, scope="read")
    kept = dt.timedelta(days=context.settings.deleted_retention_days)
    async with context.pool.acquire() as connection:
        access = (await load_access(connection, [identity.person]))[identity.person]
        access = narrowed(access, identity.scopes)
        async with reading_as(connection, identity.person):
            found = await _read(connection, int(kept.total_seconds() * 1000))
    mine = [one for one in found if access.may("project.delete", f"project:{one.project}")]
    return respond(request, mine)


async def _read(connection: Connection, kept_ms: int) -> list[DeletedProject]:
    records = await connection.fetch(_DELETED, LIST_PROJECTS_MAX)
    return [
        DeletedProject(**dict(one), restorable_until=one["deleted_at"] + kept_ms) for one in records
    ]
