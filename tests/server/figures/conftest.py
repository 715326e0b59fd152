"""A site in XAF with four tasks over ten days each and a budget of two lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec import Struct

from tests.server.site import Device, Site, new_id, open_site

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import AsyncIterator

    from server.settings import Settings
    from sync.changes import Change

_DAYS = "SELECT day, amount FROM figure_day WHERE project_id = $1 AND figure = $2 AND amount <> 0"


class Yard(Struct):
    """A project with tasks and money, and those who work with it."""

    site: Site
    manager: Device
    accountant: Device
    supervisor: Device
    crew: Device
    budget: str
    lines: tuple[str, str]
    """The first is for the first two tasks' summary, the second for everything."""
    summary: str
    tasks: tuple[str, ...]

    async def days(self, figure: str) -> dict[dt.date, int]:
        """Return a figure by day."""
        records = await self.site.pool.fetch(_DAYS, self.site.project, figure)
        return {one["day"]: one["amount"] for one in records}

    async def earned(self) -> int:
        """Return what was earned on all days."""
        return sum((await self.days("earned")).values())

    async def take_baseline(self, name: str = "B0") -> str:
        """Take a baseline and return its id."""
        # As devices make them, later ids are larger.
        moment = f"{self.site.clock.now_ms:012x}"
        baseline = f"{moment[:8]}-{moment[8:]}-7{new_id()[15:]}"
        await self.supervisor.must(
            self.site.create("baseline", baseline, name=name, author_id=self.supervisor.person)
        )
        return baseline

    async def report(self, task: str, **values: Any) -> None:
        """Say how a task goes, now."""
        await self.crew.must(await self.site.update("task", task, **values))

    def expense(self, amount: int, **values: Any) -> Change:
        """Record an expense."""
        known: dict[str, Any] = {
            "date": "2026-03-01",
            "amount": amount,
            "currency": "XAF",
            "status": "submitted",
            "author_id": self.crew.person,
        }
        return self.site.create(
            "expense", values.pop("id", None) or new_id(), **{**known, **values}
        )


@pytest.fixture
async def yard(settings: Settings) -> AsyncIterator[Yard]:
    async with open_site(settings) as site:
        yield await open_yard(site)


async def open_yard(site: Site) -> Yard:
    """Make the site's people, tasks and budget."""
    manager = await site.person("manager")
    await site.open_project(manager, start="2026-02-01", finish="2026-03-31")
    supervisor = await site.person("supervisor", "supervisor")
    budget, lines, summary = new_id(), (new_id(), new_id()), new_id()
    tasks = tuple(sorted(new_id() for _ in range(4)))
    dates = {"planned_start": "2026-02-20T07:00", "planned_finish": "2026-03-01T18:00"}
    later = {"planned_start": "2026-03-02T07:00", "planned_finish": "2026-03-11T18:00"}
    await manager.must(
        site.create("task", summary, name="Pieux", kind="summary"),
        *(
            site.create(
                "task",
                task,
                name=f"Tâche {number}",
                kind="task",
                status="todo",
                parent_id=summary if number < 2 else None,
                weight=3 if number == 0 else 1,
                **(dates if number % 2 == 0 else later),
            )
            for number, task in enumerate(tasks)
        ),
        site.create("budget", budget, name="Budget", currency="XAF", amount=100_000),
        site.create(
            "budget_line", lines[0], budget_id=budget, cost_code="A", amount=40_000, task_id=summary
        ),
        site.create("budget_line", lines[1], budget_id=budget, cost_code="B", amount=60_000),
    )
    return Yard(
        site,
        manager,
        await site.person("accountant"),
        supervisor,
        await site.person("employee", "employee"),
        budget,
        lines,
        summary,
        tasks,
    )
