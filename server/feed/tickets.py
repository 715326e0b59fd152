"""One-time tickets for live connections: a browser cannot send its token with a WebSocket.

A ticket is a token of half a minute. That it is used once is kept in Redis, so that it holds across
servers; with Redis away each server keeps its own record.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import jwt
import redis.asyncio
import structlog
from redis.exceptions import RedisError

from server.errors import ProblemError
from sync import errors

if TYPE_CHECKING:
    from collections.abc import Callable

log = structlog.get_logger()

AUDIENCE = "derrick-live"
ALGORITHM = "HS256"
TICKET_SECONDS = 30
RECORDS_MAX = 100_000


class Tickets:
    """Issues tickets and takes each once."""

    def __init__(self, secret: str, redis_url: str | None, wall_ms: Callable[[], int]) -> None:
        self._secret = secret
        self._wall_ms = wall_ms
        self._client = None if redis_url is None else redis.asyncio.Redis.from_url(redis_url)
        self._used: dict[str, int] = {}

    def issue(self, person: str, session: str | None = None) -> str:
        """Return a ticket for a person, in a session of theirs."""
        now = self._wall_ms() // 1000
        claims = {
            "sub": person,
            "aud": AUDIENCE,
            "exp": now + TICKET_SECONDS,
            "jti": secrets.token_hex(12),
            **({} if session is None else {"sid": session}),
        }
        return jwt.encode(claims, self._secret, algorithm=ALGORITHM)

    async def take(self, ticket: str) -> tuple[str, str | None]:
        """Return a ticket's person and session. Raises ProblemError when it is not good."""
        try:
            claims = jwt.decode(
                ticket,
                self._secret,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                options={"require": ["sub", "exp", "jti"], "verify_exp": False},
            )
        except jwt.PyJWTError as error:
            raise ProblemError(errors.UNAUTHENTICATED, "the ticket is not valid") from error
        now = self._wall_ms() // 1000
        expires = claims["exp"]
        expired = not isinstance(expires, int) or expires < now
        if expired or not await self._first(str(claims["jti"]), now):
            raise ProblemError(errors.UNAUTHENTICATED, "the ticket was used or has expired")
        return str(claims["sub"]), claims.get("sid")

    async def _first(self, ticket: str, now: int) -> bool:
        """Whether the ticket is seen for the first time."""
        known = ticket in self._used
        self._used = {one: until for one, until in self._used.items() if until >= now}
        if known or len(self._used) >= RECORDS_MAX:
            return False
        self._used[ticket] = now + TICKET_SECONDS
        if self._client is None:
            return True
        try:
            key = f"derrick:ticket:{ticket}"
            return bool(await self._client.set(key, b"1", nx=True, ex=TICKET_SECONDS * 2))
        except (RedisError, OSError) as error:
            log.warning("ticket_record_local", error=type(error).__name__)
            return True

    async def close(self) -> None:
        """Let go of Redis."""
        if self._client is not None:
            await self._client.aclose()
