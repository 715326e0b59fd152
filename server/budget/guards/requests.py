"""Who may ask for a change of a budget, and how a request must be made to be submitted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.budget.ledger import finance_scope
from server.budget.reviews.facts import REVIEWS, Reviews
from server.budget.reviews.guards import guard_reviewed
from server.budget.reviews.subjects import SUBJECTS
from server.intake import DENIED
from sync import errors
from sync.validation import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.intake import Judgement

CLOSED = frozenset({"approved", "rejected", "withdrawn"})


def guard_budget_request(judgement: Judgement) -> Fault | None:
    """Let people ask in their own name, and change or take back what is not decided."""
    return (
        _right_fault(judgement)
        or _state_fault(judgement)
        or guard_reviewed(judgement)
        or _content_fault(judgement)
    )


def _right_fault(judgement: Judgement) -> Fault | None:
    change, row = judgement.change, judgement.row
    if row is None:
        if not judgement.may("budget_request.create"):
            return DENIED
        if change.after.get("author_id") != judgement.access.person:
            return Fault(errors.ACCESS_DENIED, "author_id")
        return None if "status" in change.after else Fault(errors.FIELD_MISSING, "status")
    own = row.values.get("author_id") == judgement.access.person
    operation = "delete" if change.operation == "delete" else "update"
    if not (own and judgement.may(f"budget_request.{operation}_own")) and not judgement.may(
        f"budget_request.{operation}"
    ):
        return DENIED
    moves = change.after.get("status", row.values.get("status")) != row.values.get("status")
    return Fault(errors.ACCESS_DENIED, "status") if moves and not own else None


def _state_fault(judgement: Judgement) -> Fault | None:
    """Refuse to change what was decided, and to delete what has been given a number."""
    row = judgement.row
    if row is None or judgement.resent():
        return None
    if judgement.change.operation == "delete":
        given = row.values.get("number") is not None
        return Fault(errors.REVIEW_CLOSED, "number") if given else None
    return Fault(errors.REVIEW_CLOSED, "status") if row.values.get("status") in CLOSED else None


def _content_fault(judgement: Judgement) -> Fault | None:
    """Check what is submitted: lines of one locked budget, of the kinds that the request needs."""
    stored = {} if judgement.row is None else judgement.row.values
    values = {**stored, **judgement.change.after}
    kind = SUBJECTS["budget_request"]
    if judgement.change.operation == "delete" or values.get("status") not in kind.open:
        return None
    reviews: Reviews | None = judgement.facts.get(REVIEWS)
    if reviews is None:
        return Fault(errors.REFERENCE_MISSING, "budget_id")
    scope = finance_scope(judgement.change.scope.partition(":")[2])
    budget = reviews.live(scope, values["budget_id"], "budget")
    if budget is None:
        return Fault(errors.REFERENCE_MISSING, "budget_id")
    if budget.values.get("status") != "locked":
        return Fault(errors.BUDGET_UNLOCKED, "budget_id")
    return _line_fault(reviews, scope, values, "budget_line_id") or _source_fault(
        reviews, scope, values
    )


def _line_fault(reviews: Reviews, scope: str, values: Mapping[str, Any], name: str) -> Fault | None:
    line = reviews.live(scope, values.get(name), "budget_line")
    if line is None:
        return Fault(errors.REFERENCE_MISSING, name)
    if line.values["budget_id"] != values["budget_id"]:
        return Fault(errors.VALUE_INVALID, name)
    return None


def _source_fault(reviews: Reviews, scope: str, values: Mapping[str, Any]) -> Fault | None:
    """Check where the money comes from: a contingency is drawn on as such, and by nothing else."""
    source = values.get("source_line_id")
    if values["kind"] == "increase":
        return None if source is None else Fault(errors.VALUE_INVALID, "source_line_id")
    if source is None:
        return Fault(errors.FIELD_MISSING, "source_line_id")
    fault = _line_fault(reviews, scope, values, "source_line_id")
    if fault is not None:
        return fault
    line = reviews.live(scope, source, "budget_line")
    is_contingency = line is not None and line.values.get("kind") == "contingency"
    if source == values["budget_line_id"] or is_contingency != (values["kind"] == "contingency"):
        return Fault(errors.VALUE_INVALID, "source_line_id")
    return None
