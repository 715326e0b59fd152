"""Rows of daily work to try things on."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from tests.server.site import Device, Site, new_id, open_site

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from server.settings import Settings
    from sync.changes import Answer


_played = itertools.count(1)


def another_site(settings: Settings) -> AbstractAsyncContextManager[Site]:
    """Open a site on a database that others worked on before: an example of many."""
    return open_site(settings, first_number=100 * next(_played))


class Crew:
    """A project with its people: two supervisors, two workers."""

    def __init__(self, site: Site, chiefs: list[Device], workers: list[Device]) -> None:
        self.site = site
        self.chiefs = chiefs
        self.workers = workers

    async def make(self, table: str, by: Device, **values: Any) -> str:
        """Make a row in someone's name; return its id."""
        row = new_id()
        values = {**DRAFTS[table], **values, "author_id": by.person}
        await by.must(self.site.create(table, row, **values))
        return row

    async def task(self, **values: Any) -> str:
        """Make a task; return its id."""
        row = new_id()
        known = {"name": "Soudure", "kind": "task", "status": "todo", **values}
        await self.chiefs[0].must(self.site.create("task", row, **known))
        return row

    async def step(self, by: Device, table: str, row: str, **values: Any) -> str:
        """Change a row, having seen all; return what became of it."""
        return await by.do(await self.site.update(table, row, **values))

    async def steps(self, table: str, row: str, *moves: tuple[Device, str]) -> None:
        """Take a row through states that must all be merged."""
        for by, status in moves:
            assert await self.step(by, table, row, status=status) == "merged", status


DRAFTS: dict[str, dict[str, Any]] = {
    "punch_item": {"title": "Peinture écaillée", "status": "open"},
    "incident": {
        "kind": "near_miss",
        "severity": "serious",
        "occurred_at": "2026-03-01T09:30",
        "status": "open",
    },
    "follow_up": {"title": "Poser un garde-corps", "status": "todo"},
    "permit": {
        "kind": "hot_work",
        "title": "Découpe au chalumeau",
        "place": "Manifold 3",
        "work": "Découper l'ancienne bride.",
        "valid_from": "2026-03-01T08:00",
        "valid_until": "2026-03-01T18:00",
        "status": "requested",
    },
    "comment": {"body": "Vu."},
}


async def open_crew(site: Site) -> Crew:
    """Make the project, its supervisors and workers."""
    manager = await site.person("manager")
    await site.open_project(manager)
    chiefs = [await site.person("employee", "supervisor") for _ in range(2)]
    workers = [await site.person("employee", "employee") for _ in range(2)]
    return Crew(site, chiefs, workers)


def refusal(answers: list[Answer]) -> tuple[str, str | None, str | None]:
    """Return code, field and other row of the last answer."""
    rejection = answers[-1].rejection
    assert rejection is not None, answers[-1]
    return rejection.code, rejection.field, rejection.other
