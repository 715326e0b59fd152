"""The feed's doors: pull, snapshot pages, and tickets for live connections."""

from __future__ import annotations

from typing import Any

import msgspec
import structlog
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from server.context import Context
from server.errors import ProblemError
from server.feed.live_routes import live
from server.feed.pulling import as_response
from server.feed.pulling import pull as pull_pages
from server.intake.routes import check_protocol
from server.openapi import documented
from server.users import load_access, narrowed
from server.wire import (
    MESSAGEPACK,
    accepts_coding,
    decompress,
    packed,
    read,
    respond,
    response_encoding,
)
from sync import errors
from sync.changes import (
    PullRequest,
    PullResponse,
    SnapshotPage,
)

log = structlog.get_logger()

PULL_BODY_BYTES_MAX = 1024 * 1024
PAGE_BYTES_MAX = 256 * 1024 * 1024


@post(
    "/pull",
    status_code=200,
    **documented(
        request=PullRequest,
        response=PullResponse,
        errors=(errors.PROTOCOL_UNSUPPORTED, errors.REPLICA_UNKNOWN, errors.REPLICA_FORKED),
    ),
)
async def pull(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Return what changed since the client's cursor, in pages."""
    claims = await context.sync_claims(request)
    wanted = await read(request, PullRequest, PULL_BODY_BYTES_MAX)
    check_protocol(wanted.protocol)
    await context.check_replica(claims, wanted.replica)
    body = await pull_pages(context, claims, wanted)
    if response_encoding(request) == "msgpack":
        return packed(request, body, media_type=MESSAGEPACK)
    return respond(request, as_response(body))


@get(
    "/snapshots/{snapshot:str}/{page:int}",
    **documented(response=SnapshotPage, errors=(errors.SNAPSHOT_GONE, errors.NOT_FOUND)),
)
async def snapshot_page(
    request: Request[Any, Any, Any],
    context: NamedDependency[Context],
    snapshot: FromPath[str],
    page: FromPath[int],
) -> Response[bytes]:
    """Return one page of a prepared snapshot."""
    identity = await context.identity(request, scope="read")
    async with context.pool.acquire() as connection:
        access = (await load_access(connection, [identity.person]))[identity.person]
    stored = await context.snapshots.page(snapshot, page)
    if not narrowed(access, identity.scopes).reads(stored.scope):
        raise ProblemError(errors.SNAPSHOT_GONE)
    if response_encoding(request) == "msgpack" and accepts_coding(request, "zstd"):
        headers = {"content-encoding": "zstd", "vary": "accept, accept-encoding"}
        return Response(stored.body, media_type=MESSAGEPACK, headers=headers)
    body = decompress(stored.body, "zstd", PAGE_BYTES_MAX)
    if response_encoding(request) == "msgpack":
        return packed(request, body, media_type=MESSAGEPACK)
    return respond(request, msgspec.msgpack.decode(body, type=SnapshotPage))


class TicketResponse(Struct, frozen=True):
    """A one-time ticket for a live connection."""

    ticket: str


@post("/live-ticket", status_code=200, **documented(response=TicketResponse))
async def live_ticket(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Return a ticket that opens one live connection within half a minute."""
    who = await context.identity(request)
    ticket = context.tickets.issue(who.person, who.session)
    return respond(request, TicketResponse(ticket))


HANDLERS = (pull, snapshot_page, live_ticket, live)
