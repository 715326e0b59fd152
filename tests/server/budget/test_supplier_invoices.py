"""Suppliers' invoices: entered once, held against orders and expenses, approved by another."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sync.tables.budget import settings_id
from tests.server.budget.papers import approved_bill, approved_order, bill, order, word
from tests.server.site import new_id

if TYPE_CHECKING:
    from tests.server.budget.conftest import Office


async def settings_of(office: Office, **values: int) -> None:
    """Set the project's rules of money."""
    site = office.site
    await office.manager.must(site.create("finance_settings", settings_id(site.project), **values))


async def matched(office: Office, invoice: str) -> tuple[str, int | None]:
    """Return how an invoice stands."""
    values = (await office.site.stored(invoice)).values
    return values["match_state"], values.get("match_difference")


async def test_the_same_paper_is_entered_once(office: Office) -> None:
    """Same supplier and reference: refused, alone, together, or from two tablets at once."""
    do = office.accountant.do
    by = office.accountant
    first = new_id()
    assert await do(bill(office, first, 5, by, reference="F-1")) == "merged"
    assert await do(bill(office, new_id(), 5, by, reference="F-1")) == "invoice_repeated"
    assert await do(bill(office, new_id(), 5, by, reference="F-1", supplier="CFAO")) == "merged"
    pair = [bill(office, new_id(), 5, by, reference="F-2") for _ in range(2)]
    assert await do(*pair) == "invoice_repeated"
    answers = await asyncio.gather(
        do(bill(office, new_id(), 5, by, reference="F-3")),
        office.manager.do(bill(office, new_id(), 5, office.manager, reference="F-3")),
    )
    assert sorted(answers) == ["invoice_repeated", "merged"]
    other = new_id()
    await by.must(bill(office, other, 5, by, reference="F-4", status="draft"))
    renamed = await office.site.update("supplier_invoice", other, reference="F-1")
    assert await do(renamed) == "invoice_repeated"
    await by.must(await office.site.update("supplier_invoice", first, status="cancelled"))
    assert await do(bill(office, new_id(), 5, by, reference="F-1")) == "merged"


async def test_an_invoice_is_held_against_what_is_left_of_its_order(office: Office) -> None:
    """Within it, within the tolerance of the project, or over; it follows what others take."""
    await settings_of(office, match_tolerance_basis_points=200, match_tolerance_amount=1_500)
    row = await approved_order(office, 100_000)
    one, other = new_id(), new_id()
    by = office.accountant
    await by.must(bill(office, one, 60_000, by, order_id=row))
    await by.must(bill(office, other, 41_400, by, order_id=row))
    assert await matched(office, one) == ("matched", -40_000)
    assert await matched(office, other) == ("matched", -58_600)
    await office.chief.must(await word(office, office.chief, one))
    assert await matched(office, one) == ("matched", -40_000)
    # 2 % of the 40 000 that are left is less than the amount: the smaller of both bounds it.
    assert await matched(office, other) == ("over", 1_400)
    await by.must(await office.site.update("supplier_invoice", other, status="draft"))
    await by.must(await office.site.update("supplier_invoice", other, amount=40_700))
    assert await matched(office, other) == ("tolerated", 700)


async def test_over_the_tolerance_a_manager_approves_too(office: Office) -> None:
    """A manager's level comes after the others', and goes when it is over no more."""
    site, row = office.site, await approved_order(office, 100_000)
    invoice, chief = new_id(), office.chief
    await chief.must(bill(office, invoice, 100_001, chief, order_id=row))
    over = [[1, "accountant", None], [2, "manager", None, "tolerance"]]
    assert await site.value(invoice, "approvals_needed") == over
    by = office.accountant
    assert await chief.do(await word(office, chief, invoice)) == "approval_own"
    assert await by.do(await word(office, by, invoice)) == "merged"
    assert await site.value(invoice, "status") == "pending"
    assert await by.do(await word(office, by, invoice, level=2)) == "approval_not_awaited"
    manager = office.manager
    assert await manager.do(await word(office, manager, invoice, level=2)) == "merged"
    assert await site.value(invoice, "status") == "approved"
    assert await matched(office, invoice) == ("over", 1)
    again, expense = new_id(), new_id()
    other = await approved_order(office, 100_000)
    await office.crew.must(office.expense(expense, 1, office.lines[0], order_id=other))
    await chief.must(bill(office, again, 100_000, chief, order_id=other))
    assert await site.value(again, "approvals_needed") == over
    await by.must(await word(office, by, again))
    # The manager's level goes with the expense, and nothing more is awaited.
    await office.crew.must(await site.delete("expense", expense))
    assert await site.value(again, "approvals_needed") == over[:1]
    assert await site.value(again, "status") == "approved"


async def test_an_administrator_alone_approves_over_the_tolerance(office: Office) -> None:
    """Where no manager is, one word of theirs says both; an accountant's never does."""
    site, row = office.site, await approved_order(office, 100_000)
    second = await site.person("accountant")
    invoice, other = new_id(), new_id()
    await office.accountant.must(bill(office, invoice, 100_001, office.accountant, order_id=row))
    await second.must(await word(office, second, invoice))
    assert await site.value(invoice, "status") == "pending"
    await office.chief.must(await word(office, office.chief, invoice, level=2))
    assert await site.value(invoice, "status") == "approved"
    await office.accountant.must(bill(office, other, 5, office.accountant, order_id=row))
    assert await matched(office, other) == ("over", 6)
    await office.chief.must(await word(office, office.chief, other))
    assert await site.value(other, "status") == "approved"


async def test_two_approved_at_once_do_not_share_an_order(office: Office) -> None:
    """Each fits the order alone; together the second is over it, and waits for a manager."""
    row = await approved_order(office, 100_000)
    second = await office.site.person("accountant")
    rows = (new_id(), new_id())
    for one in rows:
        await office.chief.must(bill(office, one, 60_000, office.chief, order_id=row))
    words = [await word(office, office.accountant, rows[0]), await word(office, second, rows[1])]
    answers = await asyncio.gather(office.accountant.do(words[0]), second.do(words[1]))
    assert [*answers] == ["merged", "merged"]
    states = {await office.site.value(one, "status"): one for one in rows}
    assert states.keys() == {"approved", "pending"}
    assert await matched(office, states["pending"]) == ("over", 20_000)
    manager = await word(office, office.manager, states["pending"], level=2)
    assert await office.manager.do(manager) == "merged"
    assert await office.site.value(states["pending"], "status") == "approved"


async def test_an_invoice_is_held_against_the_expenses_that_it_covers(office: Office) -> None:
    """It should ask for what they add up to; for less is a difference too."""
    await settings_of(office, match_tolerance_amount=100)
    by, invoice = office.accountant, new_id()
    await by.must(bill(office, invoice, 10_000, by))
    assert await matched(office, invoice) == ("unmatched", None)
    await office.crew.must(office.expense(new_id(), 9_950, office.lines[0], invoice_id=invoice))
    assert await matched(office, invoice) == ("tolerated", 50)
    await office.crew.must(office.expense(new_id(), 50, office.lines[0], invoice_id=invoice))
    assert await matched(office, invoice) == ("matched", 0)
    await office.crew.must(office.expense(new_id(), 500, office.lines[0], invoice_id=invoice))
    assert await matched(office, invoice) == ("unmatched", -500)


async def test_credit_notes_take_off_no_more_than_was_asked(office: Office) -> None:
    """Their sum stays within the invoice; one on what does not bind is refused."""
    by = office.accountant
    invoice = await approved_bill(office, 1_000)
    await approved_bill(office, 700, kind="credit_note", corrects_id=invoice)
    assert await office.site.value(invoice, "credited_amount") == 700
    more, loose = new_id(), new_id()
    await by.must(bill(office, more, 301, by, kind="credit_note", corrects_id=invoice))
    assert await office.chief.do(await word(office, office.chief, more)) == "credit_exceeded"
    await by.must(bill(office, loose, 1, by, kind="credit_note", corrects_id=more))
    assert await office.chief.do(await word(office, office.chief, loose)) == "invoice_not_payable"


async def test_what_an_approver_did_not_see_is_not_approved(office: Office) -> None:
    """The author took it back, raised it and sent it again: the approval asks to look anew."""
    by, update, row = office.accountant, office.site.update, new_id()
    await by.must(bill(office, row, 5, by))
    approve = await word(office, office.chief, row)
    await by.must(await update("supplier_invoice", row, status="draft"))
    await by.must(await update("supplier_invoice", row, amount=5_000))
    await by.must(await update("supplier_invoice", row, status="pending"))
    assert await office.chief.do(approve) == "approval_outdated"
    await office.chief.must(await word(office, office.chief, row))
    raised = await update("supplier_invoice", row, amount=6_000)
    assert await by.do(raised) == "document_locked"
    paid = await update("supplier_invoice", row, status="paid")
    assert await office.manager.do(paid) == "access_denied"


async def test_an_invoice_is_due_by_the_days_of_the_project(office: Office) -> None:
    """Where the paper does not say when it is due, the project's terms do."""
    await settings_of(office, payment_days=45)
    invoice = await approved_bill(office, 5)
    assert await office.site.value(invoice, "due") == "2026-04-15"
    said = await approved_bill(office, 5, due="2026-03-02")
    assert await office.site.value(said, "due") == "2026-03-02"


async def test_a_currency_without_a_rate_is_refused(office: Office) -> None:
    """Orders and invoices in a currency that cannot be counted are refused with their reason."""
    by = office.accountant
    assert await by.do(order(office, new_id(), 5, by, currency="JPY")) == "rate_missing"
    assert await by.do(bill(office, new_id(), 5, by, currency="JPY")) == "rate_missing"
    assert await by.do(bill(office, new_id(), 5, by, currency="ZZZ")) == "currency_unknown"
    assert await by.do(bill(office, new_id(), -5, by)) == "value_invalid"
