"""The nightly check: adds everything up again, says what differs, and puts it right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.budget import mend_totals, recompute
from tests.server.site import new_id

if TYPE_CHECKING:
    from tests.server.budget.conftest import Office


async def test_a_wrong_total_is_reported_and_mended_through_the_merge(office: Office) -> None:
    """Totals put wrong behind the merge's back come right, on replicas too, with their alerts."""
    site, line = office.site, office.lines[0]
    await office.crew.must(office.expense(new_id(), 300_000, line))
    await office.crew.must(office.expense(new_id(), 1_000))
    for scope, table, row, field, wrong in (
        ("finance", "budget_line", line, "spent", 450_000),
        ("finance", "budget", office.budget, "spent", 7),
        ("project", "project", site.project, "spent_off_budget", 0),
    ):
        async with site.intake.server_transaction([site.scope(scope)]) as transaction:
            await transaction.load(site.scope(scope), [row])
            write = transaction.workspace.write
            write(site.scope(scope), table, row, {field: wrong}, intent="test")
    found = await recompute(site.pool)
    assert {(one.table, one.stored, one.expected) for one in found} == {
        ("budget_line", 450_000, 300_000),
        ("budget", 7, 300_000),
        ("project", 0, 1_000),
    }
    assert await mend_totals(site.intake, site.pool) == found
    assert await office.totals() == (300_000, 0, 300_000, 1_000)
    assert await mend_totals(site.intake, site.pool) == []
    # The thousand without a line is told; the wrong totals left no alert behind.
    assert await site.standing() == {("off_budget", site.project, None)}


async def test_an_expense_waits_for_its_rate_and_is_then_counted(office: Office) -> None:
    """A budget in a currency without a rate leaves its expenses uncounted until there is one."""
    site, line, budget = office.site, new_id(), new_id()
    expense = new_id()
    await office.crew.must(office.expense(expense, 65_000, line))
    await office.manager.must(
        site.create("budget", budget, name="EUR", currency="EUR", amount=10_000),
        site.create("budget_line", line, budget_id=budget, cost_code="E", amount=10_000),
    )
    assert await site.value(expense, "amount_converted") is None
    assert await site.value(line, "spent") is None
    rate = {"currency": "EUR", "quote": "XAF", "date": "2026-01-01", "rate": "650"}
    await office.accountant.must(site.create("exchange_rate", new_id(), **rate))
    await mend_totals(site.intake, site.pool)
    assert await site.value(expense, "amount_converted") == 100_00
    assert await site.value(line, "spent") == 100_00
    assert await recompute(site.pool) == []
    assert ("budget_line_threshold", line, 100) in await site.standing()


async def test_a_rate_is_frozen_with_its_expense(office: Office) -> None:
    """A corrected rate changes what comes after it, not what was counted before."""
    site, rate, expense = office.site, new_id(), new_id()
    values = {"currency": "EUR", "quote": "XAF", "date": "2026-01-01", "rate": "650"}
    await office.accountant.must(site.create("exchange_rate", rate, **values))
    await office.crew.must(office.expense(expense, 1_00, office.lines[0], currency="EUR"))
    await office.accountant.must(await site.update("exchange_rate", rate, rate="700"))
    await office.crew.must(await site.update("expense", expense, budget_line_id=office.lines[1]))
    assert await office.totals() == (0, 650, 650, 0)
    await office.crew.must(await site.update("expense", expense, amount=2_00))
    assert await office.totals() == (0, 1_400, 1_400, 0)


async def test_an_amount_past_all_counting_is_refused(office: Office) -> None:
    """What would not fit once converted is refused with the field at fault."""
    site = office.site
    values = {"currency": "EUR", "quote": "XAF", "date": "2026-01-01", "rate": "655.957"}
    await office.accountant.must(site.create("exchange_rate", new_id(), **values))
    too_much = office.expense(new_id(), 2**53 - 1, currency="EUR")
    assert await office.crew.do(too_much) == "value_invalid"
    assert await office.totals() == (0, 0, 0, 0)
