"""The authorization code flow: what works, and what an attacker tries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.server.users.oauth.flows import (
    REDIRECT,
    Browser,
    MovingClock,
    Pkce,
    System,
    answered,
    refusal,
    register,
    stranger,
)

if TYPE_CHECKING:
    from tests.serving import Service


async def test_a_person_lets_a_system_in(
    service: Service, browser: Browser, system: System
) -> None:
    """Consent, code, tokens: state and issuer come back, and the token reads as the person."""
    pkce = Pkce()
    answer = answered(await browser.decide(system.query(pkce)))
    assert answer["state"] == "st 4+te"
    assert answer["iss"] == service.settings.http_url
    assert set(answer) == {"code", "state", "iss"}
    got = await system.exchange(answer["code"], pkce)
    assert got.status_code == 200, got.text
    assert got.headers["cache-control"] == "no-store"
    tokens = got.json()
    assert tokens["token_type"] == "Bearer"  # noqa: S105 -- the scheme's name
    assert tokens["scope"] == "projects:read"
    reading = await service.client.get(
        "/api/sync/conflicts", headers={"authorization": f"Bearer {tokens['access_token']}"}
    )
    assert reading.status_code == 200, reading.text


async def test_a_replayed_code_ends_what_came_from_it(browser: Browser, system: System) -> None:
    """The second use is refused, and the tokens of the first are dead."""
    pkce = Pkce()
    code = await browser.consent(system.query(pkce))
    tokens = (await system.exchange(code, pkce)).json()
    assert await system.is_active(tokens["access_token"])
    assert refusal(await system.exchange(code, pkce)) == "invalid_grant"
    assert not await system.is_active(tokens["access_token"])
    assert refusal(await system.refresh(tokens["refresh_token"])) == "invalid_grant"


async def test_a_code_lives_for_a_minute(
    browser: Browser, system: System, clock: MovingClock
) -> None:
    """After 60 seconds a code is worth nothing."""
    pkce = Pkce()
    code = await browser.consent(system.query(pkce))
    clock.pass_seconds(61)
    assert refusal(await system.exchange(code, pkce)) == "invalid_grant"


async def test_a_code_is_bound_to_its_client(
    service: Service, browser: Browser, system: System
) -> None:
    """Another client cannot exchange it, and a code that leaked is burnt for its owner too."""
    pkce = Pkce()
    thief = await register(service)
    code = await browser.consent(system.query(pkce))
    assert refusal(await thief.exchange(code, pkce)) == "invalid_grant"
    assert refusal(await system.exchange(code, pkce)) == "invalid_grant"


async def test_a_code_is_bound_to_its_verifier(browser: Browser, system: System) -> None:
    """Without the right verifier the code is refused, and gets no second try.

    Who saw the request cannot use the challenge as a plain verifier either: no downgrade.
    """
    for verifier in (None, "", "short", "x" * 43, "é" * 43, "the challenge"):
        pkce = Pkce()
        code = await browser.consent(system.query(pkce))
        wrong = pkce.challenge if verifier == "the challenge" else verifier
        assert refusal(await system.exchange(code, pkce, code_verifier=wrong)) == "invalid_grant"
        assert refusal(await system.exchange(code, pkce)) == "invalid_grant"


WITHOUT_PKCE: tuple[dict[str, str | None], ...] = (
    {"code_challenge": None},
    {"code_challenge_method": None},
    {"code_challenge_method": "plain"},
    {"code_challenge_method": "s256"},
    {"code_challenge": "short"},
    {"code_challenge": "=" * 43},
    {"code_challenge": None, "code_challenge_method": None},
)


async def test_pkce_cannot_be_left_out(service: Service, browser: Browser) -> None:
    """Missing, plain or malformed challenges are refused, whatever the kind of client."""
    for system in (await register(service), await register(service, "public")):
        for changed in WITHOUT_PKCE:
            answer = answered(await browser.open(system.query(Pkce(), **changed)))
            assert answer["error"] == "invalid_request"
            assert answer["state"] == "st 4+te"
            assert answer["iss"] == service.settings.http_url


ELSEWHERE = (
    None,
    "",
    "https://evil.example/derrick/callback",
    "https://erp.example/derrick/callback/",
    "https://erp.example/derrick/callback?x=1",
    "https://erp.example/derrick/callback#x",
    "https://erp.example/derrick/callback/../../evil",
    "https://erp.example/derrick/callback%2f..%2fevil",
    "https://erp.example/derrick/Callback",
    "https://ERP.example/derrick/callback",
    "https://erp.example:443/derrick/callback",
    "https://erp.example.evil.example/derrick/callback",
    "https://erp.example@evil.example/derrick/callback",
    "https://evil.example\\@erp.example/derrick/callback",
    "http://erp.example/derrick/callback",
    "//erp.example/derrick/callback",
    "/derrick/callback",
    " https://erp.example/derrick/callback",
    "https://erp.example/derrick/callback\n",
    "javascript:alert(1)",
    "data:text/html,x",
)


async def test_nobody_is_sent_to_an_address_that_is_not_registered(
    browser: Browser, system: System
) -> None:
    """Whatever differs by one character from what is registered is a page, not a redirect."""
    for uri in ELSEWHERE:
        answer = await browser.open(system.query(Pkce(), redirect_uri=uri))
        assert answer.status_code == 400, uri
        assert "location" not in answer.headers
        assert answer.headers["content-type"].startswith("text/html")


async def test_an_unknown_client_redirects_nobody(browser: Browser, system: System) -> None:
    """A client id that is not registered gets a page, in the browser's language."""
    query = system.query(Pkce(), client_id="0123456789abcdef")
    answer = await browser.client.get(
        f"/oauth2/authorize?{query}", headers={"accept-language": "fr"}
    )
    assert answer.status_code == 400
    assert "n'est pas enregistrée" in answer.text


async def test_a_parameter_named_twice_redirects_nobody(browser: Browser, system: System) -> None:
    """Two redirect URIs are not one to choose from."""
    query = system.query(Pkce())
    answer = await browser.open(f"{query}&redirect_uri=https%3A%2F%2Fevil.example%2F")
    assert answer.status_code == 400
    assert "location" not in answer.headers


async def test_the_exchange_names_the_redirect_that_the_code_went_to(
    service: Service, browser: Browser
) -> None:
    """A code that went to one registered address is not exchanged with another: mix-up."""
    other = "https://erp.example/other"
    system = await register(service, redirect_uris=(REDIRECT, other))
    for wrong in (other, None, f"{REDIRECT}/"):
        pkce = Pkce()
        code = await browser.consent(system.query(pkce))
        assert refusal(await system.exchange(code, pkce, redirect_uri=wrong)) == "invalid_grant"


NOT_DONE: tuple[tuple[dict[str, str | None], str], ...] = (
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_type": None}, "invalid_request"),
    ({"response_mode": "fragment"}, "invalid_request"),
    ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
    ({"request_uri": "https://evil.example/r"}, "request_uri_not_supported"),
    ({"scope": "admin"}, "invalid_scope"),
    ({"scope": "directory:read"}, "invalid_scope"),
    ({"scope": "projects:read  read"}, "invalid_scope"),
    ({"state": "x" * 1001}, "invalid_request"),
)


async def test_what_we_do_not_do_is_said_to_the_client(browser: Browser, system: System) -> None:
    """A certain redirect carries the refusal, and no code."""
    for changed, error in NOT_DONE:
        answer = answered(await browser.open(system.query(Pkce(), **changed)))
        assert answer["error"] == error
        assert "code" not in answer


async def test_a_public_client_exchanges_without_a_secret(
    service: Service, browser: Browser
) -> None:
    """PKCE alone binds the code; a private-use scheme carries it."""
    uri = "com.example.app:/callback"
    system = await register(service, "public", redirect_uris=(uri,))
    pkce = Pkce()
    answer = await browser.decide(system.query(pkce))
    location = answer.headers["location"]
    assert location.startswith(f"{uri}?code=")
    code = location.partition("code=")[2].partition("&")[0]
    assert (await system.exchange(code, pkce)).status_code == 200


async def test_a_deactivated_person_gives_nothing(
    service: Service, browser: Browser, system: System
) -> None:
    """Neither the code, nor the tokens had before, outlive the account."""
    tokens = await system.tokens(browser)
    pkce = Pkce()
    code = answered(await browser.open(system.query(pkce)))["code"]
    async with service.context.intake.server_transaction(["org"]) as transaction:
        await transaction.load("org", [browser.person])
        transaction.workspace.write(
            "org", "person", browser.person, {"active": False}, intent="test"
        )
    assert refusal(await system.exchange(code, pkce)) == "invalid_grant"
    assert refusal(await system.refresh(tokens["refresh_token"])) == "invalid_grant"
    assert not await system.is_active(tokens["access_token"])
    async with stranger(service) as client:
        answer = await client.get(
            "/api/sync/conflicts", headers={"authorization": f"Bearer {tokens['access_token']}"}
        )
        assert answer.status_code == 401
