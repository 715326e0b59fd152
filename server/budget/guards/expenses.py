"""Who may change expenses.

An expense is recorded in one's own name and whatever the budget says, and nobody approves their
own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.budget.books import books_of
from server.budget.conversion import rate_fault
from server.budget.guards.documents import has_seen, move_fault
from server.budget.ledger import Ledger
from server.budget.over_budget import control_fault
from server.intake import DENIED
from sync import errors
from sync.money import MINOR_UNITS
from sync.tables.spending import EXPENSE_STATUS
from sync.validation import Fault

if TYPE_CHECKING:
    from server.intake import Judgement
    from sync.merge import Row

MATCHING = frozenset({"order_id", "invoice_id"})
CLASSIFYING = frozenset({"budget_line_id", "task_id"}) | MATCHING
"""What an approver may mend of another's expense: where it counts, never how much."""

_DECISION = frozenset({"status", "refusal_reason"})
_OPEN = frozenset({"draft", "submitted", "refused"})
_BOOKED = frozenset({"posted", "paid"})


def guard_expense(judgement: Judgement) -> Fault | None:
    """Let people record and mend their own; others approve or refuse, book and pay."""
    after = judgement.change.after
    row = judgement.row
    if row is None:
        if not judgement.may("expense.create"):
            return DENIED
        if after.get("author_id") != judgement.access.person:
            return Fault(errors.ACCESS_DENIED, "author_id")
        if "status" not in after:
            return Fault(errors.FIELD_MISSING, "status")
    else:
        fault = _edit_fault(judgement, row)
        if fault is not None:
            return fault
    currency = after.get("currency")
    if currency is not None and currency not in MINOR_UNITS:
        return Fault(errors.CURRENCY_UNKNOWN, "currency")
    return rate_fault(judgement)


def _edit_fault(judgement: Judgement, row: Row) -> Fault | None:
    change = judgement.change
    after = change.after
    may = judgement.may
    status = row.values.get("status") or "submitted"
    own = row.values.get("author_id") == judgement.access.person
    handed_in = after.get("status") in {None, status, "submitted"}
    if own and status in _OPEN and handed_in:
        deletes = change.operation == "delete"
        if may("expense.delete_own" if deletes else "expense.update_own"):
            return None
    if change.operation == "delete":
        return None if may("expense.delete") and status not in _BOOKED else DENIED
    fault = _decision_fault(judgement, row, own=own)
    if fault is not None:
        return fault
    rest = after.keys() - _DECISION
    if not _may_touch(judgement, status, edits=bool(rest)):
        return DENIED
    return None if rest <= CLASSIFYING else Fault(errors.ACCESS_DENIED, min(rest - CLASSIFYING))


def _may_touch(judgement: Judgement, status: str, *, edits: bool) -> bool:
    """Whether one may touch another's expense, beside the decision that its status is."""
    after = judgement.change.after
    if status in _BOOKED and not judgement.may("expense.pay"):
        return False
    if edits and not judgement.may("expense.classify"):
        return False
    if status == "paid" and MATCHING & judgement.change.after.keys():
        # What was paid to somebody is not paid again through an invoice.
        return False
    decides = "refusal_reason" in after and "status" not in after
    return not decides or judgement.may("expense.approve")


def _decision_fault(judgement: Judgement, row: Row, *, own: bool) -> Fault | None:
    target = judgement.change.after.get("status")
    if target is None:
        return None
    if target in _BOOKED:
        allowed = judgement.may("expense.pay")
    else:
        allowed = judgement.may("expense.approve") and not own
    if not allowed:
        return Fault(errors.ACCESS_DENIED, "status")
    if target != row.values.get("status"):
        # As the server holds it now: of two who decide at once, the second is told of the first.
        fault = move_fault(judgement, EXPENSE_STATUS)
        if fault is not None:
            return fault
    if target != "approved":
        return None
    if not has_seen(judgement, row, "amount", "currency"):
        return Fault(errors.TRANSITION_FORBIDDEN, "amount")
    return _receipt_fault(judgement, row) or control_fault(judgement)


def _receipt_fault(judgement: Judgement, row: Row) -> Fault | None:
    """Ask for the receipt's photo from the project's amount on: to approve, never to record."""
    books = books_of(judgement)
    if books is None or row.values.get("receipt_id") is not None:
        return None
    settings = Ledger(books.workspace, judgement.change.scope.partition(":")[2]).settings()
    bound = settings.get("receipt_required_from")
    amount = row.values.get("amount_converted")
    if bound is None or (row.values["amount"] if amount is None else amount) < bound:
        return None
    return Fault(errors.RECEIPT_MISSING, "receipt_id")
