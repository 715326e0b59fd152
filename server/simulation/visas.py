"""What someone has to approve, as their replica shows it, and the word that they give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sync.replica import Edit
from sync.tables.approvals import APPROVED_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sync.replica import Replica, Shown

SPEAKS_AS = {
    "manager": frozenset({"manager", "supervisor", "employee"}),
    "accountant": frozenset({"accountant"}),
    "supervisor": frozenset({"supervisor", "employee"}),
}
"""Role in a project -> the roles that an approval may ask for and that this one gives."""
_WAITING = "status IN ('submitted', 'in_review', 'pending') AND author_id <> ?"


def awaited(
    replica: Replica, project: str, person: str, role: str, kinds: Iterable[str] = APPROVED_KINDS
) -> Iterator[Shown]:
    """Yield what waits for a word of someone's, the oldest first; a kind after the other."""
    scope = f"finance:{project}"
    for kind in kinds:
        for subject in replica.rows(kind, scope, _WAITING, [person], order="id"):
            if _asks(subject, person, role) and not _said(replica, scope, subject, person):
                yield subject


def _asks(subject: Shown, person: str, role: str) -> bool:
    for level, wanted, named, *_ in subject.values.get("approvals_needed") or ():
        if level != subject.values.get("level") or named not in (None, person):
            continue
        if wanted is None or wanted in SPEAKS_AS.get(role, ()):
            return True
    return False


def _said(replica: Replica, scope: str, subject: Shown, person: str) -> bool:
    spoken = replica.rows(
        "approval", scope, "subject_id = ? AND author_id = ?", [subject.row, person]
    )
    return any(word.values["round"] == subject.values.get("round") for word in spoken)


def word_on(
    subject: Shown, project: str, person: str, decision: str = "approved", reason: str | None = None
) -> Edit:
    """Return a word on a subject as its author sees it now."""
    values: dict[str, Any] = {
        "project_id": project,
        "subject_table": subject.table,
        "subject_id": subject.row,
        "round": subject.values.get("round"),
        "level": subject.values.get("level"),
        "amount": subject.values.get("amount") or 0,
        "decision": decision,
        "author_id": person,
    }
    if reason is not None:
        values["reason"] = reason
    return Edit("approval", operation="create", after=values)
