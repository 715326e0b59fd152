"""Reads what is to be paid and received: payments, invoices, orders, expenses paid by the crew."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from server.figures.money import (
    Movement,
    OpenInvoice,
    ageing_rows,
    cash_months,
    outstanding_of,
    retained_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import asyncpg

    from server.figures.basis import Basis
    from server.figures.money import Side
    from server.figures.shapes import AgeingRow, CashMonth
    from server.store import Connection

_READ_PAYMENTS = """
    SELECT invoice_table, invoice_id::text AS invoice, coalesce(kind, 'invoice') AS kind, date,
        amount, currency, status
    FROM payment
    WHERE project_id = $1::text::uuid AND NOT deleted AND status IN ('scheduled', 'paid')
"""

# Draft, pending and cancelled ones ask for nothing yet, or no more.
_READ_INVOICES = """
    SELECT 'payable' AS side, id::text, supplier AS party, currency, date,
        coalesce(due, date) AS due, amount, coalesce(tax_amount, 0) AS tax,
        retention_amount AS retained,
        coalesce(retention_basis_points, 0) AS basis_points, retention_due,
        coalesce(kind, 'invoice') = 'credit_note' AS credit, false AS release
    FROM supplier_invoice
    WHERE project_id = $1::text::uuid AND NOT deleted AND status IN ('approved', 'paid')
    UNION ALL
    SELECT 'receivable', id::text, client, currency, date, coalesce(due, date),
        coalesce(amount, 0),
        coalesce(tax_amount, 0), retention_amount, coalesce(retention_basis_points, 0),
        retention_due, coalesce(kind = 'credit_note', false), coalesce(kind = 'retention', false)
    FROM client_invoice
    WHERE project_id = $1::text::uuid AND NOT deleted AND status IN ('approved', 'paid')
    ORDER BY date, id
"""

_READ_ORDERS = """
    SELECT coalesce(delivery_date, date) AS day, currency,
        CASE WHEN committed IS NULL OR amount_converted IS NULL OR amount_converted = 0
            THEN amount ELSE div(amount::numeric * committed, amount_converted)::bigint
        END AS amount
    FROM purchase_order
    WHERE project_id = $1::text::uuid AND NOT deleted AND status = 'approved'
"""

_READ_CREW = """
    SELECT currency, day, amount - invoiced AS amount FROM expense_day
    WHERE project_id = $1::text::uuid AND amount <> invoiced
"""


class Due(NamedTuple):
    """What is left to pay of an invoice, or of what was retained of it, and when."""

    invoice: str
    side: Side
    party: str
    currency: str
    day: dt.date | None
    """None for what was retained until a day that nobody has named."""
    amount: int


async def read_cash(connection: Connection, basis: Basis) -> list[CashMonth]:
    """Read what came in and went out, and what is still to, by month.

    Out: payments to suppliers and what crews spent without an invoice; still to go out: scheduled
    payments, what is left of approved invoices on their due date, and of orders on delivery. In:
    the same of clients' invoices. Orders are without tax, all else with it.
    """
    payments = await connection.fetch(_READ_PAYMENTS, basis.project)
    movements = [
        Movement(one["date"], one["currency"], _side(one), one["status"] == "paid", one["amount"])
        for one in payments
    ]
    invoices = await connection.fetch(_READ_INVOICES, basis.project)
    movements += [
        Movement(one.day, one.currency, one.side, settled=False, amount=one.amount)
        for one in left_to_pay(invoices, _sums(payments))
        if one.day is not None
    ]
    for settled, statement in ((False, _READ_ORDERS), (True, _READ_CREW)):
        movements += [
            Movement(one["day"], one["currency"], "payable", settled, one["amount"])
            for one in await connection.fetch(statement, basis.project)
        ]
    return cash_months(movements)


async def read_ageing(connection: Connection, basis: Basis) -> list[AgeingRow]:
    """Read unpaid invoices by party and by how long they are overdue on the data date.

    A payment counts from its date on: the reading of a past day is as it was then. What was
    retained until a day that nobody has named is owed, and not due.
    """
    payments = [
        one
        for one in await connection.fetch(_READ_PAYMENTS, basis.project)
        if one["status"] == "paid" and one["date"] <= basis.data_date
    ]
    invoices = await connection.fetch(_READ_INVOICES, basis.project)
    return ageing_rows(
        (
            OpenInvoice(
                one.invoice, one.side, one.party, one.currency, one.day or dt.date.max, one.amount
            )
            for one in left_to_pay(
                [one for one in invoices if one["date"] <= basis.data_date], _sums(payments)
            )
        ),
        basis.data_date,
    )


def _side(payment: asyncpg.Record) -> Side:
    return "payable" if payment["invoice_table"] == "supplier_invoice" else "receivable"


def _sums(payments: Iterable[asyncpg.Record]) -> dict[tuple[str, str], int]:
    """Return (invoice, kind of payment) -> what was paid."""
    found: dict[tuple[str, str], int] = {}
    for one in payments:
        key = (one["invoice"], one["kind"])
        found[key] = found.get(key, 0) + one["amount"]
    return found


def left_to_pay(
    invoices: Iterable[asyncpg.Record], paid: Mapping[tuple[str, str], int]
) -> Iterator[Due]:
    """Yield what is left of each invoice, and of what was retained of it until its own date.

    What an invoice of its own asks a client to release is no longer awaited of those that it was
    retained on, the oldest first: it would count twice.
    """
    known = [*invoices]
    asked: dict[tuple[str, str], int] = defaultdict(int)
    for one in known:
        if one["release"]:
            asked[one["party"], one["currency"]] += one["amount"] + one["tax"]
    for one in known:
        sign = -1 if one["credit"] else 1
        retained = one["retained"]
        if retained is None:
            retained = retained_of(one["amount"] + one["tax"], one["basis_points"])
        kept = retained - paid.get((one["id"], "retention"), 0)
        if one["side"] == "receivable" and not one["credit"] and kept > 0:
            key = (one["party"], one["currency"])
            released = min(kept, asked[key])
            asked[key] -= released
            kept -= released
        parts = (
            (
                one["due"],
                outstanding_of(
                    one["amount"], one["tax"], retained, paid.get((one["id"], "invoice"), 0)
                ),
            ),
            (one["retention_due"], kept),
        )
        for day, amount in parts:
            if amount:
                yield Due(one["id"], one["side"], one["party"], one["currency"], day, sign * amount)
