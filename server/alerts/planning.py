"""Alerts on tasks: of those that a merge moved, and of a whole project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.alerts.book import DEFAULT_LEAD_DAYS
from server.alerts.rules import (
    SETTLED_STATUS,
    WATCHED_KINDS,
    ProjectDay,
    Signal,
    TaskState,
    project_day,
    task_signals,
    task_state,
)
from server.alerts.settling import settle_alerts

if TYPE_CHECKING:
    from server.intake import MergeTransaction
    from sync.merge import Row

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


async def evaluate_tasks(
    transaction: MergeTransaction, project: str, tasks: set[str], lead_days: int
) -> None:
    """Evaluate the tasks that a merge moved.

    Args:
        transaction: the merge.
        project: whose they are.
        tasks: ids of the touched tasks.
        lead_days: days before a task's end on which it is said to be due.

    """
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


def _state(task: Row | None, day: ProjectDay) -> TaskState | None:
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
