"""Who may change invoices to clients and their lines: a draft is theirs, an issued one is kept."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from server.budget.books import books_of
from server.budget.guards.documents import (
    creation_fault,
    currency_fault,
    locked_fault,
    move_fault,
    target_of,
)
from server.budget.reviews.guards import guard_reviewed
from server.budget.rounding import product
from server.intake import DENIED, table_guard
from sync import errors
from sync.money import MINOR_UNITS
from sync.tables.spending import CLIENT_INVOICE_STATUS
from sync.validation import Fault

if TYPE_CHECKING:
    from server.intake import Judgement
    from sync.merge import Row

LINE_AMOUNT_MAX = 10**13
"""Minor units of one line: five hundred such lines with their tax still fit an exact integer."""

_invoice = table_guard("client_invoice")
_line = table_guard("invoice_line")


def guard_client_invoice(judgement: Judgement) -> Fault | None:
    """Let those who keep the books prepare invoices, and others issue them by their words."""
    return (
        _invoice(judgement)
        or creation_fault(judgement)
        or currency_fault(judgement)
        or move_fault(judgement, CLIENT_INVOICE_STATUS)
        or _paid_fault(judgement)
        or guard_reviewed(judgement)
        or locked_fault(judgement, frozenset())
    )


def _paid_fault(judgement: Judgement) -> Fault | None:
    """Payments alone say that an invoice is paid."""
    return Fault(errors.ACCESS_DENIED, "status") if target_of(judgement) == "paid" else None


def guard_invoice_line(judgement: Judgement) -> Fault | None:
    """Let those who keep the books write the lines of drafts."""
    change, row = judgement.change, judgement.row
    fault = _line(judgement)
    if fault is not None:
        return fault
    if change.operation == "create" and row is not None and not judgement.resent():
        return DENIED
    named = change.after.get("invoice_id") if row is None else row.values["invoice_id"]
    books = books_of(judgement)
    invoice = None if books is None else books.invoice(change.scope, named)
    if invoice is not None and (invoice.values.get("status") or "draft") != "draft":
        return Fault(errors.DOCUMENT_LOCKED, "invoice_id")
    return _value_fault(judgement, invoice)


def _value_fault(judgement: Judgement, invoice: Row | None) -> Fault | None:
    after = judgement.change.after
    for name in ("quantity", "unit_price"):
        if after.get(name) is not None and Decimal(after[name]) < 0:
            return Fault(errors.LINE_NEGATIVE, name)
    stored = {} if judgement.row is None else judgement.row.values
    values = {**stored, **after}
    decimals = max(MINOR_UNITS.values())
    if invoice is not None:
        decimals = MINOR_UNITS[invoice.values["currency"]]
    exact = product(values.get("quantity") or "1", values.get("unit_price") or "0", decimals)
    if exact > LINE_AMOUNT_MAX:
        return Fault(errors.VALUE_INVALID, "unit_price")
    if (values.get("contract_amount") or 0) > LINE_AMOUNT_MAX:
        return Fault(errors.VALUE_INVALID, "contract_amount")
    return None
