"""Who may write the punch list: who says that a defect is gone is not who mended it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.intake import DENIED
from server.projects.guards.authors import author_fault
from server.projects.guards.facts import fieldwork_of
from sync import errors
from sync.validation import Fault

if TYPE_CHECKING:
    from server.intake import Judgement

_STATUS = frozenset({"status"})


def guard_punch_item(judgement: Judgement) -> Fault | None:
    """Let the crew note defects and mend them, and another verify that they are gone."""
    change = judgement.change
    if change.operation == "create" and (judgement.row is None or judgement.resent()):
        return author_fault(judgement, "punch_item")
    if change.operation == "delete":
        return None if judgement.may("punch_item.delete") else DENIED
    if not judgement.may("punch_item.update"):
        return DENIED
    if judgement.value("status") == "closed" and not change.after.keys() <= _STATUS:
        return Fault(errors.TRANSITION_FORBIDDEN, "status")
    status = change.after.get("status")
    if status in {"verified", "closed"} and not judgement.may("punch_item.verify"):
        return Fault(errors.ACCESS_DENIED, "status")
    return _verifier_fault(judgement) if status == "verified" else None


def _verifier_fault(judgement: Judgement) -> Fault | None:
    facts = fieldwork_of(judgement)
    if facts is None:
        resolver = judgement.value("resolved_by")
    else:
        resolver = facts.mover(judgement, "resolved", "resolved_by")
    if resolver is None:
        # Nobody the server knows of has mended it: a tablet only claims to have seen that.
        return Fault(errors.TRANSITION_FORBIDDEN, "status")
    same = resolver == judgement.access.person
    return Fault(errors.SAME_PERSON, "status") if same else None
