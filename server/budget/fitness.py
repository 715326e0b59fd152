"""What keeps an order or an invoice from being approved, beside the control grid.

A credit note of more than its invoice, a claim that would go below zero, an invoice without lines:
never, whoever approves. An invoice that is over its order or expenses by more than the tolerance:
only with a word from someone who may approve that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.budget.balances import gross_of, touched_in
from server.budget.billing import Lines, bill_of
from server.budget.books import Books
from server.budget.ledger import counted_invoice, finance_scope
from server.budget.matching import match_of
from sync import errors
from sync.validation import Fault

if TYPE_CHECKING:
    from server.intake import Workspace
    from sync.merge import Row


def content_fault(workspace: Workspace, subject: Row) -> Fault | None:
    """Return what is wrong with an invoice that is to be approved, as the merge has it in hand."""
    if subject.table == "supplier_invoice":
        return _credit_fault(workspace, subject, gross_of(subject.values))
    if subject.table != "client_invoice":
        return None
    bill = bill_of(Lines(workspace, finance_scope(subject.values["project_id"])), subject)
    if not bill.lines:
        return Fault(errors.INVOICE_EMPTY, "subject_id")
    if bill.negative:
        return Fault(errors.LINE_NEGATIVE, "subject_id")
    return _credit_fault(workspace, subject, bill.amount + bill.tax_amount)


def over_tolerance(workspace: Workspace, subject: Row) -> bool:
    """Whether an invoice asks for more than was ordered or spent, beyond the tolerance."""
    if subject.table != "supplier_invoice":
        return False
    project, order = subject.values["project_id"], subject.values.get("order_id")
    moved = 0
    if order is not None:
        moved = Books(workspace).taken(project, order) + _about_to_take(workspace, subject)
    return match_of(workspace, project, subject, moved=moved).state == "over"


def _about_to_take(workspace: Workspace, subject: Row) -> int:
    """Return what invoices on the same order take that this very merge may be approving.

    What the words come to is settled only after all of them are judged: until then each word counts
    as if it were the last one needed.
    """
    scope = finance_scope(subject.values["project_id"])
    named = {
        entry.row.values["subject_id"]
        for entry in touched_in(workspace, scope, {"approval"})
        if entry.row is not None and entry.row.values["decision"] == "approved"
    }
    rows = [row for one in sorted(named - {subject.id}) if (row := workspace.row(scope, one))]
    return sum(
        row.values.get("amount_converted") or 0
        for row in rows
        if row.table == "supplier_invoice"
        and row.values.get("order_id") == subject.values["order_id"]
        and not counted_invoice(row)
    )


def _credit_fault(workspace: Workspace, row: Row, gross: int) -> Fault | None:
    """Refuse a credit note of more than its invoice asks for, or on one that does not bind."""
    corrected = row.values.get("corrects_id")
    if row.values.get("kind") != "credit_note" or corrected is None:
        return None
    books, scope = Books(workspace), finance_scope(row.values["project_id"])
    invoice = books.invoice(scope, corrected)
    if invoice is None or invoice.table != row.table:
        return Fault(errors.REFERENCE_MISSING, "corrects_id")
    if not counted_invoice(invoice) or invoice.values.get("kind") == "credit_note":
        return Fault(errors.INVOICE_NOT_PAYABLE, "corrects_id")
    if invoice.values["currency"] != row.values["currency"]:
        return Fault(errors.CURRENCY_DIFFERS, "currency")
    if books.credited(scope, invoice, but=row.id) + gross > gross_of(invoice.values):
        return Fault(errors.CREDIT_EXCEEDED, "amount")
    return None
