"""People who log in, as the tests of sessions and devices play them, and a clock to travel with."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import msgspec

from server.users import DeviceClaim, SessionTokens
from tests.serving import Tablet, problem_of, wall_ms

if TYPE_CHECKING:
    import httpx

    from tests.serving import Service

DAY_MS = 24 * 3600 * 1000


class Clock:
    """The server's wall clock, moved by hand."""

    def __init__(self) -> None:
        self.ms = wall_ms()

    def __call__(self) -> int:
        """Return milliseconds since 1970."""
        return self.ms

    def pass_(self, *, seconds: float = 0, days: float = 0) -> None:
        """Let time pass."""
        self.ms += int(seconds * 1000 + days * DAY_MS)


class Visitor:
    """A person on a device, with the tokens of their session."""

    def __init__(self, service: Service, tokens: SessionTokens) -> None:
        self.service = service
        self.tokens = tokens
        self.person = tokens.person
        self.device = tokens.device

    @property
    def refresh_token(self) -> str:
        """Return the newest refresh token."""
        assert self.tokens.refresh_token is not None
        return self.tokens.refresh_token

    async def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Send a request with the access token."""
        return await send(self.service, method, path, body, token=self.tokens.access_token)

    async def refresh(self) -> Visitor:
        """Exchange the refresh token, which must succeed."""
        self.tokens = await refreshed(self.service, self.refresh_token)
        return self

    async def tablet(self) -> Tablet:
        """Register a replica on this device."""
        made = Tablet(self.service.client, self.person, self.tokens.access_token)
        return await made.register()

    async def code(self, method: str = "GET", path: str = "/api/users/session") -> str:
        """Return `ok`, or the code that a request is refused with."""
        return code_of(await self.ask(method, path))


async def send(
    service: Service, method: str, path: str, body: Any = None, *, token: str | None = None
) -> httpx.Response:
    """Send a request, with or without a token."""
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    return await service.client.request(method, path, json=body, headers=headers)


async def log_in(
    service: Service,
    role: str = "employee",
    *,
    person: str | None = None,
    device: str | None = None,
) -> Visitor:
    """Open a session, as a login does, for a new person unless one is named."""
    context = service.context
    who = person or await service.person(role)
    claim = DeviceClaim("Tablette", device, "android", "1.0")
    async with context.pool.acquire() as connection, connection.transaction():
        tokens = await context.sessions.open_session(
            connection, person=who, device=claim, method="password", now=context.now()
        )
    return Visitor(service, tokens)


async def try_refresh(service: Service, token: str) -> httpx.Response:
    """Present a refresh token."""
    return await send(service, "POST", "/api/users/session/refresh", {"refresh_token": token})


async def refreshed(service: Service, token: str) -> SessionTokens:
    """Exchange a refresh token, which must succeed."""
    answer = await try_refresh(service, token)
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=SessionTokens)


def code_of(answer: httpx.Response) -> str:
    """Return `ok`, or the code that a request was refused with."""
    return "ok" if answer.status_code < 400 else problem_of(answer).code


def claims_of(token: str) -> dict[str, Any]:
    """Read a token without checking it."""
    body = token.split(".")[1]
    found: dict[str, Any] = msgspec.json.decode(
        base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    )
    return found
