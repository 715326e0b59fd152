"""The rules of earned value: a project earns less than it spends, or less than was planned.

They need sums over all that a project has, so the worker looks at them after a merge that moved
one, and the clock every day.
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from server.alerts.rules import ProjectDay, Signal
from server.figures import Work, cost_index, schedule_index

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from server.alerts.book import Book, Rule
    from server.intake import MergeTransaction

INDEX_RULES = {"finance": "cost_index_low", "project": "schedule_index_low"}
"""Where an index's alert lives -> its rule: what things cost is for those who may see amounts."""

INDEX_FIELDS: Mapping[str, tuple[str, ...]] = {
    "task": ("progress", "progress_rolled", "status", "baseline_start", "baseline_finish"),
    "budget_line": ("amount", "spent", "task_id", "budget_id"),
}
"""Table -> what the indices are worked out from."""

REARM = Fraction(2, 100)
"""How far over its bound an index must rise before falling under it again is a new crossing."""

PROGRESS_WHOLE = 10_000

# Work has a value where a line of the budget, in the project's currency, names its task, and a
# frozen plan where the task has a baseline: what was added since earns nothing.
_READ_WORK = """
    SELECT line.amount, coalesce(line.spent, 0) AS spent,
        CASE WHEN task.status IN ('done', 'verified') THEN 10000
            ELSE coalesce(task.progress_rolled, task.progress, 0) END AS progress,
        task.baseline_start::date AS start, task.baseline_finish::date AS finish
    FROM budget_line AS line
    JOIN budget ON budget.project_id = line.project_id AND budget.id = line.budget_id
    JOIN project ON project.id = line.project_id AND project.currency = budget.currency
    JOIN task ON task.project_id = line.project_id AND task.id = line.task_id
    WHERE line.project_id = $1 AND NOT line.deleted AND NOT budget.deleted AND NOT task.deleted
        AND task.baseline_finish IS NOT NULL
        AND task.status IS DISTINCT FROM 'cancelled'
"""


def work_of(lines: Iterable[Mapping[str, Any]], today: dt.date) -> Work:
    """Add up what is known of a project's work at the end of a day.

    A line's value grows evenly over the calendar days of its task's baseline.
    """
    budget = planned = earned = spent = 0
    for line in lines:
        amount = line["amount"]
        start, finish = line["start"] or line["finish"], line["finish"]
        days = max((finish - start).days + 1, 1)
        elapsed = min(max((today - start).days + 1, 0), days)
        budget += amount
        planned += amount * elapsed // days
        earned += amount * line["progress"] // PROGRESS_WHOLE
        spent += line["spent"]
    return Work(budget, planned, earned, spent)


async def read_indices(
    transaction: MergeTransaction, day: ProjectDay, book: Book, home: str
) -> dict[str, Signal]:
    """Return the alert on an index of a project, if it is under its bound or close above it."""
    rule = INDEX_RULES[home]
    if not day.watched or not book[rule].enabled:
        return {}
    lines = await transaction.connection.fetch(_READ_WORK, day.project)
    work = work_of(map(dict, lines), dt.date.fromisoformat(day.today))
    value = cost_index(work) if home == "finance" else schedule_index(work)
    signal = index_signal(rule, day.project, value, book[rule])
    return {} if signal is None else {signal.id: signal}


def index_signal(rule: str, project: str, value: object, said: Rule) -> Signal | None:
    """Return how the alert on an index stands; None where the index has no value."""
    if not isinstance(value, Fraction) or said.bound is None:
        return None
    bound = Fraction(said.bound)
    if value >= bound:
        return Signal(rule, "project", project, "near" if value < bound + REARM else "clear")
    # Rounded down to hundredths: what moves less says nothing new.
    whole, hundredths = divmod(int(value * 100), 100)
    facts = {"index": f"{whole}.{hundredths:02d}", "bound": str(said.bound)}
    return Signal(rule, "project", project, "raised", level=said.level or "warning", facts=facts)
