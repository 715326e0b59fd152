"""Who may change suppliers' invoices: entered once, approved by another, paid by payments alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.budget.balances import gross_of
from server.budget.books import books_of
from server.budget.conversion import rate_fault
from server.budget.guards.documents import (
    creation_fault,
    currency_fault,
    locked_fault,
    move_fault,
    target_of,
)
from server.budget.ledger import counted_invoice
from server.budget.reviews.guards import guard_reviewed
from server.intake import table_guard
from sync import errors
from sync.tables.spending import SUPPLIER_INVOICE_STATUS
from sync.validation import Fault

if TYPE_CHECKING:
    from server.budget.books import Books
    from server.intake import Judgement
    from sync.merge import Row

OPEN_FIELDS = frozenset({"due", "retention_due", "document_id"})
"""What may be said of an invoice at any time: when it is paid, and where its paper is."""

_invoice = table_guard("supplier_invoice")


def guard_supplier_invoice(judgement: Judgement) -> Fault | None:
    """Let those who keep the books enter invoices, and others approve by their words."""
    return (
        _invoice(judgement)
        or creation_fault(judgement)
        or currency_fault(judgement)
        or move_fault(judgement, SUPPLIER_INVOICE_STATUS)
        or _decision_fault(judgement)
        or guard_reviewed(judgement)
        or locked_fault(judgement, OPEN_FIELDS)
        or _repeated_fault(judgement)
        or rate_fault(judgement)
    )


def _repeated_fault(judgement: Judgement) -> Fault | None:
    """Refuse the same paper twice; a deleted one that is edited comes back to life."""
    row, after = judgement.row, judgement.change.after
    books = books_of(judgement)
    if books is None or judgement.change.operation == "delete":
        return None
    if row is not None and not row.deleted and not {"supplier", "reference"} & after.keys():
        return None
    values = {**({} if row is None else row.values), **after}
    return Fault(errors.INVOICE_REPEATED, "reference") if books.repeats(judgement, values) else None


def _decision_fault(judgement: Judgement) -> Fault | None:
    target = target_of(judgement)
    row, books = judgement.row, books_of(judgement)
    if target is None or row is None or books is None:
        return None
    if target == "paid":
        # Payments alone say so.
        return Fault(errors.ACCESS_DENIED, "status")
    if target == "cancelled" and counted_invoice(row):
        if not judgement.may("supplier_invoice.cancel"):
            return Fault(errors.ACCESS_DENIED, "status")
        return _settled_fault(judgement, row, books)
    return None


def _settled_fault(judgement: Judgement, row: Row, books: Books) -> Fault | None:
    """Keep an invoice that was paid from, or credited: first the payments are reversed."""
    untouched = books.balance(judgement, row)
    gross = gross_of(row.values)
    if untouched.due + untouched.retention != gross:
        return Fault(errors.DOCUMENT_LOCKED, "paid_amount")
    return None
