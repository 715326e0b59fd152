"""Counts requests against their rates: in Redis for all servers, in the process when it is away.

The generic cell rate algorithm: per key one number, the time at which the key is back to rest. A
request moves it by one interval; where that would lead further ahead than the burst, it is refused
and costs nothing. Where all keys of a request are far from their limits, Redis is told afterwards
(`server.wall.ahead`).
"""

from __future__ import annotations

import asyncio
import time
from functools import cache
from typing import TYPE_CHECKING

import redis.asyncio
import structlog
from prometheus_client import Counter
from redis.exceptions import RedisError

from server.wall.ahead import Ahead
from server.wall.standing import MICROSECONDS, Rate, Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

log = structlog.get_logger()

PREFIX = "derrick:rate:"
REDIS_SECONDS_MAX = 0.25
"""How long a request waits for Redis before it is counted here."""
REDIS_CONNECTIONS_MAX = 8
REDIS_REST_SECONDS = 2.0
"""How long Redis is left alone after it failed: only one request in so long pays for asking."""
LOCAL_KEYS_MAX = 50_000
TELL_SECONDS = 0.02
"""How long requests that passed ahead of Redis are gathered before it is told of them."""

_SCRIPT = """
    local clock = redis.call('TIME')
    local now = clock[1] * 1000000 + clock[2]
    local answer, rests, refused = {}, {}, false
    for i, key in ipairs(KEYS) do
        local interval, burst = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
        local rest = math.max(tonumber(redis.call('GET', key) or now), now)
        local after = rest + interval
        local over = after - now - interval * burst
        rests[i] = after
        if over > 0 then
            refused = true
            answer[i] = {0, math.ceil(over), rest - now}
        else
            answer[i] = {math.floor(-over / interval), 0, after - now}
        end
    end
    if not refused then
        for i, key in ipairs(KEYS) do
            redis.call('SET', key, string.format('%.0f', rests[i]),
                'PX', math.ceil((rests[i] - now) / 1000) + 1)
        end
    end
    return answer
"""


# Counts what has passed already, however much that is.
_TELL = """
    local clock = redis.call('TIME')
    local now = clock[1] * 1000000 + clock[2]
    local rests = {}
    for i, key in ipairs(KEYS) do
        local after = math.max(tonumber(redis.call('GET', key) or now), now) + tonumber(ARGV[i])
        redis.call('SET', key, string.format('%.0f', after),
            'PX', math.ceil((after - now) / 1000) + 1)
        rests[i] = after - now
    end
    return rests
"""


class RateKeeper:
    """Takes requests, of several keys at once: all pass, or none is counted."""

    def __init__(
        self, redis_url: str | None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take where Redis is, and the clock of the process's own count, in seconds."""
        self._client = None if redis_url is None else _client(redis_url)
        self._script = None if self._client is None else self._client.register_script(_SCRIPT)
        self._tell = None if self._client is None else self._client.register_script(_TELL)
        self._clock = clock
        self._ahead = Ahead(clock)
        self._telling: asyncio.Task[None] | None = None
        self._rests: dict[str, int] = {}
        self._redis_again = 0.0

    async def take(self, rates: Sequence[Rate]) -> list[Standing]:
        """Count one request against each rate; return where each stands, in order."""
        if not rates:
            return []
        if self._script is None or self._clock() < self._redis_again:
            return self._take_here(rates)
        passed = self._ahead.take(rates)
        if passed is not None:
            if self._telling is None:
                self._telling = asyncio.create_task(self._tell_redis())
            return passed
        arguments = [number for rate in rates for number in (rate.interval, rate.per_minute)]
        try:
            async with asyncio.timeout(REDIS_SECONDS_MAX):
                found = await self._script(
                    keys=[PREFIX + rate.key for rate in rates], args=arguments
                )
        except (RedisError, OSError, TimeoutError) as error:
            self._leave_redis(error)
            return self._take_here(rates)
        standings = []
        for rate, (remaining, wait, rest) in zip(rates, found, strict=True):
            standings.append(Standing(rate.per_minute, remaining, wait, rest))
            self._ahead.learn(rate, rest)
        return standings

    async def _tell_redis(self) -> None:
        """Tell Redis what passed ahead of it; what it cannot be told is counted here."""
        await asyncio.sleep(TELL_SECONDS)
        self._telling = None
        untold = self._ahead.untold()
        assert self._tell is not None  # noqa: S101
        try:
            async with asyncio.timeout(REDIS_SECONDS_MAX):
                rests = await self._tell(
                    keys=[PREFIX + rate.key for rate in untold],
                    args=[rate.interval * count for rate, count in untold.items()],
                )
        except (RedisError, OSError, TimeoutError) as error:
            self._leave_redis(error)
            now = int(self._clock() * MICROSECONDS)
            for rate, count in untold.items():
                rest = max(self._rests.get(rate.key, now), now)
                self._rests[rate.key] = rest + rate.interval * count
            return
        for rate, rest in zip(untold, rests, strict=True):
            self._ahead.learn(rate, rest)

    def _leave_redis(self, error: Exception) -> None:
        """Leave Redis alone for a while."""
        self._redis_again = self._clock() + REDIS_REST_SECONDS
        fallbacks().inc()
        log.warning("rates_counted_locally", error=type(error).__name__)

    def _take_here(self, rates: Sequence[Rate]) -> list[Standing]:
        """Count in this process alone."""
        now = int(self._clock() * MICROSECONDS)
        standings, rests = [], {}
        for rate in rates:
            rest = max(self._rests.get(rate.key, now), now)
            after = rest + rate.interval
            over = after - now - rate.interval * rate.per_minute
            rests[rate.key] = after
            if over > 0:
                standings.append(Standing(rate.per_minute, 0, over, rest - now))
            else:
                left = -over // rate.interval
                standings.append(Standing(rate.per_minute, left, 0, after - now))
        if not any(one.refused for one in standings):
            self._rests.update(rests)
            self._bound(now)
        return standings

    def _bound(self, now: int) -> None:
        """Forget keys at rest; beyond all measure, the eldest."""
        if len(self._rests) <= LOCAL_KEYS_MAX:
            return
        self._rests = {key: rest for key, rest in self._rests.items() if rest > now}
        while len(self._rests) > LOCAL_KEYS_MAX * 3 // 4:
            del self._rests[next(iter(self._rests))]

    async def close(self) -> None:
        """Tell Redis what is left, and let go of it."""
        if self._telling is not None:
            await self._telling
        if self._client is not None:
            await self._client.aclose()


def _client(url: str) -> redis.asyncio.Redis:
    # Few connections, waited for: a rush of requests must not open as many at once.
    pool = redis.asyncio.BlockingConnectionPool.from_url(url, max_connections=REDIS_CONNECTIONS_MAX)
    return redis.asyncio.Redis.from_pool(pool)


@cache
def fallbacks() -> Counter:
    """Return the counter of the times that Redis did not answer in time."""
    return Counter("derrick_rate_fallbacks", "Times that rates were counted in the process alone")


@cache
def refusals() -> Counter:
    """Return the counter of refused requests."""
    return Counter("derrick_rate_refusals", "Requests refused for their rate", ["limit"])
