"""The permission table over HTTP: anyone reads it, an administrator changes it."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, put
from litestar.di import NamedDependency

from server.context import Context
from server.errors import ProblemError
from server.openapi import documented
from server.users.access import load_access
from server.users.permissions import (
    CHANGES_MAX,
    Matrix,
    PermissionChanges,
    change_permissions,
    draw_matrix,
    read_permissions,
)
from server.wire import read, respond
from sync import errors

BODY_BYTES_MAX = 128 * 1024


@get("/permissions", **documented(response=Matrix))
async def permissions(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Return who may do what: roles by tables and operations, and the narrower rights."""
    person = await context.person(request)
    async with context.pool.acquire() as connection:
        if not (await load_access(connection, [person]))[person].active:
            raise ProblemError(errors.FORBIDDEN)
        found = await read_permissions(connection)
    return respond(request, draw_matrix(*found))


@put(
    "/permissions",
    **documented(
        request=PermissionChanges,
        response=Matrix,
        errors=(errors.ENTRY_INVALID, errors.PERMISSION_FIXED, errors.PERMISSIONS_OUTDATED),
    ),
)
async def set_permissions(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Change some rights of some roles; return the table as it then stands."""
    person = await context.person(request)
    wanted = await read(request, PermissionChanges, BODY_BYTES_MAX)
    if len(wanted.changes) > CHANGES_MAX:
        raise ProblemError(errors.BODY_TOO_LARGE, f"more than {CHANGES_MAX} changes")
    address = None if request.client is None else request.client.host
    async with context.pool.acquire() as connection:
        found = await change_permissions(
            connection, wanted.changes, actor=person, version=wanted.version, address=address
        )
    context.hub.announce({}, access_changed=True)
    return respond(request, draw_matrix(*found))


HANDLERS = (permissions, set_permissions)
