"""The doors of clients: who they are, and what becomes of the tokens they hold."""

from __future__ import annotations

import base64
import hmac
import json
from typing import TYPE_CHECKING, Any

import msgspec

from server.users.secret import derive
from tests.server.users.oauth.flows import (
    OWN_PAGE,
    Browser,
    MovingClock,
    Pkce,
    System,
    refusal,
    register,
    stranger,
)

if TYPE_CHECKING:
    from tests.serving import Service


def basic(client: str, secret: str) -> dict[str, str]:
    """Return an Authorization header."""
    return {"authorization": "Basic " + base64.b64encode(f"{client}:{secret}".encode()).decode()}


async def test_clients_prove_who_they_are(
    service: Service, browser: Browser, system: System
) -> None:
    """A wrong secret, none, another's, another scheme, or a secret in the body: refused."""
    other = await register(service)
    public = await register(service, "public")
    assert system.secret is not None
    assert other.secret is not None
    tokens = await system.tokens(browser)
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    wrong: list[tuple[dict[str, str], dict[str, str], str]] = [
        ({}, {}, "invalid_client"),
        ({}, {"client_id": system.id}, "invalid_client"),
        ({}, {"client_id": "unknown"}, "invalid_client"),
        (basic(system.id, "wrong"), {}, "invalid_client"),
        (basic(system.id, ""), {}, "invalid_client"),
        (basic(system.id, other.secret), {}, "invalid_client"),
        (basic("unknown", system.secret), {}, "invalid_client"),
        (basic(public.id, ""), {}, "invalid_client"),
        ({"authorization": f"Bearer {tokens['access_token']}"}, {}, "invalid_client"),
        ({"authorization": "Basic !!!"}, {}, "invalid_client"),
        (
            {"authorization": "Basic " + base64.b64encode(b"no colon").decode()},
            {},
            "invalid_client",
        ),
        (basic(system.id, system.secret), {"client_id": other.id}, "invalid_request"),
        ({}, {"client_id": system.id, "client_secret": system.secret}, "invalid_request"),
    ]
    async with stranger(service) as client:
        for headers, more, error in wrong:
            answer = await client.post("/oauth2/token", data={**form, **more}, headers=headers)
            assert refusal(answer) == error, (headers, more)
            assert ("www-authenticate" in answer.headers) is (error == "invalid_client")
    assert (await system.refresh(tokens["refresh_token"])).status_code == 200


async def test_a_form_is_what_a_form_is(service: Service, system: System) -> None:
    """JSON, a parameter twice, no grant type or an unknown one are told in OAuth's words."""
    assert system.secret is not None
    headers = basic(system.id, system.secret)
    form = {"content-type": "application/x-www-form-urlencoded"}
    async with stranger(service) as client:
        for content, media, error in (
            ("{}", {"content-type": "application/json"}, "invalid_request"),
            ("grant_type=refresh_token&grant_type=password", form, "invalid_request"),
            ("", form, "invalid_request"),
            ("grant_type=password&username=a&password=b", form, "unsupported_grant_type"),
            ("grant_type=%ff", form, "invalid_request"),
            ("grant_type=%00", form, "invalid_request"),
            ("a=" + "x" * 20_000, form, "invalid_request"),
        ):
            answer = await client.post(
                "/oauth2/token", content=content, headers={**headers, **media}
            )
            assert refusal(answer) == error, content[:40]


async def test_refresh_tokens_rotate_and_forgive_a_lost_answer(
    browser: Browser, system: System, clock: MovingClock
) -> None:
    """Within the grace the one before gets the very same successor; after it, the family ends."""
    first = (await system.tokens(browser))["refresh_token"]
    second = (await system.refresh(first)).json()["refresh_token"]
    assert second != first
    assert (await system.refresh(first)).json()["refresh_token"] == second
    third = (await system.refresh(second)).json()
    clock.pass_seconds(61)
    assert refusal(await system.refresh(second)) == "invalid_grant"
    assert refusal(await system.refresh(third["refresh_token"])) == "invalid_grant"
    assert not await system.is_active(third["access_token"])


async def test_an_old_refresh_token_ends_the_family_at_once(
    browser: Browser, system: System
) -> None:
    """Two generations back is no lost answer, however soon."""
    first = (await system.tokens(browser))["refresh_token"]
    second = (await system.refresh(first)).json()["refresh_token"]
    third = (await system.refresh(second)).json()["refresh_token"]
    assert refusal(await system.refresh(first)) == "invalid_grant"
    assert refusal(await system.refresh(third)) == "invalid_grant"


async def test_a_silent_client_ends(
    service: Service, browser: Browser, system: System, clock: MovingClock
) -> None:
    """A refresh token not used for `client_idle_days_max` days is worth nothing."""
    token = (await system.tokens(browser))["refresh_token"]
    clock.pass_seconds((service.settings.client_idle_days_max - 1) * 24 * 3600)
    token = (await system.refresh(token)).json()["refresh_token"]
    clock.pass_seconds(service.settings.client_idle_days_max * 24 * 3600 + 1)
    assert refusal(await system.refresh(token)) == "invalid_grant"


async def test_tokens_are_not_swapped_between_clients(
    service: Service, browser: Browser, system: System
) -> None:
    """Another client neither refreshes, revokes nor looks at them; a leaked family ends."""
    other = await register(service)
    tokens = await system.tokens(browser)
    for name in ("access_token", "refresh_token"):
        assert not await other.is_active(tokens[name])
        assert (await other.post("revoke", {"token": tokens[name]})).status_code == 200
        assert await system.is_active(tokens[name])
    assert refusal(await other.refresh(tokens["refresh_token"])) == "invalid_grant"
    assert refusal(await system.refresh(tokens["refresh_token"])) == "invalid_grant"


async def test_tokens_are_not_taken_for_one_another(
    service: Service, browser: Browser, system: System
) -> None:
    """A session's refresh token is no client's, nor the reverse; a refresh token opens no door."""
    tokens = await system.tokens(browser)
    async with stranger(service) as client:
        answer = await client.post(
            "/api/users/session/refresh",
            json={"refresh_token": tokens["refresh_token"]},
            headers=OWN_PAGE,
        )
        assert answer.status_code == 401
        bearer = {"authorization": f"Bearer {tokens['refresh_token']}"}
        assert (await client.get("/api/sync/conflicts", headers=bearer)).status_code == 401
    assert refusal(await system.refresh(tokens["access_token"])) == "invalid_grant"
    assert refusal(await system.exchange(tokens["refresh_token"], Pkce())) == "invalid_grant"
    own = service.token(browser.person)
    assert not await system.is_active(own)
    assert (await system.post("revoke", {"token": own})).status_code == 200
    assert await system.is_active(tokens["access_token"])


async def test_a_revoked_token_takes_its_family_along(browser: Browser, system: System) -> None:
    """RFC 7009, for either kind of token; what is not a token is answered alike."""
    for name in ("access_token", "refresh_token"):
        tokens = await system.tokens(browser)
        assert (await system.post("revoke", {"token": tokens[name]})).status_code == 200
        assert not await system.is_active(tokens["access_token"])
        assert not await system.is_active(tokens["refresh_token"])
        assert refusal(await system.refresh(tokens["refresh_token"])) == "invalid_grant"
    for text in ("x", "é", "a.b.c", "derrick_r_x"):
        assert (await system.post("revoke", {"token": text})).status_code == 200
        assert not await system.is_active(text)
    assert refusal(await system.post("revoke", {})) == "invalid_request"


async def test_introspection_tells_a_client_of_its_own(
    service: Service, browser: Browser, system: System, clock: MovingClock
) -> None:
    """Scope, person, times; a public client may not ask; past tokens are inactive."""
    tokens = await system.tokens(browser)
    told = (await system.post("introspect", {"token": tokens["access_token"]})).json()
    assert told["scope"] == "projects:read"
    assert told["sub"] == browser.person
    assert told["client_id"] == system.id
    assert told["exp"] - told["iat"] == service.settings.access_token_seconds
    public = await register(service, "public")
    asked = await public.post("introspect", {"token": tokens["access_token"]})
    assert refusal(asked) == "invalid_client"
    clock.pass_seconds(service.settings.access_token_seconds + 60)
    past = await system.post("introspect", {"token": tokens["access_token"]})
    assert past.json() == {"active": False}


def _part(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


async def test_forged_access_tokens_open_nothing(
    service: Service, browser: Browser, system: System
) -> None:
    """`none`, HS256 with the public key or the secret, more scopes than signed, another issuer."""
    token = (await system.tokens(browser))["access_token"]
    head, body, signature = token.split(".")
    header = msgspec.json.decode(base64.urlsafe_b64decode(head + "=="))
    claims = msgspec.json.decode(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    assert header["typ"] == "at+jwt"
    wider = _part({**claims, "scope": "app"})
    published = (await service.client.get("/.well-known/jwks.json")).json()["keys"]
    public = base64.urlsafe_b64decode(published[0]["x"] + "=")
    forged = [
        f"{_part({**header, 'alg': 'none'})}.{wider}.",
        f"{head}.{wider}.{signature}",
        f"{head}.{wider}.",
        f"{head}.{body}.{signature[:-2]}",
    ]
    secrets = (public, published[0]["x"].encode(), derive(service.context.token_secret, "x"))
    for secret in secrets:
        content = f"{_part({**header, 'alg': 'HS256'})}.{wider}"
        made = base64.urlsafe_b64encode(hmac.digest(secret, content.encode(), "sha256"))
        forged.append(f"{content}.{made.rstrip(b'=').decode()}")
    wrong = ({"aud": "another"}, {"iss": "https://evil.example"}, {"client_id": "derrick"})
    keys = service.context.keys
    forged += [await keys.sign({**claims, **one}, typ="at+jwt") for one in wrong]
    for one in forged:
        answer = await service.client.get(
            "/api/sync/conflicts", headers={"authorization": f"Bearer {one}"}
        )
        assert answer.status_code == 401, one
        assert not await system.is_active(one)
