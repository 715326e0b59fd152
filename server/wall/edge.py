"""The edge of the application: meets a request before routing, and every answer on its way out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
from litestar import Litestar

from server.errors import ProblemError
from server.wall.addresses import Proxies, see_caller
from server.wall.headers import RATE_HEADERS, SecurityHeaders
from server.web.files import send_file
from sync import errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from litestar.types import Message, Receive, Scope, Send

    from server.settings import Settings
    from server.web.files import AppFiles

POLICY_VIOLATION = 1008
"""WebSocket close code."""


class Walled(Litestar):
    """Litestar with the edge around it: routes that do not exist are behind it as well."""

    def __init__(
        self,
        *,
        settings: Settings,
        styles: Sequence[str] = (),
        files: AppFiles | None = None,
        **composition: Any,
    ) -> None:
        """Compose the application.

        Args:
            settings: all that can be set.
            styles: the inline styles of our own pages.
            files: the app's, which are answered before routing.
            composition: what Litestar takes.

        """
        super().__init__(**composition)
        self._settings = settings
        self._proxies = Proxies(settings.trusted_proxies)
        self._headers = SecurityHeaders(settings, styles)
        self._files = files

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request, or refuse one that is too large to look at."""
        if scope["type"] == "lifespan":
            await super().__call__(scope, receive, send)
            return
        caller = see_caller(scope, dict(scope["headers"]), self._proxies)
        if scope["type"] != "http":
            if _oversize(scope, self._settings) is None:
                await super().__call__(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": ""})
            return
        guarded = self._guarded(scope, send, secure=caller.scheme == "https")
        problem = _oversize(scope, self._settings)
        if problem is not None:
            await _refuse(guarded, problem)
            return
        if self._files is not None:
            file = self._files.find(scope["method"], scope["path"], scope["headers"])
            if file is not None:
                await send_file(file, scope["method"], scope["headers"], guarded)
                return
        steady = _steady(receive, self._settings.request_stall_seconds_max)
        await super().__call__(scope, steady, guarded)

    def _guarded(self, scope: dict[str, Any], send: Send, *, secure: bool) -> Send:
        """Put the security headers onto whatever is answered."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = (*message.get("headers", ()), *scope.get(RATE_HEADERS, ()))
                message["headers"] = self._headers.completed(own, secure=secure)
            await send(message)

        return guarded


def _oversize(scope: Scope, settings: Settings) -> ProblemError | None:
    """Return why a request is too large to be looked at, if it is."""
    raw: Any = scope.get("raw_path") or scope["path"].encode()
    target = len(raw) + len(scope["query_string"])
    if target > settings.request_target_bytes_max:
        return ProblemError(errors.TARGET_TOO_LONG)
    headers: Iterable[tuple[bytes, bytes]] = scope["headers"]
    if sum(len(name) + len(value) for name, value in headers) > settings.request_headers_bytes_max:
        return ProblemError(errors.HEADERS_TOO_LARGE)
    return None


def _steady(receive: Receive, seconds_max: int) -> Receive:
    """End a request whose body stops arriving: a slow one is fine, a silent one is not."""
    whole = False

    async def steady() -> Any:
        nonlocal whole
        if whole:
            return await receive()
        try:
            async with asyncio.timeout(seconds_max):
                message: Any = await receive()
        except TimeoutError:
            raise ProblemError(errors.REQUEST_STALLED) from None
        whole = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    return steady


async def _refuse(send: Send, problem: ProblemError) -> None:
    """Answer before there is anything to answer with."""
    body = msgspec.json.encode(problem.problem())
    await send(
        {
            "type": "http.response.start",
            "status": problem.error.status,
            "headers": [
                (b"content-type", b"application/problem+json"),
                (b"content-length", str(len(body)).encode()),
                (b"connection", b"close"),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})
