"""Where an expense is counted: in its budget line, or in the project's spending without a line.

A line counts while it and its budget live. Money whose line is unknown here, or was deleted, does
not vanish: it shows as the project's spending off budget.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from server.intake import MergeTransaction, Workspace
    from server.intake.entries import Entry
    from sync.merge import Row


def project_scope(project: str) -> str:
    """Return the scope of a project's work."""
    return f"project:{project}"


def finance_scope(project: str) -> str:
    """Return the scope of a project's money."""
    return f"finance:{project}"


class Place(NamedTuple):
    """Where an expense is counted, and in which currency its converted amount is."""

    line: str | None
    budget: str | None
    currency: str | None
    """None when the project itself is not there."""


class Ledger(Struct, frozen=True):
    """One project's budgets as a merge sees them: as it found them, or as it leaves them."""

    workspace: Workspace
    project: str
    as_found: bool = False

    def budget(self, budget: str | None) -> Row | None:
        """Return a live budget."""
        return self._live(finance_scope(self.project), budget, "budget")

    def line(self, line: str | None) -> Row | None:
        """Return a live line of a live budget."""
        row = self._live(finance_scope(self.project), line, "budget_line")
        return row if row is not None and self.budget(row.values["budget_id"]) else None

    def place(self, values: Mapping[str, Any]) -> Place:
        """Return where an expense with these values is counted."""
        line = self.line(values.get("budget_line_id"))
        budget = None if line is None else self.budget(line.values["budget_id"])
        if line is not None and budget is not None:
            return Place(line.id, budget.id, budget.values["currency"])
        project = self._live(project_scope(self.project), self.project, "project")
        return Place(None, None, None if project is None else project.values["currency"])

    def _live(self, scope: str, row: str | None, table: str) -> Row | None:
        entry = None if row is None else self.workspace.entries.get((scope, row))
        found = None if entry is None else self.version(entry)
        return None if found is None or found.deleted or found.table != table else found

    def version(self, entry: Entry) -> Row | None:
        """Return the version of a row that this ledger is about."""
        return entry.stored if self.as_found else entry.row


async def load_places(
    transaction: MergeTransaction, expenses: Mapping[str, Iterable[Mapping[str, Any]]]
) -> None:
    """Read what says where expenses are counted: their projects, lines and budgets.

    Args:
        transaction: the merge.
        expenses: project -> the values of its expenses, all versions that matter.

    """
    workspace = transaction.workspace
    for project, versions in expenses.items():
        scope = finance_scope(project)
        if scope not in workspace.scopes:
            continue
        await transaction.load(project_scope(project), [project])
        lines = {line for values in versions if (line := values.get("budget_line_id"))}
        await load_lines(transaction, project, lines)


async def load_lines(transaction: MergeTransaction, project: str, lines: Iterable[str]) -> None:
    """Read budget lines and their budgets."""
    scope = finance_scope(project)
    workspace = transaction.workspace
    wanted = sorted({*lines})
    await transaction.load(scope, wanted)
    budgets: set[str] = set()
    for line in wanted:
        entry = workspace.entries.get((scope, line))
        if entry is None or entry.table.name != "budget_line":
            continue
        budgets |= {row.values["budget_id"] for row in (entry.stored, entry.row) if row is not None}
    await transaction.load(scope, sorted(budgets))
