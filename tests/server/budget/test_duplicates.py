"""Expenses are taken as they come, and marked for whoever approves them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from sync.tables.budget import settings_id
from tests.server.site import new_id

if TYPE_CHECKING:
    from tests.server.budget.conftest import Office


async def test_what_goes_over_its_line_is_marked(office: Office) -> None:
    """Taken and counted, with what it is over; of two of one day, the greater id bears it."""
    fits, over = sorted((new_id(), new_id()))
    await office.crew.must(office.expense(fits, 450_000, office.lines[0]))
    await office.crew.must(office.expense(over, 80_000, office.lines[0]))
    assert await office.site.value(fits, "over_budget") is None
    assert await office.site.value(over, "over_budget") == 30_000
    moved = await office.site.update("expense", over, budget_line_id=office.lines[1])
    await office.crew.must(moved)
    assert await office.site.value(over, "over_budget") is None


ALIKE = {"supplier": "Total", "amount": 5_000}


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_duplicates_are_suspected_whatever_came_first(
    office: Office, order: tuple[int, ...]
) -> None:
    """Same amount, date and supplier, or the same receipt: the later ones name the oldest."""
    rows = sorted(new_id() for _ in range(3))
    values = [
        {"supplier": "Total", "receipt_hash": "a"},
        {"supplier": " TOTAL "},
        {"supplier": "CFAO", "receipt_hash": "a"},
    ]
    for place in order:
        await office.crew.must(office.expense(rows[place], 5_000, **values[place]))
    marks = [await office.site.value(row, "duplicate_of") for row in rows]
    assert marks == [None, rows[0], rows[0]]
    await office.crew.must(await office.site.delete("expense", rows[0]))
    assert [await office.site.value(row, "duplicate_of") for row in rows[1:]] == [None, None]


async def test_a_receipt_is_asked_for_at_approval_only(office: Office) -> None:
    """From the project's amount on an expense is recorded, but not approved, without its photo."""
    site, row = office.site, new_id()
    rules = site.create("finance_settings", settings_id(site.project), receipt_required_from=5_000)
    await office.manager.must(rules)
    await office.crew.must(office.expense(row, 5_000))
    approve = await site.update("expense", row, status="approved")
    assert await office.supervisor.do(approve) == "receipt_missing"
    await office.crew.must(await site.update("expense", row, receipt_id=new_id()))
    assert await office.supervisor.do(await site.update("expense", row, status="approved")) == (
        "merged"
    )
    small = new_id()
    await office.crew.must(office.expense(small, 4_999))
    approve = await site.update("expense", small, status="approved")
    assert await office.supervisor.do(approve) == "merged"


async def test_a_draft_is_its_authors_until_it_is_handed_in(office: Office) -> None:
    """It counts as nothing, nobody decides on it, and its author hands it in."""
    row = new_id()
    await office.crew.must(office.expense(row, 5_000, office.lines[0], status="draft"))
    assert await office.totals() == (0, 0, 0, 0)
    approve = await office.site.update("expense", row, status="approved")
    assert await office.supervisor.do(approve) == "transition_forbidden"
    await office.crew.must(await office.site.update("expense", row, amount=6_000))
    await office.crew.must(await office.site.update("expense", row, status="submitted"))
    assert await office.totals() == (6_000, 0, 6_000, 0)
