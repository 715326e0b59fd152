"""Who may bring a deleted row back: who may delete it.

To restore a row is to write what it holds again, having seen that it was deleted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.intake import DENIED

if TYPE_CHECKING:
    from server.intake import Guard, Judgement
    from sync.validation import Fault


def restorable(table: str, guard: Guard) -> Guard:
    """Return a guard that asks the right to delete of whoever restores a row, else `guard`."""

    def judge(judgement: Judgement) -> Fault | None:
        row = judgement.row
        if row is None or not row.deleted or judgement.change.operation != "update":
            return guard(judgement)
        if not judgement.resent():
            return guard(judgement)
        own = row.values.get("author_id") == judgement.access.person
        if judgement.may(f"{table}.delete") or (own and judgement.may(f"{table}.delete_own")):
            return None
        return DENIED

    return judge
