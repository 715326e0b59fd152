"""What the handlers of one application share: made once by `create_app`, never a global."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from server.users.tokens import verify_token

if TYPE_CHECKING:
    from collections.abc import Callable

    import asyncpg
    from litestar import Request

    from server.feed.live import LiveHub
    from server.feed.snapshots import SnapshotPages
    from server.feed.tickets import Tickets
    from server.intake.intake import Intake
    from server.settings import Settings


class Context(Struct, frozen=True):
    """The application's parts."""

    settings: Settings
    pool: asyncpg.Pool
    intake: Intake
    hub: LiveHub
    snapshots: SnapshotPages
    tickets: Tickets
    token_secret: str
    wall_ms: Callable[[], int]

    async def person(self, request: Request[Any, Any, Any]) -> str:
        """Return who is logged in. Raises ProblemError."""
        return verify_token(self.token_secret, request.headers.get("authorization"))
