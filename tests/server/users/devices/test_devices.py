"""Devices through HTTP: what is known of each, who manages which, and the quick user switch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.changes import Waiting
from tests.server.users.entering import Clock, code_of, log_in, try_refresh
from tests.serving import new_id, project_created

if TYPE_CHECKING:
    from tests.serving import Service


async def test_a_device_shows_what_its_replicas_report(service: Service, clock: Clock) -> None:
    """Name, version, people, last sync, unsent work and clock skew come with every push."""
    manager = await log_in(service, "manager")
    colleague = await log_in(service, device=manager.device)
    tablet = await manager.tablet()
    ahead = clock.ms + 90_000
    await tablet.send(
        tablet.edit(project_created(new_id())),
        sent_at=ahead,
        waiting=Waiting(change_sets=7, oldest=clock.ms * 1000, upload_bytes=1_000),
    )
    (shown,) = (await manager.ask("GET", "/api/users/devices")).json()
    assert (shown["id"], shown["name"], shown["platform"]) == (
        manager.device,
        "Tablette",
        "android",
    )
    assert shown["waiting_change_sets"] == 7
    assert shown["waiting_upload_bytes"] == 1_000
    assert shown["clock_offset_ms"] == 90_000
    assert shown["last_sync_at"] is not None
    assert {one["person"] for one in shown["people"]} == {manager.person, colleague.person}
    assert shown["revoked_at"] is None


async def test_each_sees_their_own_and_leaders_see_all(service: Service) -> None:
    """A crew member sees the devices they work on; the list of all is for those who lead."""
    crew = await log_in(service)
    other = await log_in(service)
    administrator = await log_in(service, "administrator")
    mine = (await crew.ask("GET", "/api/users/devices/mine")).json()
    assert [one["id"] for one in mine] == [crew.device]
    assert await crew.code("GET", "/api/users/devices") == "forbidden"
    everyone = (await administrator.ask("GET", "/api/users/devices")).json()
    assert {crew.device, other.device, administrator.device} == {one["id"] for one in everyone}


async def test_a_shared_device_is_not_one_persons_to_revoke(service: Service) -> None:
    """Who is alone on a device may rename and revoke it; a crew's device is for those who lead."""
    alone = await log_in(service)
    shared = await log_in(service)
    await log_in(service, device=shared.device)
    renamed = await alone.ask(
        "PATCH", f"/api/users/devices/{alone.device}", {"name": "Ma tablette"}
    )
    assert renamed.json()["name"] == "Ma tablette"
    assert await shared.code("POST", f"/api/users/devices/{shared.device}/revoke") == "not_found"
    assert await shared.code("POST", f"/api/users/devices/{alone.device}/revoke") == "not_found"
    assert await shared.code("POST", "/api/users/devices/nonsense/revoke") == "not_found"
    assert await alone.code("POST", f"/api/users/devices/{alone.device}/revoke") == "ok"
    assert await alone.code() == "device_revoked"


async def test_people_switch_on_a_shared_device(service: Service) -> None:
    """Each has a session and a replica of their own; the device knows who set a PIN."""
    first = await log_in(service)
    second = await log_in(service, device=first.device)
    assert first.tokens.session != second.tokens.session
    assert (await first.ask("PUT", "/api/users/session/pin")).json()["pin_set_at"] is not None
    here = (await second.ask("GET", "/api/users/session")).json()
    assert {(one["person"], one["pin_set_at"] is not None) for one in here["people"]} == {
        (first.person, True),
        (second.person, False),
    }
    mine, theirs = await first.tablet(), await second.tablet()
    assert code_of(await mine.send(mine.edit(project_created(new_id())))) == "ok"
    stolen = await theirs.post("pull", theirs.encode({"replica": mine.replica, "epoch": 1}))
    assert code_of(stolen) == "replica_unknown"
    pushed = await theirs.send(theirs.edit(project_created(new_id())), replica=mine.replica)
    assert code_of(pushed) == "replica_unknown"


async def test_a_forgotten_pin_is_reset_by_who_leads(service: Service, clock: Clock) -> None:
    """A reset PIN is void and its person logs in anew on that device, on no other."""
    crew = await log_in(service)
    colleague = await log_in(service, device=crew.device)
    elsewhere = await log_in(service, person=crew.person)
    administrator = await log_in(service, "administrator")
    await crew.ask("PUT", "/api/users/session/pin")
    clock.pass_(seconds=5)
    path = f"/api/users/devices/{crew.device}/people/{crew.person}/reset-pin"
    assert await colleague.code("POST", path) == "forbidden"
    assert (await administrator.ask("POST", path)).json() == {"ended": 1}
    assert code_of(await try_refresh(service, crew.refresh_token)) == "session_ended"
    assert await colleague.code() == "ok"
    assert await elsewhere.code() == "ok"
    back = await (await log_in(service, person=crew.person, device=crew.device)).refresh()
    assert back.tokens.pin_reset_at == clock.ms
