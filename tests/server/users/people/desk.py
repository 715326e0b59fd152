"""People at a server's doors, over HTTP: they log in from where they like, when they like."""

from __future__ import annotations

import datetime as dt
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pyotp

from server.users.outbox import Message, waiting_messages
from tests.serving import JSON, Service, problem_of, serve_here, wall_ms

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.settings import Settings

PASSWORD = "un puits bien gardé"  # noqa: S105 -- of people who do not exist
HOME = "198.51.100.10"


class Clock:
    """A clock that a test moves on."""

    def __init__(self) -> None:
        self.now_ms = wall_ms()

    def __call__(self) -> int:
        """Return the time in milliseconds since 1970."""
        return self.now_ms

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0) -> None:
        """Move it on."""
        step = dt.timedelta(seconds=seconds, minutes=minutes, hours=hours)
        self.now_ms += int(step.total_seconds() * 1000)


class Somebody:
    """A person with a password, as a test knows them."""

    def __init__(self, person: str, login: str, password: str = PASSWORD) -> None:
        self.person = person
        self.login = login
        self.password = password


class Desk:
    """A server, and people who come to it from different places."""

    def __init__(self, service: Service, clock: Clock) -> None:
        self.service = service
        self.clock = clock
        self._numbers = iter(range(1, 10_000))

    @property
    def proving(self) -> Any:
        """Return the server's parts that check who people are."""
        return self.service.context.proving

    # Requests

    async def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        address: str = HOME,
        **more: Any,
    ) -> httpx.Response:
        """Send a request from an address."""
        application: Any = self.service.app
        transport = httpx.ASGITransport(
            app=application, raise_app_exceptions=False, client=(address, 1)
        )
        headers = {"accept": JSON, **more.pop("headers", {})}
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        if body is not None:
            more["json"] = body
        async with httpx.AsyncClient(transport=transport, base_url="http://derrick.test") as client:
            return await client.request(method, f"/api/users{path}", headers=headers, **more)

    async def must(self, method: str, path: str, body: Any = None, **how: Any) -> Any:
        """Send a request that must succeed; return the decoded answer."""
        answer = await self.send(method, path, body, **how)
        assert answer.is_success, (answer.status_code, answer.text)
        return answer.json()

    async def refused(self, method: str, path: str, body: Any = None, **how: Any) -> str:
        """Send a request that must be refused in words; return the code."""
        return problem_of(await self.send(method, path, body, **how)).code

    # People

    async def administrator(self) -> str:
        """Return the token of an administrator."""
        number = next(self._numbers)
        person = await self.service.person("administrator", login=f"chef{number}")
        return self.token(person)

    def token(self, person: str) -> str:
        """Return a token of the console for a person."""
        return self.service.token(person)

    async def somebody(
        self, role: str = "employee", login: str | None = None, password: str = PASSWORD
    ) -> Somebody:
        """Make a person who has a password."""
        login = login or f"personne{next(self._numbers)}@example.com"
        person = await self.service.person(role, login=login)
        await self.give_password(person, login, password)
        return Somebody(person, login, password)

    async def give_password(self, person: str, login: str, password: str = PASSWORD) -> None:
        """Have an administrator tell a person a code, with which they set a password."""
        path = f"/people/{person}/reset-code"
        code = (await self.must("POST", path, token=await self.administrator()))["code"]
        body = {"login": login, "code": code, "password": password}
        await self.must("POST", "/password-resets/confirm", body, address="198.51.100.99")

    # Logins

    async def try_login(
        self, login: str, password: str = PASSWORD, *, address: str = HOME, **more: Any
    ) -> httpx.Response:
        """Try to log in."""
        body = {"login": login, "password": password, "device": {"name": "tablette"}, **more}
        return await self.send("POST", "/login", body, address=address)

    async def login(self, who: Somebody, **more: Any) -> dict[str, Any]:
        """Log in, to an open session."""
        answer = await self.try_login(who.login, who.password, **more)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        assert found["status"] == "open", found
        return found

    async def session_token(self, who: Somebody, **more: Any) -> str:
        """Log in; return the access token."""
        token: str = (await self.login(who, **more))["session"]["access_token"]
        return token

    # What was recorded

    async def kinds(self, person: str | None = None) -> list[str]:
        """Return the kinds of what was recorded, of a person or of all, oldest first."""
        records = await self.service.context.pool.fetch(
            "SELECT kind FROM activity WHERE $1::uuid IS NULL OR person_id = $1 ORDER BY id", person
        )
        return [record["kind"] for record in records]

    async def outbox(self) -> list[Message]:
        """Return the messages that wait to be sent, which only the console prints."""
        async with self.service.context.pool.acquire() as connection:
            return await waiting_messages(connection, self.proving.keys, self.service.context.now())

    # One-time codes

    def code(self, secret: str, *, steps: int = 0) -> str:
        """Return what an authenticator app shows, whose clock may be off."""
        return pyotp.TOTP(secret).at(self.clock.now_ms // 1000 + 30 * steps)

    async def enrol(self, who: Somebody) -> tuple[str, list[str]]:
        """Turn a person's one-time codes on; return the secret and the recovery codes."""
        token = await self.session_token(who)
        made = await self.must("POST", "/one-time-codes", {"password": who.password}, token=token)
        body = {"code": self.code(made["secret"])}
        confirmed = await self.must("POST", "/one-time-codes/confirm", body, token=token)
        self.clock.advance(seconds=30)
        return made["secret"], confirmed["recovery_codes"]


@asynccontextmanager
async def open_desk(settings: Settings) -> AsyncIterator[Desk]:
    """Serve with a clock that the test moves."""
    clock = Clock()
    async with serve_here(settings, clock=clock) as service:
        yield Desk(service, clock)
