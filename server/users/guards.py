"""Who may change the directory of people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync import errors
from sync.validation import Fault

if TYPE_CHECKING:
    from server.intake import Guards, Judgement

OWN_FIELDS = frozenset({"name", "phone", "language"})
"""What people may change of themselves."""


def guard_person(judgement: Judgement) -> Fault | None:
    """Administrators keep the directory; a person keeps their own name, phone and language."""
    if judgement.role == "administrator":
        return None
    change = judgement.change
    if change.row != judgement.access.person or change.operation != "update":
        return Fault(errors.ACCESS_DENIED)
    if change.after.keys() <= OWN_FIELDS:
        return None
    return Fault(errors.ACCESS_DENIED, min(change.after.keys() - OWN_FIELDS))


GUARDS: Guards = {"person": guard_person}
