"""Live pokes: who is connected here, and the other servers' news through Redis.

A poke says which scopes have a new head, never what is in them. Redis away means no news from the
other servers until the clients' own timers; nothing is lost. A slow client costs one small map:
heads replace each other, they do not queue.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

import msgspec
import redis.asyncio
import structlog
from msgspec import Struct
from redis.exceptions import RedisError

from server.intake import Access
from sync import errors

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping

log = structlog.get_logger()

CHANNEL = "derrick:heads"
RECONNECT_SECONDS_MIN = 0.2
RECONNECT_SECONDS_MAX = 10.0
STOP_SECONDS = 0.1


class News(Struct, frozen=True):
    """What servers tell each other through Redis."""

    origin: str
    heads: dict[str, int]
    access_changed: bool = False
    ended: dict[str, str] = {}
    """Sessions that have ended, with the code of the goodbye."""


class Listener:
    """One live connection: the newest heads it has not been told of."""

    __slots__ = ("_arrived", "_heads", "access", "farewell", "person", "session", "stale")

    def __init__(self, person: str, session: str | None = None) -> None:
        self.person = person
        self.session = session
        self.access = Access(person, active=False, role=None, projects={})
        """Nothing, until it is read."""
        self.farewell: str | None = None
        """The code to say goodbye with, once the session has ended."""
        self.stale = False
        """Whether roles or memberships changed since the access was read."""
        self._heads: dict[str, int] = {}
        self._arrived = asyncio.Event()

    def tell(self, heads: Mapping[str, int]) -> None:
        """Remember new heads."""
        self._heads.update(heads)
        self._arrived.set()

    def dismiss(self, code: str) -> None:
        """Have the connection say goodbye."""
        self.farewell = code
        self._arrived.set()

    async def next_heads(self) -> dict[str, int]:
        """Wait for news and take it."""
        await self._arrived.wait()
        self._arrived.clear()
        heads, self._heads = self._heads, {}
        return heads


class LiveHub:
    """Passes heads from merges to live connections, here and on the other servers."""

    def __init__(self, redis_url: str | None) -> None:
        self._origin = secrets.token_hex(8)
        # In the order of their coming: the oldest first.
        self._listeners: dict[Listener, None] = {}
        self._of_person: dict[str, dict[Listener, None]] = {}
        self._client = None if redis_url is None else redis.asyncio.Redis.from_url(redis_url)
        self._outgoing: dict[str, int] = {}
        self._access_changed = False
        self._ended: dict[str, str] = {}
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def __len__(self) -> int:
        return len(self._listeners)

    async def start(self) -> None:
        """Begin to talk to Redis; a Redis that is away is tried again and again."""
        if self._client is not None:
            self._tasks = [
                asyncio.create_task(self._supervise(self._publish, "poke_publisher_waits")),
                asyncio.create_task(self._supervise(self._subscribe, "poke_subscriber_waits")),
            ]

    async def stop(self) -> None:
        """Stop talking."""
        waiting = {*self._tasks}
        while waiting:
            # More than once: the Redis client swallows a cancellation that meets it connecting.
            for task in waiting:
                task.cancel()
            _, waiting = await asyncio.wait(waiting, timeout=STOP_SECONDS)
        if self._client is not None:
            await self._client.aclose()

    def join(self, listener: Listener, *, of_person_max: int) -> None:
        """Add a live connection; beyond what a person may have, their oldest says goodbye."""
        self._listeners[listener] = None
        mine = self._of_person.setdefault(listener.person, {})
        mine[listener] = None
        staying = [one for one in mine if one.farewell is None]
        for one in staying[: max(0, len(staying) - of_person_max)]:
            one.dismiss(errors.RATE_LIMITED.code)

    def leave(self, listener: Listener) -> None:
        """Remove a live connection."""
        self._listeners.pop(listener, None)
        mine = self._of_person.get(listener.person, {})
        mine.pop(listener, None)
        if not mine:
            self._of_person.pop(listener.person, None)

    def announce(
        self,
        heads: Mapping[str, int],
        *,
        access_changed: bool = False,
        ended: Collection[str] = (),
    ) -> None:
        """Tell everyone of new heads: connections here at once, other servers through Redis.

        Those of `ended` sessions say goodbye.
        """
        self.end_sessions(ended)
        self._deliver(heads, access_changed=access_changed)
        if self._client is None:
            return
        self._outgoing.update(heads)
        self._access_changed = self._access_changed or access_changed
        self._wake.set()

    def end_sessions(self, sessions: Iterable[str], code: str = errors.SESSION_ENDED.code) -> None:
        """Close the live connections of sessions that have ended, here and on the other servers."""
        ended = dict.fromkeys(sessions, code)
        if not ended:
            return
        self._dismiss(ended)
        if self._client is not None:
            self._ended.update(ended)
            self._wake.set()

    async def tell_ended(self, sessions: Iterable[str], code: str) -> None:
        """Tell the servers of ended sessions from a process that serves nobody itself."""
        ended = dict.fromkeys(sessions, code)
        if self._client is None or not ended:
            return
        try:
            news = News(self._origin, {}, ended=ended)
            await self._client.publish(CHANNEL, msgspec.msgpack.encode(news))
        except (RedisError, OSError) as error:
            # The servers look at sessions themselves now and then.
            log.warning("ended_sessions_not_told", error=type(error).__name__)

    def _dismiss(self, ended: Mapping[str, str]) -> None:
        for listener in self._listeners:
            if listener.session is not None and listener.session in ended:
                listener.dismiss(ended[listener.session])

    def _deliver(self, heads: Mapping[str, int], *, access_changed: bool) -> None:
        for listener in self._listeners:
            listener.stale = listener.stale or access_changed
            if access_changed:
                listener.tell(heads)
                continue
            theirs = {name: head for name, head in heads.items() if listener.access.reads(name)}
            if theirs:
                listener.tell(theirs)

    async def _supervise(self, work: Callable[[], Awaitable[None]], event: str) -> None:
        pause = RECONNECT_SECONDS_MIN
        while True:
            started = asyncio.get_running_loop().time()
            try:
                await work()
            except (RedisError, OSError, msgspec.DecodeError) as error:
                log.warning(event, error=type(error).__name__)
            if asyncio.get_running_loop().time() - started > RECONNECT_SECONDS_MAX:
                pause = RECONNECT_SECONDS_MIN
            await asyncio.sleep(pause)
            pause = min(pause * 2, RECONNECT_SECONDS_MAX)

    async def _publish(self) -> None:
        assert self._client is not None  # noqa: S101
        while True:
            await self._wake.wait()
            self._wake.clear()
            heads, self._outgoing = self._outgoing, {}
            changed, self._access_changed = self._access_changed, False
            ended, self._ended = self._ended, {}
            await self._client.publish(
                CHANNEL, msgspec.msgpack.encode(News(self._origin, heads, changed, ended))
            )

    async def _subscribe(self) -> None:
        assert self._client is not None  # noqa: S101
        async with self._client.pubsub() as subscription:
            await subscription.subscribe(CHANNEL)
            async for message in subscription.listen():
                if message["type"] != "message":
                    continue
                news = msgspec.msgpack.decode(message["data"], type=News)
                if news.origin != self._origin:
                    self._dismiss(news.ended)
                    self._deliver(news.heads, access_changed=news.access_changed)
