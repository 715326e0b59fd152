"""What the handlers of one application share: made once by `create_app`, never a global."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from server.errors import ProblemError
from server.users import (
    Confirmations,
    Identity,
    Verifier,
    bearer_of,
    check_client,
    check_client_replica,
    identify,
    provider_of,
)
from sync import errors

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    from litestar import Request

    from server.feed.live import LiveHub
    from server.feed.snapshots import SnapshotPages
    from server.feed.tickets import Tickets
    from server.figures import FigureCache
    from server.intake.intake import Intake
    from server.settings import Settings
    from server.storage import ObjectStore
    from server.users import AccessClaims, KeyRing, Proving, Sessions
    from server.wall import RateKeeper


CLAIMS = "derrick_claims"
"""Where a request's ASGI scope keeps what its token says: the limits ask before the handler."""


class Context:
    """The application's parts."""

    # A plain class: the injection would take a struct or a dataclass apart to validate it.
    def __init__(
        self,
        *,
        settings: Settings,
        pool: asyncpg.Pool,
        intake: Intake,
        hub: LiveHub,
        snapshots: SnapshotPages,
        tickets: Tickets,
        token_secret: str,
        keys: KeyRing,
        sessions: Sessions,
        proving: Proving,
        figures: FigureCache,
        rates: RateKeeper,
        store: ObjectStore,
        wall_ms: Callable[[], int],
    ) -> None:
        self.settings = settings
        self.pool = pool
        self.intake = intake
        self.hub = hub
        self.snapshots = snapshots
        self.tickets = tickets
        self.token_secret = token_secret
        self.keys = keys
        self.sessions = sessions
        self.proving = proving
        self.figures = figures
        self.rates = rates
        self.store = store
        self.wall_ms = wall_ms
        self._verifier = Verifier(keys, settings, wall_ms)
        self._confirmations = Confirmations(pool)
        self.company = provider_of(settings)
        """The company's OpenID Connect provider, where one is set."""

    def now(self) -> dt.datetime:
        """Return the wall clock's time."""
        return dt.datetime.fromtimestamp(self.wall_ms() / 1000, tz=dt.UTC)

    async def person(self, request: Request[Any, Any, Any], *, scope: str = "app") -> str:
        """Return who is logged in. Raises ProblemError."""
        return (await self.identity(request, scope=scope)).person

    async def identity(self, request: Request[Any, Any, Any], *, scope: str = "app") -> Identity:
        """Return who is logged in, in which session, on which device.

        Args:
            request: what they ask.
            scope: what their token must allow: tokens of other systems allow only what was
                consented to, and a handler that serves them names it.

        Raises ProblemError.

        """
        return await identify(self.pool, await self.claims(request), scope=scope)

    async def claims(self, request: Request[Any, Any, Any]) -> AccessClaims:
        """Return what a valid token says, whatever became of its session since.

        For push and pull, whose own statements look at the session. Raises ProblemError.
        """
        scope: Any = request.scope
        known: AccessClaims | None = scope.get(CLAIMS)
        if known is not None:
            return known
        token = bearer_of(request.headers.get("authorization"))
        claims = await self._verifier.verify(token)
        await self._confirmations.note(claims)
        scope[CLAIMS] = claims
        return claims

    async def sync_claims(
        self, request: Request[Any, Any, Any], *, scope: str = "read"
    ) -> AccessClaims:
        """Return what the token of a replica says, for push and pull.

        Their own statements look at what became of the session; another system's token is held
        against what it was granted, and opens what its scopes say. Raises ProblemError.
        """
        claims = await self.claims(request)
        if not (claims.full or claims.hands_over):
            await check_client(self.pool, claims, scope)
        return claims

    async def check_replica(self, claims: AccessClaims, replica: str) -> None:
        """Keep other systems to the replicas they registered. Raises ProblemError."""
        if not (claims.full or claims.hands_over):
            await check_client_replica(self.pool, claims, replica)

    async def is_revoked(self, claims: AccessClaims) -> bool:
        """Whether the device was revoked that a token comes from.

        Raises ProblemError: its session has ended for another reason.
        """
        try:
            await identify(self.pool, claims, scope="read")
        except ProblemError as problem:
            if problem.error is not errors.DEVICE_REVOKED:
                raise
            return True
        return False
