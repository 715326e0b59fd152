"""Logging out, here and everywhere; and what deactivation does to sessions."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.server.users.entering import Clock, code_of, log_in, send, try_refresh
from tests.serving import new_id, project_created

if TYPE_CHECKING:
    from tests.serving import Service


async def test_logging_out_ends_this_session_alone(service: Service) -> None:
    """After a logout neither of its tokens is good; the person's other devices go on."""
    here = await log_in(service)
    there = await log_in(service, person=here.person)
    assert (await here.ask("POST", "/api/users/session/logout", {})).json() == {"ended": 1}
    assert await here.code() == "session_ended"
    assert code_of(await try_refresh(service, here.refresh_token)) == "session_ended"
    assert await there.code() == "ok"


async def test_logging_out_needs_no_access_token(service: Service, clock: Clock) -> None:
    """A device whose access token has expired logs out with its refresh token."""
    crew = await log_in(service)
    clock.pass_(days=2)
    body = {"refresh_token": crew.refresh_token}
    answer = await send(service, "POST", "/api/users/session/logout", body)
    assert answer.json() == {"ended": 1}
    assert code_of(await try_refresh(service, crew.refresh_token)) == "session_ended"


async def test_logging_out_everywhere_voids_console_tokens_too(
    service: Service, clock: Clock
) -> None:
    """No token of the person made before is good any more, whatever it came from."""
    here = await log_in(service)
    there = await log_in(service, person=here.person)
    console = service.token(here.person)
    stranger = await log_in(service)
    clock.pass_(seconds=2)
    path = "/api/users/session/logout-everywhere"
    assert (await here.ask("POST", path, {"keep_this": True})).json() == {"ended": 1}
    assert await here.code() == "ok"
    assert await there.code() == "session_ended"
    answer = await send(service, "GET", "/api/users/session", token=console)
    assert code_of(answer) == "session_ended"
    assert await stranger.code() == "ok"
    clock.pass_(seconds=1)
    fresh = service.token(here.person)
    assert code_of(await send(service, "GET", "/api/users/session", token=fresh)) == "ok"


async def test_a_person_sees_and_ends_their_own_sessions(service: Service) -> None:
    """The list holds one's own open sessions; another's cannot be ended."""
    here = await log_in(service)
    there = await log_in(service, person=here.person)
    stranger = await log_in(service)
    listed = (await here.ask("GET", "/api/users/sessions")).json()
    assert {(one["id"], one["this"]) for one in listed} == {
        (here.tokens.session, True),
        (there.tokens.session, False),
    }
    path = f"/api/users/sessions/{there.tokens.session}"
    assert await stranger.code("DELETE", path) == "not_found"
    assert await here.code("DELETE", path) == "ok"
    assert await there.code() == "session_ended"
    assert await here.code("DELETE", "/api/users/sessions/nonsense") == "not_found"


async def test_a_new_login_on_a_device_replaces_the_persons_old_one(service: Service) -> None:
    """One person has one session on a device; a colleague's on the same one stays."""
    first = await log_in(service)
    colleague = await log_in(service, device=first.device)
    second = await log_in(service, person=first.person, device=first.device)
    assert second.device == first.device == colleague.device
    assert await first.code() == "session_ended"
    assert await second.code() == "ok"
    assert await colleague.code() == "ok"


async def test_logins_at_once_on_a_device_make_one_device(service: Service) -> None:
    """A crew that logs in at the same moment on a device with an id of its own shares one."""
    device = new_id()
    crew = [await service.person("employee") for _ in range(5)]
    found = await asyncio.gather(*(log_in(service, person=one, device=device) for one in crew))
    assert {one.device for one in found} == {device}
    assert [await one.code() for one in found] == ["ok"] * 5


async def test_pushes_and_pulls_of_an_ended_session_are_refused(service: Service) -> None:
    """A logout holds for push and pull at once, and the outbox stays where it is."""
    manager = await log_in(service, "manager")
    tablet = await manager.tablet()
    await tablet.must(project_created("00000000-0000-4000-8000-000000000001"))
    await manager.ask("POST", "/api/users/session/logout", {})
    again = await tablet.send(tablet.edit(project_created("00000000-0000-4000-8000-000000000002")))
    assert code_of(again) == "session_ended"
    pulled = await tablet.post("pull", tablet.encode({"replica": tablet.replica, "epoch": 1}))
    assert code_of(pulled) == "session_ended"
    back = await log_in(service, person=manager.person, device=manager.device)
    tablet.token = back.tokens.access_token
    (answer,) = await tablet.push()
    assert answer.status == "merged"


async def test_deactivation_ends_sessions_at_once(service: Service) -> None:
    """Who is deactivated through the directory has no session left, and none comes back."""
    leaver = await log_in(service)
    administrator = await service.tablet("administrator")
    await administrator.pull()
    await administrator.must(administrator.update("org", leaver.person, active=False))
    assert await leaver.code() == "session_ended"
    assert code_of(await try_refresh(service, leaver.refresh_token)) == "session_ended"
    await administrator.pull()
    await administrator.must(administrator.update("org", leaver.person, active=True))
    assert code_of(await try_refresh(service, leaver.refresh_token)) == "session_ended"
