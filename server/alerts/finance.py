"""Alerts on budgets and their lines: of those that a merge moved, and of a whole project."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from server.alerts.causes import versions
from server.alerts.money import MONEY_RULES, consumptions, money_signals, thresholds_by_rule
from server.alerts.settling import differs, settle_alerts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server.alerts.book import Book
    from server.alerts.rules import Signal
    from server.intake import MergeTransaction
    from server.intake.entries import Entry

_READ_LINES = """
    SELECT id::text FROM budget_line
    WHERE project_id = $1 AND budget_id = ANY($2::uuid[]) AND spent > 0 ORDER BY id
"""

_USED = "(spent > 0 OR committed > 0 OR forecast > amount)"
_READ_USED = f"""
    SELECT 'budget' AS table_name, id::text FROM budget WHERE project_id = $1 AND {_USED}
    UNION ALL
    SELECT 'budget_line', id::text FROM budget_line WHERE project_id = $1 AND {_USED}
"""

_READ_STANDING = """
    SELECT subject_table AS table_name, subject_id::text AS id, rule,
        (facts->>'threshold')::int AS threshold
    FROM alert
    WHERE project_id = $1 AND scope_kind = 'finance' AND status IN ('open', 'acknowledged')
        AND rule = ANY($2::text[])
"""


async def evaluate_money(
    transaction: MergeTransaction, project: str, budgets: set[str], lines: set[str], book: Book
) -> None:
    """Evaluate the budgets and lines that a merge moved.

    Args:
        transaction: the merge.
        project: whose they are.
        budgets: ids of the touched budgets; new thresholds bring in all their lines.
        lines: ids of the touched lines.
        book: the project's rules.

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
        signals += _moved_signals("budget", entry, entry, entry, book)
    for line in found:
        before, after = (
            None if row is None else entries.get((scope, row.values["budget_id"]))
            for row in (line.stored, line.row)
        )
        signals += _moved_signals("budget_line", line, before, after, book)
    await settle_alerts(transaction, project, scope, signals, book)


def _moved_signals(
    table: str, subject: Entry, before: Entry | None, after: Entry | None, book: Book
) -> Iterable[Signal]:
    """Return what changed for a budget or a line: nothing when it stands as it did."""
    old_budget = None if before is None else before.stored
    new_budget = None if after is None else after.row
    old = consumptions(table, subject.stored, old_budget, book)
    new = consumptions(table, subject.row, new_budget, book)
    if old == new:
        return ()
    assert subject.row is not None  # noqa: S101 - a touched entry has a row
    thresholds = thresholds_by_rule(table, (old_budget, new_budget), book)
    states = {one.rule: one for one in old}
    moved = [one.rule for one in new if states.get(one.rule) != one] if new else [*thresholds]
    wanted = {rule: thresholds[rule] for rule in moved}
    return money_signals(table, subject.row.id, new, wanted, book)


async def evaluate_finance(transaction: MergeTransaction, project: str, book: Book) -> None:
    """Evaluate all budgets and lines of a project anew: those in use, and those with alerts.

    After any history it finds nothing to write: the merges have kept the alerts true.
    """
    scope = f"finance:{project}"
    workspace = transaction.workspace
    fetch = transaction.connection.fetch
    known: dict[tuple[str, str], dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for one in await fetch(_READ_USED, project):
        known[one["table_name"], one["id"]] = defaultdict(set)
    for one in await fetch(_READ_STANDING, project, MONEY_RULES):
        known[one["table_name"], one["id"]][one["rule"]].add(one["threshold"])
    await transaction.load(scope, sorted(row for _, row in known))
    rows = {row: workspace.row(scope, row) for _, row in known}
    named = {row.values["budget_id"] for row in rows.values() if row and row.table != "budget"}
    await transaction.load(scope, sorted(named))
    signals: list[Signal] = []
    for (table, subject), standing in sorted(known.items()):
        row = rows[subject]
        of = None if row is None else row.values.get("budget_id", subject)
        budget = None if of is None else workspace.row(scope, of)
        wanted = thresholds_by_rule(table, (budget,), book)
        for rule, thresholds in standing.items():
            wanted.setdefault(rule, set()).update(thresholds)
        state = consumptions(table, row, budget, book)
        signals += money_signals(table, subject, state, wanted, book)
    await settle_alerts(transaction, project, scope, signals, book)
