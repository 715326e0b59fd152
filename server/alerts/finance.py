"""Alerts on budgets and their lines: of those that a merge moved, and of a whole project."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from server.alerts.causes import versions
from server.alerts.rules import Signal, budget_signals, consumption, thresholds_of
from server.alerts.settling import differs, settle_alerts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server.intake import MergeTransaction
    from server.intake.entries import Entry

_READ_LINES = """
    SELECT id::text FROM budget_line
    WHERE project_id = $1 AND budget_id = ANY($2::uuid[]) AND spent > 0 ORDER BY id
"""

_READ_SPENT = """
    SELECT 'budget' AS table_name, id::text FROM budget WHERE project_id = $1 AND spent > 0
    UNION ALL
    SELECT 'budget_line', id::text FROM budget_line WHERE project_id = $1 AND spent > 0
"""

_READ_STANDING = """
    SELECT subject_table AS table_name, subject_id::text AS id,
        (facts->>'threshold')::int AS threshold
    FROM alert
    WHERE project_id = $1 AND scope_kind = 'finance' AND status IN ('open', 'acknowledged')
"""


async def evaluate_money(
    transaction: MergeTransaction, project: str, budgets: set[str], lines: set[str]
) -> None:
    """Evaluate the budgets and lines that a merge moved.

    Args:
        transaction: the merge.
        project: whose they are.
        budgets: ids of the touched budgets; new thresholds bring in all their lines.
        lines: ids of the touched lines.

    """
    scope = f"finance:{project}"
    entries = transaction.workspace.entries
    changed = [
        budget
        for budget in sorted(budgets)
        if entries[scope, budget].stored is not None
        and differs(entries[scope, budget], ("thresholds",))
    ]
    if changed:
        records = await transaction.connection.fetch(_READ_LINES, project, changed)
        lines = lines | {record["id"] for record in records}
        await transaction.load(scope, sorted(lines))
    found = [entries[scope, line] for line in sorted(lines)]
    named = {row.values["budget_id"] for line in found for row in versions(line)}
    await transaction.load(scope, sorted(named))
    signals: list[Signal] = []
    for budget in sorted(budgets):
        entry = entries[scope, budget]
        signals += _money_signals("budget", entry, entry, entry)
    for line in found:
        before, after = (
            None if row is None else entries.get((scope, row.values["budget_id"]))
            for row in (line.stored, line.row)
        )
        signals += _money_signals("budget_line", line, before, after)
    await settle_alerts(transaction, project, scope, signals)


def _money_signals(
    table: str, subject: Entry, before: Entry | None, after: Entry | None
) -> Iterable[Signal]:
    """Return what changed for a budget or a line: nothing when it stands as it did."""
    old_budget = None if before is None else before.stored
    new_budget = None if after is None else after.row
    old, new = consumption(subject.stored, old_budget), consumption(subject.row, new_budget)
    if old == new:
        return ()
    assert subject.row is not None  # noqa: S101 - a touched entry has a row
    thresholds = sorted({*thresholds_of(old_budget), *thresholds_of(new_budget)})
    return budget_signals(table, subject.row.id, new, thresholds)


async def evaluate_finance(transaction: MergeTransaction, project: str) -> None:
    """Evaluate all budgets and lines of a project anew: those spent from, and those with alerts.

    After any history it finds nothing to write: the merges have kept the alerts true.
    """
    scope = f"finance:{project}"
    workspace = transaction.workspace
    thresholds: dict[tuple[str, str], set[int]] = defaultdict(set)
    for one in await transaction.connection.fetch(_READ_SPENT, project):
        thresholds[one["table_name"], one["id"]] = set()
    for one in await transaction.connection.fetch(_READ_STANDING, project):
        thresholds[one["table_name"], one["id"]].add(one["threshold"])
    await transaction.load(scope, sorted(row for _, row in thresholds))
    rows = {row: workspace.row(scope, row) for _, row in thresholds}
    named = {row.values["budget_id"] for row in rows.values() if row and row.table != "budget"}
    await transaction.load(scope, sorted(named))
    signals: list[Signal] = []
    for (table, subject), known in sorted(thresholds.items()):
        row = rows[subject]
        of = None if row is None else row.values.get("budget_id", subject)
        budget = None if of is None else workspace.row(scope, of)
        wanted = sorted({*known, *thresholds_of(budget)})
        signals += budget_signals(table, subject, consumption(row, budget), wanted)
    await settle_alerts(transaction, project, scope, signals)
