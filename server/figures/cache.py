"""Keeps readings in Redis under the heads of their scopes: a merge moves them, so none is stale.

Without Redis each reading is worked out again: slower, and the same.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import redis.asyncio
import structlog
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

log = structlog.get_logger()

KEPT_SECONDS = 900
PATIENCE_SECONDS = 0.25
"""How long Redis may take: working a reading out again is not much slower."""

T = TypeVar("T")


class FigureCache:
    """Readings by key; shared by all servers of an installation."""

    def __init__(self, redis_url: str | None) -> None:
        self._client = None if redis_url is None else redis.asyncio.Redis.from_url(redis_url)

    async def get(self, key: str, kind: type[T], work_out: Callable[[], Awaitable[T]]) -> T:
        """Return the reading under a key, worked out now if nobody has.

        Args:
            key: names all that the reading depends on.
            kind: what it is.
            work_out: makes it.

        """
        name = f"derrick:figures:{key}"
        kept = await self._ask(name)
        if kept is not None:
            try:
                return msgspec.msgpack.decode(kept, type=kind)
            except msgspec.MsgspecError:
                log.info("figure_of_another_version", key=key)
        made = await work_out()
        await self._keep(name, msgspec.msgpack.encode(made))
        return made

    async def _ask(self, name: str) -> bytes | None:
        if self._client is None:
            return None
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                found: Any = await self._client.get(name)
                return None if found is None else bytes(found)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("figures_not_cached", error=type(error).__name__)
            return None

    async def _keep(self, name: str, content: bytes) -> None:
        if self._client is None:
            return
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._client.set(name, content, ex=KEPT_SECONDS)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("figures_not_cached", error=type(error).__name__)

    async def close(self) -> None:
        """Let go of Redis."""
        if self._client is not None:
            await self._client.aclose()
