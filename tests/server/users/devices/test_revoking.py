"""A revoked device: dead tokens, work handed in and held, the wipe and its receipt."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
from websockets.asyncio.client import connect

from sync.changes import LiveBye, LiveHello, LiveReady, Poke
from sync.replica import Edit, Replica, synchronise
from sync.replica.http import HttpTransport
from tests.server.users.entering import (
    Clock,
    Visitor,
    code_of,
    log_in,
    send,
    try_refresh,
)
from tests.serving import Tablet, new_id, project_created, serve_here, serve_process, task_created

if TYPE_CHECKING:
    from pathlib import Path

    from server.settings import Settings
    from tests.serving import Service


async def revoke(service: Service, device: str) -> Visitor:
    """Have an administrator revoke a device."""
    administrator = await log_in(service, "administrator")
    answer = await administrator.ask("POST", f"/api/users/devices/{device}/revoke")
    assert answer.status_code == 200, answer.text
    return administrator


async def hand_over_token(service: Service, lost: Visitor) -> str:
    """Return what a revoked device gets for its refresh token."""
    body = {"refresh_token": lost.refresh_token}
    answer = await send(service, "POST", "/api/users/session/hand-over", body)
    assert answer.status_code == 200, answer.text
    token: str = answer.json()["access_token"]
    return token


async def test_revoking_kills_every_token_of_the_device_at_once(service: Service) -> None:
    """Access and refresh tokens of everyone on it are dead; other devices go on."""
    lost = await log_in(service)
    colleague = await log_in(service, device=lost.device)
    elsewhere = await log_in(service, person=lost.person)
    await revoke(service, lost.device)
    for one in (lost, colleague):
        assert await one.code() == "device_revoked"
        assert code_of(await try_refresh(service, one.refresh_token)) == "device_revoked"
        assert await one.code("POST", "/api/sync/live-ticket") == "device_revoked"
    assert await elsewhere.code() == "ok"


async def test_work_of_a_revoked_device_is_held_and_then_merged_by_a_leader(
    service: Service, clock: Clock
) -> None:
    """It hands in what was unsent: nothing is merged until a leader lets it in, then all is."""
    manager = await log_in(service, "manager")
    tablet = await manager.tablet()
    project, task = new_id(), new_id()
    await tablet.must(project_created(project))
    await tablet.pull()
    tablet.edit(task_created(project, task, name="Avant"))
    tablet.edit(project_created(new_id()))
    tablet.edit(tablet.update(f"project:{project}", project, name="Plateforme Nord"))
    administrator = await revoke(service, manager.device)

    clock.pass_(days=20)
    tablet.token = await hand_over_token(service, manager)
    answers = await tablet.push()
    assert [one.rejection.code for one in answers if one.rejection] == ["change_set_held"] * 3
    watcher = await service.tablet("manager")
    await watcher.pull()
    assert task not in watcher.live(f"project:{project}")

    await administrator.refresh()
    waiting = (await administrator.ask("GET", "/api/users/devices/held")).json()
    assert [one["counter"] for one in waiting] == [2, 3, 4]
    assert waiting[0]["change_set"]["changes"][0]["after"]["name"] == "Avant"
    (shown,) = [
        one
        for one in (await administrator.ask("GET", "/api/users/devices")).json()
        if one["id"] == manager.device
    ]
    assert shown["held"] == 3

    path = f"/api/users/devices/held/{tablet.replica}"
    assert await (await log_in(service)).code("POST", path) != "ok"
    released = (await administrator.ask("POST", path, {"decision": "merge"})).json()
    assert [one["status"] for one in released["answers"]] == ["merged"] * 3
    await watcher.pull()
    assert watcher.live(f"project:{project}")[task].values["name"] == "Avant"
    assert watcher.live(f"project:{project}")[project].values["name"] == "Plateforme Nord"
    assert (await administrator.ask("POST", path, {"decision": "merge"})).status_code == 404
    assert (await administrator.ask("GET", "/api/users/devices/held")).json() == []


async def test_a_merge_of_held_work_that_was_cut_short_goes_on(service: Service) -> None:
    """A server that died between the decision and its record merges nothing twice."""
    manager = await log_in(service, "manager")
    tablet = await manager.tablet()
    project = new_id()
    tablet.edit(project_created(project))
    administrator = await revoke(service, manager.device)
    await tablet.push()
    path = f"/api/users/devices/held/{tablet.replica}"
    await administrator.ask("POST", path, {"decision": "merge"})
    await service.context.pool.execute("UPDATE held_change_set SET outcome = NULL")
    again = (await administrator.ask("POST", path, {"decision": "merge"})).json()
    assert [(one["status"], one["stored"]) for one in again["answers"]] == [("duplicate", "merged")]


async def test_discarded_work_stays_on_record(service: Service) -> None:
    """What a leader lets go is not merged, and who let it go can be read."""
    manager = await log_in(service, "manager")
    tablet = await manager.tablet()
    tablet.edit(project_created(new_id()))
    administrator = await revoke(service, manager.device)
    await tablet.push()
    path = f"/api/users/devices/held/{tablet.replica}"
    assert (await administrator.ask("POST", path, {"decision": "discard"})).json()["decided"] == 1
    assert (await administrator.ask("GET", "/api/users/devices/held")).json() == []
    kind = "SELECT kind FROM activity WHERE kind = 'held_work_discarded'"
    assert await service.context.pool.fetchval(kind) is not None
    assert await service.context.pool.fetchval("SELECT count(*) FROM project") == 0


async def test_pull_says_wipe_and_nothing_else(service: Service) -> None:
    """With its dead access token, or the hand-over token, a pull gives the order and no row."""
    manager = await log_in(service, "manager")
    tablet = await manager.tablet()
    await tablet.must(project_created(new_id()))
    await revoke(service, manager.device)
    for token in (tablet.token, await hand_over_token(service, manager)):
        tablet.token = token
        found = await tablet.pull_once()
        assert (found.wipe, found.pages, found.snapshots, found.withdrawn) == (True, [], [], [])


async def test_the_hand_over_token_opens_nothing_else(service: Service, clock: Clock) -> None:
    """It neither reads records nor opens a live link nor reaches a replica of another device."""
    lost = await log_in(service, "manager")
    elsewhere = await log_in(service, person=lost.person)
    healthy = await elsewhere.tablet()
    await revoke(service, lost.device)
    token = await hand_over_token(service, lost)
    for method, path in (
        ("GET", "/api/users/session"),
        ("GET", "/api/users/devices"),
        ("GET", "/api/sync/conflicts"),
        ("POST", "/api/sync/live-ticket"),
    ):
        assert code_of(await send(service, method, path, token=token)) == "device_revoked"
    own, healthy.token = healthy.token, token
    assert code_of(await healthy.send(healthy.edit(project_created(new_id())))) == "device_revoked"
    body = healthy.encode({"replica": healthy.replica, "name": "x"})
    assert code_of(await healthy.post("replicas", body)) == "replica_unknown"
    healthy.token = own
    (answer,) = await healthy.push()
    assert answer.status == "merged"
    clock.pass_(seconds=20 * 60)
    assert code_of(await send(service, "GET", "/api/users/session", token=token)) == (
        "unauthenticated"
    )


async def test_only_a_revoked_devices_refresh_token_hands_over(service: Service) -> None:
    """A healthy device, or nonsense, gets no hand-over token."""
    crew = await log_in(service)
    for token in (crew.refresh_token, "derrick_r_nonsense"):
        answer = await send(
            service, "POST", "/api/users/session/hand-over", {"refresh_token": token}
        )
        assert code_of(answer) == "unauthenticated"


async def test_work_under_an_id_not_registered_yet_is_handed_in_too(service: Service) -> None:
    """A replica made offline, and first seen after the revocation, is registered to be emptied."""
    lost = await log_in(service, "manager")
    await revoke(service, lost.device)
    token = await hand_over_token(service, lost)
    tablet = await Tablet(service.client, lost.person, token).register()
    assert await tablet.do(project_created(new_id())) == "change_set_held"
    assert (await tablet.pull_once()).wipe


async def test_the_wipe_receipt_is_recorded(service: Service) -> None:
    """A wiped device says so, with a dead token; a healthy one cannot."""
    lost = await log_in(service)
    assert await said_wiped(lost) == "forbidden"
    administrator = await revoke(service, lost.device)
    assert await said_wiped(lost) == "ok"
    (shown,) = [
        one
        for one in (await administrator.ask("GET", "/api/users/devices")).json()
        if one["id"] == lost.device
    ]
    assert shown["wipe_requested_at"] is not None
    assert shown["wiped_at"] is not None
    kinds = await service.context.pool.fetch("SELECT kind FROM activity ORDER BY id")
    assert [one["kind"] for one in kinds][-2:] == ["device_revoked", "device_wiped"]


async def said_wiped(visitor: Visitor) -> str:
    """Say that the device wiped itself; return `ok` or the code of the refusal."""
    return code_of(await visitor.ask("POST", "/api/users/devices/wiped", {"replicas": []}))


async def test_a_revoked_device_comes_back_as_a_new_one(service: Service) -> None:
    """A login on it registers a new device, naming the one it was; its old replica stays dead."""
    lost = await log_in(service, "manager")
    tablet = await lost.tablet()
    await revoke(service, lost.device)
    back = await log_in(service, person=lost.person, device=lost.device)
    assert back.device != lost.device
    (shown,) = [
        one
        for one in (await back.ask("GET", "/api/users/devices/mine")).json()
        if one["id"] == back.device
    ]
    assert shown["replaces"] == lost.device
    assert await back.code() == "ok"
    tablet.token = back.tokens.access_token
    assert await tablet.do(project_created(new_id())) == "change_set_held"
    fresh = await back.tablet()
    await fresh.must(project_created(new_id()))


async def test_the_replica_hands_in_its_work_and_wipes_itself(
    service: Service, tmp_path: Path
) -> None:
    """The real client, told by its pull, pushes what waits and erases everything."""
    lost = await log_in(service, "manager")
    replica = Replica.create(
        tmp_path / "replica.sqlite",
        server="http://derrick.test",
        person="someone",
        name="test",
        clock=service.context.wall_ms,
        random=os.urandom,
    )
    token = lost.tokens.access_token
    transport = HttpTransport("http://derrick.test", token=lambda: token, client=service.client)
    await synchronise(replica, transport)
    values = {"code": "P1", "name": "Plateforme", "currency": "XAF", "status": "draft"}
    replica.edit("project.create", [Edit("project", operation="create", after=values)])
    await revoke(service, lost.device)
    token = await hand_over_token(service, lost)
    report = await synchronise(replica, transport)
    assert report.wiped
    assert await service.context.pool.fetchval("SELECT count(*) FROM held_change_set") == 1
    replica.close()


async def test_live_links_are_closed_with_a_goodbye_on_every_server(settings: Settings) -> None:
    """Revoking on one server closes the device's open sockets on another; others stay open."""
    with serve_process(settings) as process:
        async with serve_here(settings) as service:
            lost = await log_in(service, "manager")
            elsewhere = await log_in(service, person=lost.person)
            url = process.url.replace("http", "ws", 1) + "/api/sync/live"
            async with (
                httpx.AsyncClient(base_url=process.url) as client,
                connect(url) as dying,
                connect(url) as staying,
            ):
                await _greet(client, dying, lost)
                await _greet(client, staying, elsewhere)
                await revoke(service, lost.device)
                async with asyncio.timeout(20):
                    assert await _until_bye(dying) == "device_revoked"
                tablet = await elsewhere.tablet()
                await tablet.must(project_created(new_id()))
                async with asyncio.timeout(20):
                    assert isinstance(await _next(staying), Poke)


async def _greet(client: httpx.AsyncClient, socket: Any, visitor: Visitor) -> None:
    headers = {"authorization": f"Bearer {visitor.tokens.access_token}"}
    answer = await client.post("/api/sync/live-ticket", headers=headers)
    assert answer.status_code == 200, answer.text
    await socket.send(msgspec.json.encode(LiveHello(answer.json()["ticket"])).decode())
    assert isinstance(await _next(socket), LiveReady)


async def _next(socket: Any) -> LiveReady | Poke | LiveBye:
    return msgspec.json.decode(await socket.recv(), type=LiveReady | Poke | LiveBye)


async def _until_bye(socket: Any) -> str:
    while True:
        message = await _next(socket)
        if isinstance(message, LiveBye):
            return message.code


async def test_refreshes_that_meet_a_revocation_are_answered(service: Service) -> None:
    """Whichever comes first, every refresh gets an answer, and none is good afterwards."""
    crew = [await log_in(service)]
    crew += [await log_in(service, device=crew[0].device) for _ in range(7)]
    _, found = await asyncio.gather(
        revoke(service, crew[0].device),
        asyncio.gather(*(try_refresh(service, one.refresh_token) for one in crew)),
    )
    assert {one.status_code for one in found} <= {200, 401, 403}
    for one in crew:
        assert code_of(await try_refresh(service, one.refresh_token)) == "device_revoked"
        assert await one.code() == "device_revoked"
