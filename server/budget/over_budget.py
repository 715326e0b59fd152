"""Expenses that go over their budget: taken and counted all the same, and marked with by how much.

The mark says how things stood when the server last counted the expense: at capture, and whenever it
is changed or decided. `stop` in the control grid keeps it from being approved, nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.budget.control import Draw, control_of, excesses
from server.budget.ledger import (
    Ledger,
    counted_expense,
    finance_scope,
    is_uuid,
    load_places,
    project_scope,
)
from server.budget.moved import COUNTED_BY, differs
from sync import errors
from sync.tables.budget import settings_id
from sync.validation import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.intake import Judgement, MergeTransaction, Workspace
    from sync.changes import Change
    from sync.merge import Row

CONTROL = "budget.control"
"""Name under which the merge's workspace lies in `workspace.facts`, with what the grid asks."""


async def prepare_controls(transaction: MergeTransaction, changes: Sequence[Change]) -> None:
    """Read the lines and the rules of money of the expenses that a merge approves."""
    workspace = transaction.workspace
    named: dict[str, list[Row]] = {}
    for change in changes:
        kind, _, project = change.scope.partition(":")
        if change.table != "expense" or change.after.get("status") != "approved":
            continue
        row = workspace.row(change.scope, change.row)
        if kind == "project" and is_uuid(project) and row is not None:
            named.setdefault(project, []).append(row)
    if not named:
        return
    await load_places(
        transaction, {project: [row.values for row in rows] for project, rows in named.items()}
    )
    for project in sorted(named):
        if finance_scope(project) in workspace.scopes:
            await transaction.load(finance_scope(project), [settings_id(project)])
    workspace.facts[CONTROL] = workspace


def control_fault(judgement: Judgement) -> Fault | None:
    """Refuse to approve an expense where the grid stops what goes over the budget."""
    workspace: Workspace | None = judgement.facts.get(CONTROL)
    row = judgement.row
    if workspace is None or row is None or judgement.change.after.get("status") != "approved":
        return None
    if row.values.get("status") == "approved":
        return None
    stopped = over(workspace, judgement.change.scope.partition(":")[2], row, ("stop",))
    return Fault(errors.OVER_BUDGET, "amount") if stopped else None


def over(workspace: Workspace, project: str, expense: Row, actions: tuple[str, ...]) -> int:
    """Return by how much an expense's line or budget is over, by what the grid acts upon so.

    What is counted already is not counted again; an expense is never over by more than itself.
    """
    line = expense.values.get("budget_line_id")
    worth: int = expense.values.get("amount_converted") or 0
    if line is None:
        return 0
    adds = 0 if counted_expense(expense) else worth
    found = [
        excess
        for control, excess in excesses(workspace, project, Draw(line, adds, "actual"))
        if excess > 0 and control_of(workspace, project, control) in actions
    ]
    return min(worth, max(found, default=0))


async def mark_over_budget(transaction: MergeTransaction) -> None:
    """Mark the expenses of a merge that go over their budget: an effect, run after the totals."""
    workspace = transaction.workspace
    touched: dict[str, list[Row]] = {}
    for entry in workspace.touched.values():
        if entry.table.name == "expense" and differs(entry, *COUNTED_BY["expense"]):
            assert entry.row is not None  # noqa: S101 - a touched entry has a row
            touched.setdefault(entry.row.values["project_id"], []).append(entry.row)
    for project, expenses in sorted(touched.items()):
        await _mark(transaction, project, expenses)


async def _mark(transaction: MergeTransaction, project: str, expenses: list[Row]) -> None:
    workspace, ledger = transaction.workspace, Ledger(transaction.workspace, project)
    lines = {row.values.get("budget_line_id") for row in expenses}
    full = {line for line in lines if _is_over(ledger, line)}
    if full:
        await transaction.load(finance_scope(project), [settings_id(project)])
    for row in expenses:
        counts = counted_expense(row) and row.values.get("budget_line_id") in full
        mark = over(workspace, project, row, ("stop", "warn")) or None if counts else None
        if not row.deleted and row.values.get("over_budget") != mark:
            workspace.write(
                project_scope(project),
                "expense",
                row.id,
                {"over_budget": mark},
                intent="expense.over_budget",
            )


def _is_over(ledger: Ledger, line: str | None) -> bool:
    """Whether a line or its budget has spent or promised more than it has."""
    row = ledger.line(line)
    if row is None:
        return False
    whole = ledger.budget(row.values["budget_id"])
    return any(
        (one.values.get("spent") or 0) + (one.values.get("committed") or 0)
        > (one.values.get("amount") or 0)
        for one in (row, whole)
        if one is not None
    )
