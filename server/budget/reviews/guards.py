"""Which words on a review are taken, and what may be changed of what is reviewed.

What the set of taken words comes to is not decided here but after the merge, by `settling`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.budget.control import block_of
from server.budget.fitness import content_fault, over_tolerance
from server.budget.reviews.deciding import STANDS_FOR, Need, Word, decide, meets
from server.budget.reviews.delegations import delegates_of
from server.budget.reviews.facts import REVIEWS, Reviews, needs_in
from server.budget.reviews.rules import vouched
from server.budget.reviews.subjects import HOLDS, SUBJECTS, amount_seen, is_open, was_decided
from server.intake import DENIED, table_guard
from sync import errors
from sync.schema import INTEGER_MAX
from sync.validation import Fault

if TYPE_CHECKING:
    from server.budget.reviews.delegations import Delegation
    from server.intake import Judgement
    from sync.merge import Row

_word = table_guard("approval")


def guard_approval(judgement: Judgement) -> Fault | None:
    """Take a word from someone whose approval is awaited, on what they have seen, in their name."""
    after = judgement.change.after
    if judgement.row is not None or judgement.change.operation != "create":
        return _word(judgement)
    if not judgement.may("approval.create"):
        return DENIED
    if after.get("author_id") != judgement.access.person:
        return Fault(errors.ACCESS_DENIED, "author_id")
    reviews: Reviews | None = judgement.facts.get(REVIEWS)
    project = judgement.change.scope.partition(":")[2]
    subject = None if reviews is None else reviews.subject(project, after)
    if reviews is None or subject is None:
        return Fault(errors.REFERENCE_MISSING, "subject_id")
    if (
        after.get("decision") in {"rejected", "returned"}
        and not (after.get("reason") or "").strip()
    ):
        return Fault(errors.FIELD_MISSING, "reason")
    return (
        _timely(judgement, reviews, subject)
        or _apart(judgement, reviews, subject)
        or _awaited(judgement, reviews, subject)
    )


def _timely(judgement: Judgement, reviews: Reviews, subject: Row) -> Fault | None:
    """Refuse a word on what is decided, or on what has changed since its author saw it.

    A word given before the decision was known to the server is taken: what the words come to does
    not depend on which tablet had a link first.
    """
    after = judgement.change.after
    decided = was_decided(subject) and judgement.time < subject.values["decided_at"] * 1000
    if not is_open(subject) and not decided:
        return Fault(errors.REVIEW_CLOSED, "subject_id")
    if after["round"] != subject.values.get("round"):
        return Fault(errors.APPROVAL_OUTDATED, "round")
    if after["amount"] != amount_seen(subject.values):
        return Fault(errors.APPROVAL_OUTDATED, "amount")
    return Fault(errors.APPROVAL_OUTDATED, "subject_id") if reviews.unsettled(subject) else None


def _apart(judgement: Judgement, reviews: Reviews, subject: Row) -> Fault | None:
    """Refuse the requester, whoever stands in for them, and words in the name of either."""
    project = judgement.change.scope.partition(":")[2]
    requester = subject.values["author_id"]
    days = {
        reviews.day(project, judgement.time // 1000),
        reviews.day(project, reviews.workspace.now_ms),
    }
    barred = delegates_of(requester, reviews.delegations(), project, days) | {requester}
    for name in ("author_id", "on_behalf_of"):
        if judgement.change.after.get(name) in barred:
            return Fault(errors.APPROVAL_OWN, name)
    return None


def _awaited(judgement: Judgement, reviews: Reviews, subject: Row) -> Fault | None:
    """Refuse a word that is not needed, or not theirs to give; or that the budget cannot bear."""
    after = judgement.change.after
    scope = judgement.change.scope
    person = after["author_id"]
    authority = after.get("on_behalf_of") or person
    role: str | None = judgement.role
    if authority != person:
        access = reviews.access.get(authority)
        if access is None or not access.may("approval.create", scope):
            return Fault(errors.DELEGATION_INVALID, "on_behalf_of")
        role = access.role_in(scope)
        fault = _delegated(judgement, reviews, subject, authority)
        if fault is not None:
            return fault
    needs = needs_in(subject)
    if not any(meets(need, after["level"], role, authority) for need in needs):
        return Fault(errors.APPROVAL_NOT_AWAITED, "level")
    word = Word(judgement.change.row, after["level"], person, after["decision"], role, authority)
    said = reviews.said(subject)
    held = subject.values.get("decision_reason") in HOLDS
    if not held and any(_same(word, one) for one in said):
        return Fault(errors.APPROVAL_REPEATED, "decision")
    return _control_fault(judgement, reviews, subject, needs, [*said, word])


def _same(word: Word, other: Word) -> bool:
    return (word.level, word.author, word.authority, word.decision) == (
        other.level,
        other.author,
        other.authority,
        other.decision,
    )


def _control_fault(
    judgement: Judgement, reviews: Reviews, subject: Row, needs: list[Need], words: list[Word]
) -> Fault | None:
    """Refuse the last approval of what the budget has no room for, or of an invoice that is wrong.

    The effect asks again, when all that came with this merge is counted.
    """
    if not is_open(subject):
        return None
    over = over_tolerance(reviews.workspace, subject)
    if decide(vouched(needs, over=over), words).state != "approved":
        return None
    fault = content_fault(reviews.workspace, subject)
    if fault is not None:
        return fault
    entitled = judgement.access.permissions.roles_with("supplier_invoice.approve_over")
    if over and not any(word.role in entitled for word in words if word.decision == "approved"):
        return Fault(errors.TOLERANCE_EXCEEDED, "amount")
    block = block_of(reviews.workspace, subject)
    return None if block is None else Fault(block, "amount")


def _delegated(
    judgement: Judgement, reviews: Reviews, subject: Row, authority: str
) -> Fault | None:
    """Refuse a word in another's name that no delegation of theirs allows."""
    project = judgement.change.scope.partition(":")[2]
    day = reviews.day(project, judgement.time // 1000)
    today = reviews.day(project, reviews.workspace.now_ms)
    standing = [
        one
        for one in reviews.delegations()
        if (one.person, one.delegate) == (authority, judgement.access.person)
        and one.allows(subject.table, project, day, today, reviews.late_days)
    ]
    for one in standing:
        worth = _worth_under(reviews, subject, project, one)
        if worth is None:
            return Fault(errors.RATE_MISSING, "on_behalf_of")
        if one.amount_below is None or worth < one.amount_below:
            return None
    return Fault(errors.DELEGATION_INVALID, "on_behalf_of")


def _worth_under(
    reviews: Reviews, subject: Row, project: str, delegation: Delegation
) -> int | None:
    if delegation.amount_below is None:
        return 0
    currency = delegation.currency or reviews.currency(project)
    cost = reviews.cost(project, subject.table, subject.values)
    return None if cost is None or currency is None else reviews.worth(cost, currency)


def guard_reviewed(judgement: Judgement) -> Fault | None:
    """Keep people from deciding by hand, and from changing what waits for approval.

    For the guard of each table that is reviewed, beside its own rights. What was decided is that
    guard's to keep.
    """
    change = judgement.change
    subject = SUBJECTS[change.table]
    row = judgement.row
    status = change.after.get("status")
    stands = None if row is None else row.values.get("status")
    # What was approved and closed since is reopened as it was: its review is not taken back.
    if status in subject.outcomes and status != stands and stands not in subject.closed:
        return Fault(errors.ACCESS_DENIED, "status")
    fault = _rate_fault(judgement)
    if row is None or not is_open(row):
        return fault
    if change.operation == "delete":
        return Fault(errors.REVIEW_PENDING, "status")
    touched = {name for name, value in change.after.items() if value != row.values.get(name)} - {
        "status"
    }
    if touched - subject.editable:
        return Fault(errors.REVIEW_PENDING, min(touched - subject.editable))
    if row.values.get("author_id") != judgement.access.person:
        return Fault(errors.REVIEW_PENDING, min(touched)) if touched else fault
    return fault


def _rate_fault(judgement: Judgement) -> Fault | None:
    """Refuse to submit what cannot be held against the bounds of the rules, for want of a rate."""
    reviews: Reviews | None = judgement.facts.get(REVIEWS)
    change = judgement.change
    stored = {} if judgement.row is None else judgement.row.values
    values = {**stored, **change.after}
    if reviews is None or values.get("status") not in SUBJECTS[change.table].open:
        return None
    project = change.scope.partition(":")[2]
    currency, cost = reviews.currency(project), reviews.cost(project, change.table, values)
    if currency is None or cost is None:
        return None
    worth = reviews.worth(cost, currency)
    if worth is None:
        return Fault(errors.RATE_MISSING, "currency")
    return Fault(errors.VALUE_INVALID, "amount") if worth > INTEGER_MAX else None


def guard_approval_rule(judgement: Judgement) -> Fault | None:
    """Let those who lead say who approves: someone who may, from an amount to a higher one."""
    fault = _rule(judgement)
    if fault is not None or judgement.change.operation == "delete":
        return fault
    stored = {} if judgement.row is None else judgement.row.values
    values = {**stored, **judgement.change.after}
    role = values.get("role")
    if role is not None and values.get("person_id") is not None:
        return Fault(errors.VALUE_INVALID, "role")
    if role is not None and role not in STANDS_FOR:
        return Fault(errors.VALUE_INVALID, "role")
    least, below = values.get("amount_from"), values.get("amount_below")
    if least is not None and below is not None and least >= below:
        return Fault(errors.VALUE_INVALID, "amount_below")
    return None


_rule = table_guard("approval_rule")
