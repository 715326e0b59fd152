"""Refresh tokens through HTTP: retries, tabs, long absences, thieves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.server.users.entering import (
    Clock,
    claims_of,
    code_of,
    log_in,
    refreshed,
    send,
    try_refresh,
)

if TYPE_CHECKING:
    from tests.serving import Service


async def test_one_call_brings_back_a_device_after_sixty_days(
    service: Service, clock: Clock
) -> None:
    """Sixty days without a link end the access token, not the session."""
    crew = await log_in(service)
    clock.pass_(days=60)
    assert await crew.code() == "unauthenticated"
    await crew.refresh()
    assert await crew.code() == "ok"


async def test_a_session_ends_after_its_absolute_life(service: Service, clock: Clock) -> None:
    """Ninety days after the login even a session in daily use asks for a new one."""
    crew = await log_in(service)
    for _ in range(8):
        clock.pass_(days=10)
        await crew.refresh()
    clock.pass_(days=10)
    assert code_of(await try_refresh(service, crew.refresh_token)) == "session_ended"


async def test_a_used_token_is_replaced(service: Service) -> None:
    """Each refresh gives another pair, of the same session, person and device."""
    crew = await log_in(service)
    second = await refreshed(service, crew.refresh_token)
    assert second.refresh_token != crew.refresh_token
    assert second.access_token != crew.tokens.access_token
    assert (second.session, second.person, second.device) == (
        crew.tokens.session,
        crew.person,
        crew.device,
    )


@pytest.mark.parametrize("callers", [2, 20])
async def test_refreshes_at_once_get_the_same_successor(service: Service, callers: int) -> None:
    """Two tabs, or twenty, that refresh at once are one family and all go on."""
    crew = await log_in(service)
    found = await asyncio.gather(*(refreshed(service, crew.refresh_token) for _ in range(callers)))
    assert len({one.refresh_token for one in found}) == 1
    for one in found:
        answer = await send(service, "GET", "/api/users/session", token=one.access_token)
        assert answer.status_code == 200
    await refreshed(service, found[0].refresh_token or "")


async def test_a_lost_answer_is_given_again_however_late(service: Service, clock: Clock) -> None:
    """A device whose answer was lost comes back with the previous token, even after weeks."""
    crew = await log_in(service)
    lost = await refreshed(service, crew.refresh_token)
    clock.pass_(days=45)
    again = await refreshed(service, crew.refresh_token)
    assert again.refresh_token == lost.refresh_token
    third = await refreshed(service, again.refresh_token or "")
    assert third.session == crew.tokens.session


async def test_a_late_tab_gets_the_newest_within_the_grace(service: Service, clock: Clock) -> None:
    """A request that was two exchanges behind on a slow link still gets the newest token."""
    crew = await log_in(service)
    first = crew.refresh_token
    for _ in range(3):
        await crew.refresh()
        assert await crew.code() == "ok"
        clock.pass_(seconds=10)
    late = await refreshed(service, first)
    assert late.refresh_token == crew.refresh_token


async def test_reuse_after_the_grace_ends_the_family_and_no_other(
    service: Service, clock: Clock
) -> None:
    """Once the successor was seen in use, the earlier token betrays a thief: that session ends."""
    victim = await log_in(service)
    elsewhere = await log_in(service, person=victim.person)
    colleague = await log_in(service, device=victim.device)
    stolen = victim.refresh_token
    thief = await refreshed(service, stolen)
    seen = await send(service, "GET", "/api/users/session", token=thief.access_token)
    assert seen.status_code == 200
    clock.pass_(seconds=service.settings.refresh_grace_seconds + 1)
    assert code_of(await try_refresh(service, stolen)) == "session_ended"
    for token in (thief.access_token, victim.tokens.access_token):
        answer = await send(service, "GET", "/api/users/session", token=token)
        assert code_of(answer) == "session_ended"
    assert code_of(await try_refresh(service, thief.refresh_token or "")) == "session_ended"
    assert await elsewhere.code() == "ok"
    assert await colleague.code() == "ok"
    found = await service.context.pool.fetchrow(
        "SELECT person_id::text AS person, device_id::text AS device FROM activity "
        "WHERE kind = 'refresh_reused'"
    )
    assert found is not None
    assert (found["person"], found["device"]) == (victim.person, victim.device)


async def test_the_thief_who_comes_second_ends_the_family_too(
    service: Service, clock: Clock
) -> None:
    """A token stolen and used on another device after its owner used it brings nothing."""
    victim = await log_in(service)
    stolen = victim.refresh_token
    await victim.refresh()
    assert await victim.code() == "ok"
    clock.pass_(days=1)
    assert code_of(await try_refresh(service, stolen)) == "session_ended"
    assert code_of(await try_refresh(service, victim.refresh_token)) == "session_ended"


async def test_a_token_older_than_the_last_two_is_reuse(service: Service, clock: Clock) -> None:
    """A token of many generations ago is known for what it is, without being stored."""
    crew = await log_in(service)
    first = crew.refresh_token
    for _ in range(30):
        await crew.refresh()
        clock.pass_(seconds=120)
    assert code_of(await try_refresh(service, first)) == "session_ended"
    assert code_of(await try_refresh(service, crew.refresh_token)) == "session_ended"


async def test_nonsense_ends_nobodys_session(service: Service) -> None:
    """Who knows a session's id, and makes up a token, is refused and harms no one."""
    crew = await log_in(service)
    token = crew.refresh_token
    for made_up in ("x", token[:-4] + "AAAA", token[:-1], "derrick_r_" + "A" * 92, "é" * 40):
        assert (await try_refresh(service, made_up)).status_code == 401
    assert await crew.code() == "ok"
    await crew.refresh()


async def test_nothing_that_logs_in_is_stored(service: Service) -> None:
    """The database holds digests alone: neither a refresh token nor a private key can be read."""
    crew = await log_in(service)
    await crew.refresh()
    tables = await service.context.pool.fetch(
        "SELECT session::text AS held FROM session UNION ALL SELECT signing_key::text "
        "FROM signing_key UNION ALL SELECT activity::text FROM activity"
    )
    held = " ".join(one["held"] for one in tables)
    assert crew.refresh_token not in held
    assert crew.refresh_token.removeprefix("derrick_r_")[:40] not in held


async def test_an_ended_access_token_says_when(service: Service, clock: Clock) -> None:
    """Access tokens live for a quarter of an hour, and the answer says how long."""
    crew = await log_in(service)
    claims = claims_of(crew.tokens.access_token)
    assert claims["exp"] - claims["iat"] == crew.tokens.expires_in == 15 * 60
    clock.pass_(seconds=crew.tokens.expires_in + 31)
    assert await crew.code() == "unauthenticated"


async def test_a_browser_keeps_the_refresh_token_where_no_script_reads_it(
    service: Service,
) -> None:
    """Where a cookie is wished for, it is HttpOnly, Secure, Lax, of this host, not in the body."""
    crew = await log_in(service)
    wish = {"x-derrick-session": "cookie"}
    answer = await service.client.post(
        "/api/users/session/refresh", json={"refresh_token": crew.refresh_token}, headers=wish
    )
    assert answer.json()["refresh_token"] is None
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-derrick_refresh=derrick_r_")
    for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/", "Max-Age="):
        assert word in cookie
    assert "Domain" not in cookie
    value = cookie.partition("=")[2].partition(";")[0]
    service.client.cookies.clear()
    by_cookie = await service.client.post(
        "/api/users/session/refresh",
        headers={
            "cookie": f"__Host-derrick_refresh={value}",
            "sec-fetch-site": "same-origin",
            **wish,
        },
    )
    assert by_cookie.status_code == 200, by_cookie.text
    assert by_cookie.headers["cache-control"] == "no-store"
