"""Evaluates the alerts of what a merge touched, in its transaction.

A subject is looked at only when something its rules read has changed: five hundred progress
updates cost no query, five hundred expenses three or four.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec import Struct

from server.alerts.book import DEFAULT_LEAD_DAYS
from server.alerts.finance import evaluate_money
from server.alerts.planning import evaluate_project, evaluate_tasks
from server.alerts.settling import differs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from server.intake import MergeTransaction
    from server.intake.entries import Entry


class Touched(Struct):
    """What a merge changed of one project that a rule reads."""

    budgets: set[str]
    lines: set[str]
    tasks: set[str]
    whole: bool = False
    """The project's own dates or state changed: all its tasks are looked at."""


async def evaluate_alerts(
    transaction: MergeTransaction, lead_days: int = DEFAULT_LEAD_DAYS
) -> None:
    """Evaluate the alerts of what a merge touched: an effect, run after the totals.

    Args:
        transaction: the merge.
        lead_days: days before a task's end on which it is said to be due.

    """
    touched = _touched(transaction.workspace.touched.values())
    for project, work in sorted(touched.items()):
        if work.budgets or work.lines:
            await evaluate_money(transaction, project, work.budgets, work.lines)
        if work.whole:
            await evaluate_project(transaction, project, lead_days)
        elif work.tasks:
            await evaluate_tasks(transaction, project, work.tasks, lead_days)


def _touched(entries: Iterable[Entry]) -> dict[str, Touched]:
    found: dict[str, Touched] = defaultdict(lambda: Touched(set(), set(), set()))
    for entry in entries:
        fields = _FIELDS.get(entry.table.name)
        if fields is None or not differs(entry, fields):
            continue
        row = entry.row
        assert row is not None  # noqa: S101 - a touched entry has a row
        work = found[entry.scope.name.partition(":")[2]]
        match entry.table.name:
            case "task":
                work.tasks.add(row.id)
            case "budget_line":
                work.lines.add(row.id)
            case "budget":
                work.budgets.add(row.id)
            case _:
                work.whole = entry.stored is not None
    return dict(found)


_FIELDS: Mapping[str, tuple[str, ...]] = {
    "task": ("planned_finish", "status", "kind"),
    "budget_line": ("spent", "amount", "budget_id"),
    "budget": ("spent", "amount", "thresholds"),
    "project": ("finish", "time_zone", "status"),
}
"""Table -> what its rules read."""
