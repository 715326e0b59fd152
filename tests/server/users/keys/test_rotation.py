"""Signing keys: shared by servers, replaced without logging anyone out, published."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import jwt
import msgspec

from server.jobs import run_job
from server.users.keys import LEAD_SECONDS
from tests.server.users.entering import Clock, code_of, log_in, send
from tests.serving import serve_here, serve_process

if TYPE_CHECKING:
    from server.settings import Settings
    from tests.serving import Service


def kid_of(token: str) -> str:
    """Return the key that a token names."""
    kid: str = jwt.get_unverified_header(token)["kid"]
    return kid


async def published(service: Service) -> set[str]:
    """Return the ids of the published keys."""
    answer = await service.client.get("/.well-known/jwks.json")
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert "no-store" not in answer.headers["cache-control"]
    return {one["kid"] for one in answer.json()["keys"]}


async def test_others_can_check_our_tokens_with_the_published_key(service: Service) -> None:
    """The key set is what any JWT library reads."""
    crew = await log_in(service)
    answer = await service.client.get("/.well-known/jwks.json")
    keys = jwt.PyJWKSet.from_dict(answer.json())
    found = jwt.decode(
        crew.tokens.access_token,
        keys[kid_of(crew.tokens.access_token)],
        algorithms=["EdDSA"],
        audience="derrick-api",
        options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
    )
    assert found["sub"] == crew.person
    assert "d" not in answer.json()["keys"][0]


async def test_rotation_logs_nobody_out(service: Service, clock: Clock) -> None:
    """The new key is published before it signs, the old one until its last token has expired."""
    crew = await log_in(service)
    old = kid_of(crew.tokens.access_token)
    new = await service.context.keys.rotate()
    assert await published(service) == {old, new}
    await crew.refresh()
    assert kid_of(crew.tokens.access_token) == old
    clock.pass_(seconds=LEAD_SECONDS + 1)
    assert await crew.code() == "ok"
    before = crew.tokens.access_token
    await crew.refresh()
    assert kid_of(crew.tokens.access_token) == new
    for token in (before, crew.tokens.access_token):
        assert code_of(await send(service, "GET", "/api/users/session", token=token)) == "ok"
    clock.pass_(days=2)
    await service.context.keys.rotate_if_due(30)
    clock.pass_(seconds=61)
    assert await published(service) == {new}
    await crew.refresh()
    assert await crew.code() == "ok"


async def test_the_job_rotates_when_the_key_is_old(settings: Settings) -> None:
    """The clocked job makes a key when the newest is older than the setting says, and only then."""
    clock = Clock()
    async with serve_here(settings, clock=clock) as service:
        crew = await log_in(service)
        old = kid_of(crew.tokens.access_token)
        clock.pass_(days=29)
        await run_job(settings, "keys_rotate", wall_ms=clock)
        assert await published(service) == {old}
        clock.pass_(days=2)
        await run_job(settings, "keys_rotate", wall_ms=clock)
        clock.pass_(seconds=61)
        assert len(await published(service)) == 2
        await crew.refresh()
        assert await crew.code() == "ok"


async def test_a_dropped_key_takes_its_tokens_along(service: Service, clock: Clock) -> None:
    """After a leak the key is taken away at once; sessions go on with their refresh tokens."""
    crew = await log_in(service)
    keys = service.context.keys
    assert await crew.code() == "ok"
    await keys.rotate(lead_seconds=0)
    assert await keys.drop(kid_of(crew.tokens.access_token))
    clock.pass_(seconds=6)
    assert await crew.code() == "unauthenticated"
    await crew.refresh()
    assert await crew.code() == "ok"


async def test_servers_of_one_installation_share_keys_in_mid_flight(settings: Settings) -> None:
    """A token signed by one server is good on the other, before, during and after a rotation."""
    with serve_process(settings) as process:
        async with (
            serve_here(settings) as service,
            httpx.AsyncClient(base_url=process.url) as other,
        ):
            crew = await log_in(service)

            async def there() -> int:
                headers = {"authorization": f"Bearer {crew.tokens.access_token}"}
                return (await other.get("/api/users/session", headers=headers)).status_code

            async def refresh_there() -> None:
                body = {"refresh_token": crew.refresh_token}
                answer = await other.post("/api/users/session/refresh", json=body)
                assert answer.status_code == 200, answer.text
                crew.tokens = msgspec.json.decode(answer.content, type=type(crew.tokens))

            assert await there() == 200
            await service.context.keys.rotate(lead_seconds=0)
            for _ in range(5):
                await crew.refresh()
                assert await there() == 200
                await refresh_there()
                assert await crew.code() == "ok"
            ours = await service.client.get("/.well-known/jwks.json")
            assert len(ours.json()["keys"]) == 2
            assert (await other.get("/.well-known/jwks.json")).status_code == 200


async def test_servers_that_start_at_once_make_one_key(settings: Settings) -> None:
    """Of several servers on an empty database, one makes the first key."""
    async with serve_here(settings) as one, serve_here(settings) as two:
        found = await asyncio.gather(published(one), published(two), published(one))
        assert len(set.union(*found)) == 1


async def test_a_new_secret_keeps_sessions(settings: Settings) -> None:
    """A server whose secret was replaced signs with a key of its own; sessions go on."""
    async with serve_here(settings) as service:
        crew = await log_in(service)
        await crew.refresh()
    changed = msgspec.structs.replace(settings, token_secret="another-secret-of-thirty-two-bytes!!")
    async with serve_here(changed) as service:
        crew.service = service
        await crew.refresh()
        assert await crew.code() == "ok"
