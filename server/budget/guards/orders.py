"""Who may change purchase orders: a draft is its buyers', an approved one is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.budget.conversion import rate_fault
from server.budget.guards.documents import (
    creation_fault,
    currency_fault,
    locked_fault,
    move_fault,
    target_of,
)
from server.budget.over_budget import control_fault
from server.budget.reviews.guards import guard_reviewed
from server.intake import table_guard
from sync import errors
from sync.tables.spending import ORDER_STATUS
from sync.validation import Fault

if TYPE_CHECKING:
    from server.intake import Judgement

OPEN_FIELDS = frozenset({"reference", "description", "delivery_date"})
"""What may be said of an order at any time."""

_order = table_guard("purchase_order")


def guard_purchase_order(judgement: Judgement) -> Fault | None:
    """Let buyers order; others approve by their words, and close, reopen or cancel."""
    return (
        _order(judgement)
        or creation_fault(judgement)
        or currency_fault(judgement)
        or move_fault(judgement, ORDER_STATUS)
        or _closing_fault(judgement)
        or control_fault(judgement)
        or guard_reviewed(judgement)
        or locked_fault(judgement, OPEN_FIELDS)
        or rate_fault(judgement)
    )


def _closing_fault(judgement: Judgement) -> Fault | None:
    bound = judgement.value("status") in {"approved", "closed"}
    if target_of(judgement) is not None and bound and not judgement.may("purchase_order.close"):
        return Fault(errors.ACCESS_DENIED, "status")
    return None
