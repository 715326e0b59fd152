"""Cross-site request forgery: a foreign page must not act with a person's cookies.

By what the browser says of the request's origin, not by a token in the page: `Sec-Fetch-Site` and
`Origin` cannot be set by a page, every browser that can run the app sends them, and there is no
token that an app which was offline for a month could hold out of date. A request with a bearer
token is exempt: no foreign page can make a browser send one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware

from server.errors import ProblemError
from sync import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from litestar.types import ASGIApp, Receive, Scope, Send

    from server.settings import Settings

HARMLESS_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
OWN_SITES = frozenset({"same-origin", "none"})
"""`none` is the person's own doing: an address typed, a bookmark."""


class ForgeryGuard(ASGIMiddleware):
    """Refuses requests that another site's page made a browser send."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, settings: Settings) -> None:
        self._origins = frozenset(settings.cors_origins)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Let a request through, or raise ProblemError."""
        request: Request[Any, Any, Any] = Request(scope)
        if request.method not in HARMLESS_METHODS and is_forged(
            request.headers, f"{request.scope['scheme']}", self._origins
        ):
            raise ProblemError(errors.CROSS_SITE)
        await next_app(scope, receive, send)


def is_forged(headers: Mapping[str, str], scheme: str, origins: frozenset[str]) -> bool:
    """Whether a request that changes something may be another site's doing.

    Args:
        headers: the request's.
        scheme: as the client spoke it.
        origins: other origins that may call us.

    """
    if headers.get("authorization", "").lower().startswith("bearer "):
        return False
    origin = headers.get("origin")
    if origin is not None and origin in origins:
        return False
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in OWN_SITES
    if origin is not None:
        sent = urlsplit(origin)
        return sent.netloc != headers.get("host") or sent.scheme != scheme
    # Not a browser of today. Without cookies there is nothing to steal.
    return "cookie" in headers
