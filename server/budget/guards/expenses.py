"""Who may change expenses.

An expense is recorded in one's own name and whatever the budget says, and nobody approves their
own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.budget.conversion import rate_fault
from server.budget.over_budget import control_fault
from server.intake import DENIED
from sync import errors
from sync.causes import writers
from sync.money import MINOR_UNITS
from sync.validation import Fault

if TYPE_CHECKING:
    from server.intake import Judgement
    from sync.merge import Row

CLASSIFYING = frozenset({"budget_line_id", "task_id"})
"""What an approver may mend of another's expense: where it counts, never how much."""

_DECISION = frozenset({"status", "refusal_reason"})
_OPEN = frozenset({"submitted", "refused"})
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
    if own and status in _OPEN and after.get("status", "submitted") == "submitted":
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
    if target == "approved" and not _has_seen_amount(judgement, row):
        return Fault(errors.TRANSITION_FORBIDDEN, "amount")
    return control_fault(judgement)


def _has_seen_amount(judgement: Judgement, row: Row) -> bool:
    """Whether the approver had seen what is being approved: the author may just have changed it."""
    seen = judgement.change.context.get
    return all(
        seen(write.replica, 0) >= write.counter
        for name in ("amount", "currency")
        for write in writers(row, name)
    )
