"""Orders commit the money; what is spent and invoiced against them is never counted twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.budget import recompute
from tests.server.budget.papers import approved_bill, approved_order, bill, order, word
from tests.server.site import new_id

if TYPE_CHECKING:
    from tests.server.budget.conftest import Office


async def figures(office: Office) -> tuple[int, int, int]:
    """Return spent, committed and forecast of the first line; all must equal a full sum."""
    assert await recompute(office.site.pool) == []
    values = (await office.site.stored(office.lines[0])).values
    return (
        values.get("spent") or 0,
        values.get("committed") or 0,
        values.get("forecast") or 0,
    )


async def test_an_approved_order_commits_until_it_is_spent(office: Office) -> None:
    """What expenses and invoices take of an order is spent and no longer committed; never both."""
    row = await approved_order(office, 300_000)
    assert await figures(office) == (0, 300_000, 500_000)
    expense = new_id()
    await office.crew.must(office.expense(expense, 50_000, office.lines[0], order_id=row))
    assert await figures(office) == (50_000, 250_000, 500_000)
    invoice = await approved_bill(office, 120_000, order_id=row)
    assert await figures(office) == (170_000, 130_000, 500_000)
    await office.accountant.must(await office.site.update("expense", expense, status="approved"))
    assert await office.site.value(row, "invoiced") == 170_000
    credit = {"kind": "credit_note", "corrects_id": invoice, "order_id": row}
    await approved_bill(office, 20_000, **credit)
    assert await figures(office) == (150_000, 150_000, 500_000)


async def test_more_than_was_ordered_commits_nothing(office: Office) -> None:
    """An order that is overspent has nothing left to come, and closing one lets the rest go."""
    row = await approved_order(office, 300_000)
    await office.crew.must(office.expense(new_id(), 400_000, office.lines[0], order_id=row))
    assert await figures(office) == (400_000, 0, 500_000)
    other = await approved_order(office, 200_000)
    assert await figures(office) == (400_000, 200_000, 600_000)
    change = await office.site.update("purchase_order", other, status="closed")
    await office.manager.must(change)
    assert await figures(office) == (400_000, 0, 500_000)


async def test_a_closed_order_is_reopened_by_who_closes(office: Office) -> None:
    """It commits again what it has not used, in its place in the budget; its review stands."""
    row = await approved_order(office, 300_000)
    update = office.site.update
    await office.crew.must(office.expense(new_id(), 100_000, office.lines[0], order_id=row))
    await office.manager.must(await update("purchase_order", row, status="closed"))
    assert (await figures(office))[1] == 0
    reopen = await update("purchase_order", row, status="approved")
    assert await office.accountant.do(reopen) == "access_denied"
    assert await office.manager.do(await update("purchase_order", row, status="approved")) == (
        "merged"
    )
    assert (await figures(office))[1] == 200_000
    assert await office.site.value(row, "round") == 1
    # Nothing but what was closed comes back so: no one approves by hand.
    for status in ("draft", "submitted"):
        other = new_id()
        await office.accountant.must(order(office, other, 5, office.accountant))
        if status == "submitted":
            await office.accountant.must(await update("purchase_order", other, status=status))
        approve = await update("purchase_order", other, status="approved")
        assert await office.manager.do(approve) == "access_denied"


async def test_a_closed_order_needs_room_to_be_reopened(office: Office) -> None:
    """What took its place in the budget meanwhile stops it, as the grid says of orders."""
    whole = await office.site.value(office.lines[0], "amount")
    row = await approved_order(office, whole)
    update = office.site.update
    await office.manager.must(await update("purchase_order", row, status="closed"))
    other = await approved_order(office, 1)
    reopen = await update("purchase_order", row, status="approved")
    assert await office.manager.do(reopen) == "over_budget"
    await office.manager.must(await update("purchase_order", other, status="closed"))
    reopen = await update("purchase_order", row, status="approved")
    assert await office.manager.do(reopen) == "merged"
    assert (await figures(office))[1] == whole


async def test_an_invoice_counts_in_the_stead_of_the_expenses_it_covers(office: Office) -> None:
    """Approved, it takes their place; cancelled, they count again. A draft counts as nothing."""
    invoice, expense = new_id(), new_id()
    await office.crew.must(office.expense(expense, 40_000, office.lines[0], invoice_id=invoice))
    await office.crew.must(office.expense(new_id(), 9, office.lines[0], status="draft"))
    assert (await figures(office))[0] == 40_000
    await office.accountant.must(bill(office, invoice, 42_000, office.accountant))
    assert (await figures(office))[0] == 40_000
    # It asks for more than was spent, which an administrator may approve.
    await office.chief.must(await word(office, office.chief, invoice))
    assert (await figures(office))[0] == 42_000
    change = await office.site.update("supplier_invoice", invoice, status="cancelled")
    await office.manager.must(change)
    assert (await figures(office))[0] == 40_000


async def test_an_estimate_bears_on_the_forecast(office: Office) -> None:
    """With an estimate the forecast is spent, committed and that; without, at least the amount."""
    await office.crew.must(office.expense(new_id(), 100_000, office.lines[0]))
    change = await office.site.update("budget_line", office.lines[0], estimate_to_complete=50_000)
    await office.manager.must(change)
    assert await figures(office) == (100_000, 0, 150_000)
    assert await office.site.value(office.budget, "forecast") == 650_000
    change = await office.site.update("budget_line", office.lines[0], estimate_to_complete=None)
    await office.manager.must(change)
    assert await figures(office) == (100_000, 0, 500_000)


async def test_nobody_approves_their_own_order(office: Office) -> None:
    """Its author, and those without the right, are refused; what is approved does not change."""
    site, row = office.site, new_id()
    await office.manager.must(order(office, row, 5, office.manager))
    await office.manager.must(await site.update("purchase_order", row, status="submitted"))
    by_hand = await site.update("purchase_order", row, status="approved")
    assert await office.chief.do(by_hand) == "access_denied"
    assert await office.manager.do(await word(office, office.manager, row)) == "approval_own"
    accountant = office.accountant
    assert await accountant.do(await word(office, accountant, row)) == "approval_not_awaited"
    assert await office.chief.do(await word(office, office.chief, row)) == "merged"
    assert await site.value(row, "status") == "approved"
    raised = await site.update("purchase_order", row, amount=6)
    assert await office.manager.do(raised) == "document_locked"
    assert await office.manager.do(await site.delete("purchase_order", row)) == "document_locked"
    noted = await site.update("purchase_order", row, delivery_date="2026-04-01")
    assert await office.manager.do(noted) == "merged"


async def test_of_two_who_decide_at_once_the_second_is_told(office: Office) -> None:
    """An approval that left before a cancellation was known does not bring the order back."""
    site, row = office.site, new_id()
    await office.accountant.must(order(office, row, 5, office.accountant))
    await office.accountant.must(await site.update("purchase_order", row, status="submitted"))
    approve = await word(office, office.manager, row)
    await office.accountant.must(await site.update("purchase_order", row, status="cancelled"))
    assert await office.manager.do(approve) == "review_closed"
    assert await site.value(row, "status") == "cancelled"
