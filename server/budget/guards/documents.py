"""What the guards of orders, invoices and payments have in common.

Their states are judged as the server holds them now, not as the writer last saw them: of two people
who move a document at once, the second is told that it has moved. So no interleaving of tablets
leads to a state that the machine does not allow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.budget.reviews.subjects import is_open
from server.intake import DENIED
from sync import errors
from sync.causes import writers
from sync.money import MINOR_UNITS
from sync.validation import Fault

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from server.intake import Judgement
    from sync.merge import Row
    from sync.schema import Workflow


def creation_fault(judgement: Judgement) -> Fault | None:
    """Refuse to make a document in another's name, or one that is there already."""
    after = judgement.change.after
    if judgement.row is not None:
        made = judgement.change.operation == "create"
        return DENIED if made and not judgement.resent() else None
    if after.get("author_id") != judgement.access.person:
        return Fault(errors.ACCESS_DENIED, "author_id")
    if "status" not in after:
        return Fault(errors.FIELD_MISSING, "status")
    return None


def currency_fault(judgement: Judgement) -> Fault | None:
    """Refuse a currency that nobody knows."""
    currency = judgement.change.after.get("currency")
    if currency is not None and currency not in MINOR_UNITS:
        return Fault(errors.CURRENCY_UNKNOWN, "currency")
    return None


def target_of(judgement: Judgement) -> str | None:
    """Return the state that a change moves a document to; None when it stays where it is."""
    target: str | None = judgement.change.after.get("status")
    return None if target == judgement.value("status") else target


def move_fault(judgement: Judgement, machine: Workflow) -> Fault | None:
    """Refuse a move that the state machine does not have from where the document is now."""
    target = target_of(judgement)
    if target is None or judgement.row is None:
        return None
    if machine.allows(judgement.value("status") or machine.initial, target):
        return None
    return Fault(errors.TRANSITION_FORBIDDEN, "status")


def edited(judgement: Judgement) -> AbstractSet[str]:
    """Return the fields that a change really changes, but for the state."""
    after = judgement.change.after
    names = {name for name, value in after.items() if value != judgement.value(name)}
    return names - {"status"}


def locked_fault(judgement: Judgement, open_fields: AbstractSet[str]) -> Fault | None:
    """Refuse to change what was decided, but for the fields that stay open."""
    row = judgement.row
    if row is None or (row.values.get("status") or "draft") == "draft" or is_open(row):
        return None
    if judgement.change.operation == "delete":
        gone = row.values.get("status") == "cancelled"
        return None if gone else Fault(errors.DOCUMENT_LOCKED, "status")
    names = edited(judgement) - open_fields
    return Fault(errors.DOCUMENT_LOCKED, min(names)) if names else None


def has_seen(judgement: Judgement, row: Row, *fields: str) -> bool:
    """Whether the writer had seen what the fields show."""
    seen = judgement.change.context.get
    return all(
        seen(write.replica, 0) >= write.counter or write.replica == judgement.replica
        for name in fields
        for write in writers(row, name)
    )
