"""The doors of held work: what waits, and the decision on it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from server.context import Context
from server.errors import ProblemError
from server.openapi import documented
from server.users.access import load_access
from server.users.held import Decision, HeldChangeSet, Released, decide, read_waiting
from server.users.session_routes import BODY_BYTES_MAX
from server.wire import read, respond
from sync import errors

if TYPE_CHECKING:
    from server.intake import Access


_REPLICA = re.compile("[0-9a-f]{16}")


class HeldDecision(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether held work is merged as its author's, or let go."""

    decision: Decision


@get("/devices/held", **documented(response=list[HeldChangeSet]))
async def waiting(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Return what revoked devices handed in of the work that the person who asks leads."""
    access = await _access(request, context)
    return respond(request, await read_waiting(context.pool, access))


@post(
    "/devices/held/{replica:str}",
    status_code=200,
    **documented(request=HeldDecision, response=Released, errors=(errors.NOT_FOUND,)),
)
async def settle(
    request: Request[Any, Any, Any], context: NamedDependency[Context], replica: FromPath[str]
) -> Response[bytes]:
    """Have a replica's held work merged, or let it go; a merge cut short goes on."""
    if _REPLICA.fullmatch(replica) is None:
        raise ProblemError(errors.NOT_FOUND)
    access = await _access(request, context)
    wanted = await read(request, HeldDecision, BODY_BYTES_MAX)
    return respond(request, await decide(context, access, replica, wanted.decision))


async def _access(request: Request[Any, Any, Any], context: Context) -> Access:
    who = await context.identity(request)
    async with context.pool.acquire() as connection:
        return (await load_access(connection, [who.person]))[who.person]


HANDLERS = (waiting, settle)
