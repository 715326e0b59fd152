"""What the handlers of one application share: made once by `create_app`, never a global."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.users import verify_token

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    from litestar import Request

    from server.feed.live import LiveHub
    from server.feed.snapshots import SnapshotPages
    from server.feed.tickets import Tickets
    from server.intake.intake import Intake
    from server.settings import Settings


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
        wall_ms: Callable[[], int],
    ) -> None:
        self.settings = settings
        self.pool = pool
        self.intake = intake
        self.hub = hub
        self.snapshots = snapshots
        self.tickets = tickets
        self.token_secret = token_secret
        self.wall_ms = wall_ms

    async def person(self, request: Request[Any, Any, Any]) -> str:
        """Return who is logged in. Raises ProblemError."""
        return verify_token(self.token_secret, request.headers.get("authorization"))
