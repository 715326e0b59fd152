"""Who may report incidents and near misses, follow them up, and close them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.intake import DENIED
from server.projects.guards.authors import author_fault, edits_own
from server.projects.guards.facts import fieldwork_of
from server.projects.guards.subjects import subject_fault
from sync import errors
from sync.validation import Fault

if TYPE_CHECKING:
    from server.intake import Judgement

SETTLED = frozenset({"done", "verified", "cancelled"})
"""States of a follow-up that nobody waits for."""
_STATUS = frozenset({"status"})


def guard_incident(judgement: Judgement) -> Fault | None:
    """Let anyone report one and complete their own; those who may, investigate and close it."""
    change = judgement.change
    row = judgement.row
    if change.operation == "create" and (row is None or judgement.resent()):
        return author_fault(judgement, "incident")
    if change.operation == "delete":
        return None if judgement.may("incident.delete") else DENIED
    may_all = judgement.may("incident.update")
    if not may_all and not edits_own(judgement, "incident"):
        return DENIED
    if "status" in change.after and not may_all:
        return Fault(errors.ACCESS_DENIED, "status")
    if judgement.value("status") == "closed" and not change.after.keys() <= _STATUS:
        return Fault(errors.TRANSITION_FORBIDDEN, "status")
    return _open_fault(judgement)


def _open_fault(judgement: Judgement) -> Fault | None:
    """Let nobody close an incident of which something is still to be done."""
    facts = fieldwork_of(judgement)
    change = judgement.change
    if facts is None or change.after.get("status") != "closed":
        return None
    for follow_up, row in facts.living("follow_up", change.scope, change.row):
        if row.values.get("status") not in SETTLED:
            return Fault(errors.FOLLOW_UP_OPEN, "status", follow_up)
    return None


def guard_follow_up(judgement: Judgement) -> Fault | None:
    """Let anyone say what is to be done, its owner do it, and another verify it."""
    change = judgement.change
    if change.operation == "create" and (judgement.row is None or judgement.resent()):
        return author_fault(judgement, "follow_up") or (
            None if judgement.row else subject_fault(judgement)
        )
    if change.operation == "delete":
        return None if judgement.may("follow_up.delete") else DENIED
    mine = judgement.value("owner_id") == judgement.access.person
    if not judgement.may("follow_up.update") and not (
        mine
        and judgement.may("follow_up.update_own")
        and change.after.keys() <= {"status", "result"}
    ):
        return DENIED
    if change.after.get("status") != "verified":
        return None
    if not judgement.may("follow_up.verify"):
        return Fault(errors.ACCESS_DENIED, "status")
    return Fault(errors.SAME_PERSON, "status") if mine else None
