"""Invoices to clients: exact lines, claims on progress, numbers without a gap, never changed."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.budget.rounding import MODES, rounded, rounded_lines
from tests.server.budget.papers import claim, issued_claim, line, payment, word
from tests.server.site import new_id

if TYPE_CHECKING:
    from typing import Any

    from tests.server.budget.conftest import Office


async def lines_of(office: Office, invoice: str) -> list[dict[str, Any]]:
    """Return what the lines of an invoice show, in order."""
    records = await office.site.pool.fetch(
        "SELECT previous_amount, amount, tax_amount FROM invoice_line WHERE invoice_id = $1 "
        "ORDER BY position",
        invoice,
    )
    return [dict(record) for record in records]


@given(
    exact=st.lists(st.decimals("0", "1e9", places=7), max_size=12),
    level=st.sampled_from(("line", "total")),
    mode=st.sampled_from(sorted(MODES)),
)
def test_a_total_is_the_sum_of_the_lines_shown(exact: list[Decimal], level: str, mode: str) -> None:
    """By line or as a whole, no line is off by a unit or more, and a whole is rounded once."""
    lines = rounded_lines(exact, level, mode)
    assert all(abs(shown - one) < 1 for shown, one in zip(lines, exact, strict=True))
    if level == "total":
        assert sum(lines) == rounded(sum(exact, Decimal(0)), mode)
    else:
        assert lines == [rounded(one, mode) for one in exact]


async def test_a_draft_adds_up_as_it_is_written(office: Office) -> None:
    """Quantities at prices, taxes, and a currency without decimals: rounded by line."""
    site, row, by = office.site, new_id(), office.accountant
    await by.must(
        claim(office, row, by, retention_basis_points=500),
        line(office, row, position=1, quantity="2.5", unit_price="1001", tax_basis_points=1925),
        line(office, row, position=2, quantity="3", unit_price="33.333"),
    )
    # 2 502.5 and 99.999 XAF; 19.25 % of 2 503 is 481.8.
    assert await lines_of(office, row) == [
        {"previous_amount": None, "amount": 2_503, "tax_amount": 482},
        {"previous_amount": None, "amount": 100, "tax_amount": 0},
    ]
    values = (await site.stored(row)).values
    assert (values["amount"], values["tax_amount"]) == (2_603, 482)
    assert values["retention_amount"] == 154


@pytest.mark.parametrize(
    ("mode", "amounts"), [("half_up", [1, 0, 1]), ("down", [1, 0, 0]), ("up", [1, 0, 1])]
)
async def test_a_document_rounds_by_its_own_rule(
    office: Office, mode: str, amounts: list[int]
) -> None:
    """As a whole: 0.5 + 0.4 + 0.6 francs is 1.5, rounded once and shared out over the lines."""
    row, by = new_id(), office.accountant
    await by.must(
        claim(office, row, by, rounding="total", rounding_mode=mode),
        *(
            line(office, row, position=at, quantity=quantity, unit_price="1")
            for at, quantity in enumerate(("0.5", "0.4", "0.6"))
        ),
    )
    shown = [one["amount"] for one in await lines_of(office, row)]
    assert sum(shown) == sum(amounts)
    assert await office.site.value(row, "amount") == sum(amounts)


@pytest.mark.parametrize(
    ("level", "amounts", "taxes"),
    [
        ("line", [3, 3, 3], [1, 1, 1]),
        ("tax", [3, 3, 3], [1, 0, 0]),
        ("total", [3, 3, 2], [1, 0, 0]),
    ],
)
async def test_tax_is_rounded_at_the_level_that_the_document_says(
    office: Office, level: str, amounts: list[int], taxes: list[int]
) -> None:
    """By line 17 % of 3 francs is one, thrice; 16 % of what they come to is rounded once."""
    row, by = new_id(), office.accountant
    rate = 1_700 if level == "line" else 1_600
    await by.must(
        claim(office, row, by, rounding=level),
        *(
            line(office, row, position=at, unit_price="2.7", tax_basis_points=rate)
            for at in range(3)
        ),
    )
    shown = await lines_of(office, row)
    assert [one["amount"] for one in shown] == amounts
    assert [one["tax_amount"] for one in shown] == taxes
    assert await office.site.value(row, "amount") == sum(amounts)
    assert await office.site.value(row, "tax_amount") == sum(taxes)


async def test_a_client_releases_what_was_retained(office: Office) -> None:
    """It is not due with the rest, has its own balance and payments, and ends with the invoice."""
    site, do = office.site, office.accountant.do
    retained = {"retention_basis_points": 500, "retention_due": "2027-03-01"}
    row = await issued_claim(office, {"unit_price": "1000"}, **retained)
    client = {"invoice_table": "client_invoice"}
    assert await site.value(row, "retention_amount") == 50
    assert await do(payment(office, new_id(), row, 951, **client)) == "overpayment"
    assert await do(payment(office, new_id(), row, 950, **client)) == "merged"
    assert await site.value(row, "status") == "paid"
    release = {**client, "kind": "retention"}
    assert await do(payment(office, new_id(), row, 51, **release)) == "overpayment"
    first = new_id()
    assert await do(payment(office, first, row, 20, **release)) == "merged"
    assert await do(payment(office, new_id(), row, 31, **release)) == "overpayment"
    back = await site.update("payment", first, status="reversed", reason="Erreur")
    assert await do(back) == "merged"
    assert await do(payment(office, new_id(), row, 50, **release)) == "merged"
    assert await site.value(row, "retention_paid") == 50
    assert await site.value(row, "paid_amount") == 950


async def test_numbers_have_no_gap(office: Office) -> None:
    """Only what is issued gets a number, in order, whoever issues at once."""
    site, by = office.site, office.accountant
    assert await site.value(await issued_claim(office, {"unit_price": "5"}), "number") == 1
    rows = [new_id() for _ in range(3)]
    for row in rows:
        await by.must(claim(office, row, by), line(office, row, unit_price="7"))
        await by.must(await site.update("client_invoice", row, status="pending"))
    await by.must(await site.update("client_invoice", rows[1], status="cancelled"))
    approvers = (office.manager, office.chief, office.chief)
    words = [await word(office, by, row) for by, row in zip(approvers, rows, strict=True)]
    answers = await asyncio.gather(*(by.do(one) for by, one in zip(approvers, words, strict=True)))
    assert sorted(answers) == ["merged", "merged", "review_closed"]
    records = await site.pool.fetch("SELECT number FROM client_invoice ORDER BY number NULLS LAST")
    assert [record["number"] for record in records] == [1, 2, 3, None]


async def test_what_was_issued_never_changes(office: Office) -> None:
    """Neither the document nor its lines, by edit, line or deletion; a credit note corrects it."""
    site, by = office.site, office.accountant
    row = await issued_claim(office, {"quantity": "2", "unit_price": "50"})
    (shown,) = await site.pool.fetch("SELECT id::text FROM invoice_line WHERE invoice_id = $1", row)
    locked = "document_locked"
    assert await by.do(await site.update("client_invoice", row, title="Autre")) == locked
    assert await by.do(await site.delete("client_invoice", row)) == locked
    assert await by.do(await site.update("invoice_line", shown["id"], unit_price="1")) == locked
    assert await by.do(await site.delete("invoice_line", shown["id"])) == locked
    assert await by.do(line(office, row, unit_price="1")) == locked
    for status in ("draft", "pending", "cancelled"):
        back = await site.update("client_invoice", row, status=status)
        assert await by.do(back) == "transition_forbidden"
    credit = {"kind": "credit_note", "corrects_id": row}
    note = await issued_claim(office, {"unit_price": "30"}, **credit)
    assert await site.value(note, "number") == 2
    assert await site.value(row, "credited_amount") == 30


async def test_credit_notes_stay_within_the_invoice(office: Office) -> None:
    """A credit note of more than was billed is not issued."""
    site, by, row = office.site, office.accountant, new_id()
    invoice = await issued_claim(office, {"unit_price": "50"})
    note = claim(office, row, by, kind="credit_note", corrects_id=invoice)
    await by.must(note, line(office, row, unit_price="51"))
    await by.must(await site.update("client_invoice", row, status="pending"))
    assert await office.manager.do(await word(office, office.manager, row)) == "credit_exceeded"


async def test_a_claim_bills_what_was_reached_since_the_last(office: Office) -> None:
    """Cumulative less previous, by item, from the claims that were issued; never below zero."""
    site, by = office.site, office.accountant
    item = {"item_code": "T1", "contract_amount": 1_000_001}
    progress = {"kind": "progress"}
    first = await issued_claim(office, {**item, "reached_basis_points": 3_000}, **progress)
    assert (await lines_of(office, first))[0]["amount"] == 300_000
    drafts = [new_id(), new_id()]
    for row, reached in zip(drafts, (5_000, 4_000), strict=True):
        await by.must(
            claim(office, row, by, **progress),
            line(office, row, position=0, **item, reached_basis_points=reached),
            line(office, row, position=1, unit_price="500000"),
        )
    assert [(await lines_of(office, row))[0]["amount"] for row in drafts] == [200_001, 100_000]
    for row in drafts:
        await by.must(await site.update("client_invoice", row, status="pending"))
    await office.manager.must(await word(office, office.manager, drafts[0]))
    shown, _ = await lines_of(office, drafts[1])
    assert (shown["previous_amount"], shown["amount"]) == (500_001, -100_001)
    issue = await word(office, office.manager, drafts[1])
    (answer,) = await office.manager.push(office.manager.change_set(issue))
    assert answer.rejection is not None
    assert (answer.rejection.code, answer.rejection.field) == ("line_negative", "subject_id")


async def test_bad_lines_are_refused(office: Office) -> None:
    """Below zero, past counting, none at all: each with its reason."""
    site, by, row = office.site, office.accountant, new_id()
    await by.must(claim(office, row, by))
    assert await by.do(line(office, row, unit_price="-1")) == "line_negative"
    assert await by.do(line(office, row, quantity="-0.5", unit_price="1")) == "line_negative"
    assert await by.do(line(office, row, unit_price="1.5e3")) == "value_invalid"
    assert await by.do(line(office, row, unit_price=1.5)) == "value_invalid"
    huge = line(office, row, quantity="9" * 15, unit_price="9" * 15)
    assert await by.do(huge) == "value_invalid"
    await by.must(await site.update("client_invoice", row, status="pending"))
    assert await office.manager.do(await word(office, office.manager, row)) == "invoice_empty"
