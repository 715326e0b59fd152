"""Live pokes: who may listen, what they are told, and what happens when Redis is away."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from server.errors import ProblemError
from server.feed.tickets import Tickets
from sync.changes import LiveBye, LiveHello, LiveReady, Poke
from tests.serving import Service, Tablet, link_to, serve_here, task_created

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.settings import Settings

Told = LiveReady | Poke | LiveBye


class Ears:
    """The client's end of a live connection, over ASGI itself."""

    def __init__(self, *, text: bool) -> None:
        self.text = text
        self.sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.opening: dict[str, Any] = {}
        """What the server said to the handshake."""

    def say(self, message: LiveHello | bytes | str) -> None:
        """Send a message to the server."""
        content: Any = message
        if isinstance(message, LiveHello):
            packed = msgspec.msgpack.encode(message)
            content = msgspec.json.encode(message).decode() if self.text else packed
        key = "text" if isinstance(content, str) else "bytes"
        self.sent.put_nowait({"type": "websocket.receive", key: content})

    async def next(self) -> Told:
        """Return the server's next message."""
        async with asyncio.timeout(10):
            event = await self.heard.get()
        assert event["type"] == "websocket.send", event
        found: Told
        if self.text:
            found = msgspec.json.decode(event["text"], type=Told)
        else:
            found = msgspec.msgpack.decode(event["bytes"], type=Told)
        return found

    async def hears(self, scope: str, head: int) -> None:
        """Wait until a poke tells of this head of a scope, or of a later one."""
        while True:
            told = await self.next()
            assert isinstance(told, Poke)
            if told.heads.get(scope, 0) >= head:
                return


@asynccontextmanager
async def _connect(
    service: Service, *, text: bool = False, origin: str | None = None
) -> AsyncIterator[Ears]:
    """Open a live connection, without a hello."""
    ears = Ears(text=text)
    ears.sent.put_nowait({"type": "websocket.connect"})
    headers = [(b"host", b"derrick.test")]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    scope = {
        "type": "websocket",
        "path": "/api/sync/live",
        "raw_path": b"/api/sync/live",
        "root_path": "",
        "scheme": "ws",
        "query_string": b"",
        "headers": headers,
        "subprotocols": [],
        "client": ("127.0.0.1", 1),
        "server": ("derrick.test", 80),
        "extensions": {},
    }
    app: Any = service.app
    task = asyncio.create_task(app(scope, ears.sent.get, ears.heard.put))
    ears.opening = await ears.heard.get()
    try:
        yield ears
    finally:
        ears.sent.put_nowait({"type": "websocket.disconnect", "code": 1000})
        async with asyncio.timeout(10):
            await task


async def _ticket(tablet: Tablet) -> str:
    answer = await tablet.post("live-ticket", b"")
    assert answer.status_code == 200, answer.text
    return str(tablet.decode(answer, dict)["ticket"])


@asynccontextmanager
async def _listening(service: Service, tablet: Tablet, *, text: bool = False) -> Any:
    """Open a live connection that the server is ready on."""
    async with _connect(service, text=text) as ears:
        ears.say(LiveHello(await _ticket(tablet)))
        ready = await ears.next()
        assert isinstance(ready, LiveReady), ready
        yield ears, ready


async def _refused(service: Service, hello: Any, **how: Any) -> str:
    """Say hello and return the code with which the server leaves."""
    async with _connect(service, **how) as ears:
        ears.say(hello)
        bye = await ears.next()
        assert isinstance(bye, LiveBye), bye
        assert (await ears.heard.get())["type"] == "websocket.close"
        return bye.code


async def test_a_poke_follows_a_push(service: Service) -> None:
    """Listeners in JSON and in MessagePack learn of the scope's new head, and pull."""
    writer, reader = await service.tablet(), await service.tablet()
    project = await service.project(writer)
    scope = f"project:{project}"
    async with (
        _listening(service, reader) as (ears, ready),
        _listening(service, reader, text=True) as (others, _),
    ):
        assert ready.heads[scope] == 1
        await writer.must(task_created(project))
        await ears.hears(scope, 2)
        await others.hears(scope, 2)
        await reader.pull()
        assert len(reader.live(scope)) == 2


async def test_a_ticket_opens_one_connection(service: Service, settings: Settings) -> None:
    """A ticket is taken once, here and on every other server."""
    tablet = await service.tablet()
    hello = LiveHello(await _ticket(tablet))
    async with serve_here(settings) as other:
        async with _connect(service) as ears:
            ears.say(hello)
            assert isinstance(await ears.next(), LiveReady)
        assert await _refused(service, hello) == "unauthenticated"
        assert await _refused(other, hello) == "unauthenticated"


async def test_a_ticket_expires() -> None:
    """Half a minute later a ticket is worth nothing; nor is an access token, ever."""
    now = 1_000_000_000_000
    tickets = Tickets("a-secret-for-tests-of-thirty-two-bytes-or-more", None, lambda: now)
    ticket = tickets.issue("someone")
    now += 32_000
    with pytest.raises(ProblemError, match="unauthenticated"):
        await tickets.take(ticket)


async def test_bad_hellos_are_refused(service: Service) -> None:
    """Another origin, another protocol, a false ticket, or no hello at all: a bye that says why."""
    tablet = await service.tablet()
    good = LiveHello(await _ticket(tablet))
    assert await _refused(service, "", origin="https://evil.test", text=True) == "forbidden"
    assert await _refused(service, "", origin="null", text=True) == "forbidden"
    newer = LiveHello(good.ticket, protocol=99)
    assert await _refused(service, newer) == "protocol_unsupported"
    assert await _refused(service, LiveHello(tablet.token)) == "unauthenticated"
    assert await _refused(service, LiveHello("x.y.z")) == "unauthenticated"
    for text in ("", "{", '{"type":"poke"}', "[" * 4_000, '{"type":"hello"}'):
        assert await _refused(service, text, text=True) == "request_malformed"
    assert await _refused(service, b"\xc1") != ""
    assert await _refused(service, "[" * 100_000, text=True) == "body_too_large"
    async with _connect(service, origin="http://derrick.test") as ears:
        ears.say(good)
        assert isinstance(await ears.next(), LiveReady)


async def test_a_poke_comes_from_another_server(service: Service, settings: Settings) -> None:
    """A push to one server pokes those who listen at another, through Redis."""
    async with serve_here(settings) as other:
        writer, reader = await service.tablet(), await service.tablet()
        project = await service.project(writer)
        async with _listening(other, reader) as (ears, _):
            await _until_heard(writer, project, ears)


async def _until_heard(writer: Tablet, project: str, ears: Ears) -> None:
    """Push until a poke arrives: a subscription may still be on its way."""
    async with asyncio.timeout(25):
        hearing = asyncio.create_task(ears.heard.get())
        while not hearing.done():
            await writer.must(task_created(project))
            await asyncio.wait({hearing}, timeout=0.1)
        await hearing


async def test_redis_away_costs_pokes_between_servers_only(settings: Settings) -> None:
    """With Redis cut, push, pull, tickets and local pokes work; mended, all pokes come back."""
    assert settings.redis_url is not None
    async with link_to(settings.redis_url) as (link, url):
        linked = msgspec.structs.replace(settings, redis_url=url)
        async with serve_here(linked) as one, serve_here(linked) as two:
            writer, reader = await one.tablet(), await one.tablet()
            project = await one.project(writer)
            scope = f"project:{project}"
            await link.cut()
            async with (
                _listening(one, reader) as (near, _),
                _listening(two, reader) as (far, _),
            ):
                await writer.must(task_created(project))
                await near.hears(scope, 2)
                await reader.pull()
                assert len(reader.live(scope)) == 2
                await link.mend()
                await _until_heard(writer, project, far)


async def test_listeners_hear_of_what_they_may_read(service: Service) -> None:
    """Membership given or taken while connected changes what is heard; money stays unheard."""
    office, crew = await service.tablet(), await service.tablet("employee")
    project = await service.project(office)
    scope = f"project:{project}"
    async with _listening(service, crew) as (ears, ready):
        assert ready.heads.keys() == {"org"}
        membership = await service.member(office, project, crew.person, "employee")
        await ears.hears(scope, 2)
        await office.must(task_created(project))
        await ears.hears(scope, 3)
        await office.pull()
        await office.must(office.delete(scope, membership))
        # Told once more, so that the next pull says that the scope is gone; then never again.
        await ears.hears(scope, 4)
        await office.must(task_created(project))
        async with service.context.intake.server_transaction(["org"]) as transaction:
            await transaction.load("org", [crew.person])
            transaction.workspace.write("org", "person", crew.person, {"phone": "1"}, intent="test")
        told = await ears.next()
        assert isinstance(told, Poke)
        assert told.heads.keys() == {"org"}


async def test_who_is_made_inactive_is_disconnected(service: Service) -> None:
    """A person who left is told goodbye at once."""
    crew = await service.tablet("employee")
    async with _listening(service, crew) as (ears, _):
        async with service.context.intake.server_transaction(["org"]) as transaction:
            await transaction.load("org", [crew.person])
            transaction.workspace.write(
                "org", "person", crew.person, {"active": False}, intent="test"
            )
        assert await ears.next() == LiveBye("forbidden")


async def test_connections_are_capped_and_age(settings: Settings) -> None:
    """Over the cap a client is told to wait; too old a connection must log in again."""
    small = msgspec.structs.replace(settings, live_connections_max=1, live_connection_seconds_max=1)
    async with serve_here(small) as service:
        tablet = await service.tablet()
        async with _listening(service, tablet) as (ears, _):
            assert await _refused(service, LiveHello(await _ticket(tablet))) == "rate_limited"
            assert await ears.next() == LiveBye("unauthenticated")


async def test_an_account_has_so_many_connections_and_the_oldest_goes(settings: Settings) -> None:
    """A third device of one person takes the place of the first; a colleague is untouched."""
    small = msgspec.structs.replace(settings, account_live_connections_max=2)
    async with serve_here(small) as service:
        tablet, colleague = await service.tablet(), await service.tablet()
        project = await service.project(tablet)
        async with (
            _listening(service, colleague) as (other, _),
            _listening(service, tablet) as (first, _),
            _listening(service, tablet) as (second, _),
            _listening(service, tablet) as (third, _),
        ):
            assert await first.next() == LiveBye("rate_limited")
            await tablet.must(task_created(project))
            for ears in (second, third, other):
                await ears.hears(f"project:{project}", 2)


async def test_an_address_opens_so_many_connections_a_minute(settings: Settings) -> None:
    """Beyond it the handshake itself is refused, before anything is read."""
    small = msgspec.structs.replace(settings, live_handshakes_per_minute_max=2)
    async with serve_here(small) as service:
        said = []
        for _ in range(3):
            async with _connect(service) as ears:
                said.append(ears.opening)
        assert [one["type"] for one in said] == [
            "websocket.accept",
            "websocket.accept",
            "websocket.close",
        ]
        assert said[-1]["code"] == 1013


async def test_a_client_that_talks_without_end_is_cut_off(settings: Settings) -> None:
    """A few messages are ignored, a flood or a huge one ends the connection."""
    small = msgspec.structs.replace(settings, live_messages_per_minute_max=5)
    async with serve_here(small) as service:
        tablet = await service.tablet()
        project = await service.project(tablet)
        async with _listening(service, tablet) as (ears, _):
            for _ in range(5):
                ears.say("bonjour")
            await tablet.must(task_created(project))
            await ears.hears(f"project:{project}", 2)
            for _ in range(5):
                ears.say(b"bonjour")
            assert await ears.next() == LiveBye("rate_limited")
        async with _listening(service, tablet) as (ears, _):
            ears.say("x" * 5_000)
            assert await ears.next() == LiveBye("rate_limited")
