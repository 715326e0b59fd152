"""The door of live connections: greet, poke, and say goodbye; and what one may cost.

A browser cannot show its token here, so a one-time ticket comes in the first message. Until it has
come a connection is nobody's: their number is limited by address, their time by the clock, and what
they say by size. Of one account so many stay open; a further one takes the place of the oldest,
which on a bad link is often dead already.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
import structlog
from litestar import WebSocket, websocket
from litestar.di import NamedDependency
from litestar.exceptions import WebSocketDisconnect

from server.context import Context
from server.errors import ProblemError
from server.feed.live import Listener
from server.users import load_access
from server.wall import Rate, client_address
from sync import errors
from sync.changes import PROTOCOL_VERSION, LiveBye, LiveHello, LiveReady, Poke

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.intake import Access

log = structlog.get_logger()

HELLO_SECONDS_MAX = 10
MESSAGE_BYTES_MAX = 4 * 1024
"""Clients say hello and then nothing: no message is longer than its ticket."""

_HEADS = "SELECT name, head FROM scope"
_SESSION_ENDED = "SELECT ended_at IS NOT NULL FROM session WHERE id = $1"
CLOSE_TRY_LATER = 1013
SESSION_CHECK_SECONDS = 120
"""Between two looks at a session that nobody said has ended: Redis may have been away."""


class _Refused(Exception):  # noqa: N818
    def __init__(self, code: str) -> None:
        self.code = code


@websocket("/live")
async def live(socket: WebSocket[Any, Any, Any], context: NamedDependency[Context]) -> None:
    """Poke a client whenever a scope it may read has a new head."""
    if not await _may_knock(socket, context):
        await socket.close(code=CLOSE_TRY_LATER)
        return
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


async def _may_knock(socket: WebSocket[Any, Any, Any], context: Context) -> bool:
    """Whether an address may open one more connection: nobody has said yet whose it is."""
    limit = context.settings.live_handshakes_per_minute_max
    if not limit:
        return True
    (standing,) = await context.rates.take([Rate(f"live:{client_address(socket)}", limit)])
    return not standing.refused


async def _first_message(socket: WebSocket[Any, Any, Any]) -> str | bytes:
    """Return what a client says first: JSON text or MessagePack."""
    if not _same_origin(socket.headers):
        raise _Refused(errors.FORBIDDEN.code)
    message = await socket.receive()
    if message["type"] != "websocket.receive":
        raise WebSocketDisconnect(code=1000, detail="gone before hello")
    content = _content(message)
    if len(content) > MESSAGE_BYTES_MAX:
        raise _Refused(errors.BODY_TOO_LARGE.code)
    return content


def _content(message: Mapping[str, Any]) -> str | bytes:
    text: str | None = message.get("text")
    return message.get("bytes") or b"" if text is None else text


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
    context.hub.join(listener, of_person_max=context.settings.account_live_connections_max)
    news: asyncio.Task[dict[str, int]] | None = None
    per_minute_max = context.settings.live_messages_per_minute_max
    watching = asyncio.create_task(_until_gone(socket, per_minute_max))
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
                watching.result()
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


async def _until_gone(socket: WebSocket[Any, Any, Any], per_minute_max: int) -> None:
    """Read and ignore what a client sends, until it is gone. Raises _Refused when it is too much.

    A client has nothing to say after its hello: a few messages are let pass, a flood is not.
    """
    clock = asyncio.get_running_loop().time
    left, since = float(per_minute_max), clock()
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        now = clock()
        left = min(per_minute_max, left + (now - since) * per_minute_max / 60) - 1
        since = now
        if left < 0 or len(_content(message)) > MESSAGE_BYTES_MAX:
            raise _Refused(errors.RATE_LIMITED.code)


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
