"""Limits on requests: generous by address, since a camp shares one; close by account and device."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Literal, cast

from litestar import Request
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from msgspec import Struct

from server.errors import ProblemError
from server.wall.addresses import client_address
from server.wall.headers import RATE_HEADERS
from server.wall.rates import RateKeeper, refusals
from server.wall.standing import MICROSECONDS, Rate
from sync import errors

if TYPE_CHECKING:
    from litestar.types import ASGIApp, Receive, Scope, Send

    from server.settings import Settings
    from server.wall.standing import Standing

LimitClass = Literal["ordinary", "push", "login", "none"]
"""What a handler names with `limit="login"`; `ordinary` where it names nothing."""


class Caller(Struct, frozen=True):
    """Whom a request is counted against."""

    address: str
    account: str | None
    """The person of a valid token."""
    device: str | None


class Limits(ASGIMiddleware):
    """Counts every request that reaches a handler; tells the client where it stands."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, settings: Settings, keeper: RateKeeper) -> None:
        self._settings = settings
        self._keeper = keeper

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Let a request through, or raise ProblemError."""
        kind: LimitClass = scope["route_handler"].opt.get("limit", "ordinary")
        request: Request[Any, Any, Any] = Request(scope)
        if kind == "none" or request.method == "OPTIONS":
            await next_app(scope, receive, send)
            return
        named = rates(kind, await _caller(request), self._settings)
        standings = await self._keeper.take([rate for _, rate in named])
        if standings:
            worst = min(standings, key=lambda one: (-one.wait, one.remaining / one.limit))
            cast("dict[str, Any]", scope)[RATE_HEADERS] = _told(worst)
            if worst.refused:
                refusals().labels(named[standings.index(worst)][0]).inc()
                raise ProblemError(errors.RATE_LIMITED, retry_after_seconds=_seconds(worst.wait))
        await next_app(scope, receive, send)


def _told(standing: Standing) -> list[tuple[bytes, bytes]]:
    """Return the headers that tell a client how much is left; the edge puts them on the answer."""
    return [
        (b"ratelimit-limit", b"%d" % standing.limit),
        (b"ratelimit-remaining", b"%d" % standing.remaining),
        (b"ratelimit-reset", b"%d" % _seconds(standing.rest)),
    ]


def rates(kind: LimitClass, caller: Caller, settings: Settings) -> list[tuple[str, Rate]]:
    """Return the rates that one request counts against, each with the name of its limit."""
    found = [
        ("address", f"address:{caller.address}", settings.address_requests_per_minute_max),
    ]
    if kind == "login":
        found.append(("login", f"login:{caller.address}", settings.login_requests_per_minute_max))
    if caller.account is not None:
        limit = settings.account_requests_per_minute_max
        found.append(("account", f"account:{caller.account}", limit))
        if kind == "push":
            limit = settings.push_requests_per_minute_max
            found.append(("push", f"push:{caller.account}:{caller.device}", limit))
    return [(name, Rate(key, limit)) for name, key, limit in found if limit]


async def _caller(request: Request[Any, Any, Any]) -> Caller:
    """Find who asks. A token that is not good counts for its address alone; the handler refuses."""
    address = client_address(request)
    header = request.headers.get("authorization", "")
    if header[:7].lower() != "bearer ":
        return Caller(address, None, None)
    try:
        claims = await request.app.state.context.claims(request)
    except ProblemError:
        return Caller(address, None, None)
    # Without a device's session, the token itself tells devices apart.
    device = claims.device or hashlib.blake2b(header.encode(), digest_size=8).hexdigest()
    return Caller(address, claims.person, device)


def _seconds(microseconds: int) -> int:
    """Round up, so that who waits so long need not wait again."""
    return -(-microseconds // MICROSECONDS)
