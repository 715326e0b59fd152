"""Whether the budget that a line belongs to is locked: told to the guards, read once per merge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from server.budget.ledger import Ledger, is_uuid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.intake import Judgement, MergeTransaction, Workspace
    from sync.changes import Change
    from sync.merge import Row

LOCKS = "budget.locks"
"""Name under which the merge's budgets lie in `workspace.facts`."""


class Locks(Struct, frozen=True):
    """The budgets of the lines that a merge changes."""

    workspace: Workspace

    def is_locked(self, project: str, budget: str | None) -> bool:
        """Whether a budget is locked, as things stand at this point of the merge."""
        row = Ledger(self.workspace, project).budget(budget)
        return row is not None and row.values.get("status") == "locked"


def is_locked(judgement: Judgement) -> bool:
    """Whether the line that a change is about belongs to a locked budget."""
    locks: Locks | None = judgement.facts.get(LOCKS)
    budget = judgement.value("budget_id") or judgement.change.after.get("budget_id")
    return locks is not None and locks.is_locked(judgement.change.scope.partition(":")[2], budget)


async def prepare_locks(transaction: MergeTransaction, changes: Sequence[Change]) -> None:
    """Read the budgets of the lines that a merge changes; nothing where it changes none."""
    workspace = transaction.workspace
    wanted: dict[str, set[str]] = {}
    for change in changes:
        if change.table == "budget_line" and change.scope in workspace.scopes:
            row: Row | None = workspace.row(change.scope, change.row)
            stored = None if row is None else row.values.get("budget_id")
            for budget in (stored, change.after.get("budget_id")):
                if is_uuid(budget):
                    wanted.setdefault(change.scope, set()).add(budget)
    for scope, budgets in sorted(wanted.items()):
        await transaction.load(scope, sorted(budgets))
    if wanted:
        workspace.facts[LOCKS] = Locks(workspace)
