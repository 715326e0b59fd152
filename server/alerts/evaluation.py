"""Evaluates the alerts of what a merge touched, in its transaction; and of whole projects.

A subject is looked at only when something its rules read has changed: five hundred progress
updates cost no query, five hundred expenses three or four.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from server.alerts.causes import versions
from server.alerts.rules import (
    SETTLED_STATUS,
    WATCHED_KINDS,
    ProjectDay,
    Signal,
    budget_signals,
    consumption,
    project_day,
    task_signals,
    task_state,
    thresholds_of,
)
from server.alerts.settling import settle_alerts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from server.intake import MergeTransaction
    from server.intake.workspace import Entry
    from sync.merge import Row

DEFAULT_LEAD_DAYS = 3

TASK_FIELDS = ("planned_finish", "status", "kind")
PROJECT_FIELDS = ("finish", "time_zone", "status")
BUDGET_FIELDS = ("spent", "amount", "thresholds")
LINE_FIELDS = ("spent", "amount", "budget_id")

_READ_LINES = """
    SELECT id::text FROM budget_line
    WHERE project_id = $1 AND budget_id = ANY($2::uuid[]) AND spent > 0 ORDER BY id
"""

# Either side of the OR is a range of the index on (project_id, planned_finish).
_READ_TASKS = """
    SELECT id::text FROM task
    WHERE project_id = $1
        AND (planned_finish < $2::text::date + 1 OR planned_finish >= $3::text::date + 1)
        AND NOT deleted AND kind = ANY($4::text[])
        AND (status IS NULL OR status <> ALL($5::text[]))
"""

_READ_ALERTED = """
    SELECT subject_id::text AS id FROM alert
    WHERE project_id = $1 AND scope_kind = 'project' AND status IN ('open', 'acknowledged')
"""


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
            await _evaluate_money(transaction, project, work)
        if work.whole:
            await evaluate_project(transaction, project, lead_days)
        elif work.tasks:
            await _evaluate_tasks(transaction, project, work.tasks, lead_days)


def _touched(entries: Iterable[Entry]) -> dict[str, Touched]:
    found: dict[str, Touched] = defaultdict(lambda: Touched(set(), set(), set()))
    for entry in entries:
        fields = _FIELDS.get(entry.table.name)
        if fields is None or not _differs(entry, fields):
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
    "task": TASK_FIELDS,
    "budget_line": LINE_FIELDS,
    "budget": BUDGET_FIELDS,
    "project": PROJECT_FIELDS,
}


def _differs(entry: Entry, fields: tuple[str, ...]) -> bool:
    stored, row = entry.stored, entry.row
    assert row is not None  # noqa: S101 - a touched entry has a row
    if stored is None or stored.deleted != row.deleted:
        return True
    before, after = stored.values, row.values
    return any(before.get(name) != after.get(name) for name in fields)


# Budgets


async def _evaluate_money(transaction: MergeTransaction, project: str, work: Touched) -> None:
    scope = f"finance:{project}"
    entries = transaction.workspace.entries
    changed = [
        budget
        for budget in sorted(work.budgets)
        if entries[scope, budget].stored is not None
        and _differs(entries[scope, budget], ("thresholds",))
    ]
    if changed:
        records = await transaction.connection.fetch(_READ_LINES, project, changed)
        work.lines |= {record["id"] for record in records}
        await transaction.load(scope, sorted(work.lines))
    lines = [entries[scope, line] for line in sorted(work.lines)]
    named = {row.values["budget_id"] for line in lines for row in versions(line)}
    await transaction.load(scope, sorted(named))
    signals: list[Signal] = []
    for budget in sorted(work.budgets):
        entry = entries[scope, budget]
        signals += _money_signals("budget", entry, entry, entry)
    for line in lines:
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


# Tasks


async def _evaluate_tasks(
    transaction: MergeTransaction, project: str, tasks: set[str], lead_days: int
) -> None:
    scope = f"project:{project}"
    workspace = transaction.workspace
    day = await _project_day(transaction, project, lead_days)
    signals: list[Signal] = []
    for task in sorted(tasks):
        entry = workspace.entries[scope, task]
        state = _state(entry.row, day)
        if state != _state(entry.stored, day):
            signals += task_signals(task, state)
    await settle_alerts(transaction, project, scope, signals)


async def _project_day(transaction: MergeTransaction, project: str, lead_days: int) -> ProjectDay:
    scope = f"project:{project}"
    await transaction.load(scope, [project])
    row = transaction.workspace.row(scope, project)
    values = None if row is None or row.deleted else row.values
    return project_day(values, transaction.workspace.now_ms, lead_days)


def _state(task: Row | None, day: ProjectDay) -> Any:
    return None if task is None or task.deleted else task_state(task.values, day)


async def evaluate_project(
    transaction: MergeTransaction, project: str, lead_days: int = DEFAULT_LEAD_DAYS
) -> None:
    """Evaluate all tasks of a project that break a rule today, or have an alert that stands.

    The rows that the merge has in hand count as it leaves them.
    """
    scope = f"project:{project}"
    workspace = transaction.workspace
    day = await _project_day(transaction, project, lead_days)
    connection = transaction.connection
    found = {record["id"] for record in await connection.fetch(_READ_ALERTED, project)}
    if day.watched:
        records = await connection.fetch(
            _READ_TASKS,
            project,
            day.horizon,
            day.finish or "infinity",
            WATCHED_KINDS,
            SETTLED_STATUS,
        )
        found |= {record["id"] for record in records}
    found |= {
        row
        for (where, row), entry in workspace.touched.items()
        if where == scope and entry.table.name == "task"
    }
    await transaction.load(scope, sorted(found))
    signals: list[Signal] = []
    for task in sorted(found):
        signals += task_signals(task, _state(workspace.row(scope, task), day))
    await settle_alerts(transaction, project, scope, signals)
