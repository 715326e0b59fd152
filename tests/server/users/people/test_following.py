"""A change of the directory does the same by a tablet, a route or the console."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from server.jobs import JOBS, open_context, run_if_due
from sync.changes import Change

if TYPE_CHECKING:
    from tests.server.users.people.desk import Desk, Somebody
    from tests.serving import Tablet


async def administrators_tablet(desk: Desk) -> Tablet:
    """Return a tablet that holds the directory."""
    tablet = await desk.service.tablet("administrator")
    tablet.clock = desk.clock
    return await tablet.pull()


async def change_person(desk: Desk, way: str, who: Somebody, tablet: Tablet) -> None:
    """Take someone's account away."""
    match way:
        case "tablet":
            await tablet.must(tablet.update("org", who.person, active=False))
        case "tablet deletes":
            await tablet.must(tablet.delete("org", who.person))
        case "route":
            path = f"/people/{who.person}/deactivate"
            await desk.must("POST", path, token=await desk.administrator())


@pytest.mark.parametrize("way", ["tablet", "tablet deletes", "route"])
async def test_whoever_is_taken_out_loses_everything_at_once(desk: Desk, way: str) -> None:
    """Sessions, refresh tokens, tokens without a session, and the link for a new password."""
    who = await desk.somebody()
    session = (await desk.login(who))["session"]
    console = desk.token(who.person)
    await desk.must("POST", "/password-resets", {"login": who.login})
    link = ((await desk.outbox())[-1].link or "").partition("#")[2]
    tablet = await administrators_tablet(desk)
    desk.clock.advance(seconds=1)
    await change_person(desk, way, who, tablet)
    assert await desk.refused("GET", "/profile", token=session["access_token"]) == "session_ended"
    body = {"refresh_token": session["refresh_token"]}
    assert await desk.refused("POST", "/session/refresh", body) == "session_ended"
    if way != "tablet deletes":
        await tablet.pull()
        await tablet.must(tablet.update("org", who.person, active=True))
    # Back in, none of it lives again.
    assert await desk.refused("GET", "/profile", token=session["access_token"]) == "session_ended"
    assert await desk.refused("GET", "/profile", token=console) == "session_ended"
    reset = {"token": link, "password": "la pompe tourne encore"}
    assert await desk.refused("POST", "/password-resets/confirm", reset) == "reset_refused"


async def test_a_change_that_takes_nobody_out_ends_nothing(desk: Desk) -> None:
    """Another name, and being active as before, leave the sessions alone."""
    who = await desk.somebody()
    token = await desk.session_token(who)
    tablet = await administrators_tablet(desk)
    await tablet.must(tablet.update("org", who.person, name="Autre", active=True))
    assert (await desk.must("GET", "/profile", token=token))["name"] == "Autre"


async def test_a_role_that_asks_for_codes_gives_open_sessions_a_grace(desk: Desk) -> None:
    """Until then the session goes on and is told; after it, it ends, and a login asks to enrol."""
    who = await desk.somebody("manager")
    session = (await desk.login(who))["session"]
    assert session.get("prove_by") is None
    admin = await desk.administrator()
    path = "/one-time-codes/roles/manager"
    await desk.must("PUT", path, {"required": True}, token=admin)
    body = {"refresh_token": session["refresh_token"]}
    told = await desk.must("POST", "/session/refresh", body)
    assert told["prove_by"] == desk.clock.now_ms + 72 * 3600 * 1000
    desk.clock.advance(hours=71)
    body = {"refresh_token": told["refresh_token"]}
    told = await desk.must("POST", "/session/refresh", body)
    desk.clock.advance(hours=1)
    body = {"refresh_token": told["refresh_token"]}
    assert await desk.refused("POST", "/session/refresh", body) == "session_ended"
    await end_unproved(desk)
    token = told["access_token"]
    assert await desk.refused("GET", "/profile", token=token) in {
        "session_ended",
        "unauthenticated",
    }
    assert "session_ended_without_code" in await desk.kinds(who.person)
    assert (await desk.try_login(who.login)).json()["status"] == "enrolment_required"


async def test_the_clock_ends_what_was_not_proved_at_once(desk: Desk) -> None:
    """An access token that is good for minutes still dies with its session."""
    who = await desk.somebody("manager")
    session = (await desk.login(who))["session"]
    admin = await desk.administrator()
    await desk.must("PUT", "/one-time-codes/roles/manager", {"required": True}, token=admin)
    desk.clock.advance(hours=71, minutes=55)
    body = {"refresh_token": session["refresh_token"]}
    token = (await desk.must("POST", "/session/refresh", body))["access_token"]
    await end_unproved(desk)
    assert (await desk.send("GET", "/profile", token=token)).status_code == 200
    desk.clock.advance(minutes=5)
    await end_unproved(desk)
    assert await desk.refused("GET", "/profile", token=token) == "session_ended"


async def test_a_session_in_which_a_code_is_shown_goes_on(desk: Desk) -> None:
    """By enrolling in it, or by a code for those enrolled elsewhere; the others end."""
    who = await desk.somebody("manager")
    first, second, third = [(await desk.login(who))["session"] for _ in range(3)]
    admin = await desk.administrator()
    await desk.must("PUT", "/one-time-codes/roles/manager", {"required": True}, token=admin)
    token = first["access_token"]
    made = await desk.must("POST", "/one-time-codes", {"password": who.password}, token=token)
    code = {"code": desk.code(made["secret"])}
    await desk.must("POST", "/one-time-codes/confirm", code, token=token)
    desk.clock.advance(seconds=30)
    other = second["access_token"]
    path = "/one-time-codes/prove"
    assert await desk.refused("POST", path, {"code": "000000"}, token=other) == (
        "one_time_code_refused"
    )
    await desk.must("POST", path, {"code": desk.code(made["secret"])}, token=other)
    desk.clock.advance(hours=73)
    for session in (first, second):
        body = {"refresh_token": session["refresh_token"]}
        assert (await desk.must("POST", "/session/refresh", body)).get("prove_by") is None
    body = {"refresh_token": third["refresh_token"]}
    assert await desk.refused("POST", "/session/refresh", body) == "session_ended"


async def test_guessing_codes_in_an_open_session_is_slowed(desk: Desk) -> None:
    """A borrowed session guesses no faster than a stranger."""
    who = await desk.somebody("manager")
    await desk.enrol(who)
    token = desk.token(who.person)
    told = [
        await desk.refused("POST", "/one-time-codes/prove", {"code": "000000"}, token=token)
        for _ in range(7)
    ]
    assert told == ["one_time_code_refused"] * 5 + ["login_slowed"] * 2


@pytest.mark.parametrize("way", ["role", "membership"])
async def test_whoever_is_given_such_a_role_has_the_grace_too(desk: Desk, way: str) -> None:
    """By a tablet that gives the role, in the organisation or in a project; taken back, it ends."""
    who = await desk.somebody()
    session = (await desk.login(who))["session"]
    admin = await desk.administrator()
    await desk.must("PUT", "/one-time-codes/roles/manager", {"required": True}, token=admin)
    tablet = await administrators_tablet(desk)
    if way == "role":
        await tablet.must(tablet.update("org", who.person, role="manager"))
    else:
        project = await desk.service.project(tablet)
        member = await desk.service.member(tablet, project, who.person, "manager")
    body = {"refresh_token": session["refresh_token"]}
    told = await desk.must("POST", "/session/refresh", body)
    assert told["prove_by"] is not None
    await tablet.pull()
    if way == "role":
        await tablet.must(tablet.update("org", who.person, role="employee"))
    else:
        await tablet.must(tablet.delete(f"project:{project}", member))
    desk.clock.advance(hours=80)
    await end_unproved(desk)
    body = {"refresh_token": told["refresh_token"]}
    assert (await desk.must("POST", "/session/refresh", body)).get("prove_by") is None


async def test_no_longer_asking_releases_the_sessions(desk: Desk) -> None:
    """An administrator who changes their mind ends nobody's day."""
    who = await desk.somebody("manager")
    session = (await desk.login(who))["session"]
    admin = await desk.administrator()
    for required in (True, False):
        body = {"required": required}
        await desk.must("PUT", "/one-time-codes/roles/manager", body, token=admin)
    desk.clock.advance(hours=80)
    await end_unproved(desk)
    body = {"refresh_token": session["refresh_token"]}
    assert (await desk.must("POST", "/session/refresh", body)).get("prove_by") is None


async def test_a_person_made_by_a_tablet_has_no_session_to_end(desk: Desk) -> None:
    """Made inactive, or made and deleted at once: nothing fails."""
    tablet = await administrators_tablet(desk)
    person = "0190a0de-0000-7000-8000-0000000000bb"
    values = {"name": "N", "login": "n", "role": "employee", "active": False}
    await tablet.must(Change("org", "person", person, "create", after=values))


async def end_unproved(desk: Desk) -> None:
    """Let the clocked job look."""
    (job,) = [one for one in JOBS if one.name == "sessions_unproved"]
    async with open_context(desk.service.settings, desk.clock) as context:
        await run_if_due(context, job, always=True)
