"""Payments never exceed what is left to pay, and say when an invoice is paid."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.server.budget.papers import approved_bill, bill, issued_claim, payment
from tests.server.site import new_id

if TYPE_CHECKING:
    from tests.server.budget.conftest import Office


async def test_an_invoice_is_paid_when_nothing_is_left(office: Office) -> None:
    """Partial payments add up; balance 0 is paid; a reversal, with its reason, takes it back."""
    site, update = office.site, office.site.update
    invoice = await approved_bill(office, 1_000, tax_amount=200)
    first, second = new_id(), new_id()
    await office.accountant.must(payment(office, first, invoice, 700))
    assert await site.value(invoice, "status") == "approved"
    await office.accountant.must(payment(office, second, invoice, 500))
    assert await site.value(invoice, "status") == "paid"
    assert await site.value(invoice, "paid_amount") == 1_200
    silent = await update("payment", first, status="reversed")
    assert await office.accountant.do(silent) == "field_missing"
    told = await update("payment", first, status="reversed", reason="Chèque rejeté")
    await office.accountant.must(told)
    assert await site.value(invoice, "status") == "approved"
    assert await site.value(invoice, "paid_amount") == 500
    assert await office.accountant.do(await site.delete("payment", second)) == "document_locked"
    again = await update("payment", first, status="paid")
    assert await office.accountant.do(again) == "transition_forbidden"


async def test_of_two_payments_that_exceed_together_the_second_is_refused(office: Office) -> None:
    """Made offline on two tablets, merged in one group, the first stands and the second is kept."""
    invoice = await approved_bill(office, 1_000)
    chief = {"author_id": office.chief.person}
    one, other = new_id(), new_id()
    answers = await asyncio.gather(
        office.accountant.do(payment(office, one, invoice, 600)),
        office.chief.do(payment(office, other, invoice, 600, **chief)),
    )
    assert sorted(answers) == ["merged", "overpayment"]
    assert await office.site.value(invoice, "paid_amount") == 600
    (refused,) = await office.site.pool.fetch("SELECT code, payload::text FROM rejection")
    assert refused["code"] == "overpayment"
    assert invoice in refused["payload"]


async def test_two_payments_of_one_change_set_are_added_up(office: Office) -> None:
    """What is merged together counts together, and is refused together."""
    invoice = await approved_bill(office, 1_000)
    pair = [payment(office, new_id(), invoice, 600) for _ in range(2)]
    assert await office.accountant.do(*pair) == "overpayment"
    assert await office.site.value(invoice, "paid_amount") is None
    fitting = [payment(office, new_id(), invoice, 500) for _ in range(2)]
    await office.accountant.must(*fitting)
    assert await office.site.value(invoice, "status") == "paid"


async def test_what_cannot_be_paid_is_refused_with_its_reason(office: Office) -> None:
    """A draft, a credit note, another currency, nothing at all: each with its own code."""
    do = office.accountant.do
    draft = new_id()
    await office.accountant.must(bill(office, draft, 1_000, office.accountant))
    assert await do(payment(office, new_id(), draft, 1)) == "invoice_not_payable"
    planned = payment(office, new_id(), draft, 1, status="scheduled")
    assert await do(planned) == "merged"
    invoice = await approved_bill(office, 1_000)
    credit = await approved_bill(office, 10, kind="credit_note", corrects_id=invoice)
    assert await do(payment(office, new_id(), credit, 1)) == "invoice_not_payable"
    assert await do(payment(office, new_id(), invoice, 1, currency="EUR")) == "currency_differs"
    assert await do(payment(office, new_id(), new_id(), 1)) == "reference_missing"
    assert await do(payment(office, new_id(), invoice, 991)) == "overpayment"
    assert await do(payment(office, new_id(), invoice, 0)) == "value_invalid"
    assert await do(payment(office, new_id(), invoice, 990)) == "merged"
    assert await office.site.value(invoice, "status") == "paid"
    over = await approved_bill(office, 5)
    too_much = await office.site.update("supplier_invoice", invoice, status="cancelled")
    assert await office.manager.do(too_much) == "transition_forbidden"
    await office.accountant.must(payment(office, new_id(), over, 2))
    cancelled = await office.site.update("supplier_invoice", over, status="cancelled")
    assert await office.manager.do(cancelled) == "document_locked"


async def test_retention_is_paid_apart(office: Office) -> None:
    """What is held back is not due with the rest: it has its own balance, and its own payments."""
    site = office.site
    invoice = await approved_bill(
        office, 1_000, tax_amount=190, retention_basis_points=500, retention_due="2027-03-01"
    )
    assert await site.value(invoice, "retention_amount") == 60
    do = office.accountant.do
    assert await do(payment(office, new_id(), invoice, 1_131)) == "overpayment"
    assert await do(payment(office, new_id(), invoice, 1_130)) == "merged"
    assert await site.value(invoice, "status") == "paid"
    assert await do(payment(office, new_id(), invoice, 61, kind="retention")) == "overpayment"
    assert await do(payment(office, new_id(), invoice, 60, kind="retention")) == "merged"
    assert await site.value(invoice, "retention_paid") == 60
    assert await site.value(invoice, "paid_amount") == 1_130


async def test_what_was_credited_is_not_owed_of_the_retention(office: Office) -> None:
    """A credit note of all of an invoice leaves nothing of what was held back; of less, less."""
    do = office.accountant.do
    retained = {"retention_basis_points": 1_000}
    whole, most = [await approved_bill(office, 1_000, **retained) for _ in range(2)]
    for invoice, credited in ((whole, 1_000), (most, 930)):
        await approved_bill(office, credited, kind="credit_note", corrects_id=invoice)
        assert await office.site.value(invoice, "status") == "paid"
    assert await do(payment(office, new_id(), whole, 1, kind="retention")) == "overpayment"
    assert await do(payment(office, new_id(), most, 71, kind="retention")) == "overpayment"
    assert await do(payment(office, new_id(), most, 70, kind="retention")) == "merged"


async def test_clients_pay_too(office: Office) -> None:
    """An issued invoice is paid by the client's payments, down to nothing and no further."""
    invoice = await issued_claim(office, {"quantity": "2", "unit_price": "50"})
    client = {"invoice_table": "client_invoice"}
    do = office.accountant.do
    assert await do(payment(office, new_id(), invoice, 101, **client)) == "overpayment"
    assert await do(payment(office, new_id(), invoice, 100, **client)) == "merged"
    assert await office.site.value(invoice, "status") == "paid"
    assert await do(payment(office, new_id(), invoice, 1)) == "reference_missing"


async def test_a_scheduled_payment_moves_nothing_until_it_is_made(office: Office) -> None:
    """Planned twice over, only what is left can be made."""
    site, update = office.site, office.site.update
    invoice = await approved_bill(office, 1_000)
    rows = [new_id(), new_id()]
    for row in rows:
        await office.accountant.must(payment(office, row, invoice, 800, status="scheduled"))
    assert await site.value(invoice, "paid_amount") is None
    await office.accountant.must(await update("payment", rows[0], status="paid"))
    second = await update("payment", rows[1], status="paid")
    assert await office.accountant.do(second) == "overpayment"
    await office.accountant.must(await update("payment", rows[1], status="cancelled"))
    assert await site.value(invoice, "paid_amount") == 800
