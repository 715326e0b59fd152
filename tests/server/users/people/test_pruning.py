"""What is over is forgotten; what waits is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.users import prune_people

if TYPE_CHECKING:
    from tests.server.users.people.desk import Desk


KINDS = ("brakes", "resets", "invitations", "messages", "grants", "sign_ins", "tickets")


async def test_what_is_over_is_forgotten_and_what_waits_is_kept(desk: Desk) -> None:
    """Brakes after a day, resets, invitations and messages a month after their end."""
    who = await desk.somebody()
    admin = await desk.administrator()
    await desk.try_login(who.login, "un mauvais mot")
    await desk.must("POST", "/password-resets", {"login": who.login})
    body = {"login": "neuve@example.com", "name": "N", "role": "employee"}
    await desk.must("POST", "/invitations", body, token=admin)

    async def prune() -> dict[str, int]:
        async with desk.service.context.pool.acquire() as connection:
            return await prune_people(connection, desk.service.settings, desk.service.context.now())

    nothing = dict.fromkeys((*KINDS, "sessions"), 0)
    assert await prune() == nothing
    desk.clock.advance(hours=25)
    assert await prune() == {**nothing, "brakes": 2}
    desk.clock.advance(hours=24 * 38)
    assert await prune() == {**nothing, "resets": 1, "invitations": 1, "messages": 2}


async def test_sessions_are_forgotten_once_nothing_can_come_of_them(desk: Desk) -> None:
    """A month after their end; one of a revoked device stays until it has handed in and wiped."""
    who = await desk.somebody()
    ended = (await desk.login(who))["session"]
    await desk.must("POST", "/session/logout", {"refresh_token": ended["refresh_token"]})
    lost = (await desk.login(who))["session"]
    idle = (await desk.login(who))["session"]
    path = f"/devices/{lost['device']}/revoke"
    await desk.must("POST", path, token=await desk.administrator())

    async def left() -> set[str]:
        async with desk.service.context.pool.acquire() as connection:
            await prune_people(connection, desk.service.settings, desk.service.context.now())
            records = await connection.fetch("SELECT id::text AS id FROM session")
        return {record["id"] for record in records}

    assert {ended["session"], lost["session"], idle["session"]} <= await left()
    desk.clock.advance(hours=24 * 31)
    assert await left() == {lost["session"], idle["session"]}
    desk.clock.advance(hours=24 * 90)
    assert await left() == {lost["session"]}
    body = {"refresh_token": lost["refresh_token"]}
    token = (await desk.must("POST", "/session/hand-over", body))["access_token"]
    said = await desk.send("POST", "/devices/wiped", {"replicas": []}, token=token)
    assert said.status_code == 204
    assert await left() == set()
    assert await desk.refused("POST", "/session/hand-over", body) == "unauthenticated"
