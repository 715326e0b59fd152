"""Who may comment, and tick checklists: in one's own name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.intake import DENIED, table_guard
from server.projects.guards.authors import author_fault
from server.projects.guards.facts import fieldwork_of
from server.projects.guards.subjects import subject_fault
from sync import errors
from sync.validation import Fault

if TYPE_CHECKING:
    from server.intake import Judgement

_tick = table_guard("checklist_tick")


def guard_comment(judgement: Judgement) -> Fault | None:
    """Let people comment as themselves, mention members, and withdraw; nobody edits."""
    change = judgement.change
    if change.operation == "create":
        return author_fault(judgement, "comment") or _making_fault(judgement)
    if change.operation == "update":
        return DENIED
    own = judgement.value("author_id") == judgement.access.person
    if judgement.may("comment.delete") or (own and judgement.may("comment.delete_own")):
        return None
    return DENIED


def _making_fault(judgement: Judgement) -> Fault | None:
    if judgement.row is not None:
        return None if judgement.resent() else DENIED
    return subject_fault(judgement) or _mentions_fault(judgement)


def _mentions_fault(judgement: Judgement) -> Fault | None:
    facts = fieldwork_of(judgement)
    change = judgement.change
    named = change.after.get("mentions") or ()
    if facts is None or all(facts.is_member(change.scope, one) for one in named):
        return None
    return Fault(errors.MENTION_UNREADABLE, "mentions")


def guard_checklist_tick(judgement: Judgement) -> Fault | None:
    """Let people tick in their own name, mend their note and take their tick back."""
    change = judgement.change
    own = judgement.value("author_id") == judgement.access.person
    if change.operation == "delete":
        allowed = judgement.may("checklist_tick.delete") or (
            own and judgement.may("checklist_tick.delete_own")
        )
        return None if allowed else DENIED
    if judgement.row is None:
        mine = change.after.get("author_id") == judgement.access.person
        return _tick(judgement) or (None if mine else Fault(errors.ACCESS_DENIED, "author_id"))
    return _tick(judgement) or (None if own else DENIED)
