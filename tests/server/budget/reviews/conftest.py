"""A project with a locked budget, its approvers, and those who ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec import Struct

from tests.server.site import DAY, Device, Site, new_id, open_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.settings import Settings
    from sync.changes import Change


class Board(Struct):
    """A project in XAF, its budget of two lines and a contingency, and its people."""

    site: Site
    manager: Device
    other_manager: Device
    supervisor: Device
    other_supervisor: Device
    accountant: Device
    budget: str
    lines: tuple[str, str]
    contingency: str

    async def rule(self, level: int, **values: Any) -> str:
        """Make a rule of approval; without more, for budget requests of any amount."""
        row = new_id()
        known: dict[str, Any] = {"name": f"Niveau {level}", "kind": "budget_request"}
        await self.manager.must(
            self.site.create("approval_rule", row, **{**known, "level": level, **values})
        )
        return row

    def request(self, row: str, amount: int, by: Device | None = None, **values: Any) -> Change:
        """Ask for an increase of the first line; submitted, unless said otherwise."""
        known: dict[str, Any] = {
            "kind": "increase",
            "title": "Avenant",
            "budget_id": self.budget,
            "budget_line_id": self.lines[0],
            "amount": amount,
            "status": "submitted",
            "author_id": (by or self.accountant).person,
        }
        return self.site.create("budget_request", row, **{**known, **values})

    async def submitted(self, amount: int, by: Device | None = None, **values: Any) -> str:
        """Submit a request and return its id."""
        row = new_id()
        await (by or self.accountant).must(self.request(row, amount, by, **values))
        return row

    async def word(
        self, by: Device, subject: str, decision: str = "approved", level: int = 1, **values: Any
    ) -> Change:
        """Give a word on what stands now."""
        wire = await self.site.stored(subject)
        known: dict[str, Any] = {
            "subject_table": wire.table,
            "subject_id": subject,
            "round": wire.values.get("round") or 1,
            "level": level,
            "amount": wire.values.get("amount") or 0,
            "decision": decision,
            "author_id": by.person,
        }
        if decision != "approved":
            known["reason"] = "Non justifié"
        return self.site.create("approval", new_id(), **{**known, **values})

    async def say(self, by: Device, subject: str, decision: str = "approved", **how: Any) -> str:
        """Give a word at once; return `merged`, or the code it was refused with."""
        return await by.do(await self.word(by, subject, decision, **how))

    async def status(self, row: str) -> str:
        """Return where a subject stands."""
        found: str = await self.site.value(row, "status")
        return found

    async def amounts(self) -> tuple[int, int, int, int]:
        """Return the amounts: of the two lines, the contingency, the budget."""
        value = self.site.value
        return (
            await value(self.lines[0], "amount"),
            await value(self.lines[1], "amount"),
            await value(self.contingency, "amount"),
            await value(self.budget, "amount"),
        )


async def open_board(site: Site) -> Board:
    """Make the project, lock its budget, name its people."""
    manager = await site.person("manager")
    await site.open_project(manager)
    budget, lines, contingency = new_id(), (new_id(), new_id()), new_id()
    await manager.must(
        site.create(
            "budget", budget, name="Budget", currency="XAF", amount=1_100_000, status="draft"
        )
    )
    await manager.must(
        *(
            site.create(
                "budget_line", line, budget_id=budget, cost_code=code, amount=amount, kind=kind
            )
            for line, code, amount, kind in (
                (lines[0], "A", 500_000, "cost"),
                (lines[1], "B", 500_000, "cost"),
                (contingency, "Z", 100_000, "contingency"),
            )
        )
    )
    await manager.must(await site.update("budget", budget, status="locked"))
    return Board(
        site,
        manager,
        await site.person("manager"),
        await site.person("employee", "supervisor"),
        await site.person("employee", "supervisor"),
        await site.person("accountant"),
        budget,
        lines,
        contingency,
    )


@pytest.fixture
async def board(settings: Settings) -> AsyncIterator[Board]:
    async with open_site(settings) as site:
        yield await open_board(site)


__all__ = ["DAY", "Board", "open_board"]
