"""Who may record payments, and how much: never more than what is left to pay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.budget.balances import retention_of
from server.budget.books import books_of
from server.budget.guards.documents import (
    creation_fault,
    currency_fault,
    edited,
    move_fault,
    target_of,
)
from server.budget.ledger import counted_invoice
from server.intake import table_guard
from sync import errors
from sync.tables.spending import PAYMENT_STATUS
from sync.validation import Fault

if TYPE_CHECKING:
    from server.intake import Judgement

OPEN_FIELDS = frozenset({"method", "reference", "reason"})
"""What may be said of a payment that was made."""

_ONCE = ("invoice_table", "invoice_id", "amount", "currency", "kind")
_payment = table_guard("payment")


def guard_payment(judgement: Judgement) -> Fault | None:
    """Let accountants plan, make and reverse payments."""
    return (
        _payment(judgement)
        or creation_fault(judgement)
        or currency_fault(judgement)
        or move_fault(judgement, PAYMENT_STATUS)
        or _made_fault(judgement)
        or _reason_fault(judgement)
        or _amount_fault(judgement)
    )


def _made_fault(judgement: Judgement) -> Fault | None:
    """Keep what was paid or reversed as it is."""
    if judgement.value("status") not in {"paid", "reversed"}:
        return None
    if judgement.change.operation == "delete":
        return Fault(errors.DOCUMENT_LOCKED, "status")
    names = edited(judgement) - OPEN_FIELDS
    return Fault(errors.DOCUMENT_LOCKED, min(names)) if names else None


def _reason_fault(judgement: Judgement) -> Fault | None:
    if target_of(judgement) != "reversed":
        return None
    reason = judgement.change.after.get("reason") or judgement.value("reason")
    return None if reason else Fault(errors.FIELD_MISSING, "reason")


def _amount_fault(judgement: Judgement) -> Fault | None:
    """Refuse a payment of nothing that can be paid, or of more than is left."""
    books, row, target = books_of(judgement), judgement.row, target_of(judgement)
    if books is None or judgement.change.operation == "delete":
        return None
    if row is not None and target != "paid":
        return None
    values = {**({} if row is None else row.values), **judgement.change.after}
    if row is not None:
        # Written once: what the server holds is what is paid.
        values |= {name: row.values[name] for name in _ONCE if row.values.get(name) is not None}
    invoice = books.invoice(judgement.change.scope, values["invoice_id"])
    if invoice is None or invoice.table != values["invoice_table"]:
        return Fault(errors.REFERENCE_MISSING, "invoice_id")
    if values["currency"] != invoice.values["currency"]:
        return Fault(errors.CURRENCY_DIFFERS, "currency")
    retained = values.get("kind") == "retention"
    if target != "paid":
        whole = retention_of(invoice.values)
        left = whole if retained else books.balance(judgement, invoice).due
    else:
        if not counted_invoice(invoice) or invoice.values.get("kind") == "credit_note":
            return Fault(errors.INVOICE_NOT_PAYABLE, "invoice_id")
        balance = books.balance(judgement, invoice)
        left = balance.retention if retained else balance.due
    return Fault(errors.OVERPAYMENT, "amount") if values["amount"] > left else None
