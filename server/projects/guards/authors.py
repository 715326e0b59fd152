"""Rows made in one's own name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.intake import DENIED
from sync import errors
from sync.validation import Fault

if TYPE_CHECKING:
    from server.intake import Judgement


def author_fault(judgement: Judgement, table: str) -> Fault | None:
    """Let those who may make rows of the table do so in their own name."""
    change = judgement.change
    if not judgement.may(f"{table}.create"):
        return DENIED
    if change.after.get("author_id") != judgement.access.person:
        return Fault(errors.ACCESS_DENIED, "author_id")
    return None


def edits_own(judgement: Judgement, table: str) -> bool:
    """Whether the row is the person's own and their role may change its own."""
    own = judgement.value("author_id") == judgement.access.person
    return own and judgement.may(f"{table}.update_own")
