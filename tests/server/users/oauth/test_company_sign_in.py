"""Sign-in with the company's OpenID Connect provider: whom it lets in, and what is refused."""

from __future__ import annotations

import base64
import hmac
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
import pytest
from joserfc.jwk import RSAKey

from tests.server.users.oauth.company import CLIENT_ID, CLIENT_SECRET, Company, serve_company
from tests.server.users.oauth.flows import (
    OWN_PAGE,
    MovingClock,
    Pkce,
    answered,
    register,
    stranger,
)
from tests.serving import Service, serve_here

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    import httpx

    from server.settings import Settings


@pytest.fixture
def company(clock: MovingClock) -> Iterator[Company]:
    with serve_company(clock) as serving:
        yield serving


@asynccontextmanager
async def serving(
    settings: Settings, company: Company, clock: MovingClock, **changed: Any
) -> AsyncIterator[Service]:
    """Serve with the company's sign-in."""
    wanted = msgspec.structs.replace(
        settings,
        oidc_issuer=company.url,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=CLIENT_SECRET,
        **changed,
    )
    async with serve_here(wanted, clock=clock) as found:
        yield found


@pytest.fixture
async def service(
    settings: Settings, company: Company, clock: MovingClock
) -> AsyncIterator[Service]:
    """Serve with the company's sign-in, and roles and domains that it maps."""
    async with serving(
        settings,
        company,
        clock,
        oidc_allowed_domains="company.example, other.example",
        oidc_role_claim="groups",
        oidc_role_map="bosses=manager,crew=employee,admins=administrator",
    ) as found:
        company.claims["groups"] = ["crew"]
        yield found


class App:
    """Our own app in a browser."""

    def __init__(self, client: httpx.AsyncClient, company: Company) -> None:
        self.client = client
        self.company = company
        self.pkce = Pkce()

    async def start(self) -> str:
        """Begin, and return where the person goes."""
        body = {"challenge": self.pkce.challenge}
        answer = await self.client.post("/api/users/oidc/start", json=body, headers=OWN_PAGE)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["url"])

    async def come_back(self, parameters: dict[str, str]) -> httpx.Response:
        """Follow the provider's redirect."""
        return await self.client.get("/oauth2/callback", params=parameters)

    async def sign_in(self) -> httpx.Response:
        """Sign in with the provider and come back."""
        return await self.come_back(self.company.authorize(await self.start()))

    async def complete(self, ticket: str, verifier: str | None = None) -> httpx.Response:
        """Open the session."""
        body = {
            "ticket": ticket,
            "verifier": verifier or self.pkce.verifier,
            "device": {"name": "Tablette"},
        }
        return await self.client.post("/api/users/oidc/complete", json=body, headers=OWN_PAGE)

    async def enter(self) -> str:
        """Sign in, open the session and return the person."""
        answer = await self.complete(ticket_of(await self.sign_in()))
        assert answer.status_code == 200, answer.text
        return str(answer.json()["person"])


@pytest.fixture
async def app(service: Service, company: Company) -> AsyncIterator[App]:
    async with stranger(service) as client:
        yield App(client, company)


def ticket_of(answer: httpx.Response) -> str:
    """Return the ticket that the person brings back to our app."""
    assert answer.status_code == 303, answer.text
    location = urlsplit(answer.headers["location"])
    assert (location.netloc, location.path, location.query) == ("", "/", "")
    return location.fragment.removeprefix("oidc=")


async def row_of(service: Service, person: str) -> Any:
    """Return a person of the directory."""
    return await service.context.pool.fetchrow("SELECT * FROM person WHERE id = $1", person)


async def kinds_of_activity(service: Service, person: str) -> list[str]:
    """Return what was recorded of a person, oldest first."""
    records = await service.context.pool.fetch(
        "SELECT kind FROM activity WHERE person_id = $1 ORDER BY id", person
    )
    return [record["kind"] for record in records]


async def test_a_stranger_of_the_company_is_made_a_person(service: Service, app: App) -> None:
    """The first sign-in makes a person through the merge; the second finds the same one."""
    person = await app.enter()
    made = await row_of(service, person)
    assert (made["name"], made["login"]) == ("Moussa Koné", "moussa@company.example")
    assert (made["role"], made["language"]) == ("employee", "fr")
    manager = await service.tablet("manager")
    assert ("org", person) in (await manager.pull()).rows
    assert await App(app.client, app.company).enter() == person
    assert "person_provisioned" in await kinds_of_activity(service, person)


async def test_roles_follow_the_company_at_each_sign_in(service: Service, app: App) -> None:
    """A changed group changes the role, which is recorded; without a mapped one nobody enters."""
    person = await app.enter()
    app.company.claims["groups"] = ["crew", "bosses"]
    assert await app.enter() == person
    assert (await row_of(service, person))["role"] == "manager"
    assert (await kinds_of_activity(service, person)).count("role_changed") == 1
    app.company.claims["groups"] = ["others"]
    assert (await app.sign_in()).status_code == 403
    assert (await row_of(service, person))["role"] == "manager"


async def test_the_last_administrator_stays(service: Service, app: App) -> None:
    """The company cannot leave the installation without anyone who administers it."""
    app.company.claims["groups"] = ["admins"]
    person = await app.enter()
    app.company.claims["groups"] = ["crew"]
    assert await app.enter() == person
    assert (await row_of(service, person))["role"] == "administrator"
    await service.person("administrator")
    await app.enter()
    assert (await row_of(service, person))["role"] == "employee"


async def test_a_verified_address_links_to_who_has_it(service: Service, app: App) -> None:
    """Of an allowed domain, and once: a second identity with the address takes nothing over."""
    person = await service.person("employee", login="moussa@company.example")
    assert await app.enter() == person
    assert "identity_linked" in await kinds_of_activity(service, person)
    app.company.claims["sub"] = "u-2"
    assert (await app.sign_in()).status_code == 403


async def test_an_unverified_address_matches_nobody(
    settings: Settings, company: Company, clock: MovingClock
) -> None:
    """Neither does a verified one where no domain is allowed; the person gets another login."""
    async with (
        serving(settings, company, clock) as service,
        stranger(service) as client,
    ):
        person = await service.person("administrator", login="moussa@company.example")
        company.claims["email_verified"] = False
        other = await App(client, company).enter()
        assert other != person
        assert (await row_of(service, other))["login"].startswith("oidc-")
        company.claims |= {"sub": "u-2", "email_verified": True}
        assert (await App(client, company).sign_in()).status_code == 403


OUTSIDE: tuple[dict[str, Any], ...] = (
    {"email": "moussa@company.example.evil.example"},
    {"email": "moussa@evil.example"},
    {"email": "x@company.example", "email_verified": False},
    {"email": "x@company.example", "email_verified": "true"},
    {"email": "x@company.example", "email_verified": None},
    {"email": None},
    {"email": ["moussa@company.example"]},
)


async def test_only_verified_addresses_of_allowed_domains_enter(app: App) -> None:
    """With domains set, everyone else is refused."""
    for claims in OUTSIDE:
        app.company.overrides = claims
        assert (await app.sign_in()).status_code == 403, claims


async def test_a_deactivated_person_does_not_enter(service: Service, app: App) -> None:
    """Neither with a ticket had before, nor at the next sign-in."""
    person = await app.enter()
    ticket = ticket_of(await app.sign_in())
    async with service.context.intake.server_transaction(["org"]) as transaction:
        await transaction.load("org", [person])
        transaction.workspace.write("org", "person", person, {"active": False}, intent="test")
    assert (await app.complete(ticket)).status_code == 403
    assert (await app.sign_in()).status_code == 403


def _encoded(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def unsigned(claims: dict[str, Any]) -> str:
    """Return a token with the algorithm `none`."""
    parts = ({"alg": "none", "kid": "first"}, claims)
    encoded = [_encoded(json.dumps(one).encode()) for one in parts]
    return b".".join([*encoded, b""]).decode()


def with_shared_secret(claims: dict[str, Any], secret: bytes) -> str:
    """Return a token signed as if what everyone can read were a secret: libraries refuse to."""
    parts = ({"alg": "HS256", "kid": "first"}, claims)
    content = b".".join(_encoded(json.dumps(one).encode()) for one in parts)
    return b".".join((content, _encoded(hmac.digest(secret, content, "sha256")))).decode()


async def test_forged_id_tokens_are_refused(app: App) -> None:
    """`none`, HS256 with the public key, another's key under a known kid, a broken signature."""
    company = app.company
    other = RSAKey.generate_key(2048)
    forgeries = {
        "none": unsigned,
        "confusion": lambda claims: with_shared_secret(claims, company.key.as_pem(private=False)),
        "confusion, cut": lambda claims: with_shared_secret(
            claims, company.key.as_pem(private=False).strip()
        ),
        "no secret": lambda claims: with_shared_secret(claims, b""),
        "the client's secret": lambda claims: with_shared_secret(claims, CLIENT_SECRET.encode()),
        "another key": lambda claims: company.signed(claims, key=other),
        "unknown kid": lambda claims: company.signed(claims, key=other, kid="second"),
        "cut": lambda claims: company.signed(claims)[:-4],
        "changed": lambda claims: _changed(company.signed(claims)),
        "no token": lambda _: "x",
        "no token either": lambda _: "..",
    }
    for name, forge in forgeries.items():
        company.sign = forge
        assert (await app.sign_in()).status_code == 403, name
    company.sign = company.signed
    assert await app.enter()


def _changed(token: str) -> str:
    head, _, signature = token.split(".")
    other = _encoded(b'{"sub":"u-9"}').decode()
    return f"{head}.{other}.{signature}"


async def test_wrong_claims_are_refused(app: App, clock: MovingClock) -> None:
    """Of another issuer or client, too old, of the future, with another nonce, of nobody."""
    company, now = app.company, clock.ms // 1000
    wrong: list[dict[str, Any]] = [
        {"iss": "https://evil.example"},
        {"iss": f"{company.url}/"},
        {"iss": None},
        {"aud": "another-client"},
        {"aud": ["another-client", "third"]},
        {"aud": [CLIENT_ID, "another-client"]},
        {"aud": [CLIENT_ID, "another-client"], "azp": "another-client"},
        {"aud": None},
        {"azp": "another-client"},
        {"exp": now - 61},
        {"exp": None},
        {"iat": now + 120},
        {"nbf": now + 120},
        {"nonce": "another"},
        {"nonce": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
    ]
    for overrides in wrong:
        company.overrides = overrides
        assert (await app.sign_in()).status_code == 403, overrides
    company.overrides = {"exp": now - 30, "iat": now + 30}
    assert await app.enter(), "clocks may differ a little"


async def test_an_id_token_answers_one_sign_in_only(app: App) -> None:
    """A token of an earlier sign-in, replayed in another, has the wrong nonce."""
    company = app.company
    kept: list[str] = []

    def keeping(claims: dict[str, Any]) -> str:
        kept.append(company.signed(claims))
        return kept[0]

    company.sign = keeping
    assert await app.enter()
    assert (await app.sign_in()).status_code == 403


async def test_the_state_belongs_to_the_browser_and_is_good_once(
    service: Service, app: App, clock: MovingClock
) -> None:
    """Missing, forged, used, too old, or another browser's: refused, and the code is not sent."""
    back = app.company.authorize(await app.start())
    assert (await app.come_back({**back, "state": ""})).status_code == 403
    assert (await app.come_back({**back, "state": "x" * 43})).status_code == 403
    assert (await app.come_back({"code": back["code"], "iss": back["iss"]})).status_code == 403
    async with stranger(service) as other:
        assert (await App(other, app.company).come_back(back)).status_code == 403
    assert app.company.token_requests == []
    # Shown from another browser, the state is gone for its own too.
    assert (await app.come_back(back)).status_code == 403
    late = app.company.authorize(await app.start())
    clock.pass_seconds(601)
    assert (await app.come_back(late)).status_code == 403
    good = app.company.authorize(await app.start())
    assert (await app.come_back(good)).status_code == 303
    assert (await app.come_back(good)).status_code == 403


async def test_an_answer_of_another_issuer_is_refused(app: App) -> None:
    """Mix-up: `iss` is another's, or is missing though the provider says it sends it."""
    for issuer in ("https://evil.example", None):
        back = app.company.authorize(await app.start())
        if issuer is None:
            del back["iss"]
        else:
            back["iss"] = issuer
        assert (await app.come_back(back)).status_code == 403
    assert app.company.token_requests == []


async def test_a_refusal_of_the_provider_is_told(app: App) -> None:
    """An error instead of a code ends the sign-in; so does a code that it does not know."""
    back = app.company.authorize(await app.start())
    del back["code"]
    answer = await app.come_back({**back, "error": "access_denied"})
    assert answer.status_code == 403
    assert "location" not in answer.headers
    forged = {**app.company.authorize(await app.start()), "code": "forged"}
    assert (await app.come_back(forged)).status_code == 403


async def test_a_ticket_is_worth_nothing_without_its_verifier(app: App, clock: MovingClock) -> None:
    """Seen in a history, used twice, or late, it opens no session."""
    assert (await app.complete(ticket_of(await app.sign_in()), "x" * 43)).status_code == 403
    ticket = ticket_of(await app.sign_in())
    assert (await app.complete(ticket)).status_code == 200
    assert (await app.complete(ticket)).status_code == 403
    late = ticket_of(await app.sign_in())
    clock.pass_seconds(121)
    assert (await app.complete(late)).status_code == 403


async def test_new_keys_of_the_provider_are_found(app: App) -> None:
    """A kid that is not known has the keys read again, and not at every forged token."""
    company = app.company
    await app.enter()
    reads = company.jwks_reads
    other = RSAKey.generate_key(2048)
    company.sign = lambda claims: company.signed(claims, key=other, kid="x")
    for _ in range(3):
        assert (await app.sign_in()).status_code == 403
    assert company.jwks_reads <= reads + 1


NOT_ITSELF: tuple[dict[str, Any], ...] = (
    {"issuer": "https://evil.example"},
    {"token_endpoint": "http://evil.example/token"},
    {"jwks_uri": "http://evil.example/jwks"},
    {"authorization_endpoint": "javascript:alert(1)"},
    {"token_endpoint": None},
    {"jwks_uri": 7},
)


async def test_a_provider_that_is_not_itself_is_not_used(app: App) -> None:
    """Another issuer's document, or endpoints that are not HTTPS, stop the sign-in at its start."""
    body = {"challenge": app.pkce.challenge}
    for told in NOT_ITSELF:
        app.company.discovery = told
        answer = await app.client.post("/api/users/oidc/start", json=body, headers=OWN_PAGE)
        assert answer.status_code == 503, told
        assert answer.json()["code"] == "company_unreachable"


async def test_the_company_leads_on_to_another_systems_consent(service: Service, app: App) -> None:
    """From a client's link through the company's sign-in to consent and back with a code."""
    system = await register(service, scopes=("projects:read",))
    query = system.query(Pkce())
    page = await app.client.get(f"/oauth2/authorize?{query}")
    assert "/oauth2/company?" in page.text
    leaving = await app.client.get(f"/oauth2/company?{query}")
    assert leaving.status_code == 303
    back = await app.come_back(app.company.authorize(leaving.headers["location"]))
    assert back.status_code == 303
    assert back.headers["location"] == f"/oauth2/authorize?{query}"
    consent = await app.client.get(back.headers["location"])
    assert "Moussa Koné" in consent.text
    mark = consent.text.partition("name='mark' value='")[2].partition("'")[0]
    form = {"mark": mark, "decision": "allow"}
    done = await app.client.post(f"/oauth2/authorize?{query}", data=form, headers=OWN_PAGE)
    assert "code" in answered(done)
