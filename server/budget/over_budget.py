"""Expenses that go over their budget: taken and counted all the same, and marked (`marking`).

`stop` in the control grid keeps one from being approved, nothing else. An order that is reopened
binds the budget again, so the grid is asked as when it was approved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.budget.control import Draw, control_of, excesses
from server.budget.ledger import DOCUMENTS, counted_expense, finance_scope, is_uuid, load_places
from server.budget.monthly import load_months
from sync import errors
from sync.tables.budget import settings_id
from sync.validation import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.intake import Judgement, MergeTransaction, Workspace
    from sync.changes import Change
    from sync.merge import Row

_CONTROLLED = frozenset({"expense", "purchase_order"})
CONTROL = "budget.control"
"""Name under which the merge's workspace lies in `workspace.facts`, with what the grid asks."""


async def prepare_controls(transaction: MergeTransaction, changes: Sequence[Change]) -> None:
    """Read the lines and the rules of money of what a merge approves, or reopens."""
    workspace = transaction.workspace
    named: dict[str, list[Row]] = {}
    for change in changes:
        kind, _, project = change.scope.partition(":")
        if change.table not in _CONTROLLED or change.after.get("status") != "approved":
            continue
        row = workspace.row(change.scope, change.row)
        if kind == DOCUMENTS[change.table] and is_uuid(project) and row is not None:
            named.setdefault(project, []).append(row)
    if not named:
        return
    await load_places(
        transaction, {project: [row.values for row in rows] for project, rows in named.items()}
    )
    for project in sorted(named):
        if finance_scope(project) in workspace.scopes:
            await transaction.load(finance_scope(project), [settings_id(project)])
            lines = (row.values.get("budget_line_id") for row in named[project])
            await load_months(transaction, project, [one for one in lines if one is not None])
    workspace.facts[CONTROL] = workspace


def control_fault(judgement: Judgement) -> Fault | None:
    """Refuse to approve, or reopen, what the grid stops for want of room."""
    workspace: Workspace | None = judgement.facts.get(CONTROL)
    row = judgement.row
    if workspace is None or row is None or judgement.change.after.get("status") != "approved":
        return None
    if row.values.get("status") == "approved":
        return None
    draw = _draw_of(row)
    project = judgement.change.scope.partition(":")[2]
    stopped = draw is not None and any(
        excess > 0 and control_of(workspace, project, control) == "stop"
        for control, excess in excesses(workspace, project, draw)
    )
    return Fault(errors.OVER_BUDGET, "amount") if stopped else None


def _draw_of(row: Row) -> Draw | None:
    """Return what an approval, or a reopening, would add to what is counted already."""
    line: str | None = row.values.get("budget_line_id")
    worth: int = row.values.get("amount_converted") or 0
    if row.table == "purchase_order":
        left = max(0, worth - (row.values.get("invoiced") or 0))
        return None if line is None else Draw(line, left, "order", row.values["date"])
    if line is None:
        return None
    return Draw(line, 0 if counted_expense(row) else worth, "actual", row.values["date"])
