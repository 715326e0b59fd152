"""The server numbers tasks, incidents, punch items, permits: unique in a project, never reused."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.server.projects.fieldwork import DRAFTS, Crew, open_crew
from tests.server.site import Device, count_statements, new_id, open_site

if TYPE_CHECKING:
    from server.settings import Settings
    from sync.changes import ChangeSet


def _incidents(crew: Crew, by: Device, count: int) -> list[ChangeSet]:
    values = {**DRAFTS["incident"], "author_id": by.person}
    return [by.change_set(crew.site.create("incident", new_id(), **values)) for _ in range(count)]


async def test_pushes_at_once_get_numbers_without_gap_or_repetition(settings: Settings) -> None:
    """Four tablets push ten each at the same moment, through one group or several: 1 to 40."""
    async with open_site(settings) as site:
        crew = await open_crew(site)
        people = [*crew.chiefs, *crew.workers]
        await asyncio.gather(
            *(by.push(*_incidents(crew, by, 5)) for by in people),
        )
        await asyncio.gather(*(by.push(*_incidents(crew, by, 5)) for by in people))
        records = await site.pool.fetch("SELECT number FROM incident ORDER BY number")
        assert [one["number"] for one in records] == [*range(1, 41)]
        assert await site.value(site.project, "last_incident_number") == 40


async def test_a_number_is_never_given_again(settings: Settings) -> None:
    """What is deleted takes its number along; what is restored still has it; tables count apart."""
    async with open_site(settings) as site:
        crew = await open_crew(site)
        first = await crew.task()
        await crew.chiefs[0].must(await site.delete("task", first))
        second = await crew.task()
        punch = await crew.make("punch_item", crew.workers[0])
        assert [await site.value(one, "number") for one in (first, second, punch)] == [1, 2, 1]
        name = await site.value(first, "name")
        assert await crew.step(crew.chiefs[0], "task", first, name=name) == "merged"
        assert await site.value(first, "number") == 1
        assert await site.value(site.project, "last_task_number") == 2


async def test_a_merge_writes_the_project_once_and_nothing_where_nothing_is_made(
    settings: Settings,
) -> None:
    """Fifty tasks cost one write of the project; progress on them asks nothing of it."""
    async with open_site(settings) as site:
        crew = await open_crew(site)
        chief, rows = crew.chiefs[0], [new_id() for _ in range(50)]
        made = [site.create("task", row, name="T", kind="task", status="todo") for row in rows]
        before = await site.pool.fetchval(
            "SELECT count(*) FROM change_log WHERE row_id = $1", site.project
        )
        await chief.must(*made)
        after = await site.pool.fetchval(
            "SELECT count(*) FROM change_log WHERE row_id = $1", site.project
        )
        assert after - before == 1
        async with count_statements(site) as statements:
            await chief.must(await site.update("task", rows[0], progress=500))
        assert not any("INSERT INTO project " in one for one in statements)
        assert await site.value(site.project, "last_task_number") == 50


async def test_numbers_are_the_servers_alone(settings: Settings) -> None:
    """A tablet that sends a number is refused."""
    async with open_site(settings) as site:
        crew = await open_crew(site)
        values = {**DRAFTS["incident"], "author_id": crew.workers[0].person, "number": 7}
        answer = await crew.workers[0].do(site.create("incident", new_id(), **values))
        assert answer == "field_read_only"
