"""A person acts through a route: judged like a push, having seen the rows as they stand."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from server.errors import ProblemError
from server.intake import Proposal
from sync.changes import Problem
from tests.server.site import Device, Site, new_id, open_site
from tests.serving import project_created, task_created

if TYPE_CHECKING:
    from server.settings import Settings
    from tests.serving import Service


async def _opened(site: Site) -> tuple[Device, str]:
    """Make a project with a task; return its manager and the task."""
    manager = await site.person("manager")
    await site.open_project(manager)
    task = new_id()
    await manager.must(site.create("task", task, name="Soudure", kind="task", status="todo"))
    return manager, task


def _on(site: Site, task: str, **after: Any) -> Proposal:
    return Proposal(site.scope("project"), "task", task, after)


async def test_an_act_is_merged_under_the_person_and_a_replica_of_the_servers(
    settings: Settings,
) -> None:
    """The row, its history and its author are those of a push; the device is the server."""
    async with open_site(settings) as site:
        manager, task = await _opened(site)
        answer = await site.intake.act(
            manager.person, [_on(site, task, name="Soudure 2")], intent="task.rename"
        )
        assert answer.status == "merged"
        assert await site.value(task, "name") == "Soudure 2"
        record = await site.pool.fetchrow(
            """
            SELECT change.person_id::text AS person, change.intent, replica.name, replica.office
            FROM change_log AS change JOIN replica ON replica.id = change.replica
            WHERE change.row_id = $1 ORDER BY change.seq DESC LIMIT 1
            """,
            task,
        )
        assert record is not None
        assert tuple(record) == (manager.person, "task.rename", "En ligne", True)


async def test_acts_see_what_stands_and_race_nothing(settings: Settings) -> None:
    """Ten at once from one person, on one row, while a tablet pushes: no conflict, one replica."""
    async with open_site(settings) as site:
        manager, task = await _opened(site)
        change = await site.update("task", task, hours_spent_minutes=30)
        acts = [
            site.intake.act(manager.person, [_on(site, task, code=f"T{one}")], intent="test")
            for one in range(10)
        ]
        answers = await asyncio.gather(*acts, manager.must(change))
        assert {one.status for one in answers if one is not None} == {"merged"}
        assert await site.pool.fetchval("SELECT count(*) FROM conflict") == 0
        offices = await site.pool.fetch("SELECT last_counter FROM replica WHERE office")
        assert [one["last_counter"] for one in offices] == [10]


@pytest.mark.parametrize(
    ("after", "status", "code"),
    [
        ({"name": None}, 400, "value_invalid"),
        ({"critical": True}, 400, "field_read_only"),
        ({"status": "verified"}, 409, "transition_forbidden"),
        ({"parent_id": new_id()}, 400, "reference_missing"),
    ],
)
async def test_a_refused_act_is_a_problem_and_leaves_nothing(
    settings: Settings, after: dict[str, Any], status: int, code: str
) -> None:
    """What refuses a change set refuses the request, with a status, and all that came with it."""
    async with open_site(settings) as site:
        manager, task = await _opened(site)
        other = new_id()
        made = {"project_id": site.project, "name": "Autre", "kind": "task"}
        with pytest.raises(ProblemError) as refused:
            await site.intake.act(
                manager.person,
                [
                    Proposal(site.scope("project"), "task", other, made, "create"),
                    _on(site, task, **after),
                ],
                intent="test",
            )
        assert (refused.value.error.status, refused.value.error.code) == (status, code)
        assert await site.pool.fetchval("SELECT count(*) FROM task WHERE id = $1", other) == 0
        assert await site.pool.fetchval("SELECT count(*) FROM rejection") == 0


async def test_strangers_learn_nothing_by_acting(settings: Settings) -> None:
    """Whoever may not read the project is denied, whether the row is there or not."""
    async with open_site(settings) as site:
        _, task = await _opened(site)
        stranger = await site.person("employee")
        for row in (task, new_id()):
            with pytest.raises(ProblemError) as refused:
                await site.intake.act(stranger.person, [_on(site, row, name="X")], intent="test")
            assert (refused.value.error.status, refused.value.field) == (403, None)


async def test_no_device_uses_the_replica_of_the_server(service: Service) -> None:
    """It is registered by nobody and takes no push, not even of the person it acts for."""
    tablet = await service.tablet()
    project, task = await service.project(tablet), new_id()
    await tablet.must(task_created(project, task))
    act = Proposal(f"project:{project}", "task", task, {"name": "Soudure 2"})
    await service.context.intake.act(tablet.person, [act], intent="test")
    thief = tablet.twin()
    thief.replica = await service.context.pool.fetchval("SELECT id FROM replica WHERE office")
    wanted = {"replica": thief.replica, "name": "tablet", "platform": "", "app_version": ""}
    assert (await thief.post("replicas", thief.encode(wanted))).status_code == 403
    thief.counter = 1
    answer = await thief.send(thief.edit(project_created(new_id())))
    assert (answer.status_code, thief.decode(answer, Problem).code) == (403, "replica_unknown")
    listed = await tablet.get("replicas")
    assert [one["id"] for one in listed] == [tablet.replica]
