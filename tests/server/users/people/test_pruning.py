"""What is over is forgotten; what waits is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.users import prune_people

if TYPE_CHECKING:
    from tests.server.users.people.desk import Desk


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
            return await prune_people(connection, desk.service.context.now())

    nothing = {"brakes": 0, "resets": 0, "invitations": 0, "messages": 0}
    assert await prune() == nothing
    desk.clock.advance(hours=25)
    assert await prune() == {**nothing, "brakes": 2}
    desk.clock.advance(hours=24 * 38)
    assert await prune() == {"brakes": 0, "resets": 1, "invitations": 1, "messages": 2}
