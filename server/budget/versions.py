"""How a budget's amounts move: frozen when it is locked, then by approved requests alone.

Each move is written with its `budget_version`, in the transaction of the approval that caused it.
So a budget's amount is always its original one plus what its versions moved, line by line.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from server.budget.annual import moved
from server.budget.ledger import finance_scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.intake import MergeTransaction, Workspace
    from server.intake.entries import Entry
    from sync.merge import Row

_NAMESPACE = uuid.UUID("5d1f3c5e-0f5b-5b5c-8f1c-3b1f6a1f0a44")

_READ_LINES = """
    SELECT id::text FROM budget_line
    WHERE project_id = $1 AND budget_id = ANY($2::uuid[]) AND NOT deleted ORDER BY id
"""


def version_id(cause: str) -> str:
    """Return the id of the version that a request, or the locking of a budget, makes: one for ever.

    Args:
        cause: the request's id, or the budget's.

    """
    return str(uuid.uuid5(_NAMESPACE, cause))


async def lock_budgets(transaction: MergeTransaction) -> None:
    """Freeze the original amounts of budgets that a merge locked, and of lines that came since.

    The first version lists no lines: their original amounts say what they were.
    """
    workspace = transaction.workspace
    locked: dict[str, list[Row]] = {}
    added: list[Row] = []
    for entry in workspace.touched.values():
        row = entry.row
        if row is None or row.deleted or row.values.get("original_amount") is not None:
            continue
        if row.table == "budget" and row.values.get("status") == "locked":
            locked.setdefault(row.values["project_id"], []).append(row)
        elif row.table == "budget_line":
            added.append(row)
    for project, budgets in sorted(locked.items()):
        await _lock(transaction, project, budgets)
    await _freeze_added(transaction, added)


async def _lock(transaction: MergeTransaction, project: str, budgets: list[Row]) -> None:
    workspace, scope = transaction.workspace, finance_scope(project)
    ids = sorted(budget.id for budget in budgets)
    records = await transaction.connection.fetch(_READ_LINES, project, ids)
    await transaction.load(scope, [record["id"] for record in records])
    for (where, line), entry in sorted(workspace.entries.items()):
        if where == scope and _on(entry, ids):
            _freeze(workspace, scope, line)
    for budget in sorted(budgets, key=lambda row: row.id):
        values = budget.values
        workspace.write(
            scope,
            "budget",
            budget.id,
            {"original_amount": values["amount"], "version": 1, "locked_at": workspace.now_ms},
            intent="budget.lock",
        )
        _write_version(workspace, budget, {"cause": "locked", "lines": {}}, version_id(budget.id))


def _on(entry: Entry, budgets: list[str]) -> bool:
    row = entry.row
    if row is None or row.deleted or row.table != "budget_line":
        return False
    return row.values["budget_id"] in budgets


def _freeze(workspace: Workspace, scope: str, line: str) -> None:
    row = workspace.row(scope, line)
    if row is not None and row.values.get("original_amount") is None:
        frozen = {"original_amount": row.values["amount"]}
        workspace.write(scope, "budget_line", line, frozen, intent="budget.lock")


async def _freeze_added(transaction: MergeTransaction, lines: list[Row]) -> None:
    """Freeze lines that were added to a budget after it was locked: they begin with nothing."""
    workspace = transaction.workspace
    budgets: dict[str, set[str]] = {}
    for line in lines:
        scope = finance_scope(line.values["project_id"])
        budgets.setdefault(scope, set()).add(line.values["budget_id"])
    for scope, wanted in sorted(budgets.items()):
        await transaction.load(scope, sorted(wanted))
    for line in sorted(lines, key=lambda row: row.id):
        scope = finance_scope(line.values["project_id"])
        budget = workspace.row(scope, line.values["budget_id"])
        if budget is not None and not budget.deleted and budget.values.get("status") == "locked":
            _freeze(workspace, scope, line.id)


def move_budget(workspace: Workspace, request: Row) -> None:
    """Move the amounts of an approved request, and write the version that says so.

    Its lines and its budget are loaded, and `control.movable` was asked.
    """
    values = request.values
    scope = finance_scope(values["project_id"])
    amount = values["amount"]
    moves = {values["budget_line_id"]: amount}
    if values["kind"] != "increase":
        moves[values["source_line_id"]] = -amount
    lines: dict[str, list[int]] = {}
    for line, change in sorted(moves.items()):
        before: int = _line(workspace, scope, line)["amount"]
        lines[line] = [before, before + change]
        assert lines[line][1] >= 0, "no budget line becomes negative"  # noqa: S101
        revised: dict[str, Any] = {"amount": before + change}
        if values.get("annual_year") is not None:
            annual = _line(workspace, scope, line).get("annual_amounts")
            years = moved(annual, values["annual_year"], change)
            revised |= {} if years is None else {"annual_amounts": years}
        workspace.write(scope, "budget_line", line, revised, intent="budget.revise")
    budget = workspace.row(scope, values["budget_id"])
    assert budget is not None  # noqa: S101 - asked before
    after: dict[str, Any] = {"version": (budget.values.get("version") or 1) + 1}
    if values["kind"] == "increase":
        after["amount"] = budget.values["amount"] + amount
    workspace.write(scope, "budget", budget.id, after, intent="budget.revise")
    budget = workspace.row(scope, budget.id)
    assert budget is not None  # noqa: S101 - just written
    told = {"cause": "request", "request_id": request.id, "lines": lines}
    _write_version(workspace, budget, told, version_id(request.id))


def _line(workspace: Workspace, scope: str, line: str) -> Mapping[str, Any]:
    row = workspace.row(scope, line)
    assert row is not None  # noqa: S101 - asked before
    return row.values


def _write_version(
    workspace: Workspace, budget: Row, told: Mapping[str, Any], version: str
) -> None:
    scope = finance_scope(budget.values["project_id"])
    values = {
        "project_id": budget.values["project_id"],
        "budget_id": budget.id,
        "number": budget.values.get("version") or 1,
        "amount": budget.values["amount"],
        "made_at": workspace.now_ms,
        **told,
    }
    assert workspace.row(scope, version) is None, "a budget moves once for each cause"  # noqa: S101
    workspace.write(scope, "budget_version", version, values, intent="budget.version")
