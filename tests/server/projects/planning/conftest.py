"""A site with a project, a planner and a crew, and its schedule computed on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest_asyncio

from server.projects import recompute_next
from tests.server.site import Device, Site, new_id, open_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.settings import Settings

MONDAY = "2026-03-02T08:00"


class Plan:
    """A project to plan."""

    def __init__(self, site: Site, planner: Device, crew: Device) -> None:
        self.site = site
        self.planner = planner
        self.crew = crew

    async def task(self, name: str, days: float = 1, **values: Any) -> str:
        """Make a task of some office days."""
        row = new_id()
        known = {"name": name, "kind": "task", "duration_minutes": round(days * 480)}
        await self.planner.must(self.site.create("task", row, **{**known, **values}))
        return row

    async def link(self, predecessor: str, successor: str, **values: Any) -> str:
        """Tie two tasks, finish to start unless said otherwise."""
        row = new_id()
        ends = {"predecessor_id": predecessor, "successor_id": successor, "kind": "finish_start"}
        await self.planner.must(self.site.create("task_link", row, **{**ends, **values}))
        return row

    async def change(self, table: str, row: str, **values: Any) -> None:
        """Change a row as the planner."""
        await self.planner.must(await self.site.update(table, row, **values))

    async def compute(self) -> int:
        """Do what a worker does until nothing is due; return how often it had something to do."""
        site = self.site
        rounds = 0
        while await recompute_next(site.pool, site.intake, site.settings, site.clock()):
            rounds += 1
        return rounds

    async def dates(self, row: str) -> tuple[Any, ...]:
        """Return a task's early dates, total float, and whether it is critical."""
        values = (await self.site.stored(row)).values
        names = ("early_start", "early_finish", "total_float_minutes", "critical")
        return tuple(values.get(name) for name in names)


@pytest_asyncio.fixture
async def plan(settings: Settings) -> AsyncIterator[Plan]:
    """Open a project with a data date, whose planner is a supervisor."""
    async with open_site(settings) as site:
        manager = await site.person("manager")
        await site.open_project(manager, data_date=MONDAY)
        planner = await site.person("employee", member="supervisor")
        crew = await site.person("employee", member="employee")
        yield Plan(site, planner, crew)
