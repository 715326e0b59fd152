"""Deactivation, and what else administrators do with accounts."""

from __future__ import annotations

import asyncio

from tests.server.users.people.desk import PASSWORD, Desk
from tests.serving import problem_of


async def test_deactivation_ends_every_session_and_keeps_every_row(desk: Desk) -> None:
    """Access, refresh and login are dead at once; what the person wrote stays."""
    who = await desk.somebody("manager")
    opened = await desk.login(who)
    token = opened["session"]["access_token"]
    await desk.must("PATCH", "/profile", {"name": "Reste Ici"}, token=token)
    admin = await desk.administrator()
    await desk.must("POST", f"/people/{who.person}/deactivate", token=admin)
    assert (await desk.send("GET", "/profile", token=token)).status_code == 401
    refresh = {"refresh_token": opened["session"]["refresh_token"]}
    assert not (await desk.send("POST", "/session/refresh", refresh)).is_success
    assert problem_of(await desk.try_login(who.login)).code == "login_refused"
    kept = await desk.service.context.pool.fetchrow(
        "SELECT name, active, deleted FROM person WHERE id = $1", who.person
    )
    assert kept is not None
    assert tuple(kept) == ("Reste Ici", False, False)
    assert "person_deactivated" in await desk.kinds(who.person)


async def test_activation_gives_the_same_password_and_codes_back(desk: Desk) -> None:
    """One step; sessions of before stay dead."""
    who = await desk.somebody()
    secret, _ = await desk.enrol(who)
    old = await desk.session_token(who, code=desk.code(secret))
    admin = await desk.administrator()
    await desk.must("POST", f"/people/{who.person}/deactivate", token=admin)
    await desk.must("POST", f"/people/{who.person}/activate", token=admin)
    assert await desk.refused("GET", "/profile", token=old) == "session_ended"
    desk.clock.advance(seconds=30)
    await desk.login(who, code=desk.code(secret))


async def test_what_waits_for_a_person_is_void_once_they_are_deactivated(desk: Desk) -> None:
    """A link sent before opens nothing afterwards, not even when they are let in again."""
    who = await desk.somebody()
    admin = await desk.administrator()
    code = (await desk.must("POST", f"/people/{who.person}/reset-code", token=admin))["code"]
    await desk.must("POST", f"/people/{who.person}/deactivate", token=admin)
    body = {"login": who.login, "code": code, "password": "la pompe tourne encore"}
    assert await desk.refused("POST", "/password-resets/confirm", body) == "reset_refused"
    await desk.must("POST", f"/people/{who.person}/activate", token=admin)
    assert await desk.refused("POST", "/password-resets/confirm", body) == "reset_refused"


async def test_the_last_administrator_stays(desk: Desk) -> None:
    """Of two who deactivate each other at the same moment one remains."""
    first, second = [
        await desk.service.person("administrator", login=f"a{number}") for number in range(2)
    ]
    answers = await asyncio.gather(
        desk.send("POST", f"/people/{second}/deactivate", token=desk.token(first)),
        desk.send("POST", f"/people/{first}/deactivate", token=desk.token(second)),
    )
    # The one that comes second finds itself deactivated, or the last.
    assert sorted(answer.is_success for answer in answers) == [False, True]
    remaining = (
        "SELECT id::text FROM person WHERE role = 'administrator' AND coalesce(active, true)"
    )
    (left,) = await desk.service.context.pool.fetch(remaining)
    path = f"/people/{left['id']}/deactivate"
    assert await desk.refused("POST", path, token=desk.token(left["id"])) == "last_administrator"


async def test_only_administrators_keep_accounts(desk: Desk) -> None:
    """Every door of theirs is closed to the others, and to a stranger."""
    who = await desk.somebody()
    doors = [
        ("GET", "/people"),
        ("POST", f"/people/{who.person}/deactivate"),
        ("POST", f"/people/{who.person}/activate"),
        ("POST", f"/people/{who.person}/unlock"),
        ("DELETE", f"/people/{who.person}/one-time-codes"),
    ]
    for role in ("manager", "accountant", "supervisor", "employee", "auditor"):
        token = desk.token(await desk.service.person(role))
        for method, path in doors:
            assert await desk.refused(method, path, token=token) == "forbidden"
    for method, path in doors:
        assert await desk.refused(method, path) == "unauthenticated"


async def test_the_list_of_accounts_tells_what_people_lack(desk: Desk) -> None:
    """Password, codes, last login; never a hash."""
    admin = await desk.administrator()
    who = await desk.somebody()
    await desk.login(who)
    answer = await desk.send("GET", "/people", token=admin)
    (found,) = [one for one in answer.json() if one["person"] == who.person]
    assert found["has_password"]
    assert not found["has_codes"]
    assert found["last_login_at"]
    assert "argon2" not in answer.text
    assert PASSWORD not in answer.text
