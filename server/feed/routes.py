"""The feed's doors: pull, snapshot pages, and the live connection."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
import structlog
from litestar import Request, Response, WebSocket, get, post, websocket
from litestar.di import NamedDependency
from litestar.exceptions import WebSocketDisconnect
from litestar.params import FromPath
from msgspec import Struct

from server.context import Context
from server.errors import ProblemError
from server.feed.live import Listener
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
    PROTOCOL_VERSION,
    LiveBye,
    LiveHello,
    LiveReady,
    Poke,
    PullRequest,
    PullResponse,
    SnapshotPage,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.intake import Access

log = structlog.get_logger()

HELLO_SECONDS_MAX = 10
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


_HEADS = "SELECT name, head FROM scope"
_SESSION_ENDED = "SELECT ended_at IS NOT NULL FROM session WHERE id = $1"
SESSION_CHECK_SECONDS = 120
"""Between two looks at a session that nobody said has ended: Redis may have been away."""


class _Refused(Exception):  # noqa: N818
    def __init__(self, code: str) -> None:
        self.code = code


@websocket("/live")
async def live(socket: WebSocket[Any, Any, Any], context: NamedDependency[Context]) -> None:
    """Poke a client whenever a scope it may read has a new head."""
    await socket.accept()
    text = True
    try:
        async with asyncio.timeout(HELLO_SECONDS_MAX):
            content = await _first_message(socket)
            # Even a refusal is said in the encoding of the hello.
            text = isinstance(content, str)
            person, session = await _greet(content, context)
        async with asyncio.timeout(context.settings.live_connection_seconds_max):
            await _poke(socket, context, Listener(person, session), text=text)
    except WebSocketDisconnect:
        return
    except TimeoutError:
        await _leave(socket, errors.UNAUTHENTICATED.code, text=text)
    except _Refused as refused:
        await _leave(socket, refused.code, text=text)
    except ProblemError as problem:
        await _leave(socket, problem.error.code, text=text)


async def _first_message(socket: WebSocket[Any, Any, Any]) -> str | bytes:
    """Return what a client says first: JSON text or MessagePack."""
    if not _same_origin(socket.headers):
        raise _Refused(errors.FORBIDDEN.code)
    message = await socket.receive()
    if message["type"] != "websocket.receive":
        raise WebSocketDisconnect(code=1000, detail="gone before hello")
    content: str | bytes | None = message.get("text")
    return message.get("bytes") or b"" if content is None else content


async def _greet(content: str | bytes, context: Context) -> tuple[str, str | None]:
    """Take the hello; return who it is, and in which session."""
    try:
        if isinstance(content, str):
            hello = msgspec.json.decode(content, type=LiveHello)
        else:
            hello = msgspec.msgpack.decode(content, type=LiveHello)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise _Refused(errors.REQUEST_MALFORMED.code) from None
    if hello.protocol != PROTOCOL_VERSION:
        raise _Refused(errors.PROTOCOL_UNSUPPORTED.code)
    return await context.tickets.take(hello.ticket)


def _same_origin(headers: Mapping[str, str]) -> bool:
    """Whether the page that opens the connection is ours; programs send no origin."""
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


async def _poke(
    socket: WebSocket[Any, Any, Any], context: Context, listener: Listener, *, text: bool
) -> None:
    if len(context.hub) >= context.settings.live_connections_max:
        raise _Refused(errors.RATE_LIMITED.code)
    context.hub.join(listener)
    news: asyncio.Task[dict[str, int]] | None = None
    watching = asyncio.create_task(_until_gone(socket))
    try:
        listener.access = await _access(context, listener.person)
        await _check_session(context, listener)
        heads = await _heads(context, listener.access)
        await _send(socket, LiveReady(heads), text=text)
        while not watching.done():
            if news is None or news.done():
                news = asyncio.create_task(listener.next_heads())
            await asyncio.wait(
                {news, watching},
                timeout=SESSION_CHECK_SECONDS,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if watching.done():
                return
            await _check_session(context, listener, ask=not news.done())
            if not news.done():
                continue
            before = listener.access
            if listener.stale:
                listener.stale = False
                listener.access = await _access(context, listener.person)
            # Of a scope just lost the client is told once more: its pull then says that it is.
            heads = {
                name: head
                for name, head in news.result().items()
                if listener.access.reads(name) or before.reads(name)
            }
            if listener.access != before:
                heads.update(await _heads(context, listener.access))
            if heads:
                await _send(socket, Poke(heads), text=text)
    finally:
        context.hub.leave(listener)
        watching.cancel()
        if news is not None:
            news.cancel()


async def _check_session(context: Context, listener: Listener, *, ask: bool = True) -> None:
    """Say goodbye when the session has ended: as someone said, or as the database does."""
    if listener.farewell is None and ask and listener.session is not None:
        ended = await context.pool.fetchval(_SESSION_ENDED, listener.session)
        listener.farewell = errors.SESSION_ENDED.code if ended else None
    if listener.farewell is not None:
        raise _Refused(listener.farewell)


async def _access(context: Context, person: str) -> Access:
    async with context.pool.acquire() as connection:
        access = (await load_access(connection, [person]))[person]
    if not access.active:
        raise _Refused(errors.FORBIDDEN.code)
    return access


async def _heads(context: Context, access: Access) -> dict[str, int]:
    """Return the heads of all scopes that a person may read."""
    return {
        record["name"]: record["head"]
        for record in await context.pool.fetch(_HEADS)
        if access.reads(record["name"])
    }


async def _until_gone(socket: WebSocket[Any, Any, Any]) -> None:
    """Read and ignore what a client sends, until it is gone."""
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return


async def _send(
    socket: WebSocket[Any, Any, Any], message: LiveReady | Poke | LiveBye, *, text: bool
) -> None:
    if text:
        await socket.send_text(msgspec.json.encode(message).decode())
    else:
        await socket.send_bytes(msgspec.msgpack.encode(message))


async def _leave(socket: WebSocket[Any, Any, Any], code: str, *, text: bool) -> None:
    try:
        await _send(socket, LiveBye(code), text=text)
        await socket.close(code=1008)
    except (WebSocketDisconnect, RuntimeError):
        log.info("live_gone_before_goodbye")


HANDLERS = (pull, snapshot_page, live_ticket, live)
