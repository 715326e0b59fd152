"""What a person can read of the engine's records: conflicts, rejections, devices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from server.context import Context
from server.feed.shapes import ConflictRecord, RejectionRecord, ReplicaRecord
from server.intake import EVERYWHERE, Access
from server.openapi import documented
from server.store import reading_as
from server.users import load_access, narrowed
from server.wire import respond

if TYPE_CHECKING:
    import asyncpg

    from server.store import Connection

PAGE_ROWS_MAX = 500

Limit = Annotated[int, QueryParameter(ge=1, le=PAGE_ROWS_MAX)]

_CONFLICTS = """
    SELECT conflict.id, scope.name AS scope, conflict.seq, conflict.table_name AS table,
        conflict.row_id::text AS row, conflict.field, conflict.policy,
        conflict.kept::text AS kept, conflict.lost::text AS lost, conflict.review,
        conflict.replica, here.name AS device, here.person_id::text AS person, conflict.time,
        conflict.other_replica, there.name AS other_device,
        there.person_id::text AS other_person, conflict.other_time,
        (extract(epoch FROM conflict.detected_at) * 1000)::bigint AS detected_at,
        (extract(epoch FROM conflict.resolved_at) * 1000)::bigint AS resolved_at,
        conflict.resolved_by::text AS resolved_by
    FROM conflict JOIN scope ON scope.id = conflict.scope_id
    LEFT JOIN device_name AS here ON here.id = conflict.replica
    LEFT JOIN device_name AS there ON there.id = conflict.other_replica
    WHERE scope.name = ANY($1::text[]) AND ($2::boolean IS NOT TRUE
        OR (conflict.review AND conflict.resolved_at IS NULL))
    ORDER BY conflict.id DESC LIMIT $3
"""

_REJECTIONS = """
    SELECT rejection.replica, rejection.counter, rejection.person_id::text AS person,
        (extract(epoch FROM rejection.received_at) * 1000)::bigint AS received_at,
        rejection.code, rejection.detail::text AS detail, rejection.payload::text AS payload
    FROM rejection WHERE rejection.person_id = $1 OR $2
        OR (rejection.scopes <> '{}' AND rejection.scopes <@ $3::text[])
    ORDER BY rejection.received_at DESC LIMIT $4
"""

_REPLICAS = """
    SELECT id, person_id::text AS person, name, platform, app_version, last_counter,
        (extract(epoch FROM last_seen_at) * 1000)::bigint AS last_seen_at,
        waiting_change_sets, waiting_oldest, waiting_upload_bytes, clock_offset_ms, clock_flagged,
        revoked_at IS NOT NULL AS revoked
    FROM replica WHERE (person_id = $1 OR $2) AND NOT office
    ORDER BY last_seen_at DESC NULLS LAST LIMIT $3
"""

_SCOPES = "SELECT name FROM scope"

_DOCUMENTS = ("kept", "lost", "detail", "payload")
"""Columns that PostgreSQL hands over as JSON text."""


async def readable_scopes(connection: Connection, access: Access) -> list[str]:
    """Return the names of all scopes that a person may read."""
    return [
        record["name"] for record in await connection.fetch(_SCOPES) if access.reads(record["name"])
    ]


def leads_everywhere(access: Access) -> bool:
    """Whether a person's role lets them see what was refused to anyone."""
    return access.may("rejection.read") and access.permissions.allows(access.role, EVERYWHERE)


def led_scopes(access: Access) -> list[str]:
    """Return the scopes of the projects that a person leads by membership."""
    return [
        f"{kind}:{project}"
        for project in access.projects
        for kind in ("project", "finance")
        if access.may("rejection.read", f"project:{project}")
    ]


def _readable(record: asyncpg.Record) -> dict[str, Any]:
    return {
        key: msgspec.json.decode(value) if key in _DOCUMENTS and value is not None else value
        for key, value in record.items()
    }


async def access_of(
    context: Context,
    request: Request[Any, Any, Any],
    connection: Connection,
    *,
    scope: str = "app",
) -> Access:
    """Return what the person may do; a handler that serves other systems names its scope."""
    identity = await context.identity(request, scope=scope)
    access = (await load_access(connection, [identity.person]))[identity.person]
    return narrowed(access, identity.scopes)


@get("/conflicts", **documented(response=list[ConflictRecord]))
async def conflicts(
    request: Request[Any, Any, Any],
    context: NamedDependency[Context],
    # Litestar keeps the word `scope` for itself: an argument of that name gets the ASGI scope.
    wanted: Annotated[str | None, QueryParameter(name="scope")] = None,
    *,
    open_only: Annotated[bool, QueryParameter(name="open")] = False,
    limit: Limit = 100,
) -> Response[bytes]:
    """Return races that a policy settled, newest first; `open=true` for those to decide."""
    async with context.pool.acquire() as connection:
        access = await access_of(context, request, connection, scope="read")
        async with reading_as(connection, access.person):
            scopes = await readable_scopes(connection, access)
            if wanted is not None:
                scopes = [one for one in scopes if one == wanted]
            found = await connection.fetch(_CONFLICTS, scopes, open_only, limit)
    return respond(request, [_readable(one) for one in found])


@get("/rejections", **documented(response=list[RejectionRecord]))
async def rejections(
    request: Request[Any, Any, Any],
    context: NamedDependency[Context],
    *,
    mine: Annotated[bool, QueryParameter()] = True,
    limit: Limit = 100,
) -> Response[bytes]:
    """Return refused change sets, whole, newest first: one's own, or all for those who lead."""
    async with context.pool.acquire() as connection:
        access = await access_of(context, request, connection)
        everyone = not mine and leads_everywhere(access)
        led = [] if mine else led_scopes(access)
        async with reading_as(connection, access.person):
            found = await connection.fetch(_REJECTIONS, access.person, everyone, led, limit)
    return respond(request, [_readable(one) for one in found])


@get("/replicas", **documented(response=list[ReplicaRecord]))
async def replicas(
    request: Request[Any, Any, Any], context: NamedDependency[Context], limit: Limit = 200
) -> Response[bytes]:
    """Return devices and their unsent work: one's own, or all for those who lead."""
    async with context.pool.acquire() as connection:
        access = await access_of(context, request, connection)
        everyone = leads_everywhere(access)
        async with reading_as(connection, access.person):
            found = await connection.fetch(_REPLICAS, access.person, everyone, limit)
    return respond(request, [_readable(one) for one in found])


HANDLERS = (conflicts, rejections, replicas)
