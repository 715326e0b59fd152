"""A site with people of every role, and a budget of two lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec import Struct

from tests.server.site import Device, Site, new_id, open_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.settings import Settings


class Office(Struct):
    """A project in XAF with a budget of two lines, and those who work with it."""

    site: Site
    manager: Device
    accountant: Device
    supervisor: Device
    crew: Device
    chief: Device
    """An administrator."""
    budget: str
    lines: tuple[str, str]

    def expense(self, expense: str, amount: int, line: str | None = None, **values: Any) -> Any:
        """Record an expense of the crew's."""
        known: dict[str, Any] = {
            "date": "2026-03-01",
            "amount": amount,
            "currency": "XAF",
            "status": "submitted",
            "author_id": self.crew.person,
        }
        if line is not None:
            known["budget_line_id"] = line
        return self.site.create("expense", expense, **{**known, **values})

    async def totals(self) -> tuple[int, int, int, int]:
        """Return what was spent: of each line, of the budget, off budget."""
        value = self.site.value
        return (
            await value(self.lines[0], "spent") or 0,
            await value(self.lines[1], "spent") or 0,
            await value(self.budget, "spent") or 0,
            await value(self.site.project, "spent_off_budget") or 0,
        )

    async def begin_anew(self) -> Office:
        """Turn to a fresh project with such a budget, on the same database."""
        self.site.project = new_id()
        await self.site.open_project(self.manager)
        self.budget, self.lines = await make_budget(self.site, self.manager)
        return self


async def make_budget(site: Site, manager: Device) -> tuple[str, tuple[str, str]]:
    """Make a budget of two lines; return their ids."""
    budget, lines = new_id(), (new_id(), new_id())
    await manager.must(
        site.create("budget", budget, name="Budget", currency="XAF", amount=1_000_000)
    )
    await manager.must(
        *(
            site.create("budget_line", line, budget_id=budget, cost_code=code, amount=500_000)
            for line, code in zip(lines, ("A", "B"), strict=True)
        )
    )
    return budget, lines


@pytest.fixture
async def office(settings: Settings) -> AsyncIterator[Office]:
    async with open_site(settings) as site:
        manager = await site.person("manager")
        await site.open_project(manager)
        budget, lines = await make_budget(site, manager)
        yield Office(
            site,
            manager,
            await site.person("accountant"),
            await site.person("employee", "supervisor"),
            await site.person("employee", "employee"),
            await site.person("administrator"),
            budget,
            lines,
        )
