"""Every acknowledged change set is there exactly once, whatever happens on the way."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from typing import TYPE_CHECKING

import httpx
import msgspec

from sync.changes import PushResponse
from tests.serving import Process, Service, Tablet, new_id, serve_here, serve_process, task_created

if TYPE_CHECKING:
    from server.settings import Settings

WAITING_MOST = 500
"""Change sets a test's tablet lets wait for a server that is slow to come back: one message."""


async def _assert_once(service: Service, tablets: list[Tablet], scope: str) -> None:
    """Assert that each change of each tablet is merged once, in its replica's order."""
    logged = await service.context.pool.fetch(
        "SELECT replica, counter FROM change_log JOIN scope ON scope.id = scope_id "
        "WHERE name = $1 ORDER BY seq",
        scope,
    )
    for tablet in tablets:
        counters = [one["counter"] for one in logged if one["replica"] == tablet.replica]
        assert counters == list(range(tablet.counter - len(counters) + 1, tablet.counter + 1))
        assert tablet.outbox == []
        fresh = await Tablet(service.client, tablet.person, tablet.token).register()
        await fresh.pull()
        fresh.assert_sums()
        made = {row for row in fresh.live(scope) if tablet.replica in fresh.rows[scope, row].vector}
        assert len(made) == len(counters)


async def test_a_lost_answer_is_given_again(service: Service) -> None:
    """After a cut answer, the retry gets the stored outcomes, and nothing is merged twice."""
    tablet = await service.tablet()
    project = await service.project(tablet)
    row = new_id()
    tablet.edit(task_created(project, row))
    tablet.edit(task_created(project, name=None))
    first = tablet.decode(await tablet.send(*tablet.outbox), PushResponse).answers
    again = await tablet.push()
    assert [one.status for one in again] == ["duplicate", "duplicate"]
    assert [one.stored for one in again] == [one.status for one in first]
    assert [one.rejection for one in again] == [one.rejection for one in first]
    told = await tablet.get("history", row=row)
    assert [one["operation"] for one in told if one["person"]] == ["create"]
    assert len(await tablet.get("rejections")) == 1


async def test_a_retry_with_more_goes_on(service: Service) -> None:
    """A push may repeat what is known and bring what is new."""
    tablet = await service.tablet()
    project = await service.project(tablet)
    first = tablet.edit(task_created(project))
    await tablet.send(first)
    tablet.edit(task_created(project))
    assert [one.status for one in await tablet.push()] == ["duplicate", "merged"]


async def test_the_same_push_at_once_is_merged_once(service: Service, settings: Settings) -> None:
    """Ten copies of a push, over two servers on one database, are one merge and nine duplicates."""
    async with serve_here(settings) as other:
        tablet = await service.tablet()
        project = await service.project(tablet)
        for _ in range(3):
            tablet.edit(task_created(project))
        twins = []
        for number in range(10):
            twin = tablet.twin((service, other)[number % 2].client)
            twin.replica, twin.counter, twin.outbox = tablet.replica, 4, [*tablet.outbox]
            twins.append(twin)
        answers = await asyncio.gather(*(one.push() for one in twins))
        statuses = sorted(tuple(one.status for one in each) for each in answers)
        assert statuses == [("duplicate",) * 3] * 9 + [("merged",) * 3]
        tablet.outbox = []
        await _assert_once(service, [tablet], f"project:{project}")


async def test_two_servers_share_a_database(service: Service, settings: Settings) -> None:
    """Tablets that push to two servers at once, into two scopes each, lose and repeat nothing."""
    async with serve_here(settings) as other:
        office = await service.tablet()
        projects = [await service.project(office) for _ in range(2)]
        tablets = [await service.tablet() for _ in range(6)]
        for number, tablet in enumerate(tablets):
            tablet.client = (service, other)[number % 2].client

        async def work(tablet: Tablet, seed: int) -> None:
            chance = random.Random(seed)
            for _ in range(8):
                chosen = chance.sample(projects, 2)
                tablet.edit(*(task_created(one) for one in chosen))
                if chance.random() < 0.3:
                    await tablet.send(*tablet.outbox)  # the answer is lost
                else:
                    await tablet.push()
            if tablet.outbox:
                await tablet.push()

        await asyncio.gather(*(work(one, seed) for seed, one in enumerate(tablets)))
        for project in projects:
            await _assert_once(service, tablets, f"project:{project}")


async def test_a_killed_server_loses_no_acknowledged_work(
    service: Service, settings: Settings
) -> None:
    """SIGKILL in the middle of merges, again and again: what was answered is there, once."""
    office = await service.tablet()
    project = await service.project(office)
    tablets = [await service.tablet() for _ in range(4)]
    acknowledged: dict[str, set[int]] = {one.replica: set() for one in tablets}
    stopping = asyncio.Event()

    async def work(tablet: Tablet, process: Process, seed: int) -> None:
        chance = random.Random(seed)
        async with httpx.AsyncClient(timeout=10) as client:
            tablet.client = client
            while not (stopping.is_set() and not tablet.outbox):
                if not stopping.is_set() and len(tablet.outbox) < WAITING_MOST:
                    for _ in range(chance.randint(1, 4)):
                        tablet.edit(task_created(project))
                client.base_url = httpx.URL(process.url)
                with suppress(httpx.TransportError):
                    answers = await tablet.push()
                    acknowledged[tablet.replica] |= {one.counter for one in answers}
                await asyncio.sleep(0.01)

    with serve_process(msgspec.structs.replace(settings, http_port=0)) as process:
        workers = [
            asyncio.create_task(work(one, process, seed)) for seed, one in enumerate(tablets)
        ]
        chance = random.Random(7)
        for _ in range(2):
            await asyncio.sleep(chance.uniform(0.3, 0.8))
            process.kill()
            await asyncio.to_thread(process.start)
        await asyncio.sleep(0.3)
        stopping.set()
        async with asyncio.timeout(30):
            await asyncio.gather(*workers)
    for tablet in tablets:
        assert acknowledged[tablet.replica] == set(range(1, tablet.counter + 1))
    await _assert_once(service, tablets, f"project:{project}")
