"""A person's browser and other systems' clients, as they meet the authorization server."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from server.users import DeviceClaim
from server.users.oauth_clients import Client, keep_client, new_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from server.users.oauth_clients import ClientKind
    from tests.serving import Service

BASE = "http://derrick.test"
REDIRECT = "https://erp.example/derrick/callback"
OWN_PAGE = {"origin": BASE, "sec-fetch-site": "same-origin"}
"""What a browser says of a form that our own page sends."""


class MovingClock:
    """The wall clock of a server under test."""

    def __init__(self) -> None:
        self.ms = 1_800_000_000_000

    def __call__(self) -> int:
        """Return the milliseconds since 1970."""
        return self.ms

    def pass_seconds(self, seconds: float) -> None:
        """Let time pass."""
        self.ms += int(seconds * 1000)


class Pkce:
    """A verifier, and the challenge that goes ahead of it."""

    def __init__(self) -> None:
        self.verifier = secrets.token_urlsafe(48)
        digest = hashlib.sha256(self.verifier.encode()).digest()
        self.challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class System:
    """Another system: a client with its secret."""

    def __init__(self, service: Service, client: Client, secret: str | None) -> None:
        self.service = service
        self.client = client
        self.secret = secret

    @property
    def id(self) -> str:
        """Return the client's id."""
        return self.client.id

    def query(self, pkce: Pkce, **changed: str | None) -> str:
        """Return an authorization request; a parameter changed to None is left out."""
        known: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.id,
            "redirect_uri": self.client.redirect_uris[0],
            "scope": "projects:read",
            "state": "st 4+te",
            "code_challenge": pkce.challenge,
            "code_challenge_method": "S256",
        }
        wanted = {**known, **changed}
        return urlencode({name: value for name, value in wanted.items() if value is not None})

    async def post(
        self, path: str, form: Mapping[str, str | None], *, basic: bool | None = None
    ) -> httpx.Response:
        """Post a form to a door of clients."""
        sent = {name: value for name, value in form.items() if value is not None}
        use_basic = self.secret is not None if basic is None else basic
        if not use_basic:
            sent.setdefault("client_id", self.id)
        auth = httpx.BasicAuth(self.id, self.secret or "") if use_basic else None
        async with stranger(self.service) as client:
            if auth is None:
                return await client.post(f"/oauth2/{path}", data=sent)
            return await client.post(f"/oauth2/{path}", data=sent, auth=auth)

    async def exchange(self, code: str, pkce: Pkce, **changed: str | None) -> httpx.Response:
        """Exchange a code for tokens."""
        known: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.client.redirect_uris[0],
            "code_verifier": pkce.verifier,
        }
        return await self.post("token", {**known, **changed})

    async def refresh(self, token: str, **changed: str | None) -> httpx.Response:
        """Exchange a refresh token for the next."""
        known: dict[str, str | None] = {"grant_type": "refresh_token", "refresh_token": token}
        return await self.post("token", {**known, **changed})

    async def is_active(self, token: str) -> bool:
        """Ask whether one of the client's tokens is good."""
        answer = await self.post("introspect", {"token": token})
        assert answer.status_code == 200, answer.text
        return bool(answer.json()["active"])

    async def tokens(self, browser: Browser, **changed: str | None) -> dict[str, Any]:
        """Go through consent and exchange the code."""
        pkce = Pkce()
        code = await browser.consent(self.query(pkce, **changed))
        answer = await self.exchange(code, pkce)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


class Browser:
    """A person's browser, with its cookies."""

    def __init__(self, service: Service, client: httpx.AsyncClient, person: str) -> None:
        self.service = service
        self.client = client
        self.person = person

    async def sign_in(self) -> None:
        """Go on from our own app, where the person is logged in."""
        context = self.service.context
        async with context.pool.acquire() as connection, connection.transaction():
            tokens = await context.sessions.open_session(
                connection,
                person=self.person,
                device=DeviceClaim("test"),
                method="test",
                now=context.now(),
            )
        headers = {"authorization": f"Bearer {tokens.access_token}"}
        answer = await self.client.post("/oauth2/browser", headers=headers)
        assert answer.status_code == 204, answer.text

    async def open(self, query: str) -> httpx.Response:
        """Follow another system's link to us."""
        return await self.client.get(f"/oauth2/authorize?{query}")

    async def decide(self, query: str, decision: str = "allow", **changed: Any) -> httpx.Response:
        """Press a button of the consent page."""
        page = await self.open(query)
        assert page.status_code == 200, page.text
        form = {"mark": mark_of(page), "decision": decision, **changed.pop("form", {})}
        headers = {**OWN_PAGE, **changed.pop("headers", {})}
        return await self.client.post(f"/oauth2/authorize?{query}", data=form, headers=headers)

    async def consent(self, query: str) -> str:
        """Allow what is asked, unless it was before; return the code that goes to the client."""
        page = await self.open(query)
        return answered(page if page.status_code == 303 else await self.decide(query))["code"]


def mark_of(page: httpx.Response) -> str:
    """Return the hidden mark of a page's form."""
    found = re.search(r"name='mark' value='([0-9a-f]+)'", page.text)
    assert found is not None, page.text
    return found[1]


def answered(answer: httpx.Response, to: str = REDIRECT) -> dict[str, str]:
    """Return the parameters of a redirect to the client."""
    assert answer.status_code == 303, answer.text
    parts = urlsplit(answer.headers["location"])
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == to
    return dict(parse_qsl(parts.query))


def refusal(answer: httpx.Response) -> str:
    """Return the code with which a client was refused."""
    assert answer.status_code in (400, 401), answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    return str(answer.json()["error"])


@asynccontextmanager
async def stranger(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client without cookies."""
    application: Any = service.app
    transport = httpx.ASGITransport(app=application, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield client


async def register(
    service: Service,
    kind: ClientKind = "confidential",
    *,
    redirect_uris: tuple[str, ...] = (REDIRECT,),
    scopes: tuple[str, ...] = ("read", "write", "projects:read", "finance:read"),
    person: str | None = None,
) -> System:
    """Register another system."""
    client, secret = new_client(
        "ERP de l'entreprise <b>",
        kind,
        redirect_uris=() if kind == "machine" else redirect_uris,
        scopes=scopes,
        person=person,
    )
    async with service.context.pool.acquire() as connection:
        await keep_client(connection, client, service.context.now())
    return System(service, client, secret)
