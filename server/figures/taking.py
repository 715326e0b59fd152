"""Takes a baseline: what each task is worth and when it was planned, frozen in the merge.

Also puts the daily figures on another baseline, when one is taken or deleted: the latest counts.
This reads every task of the project, once for each baseline.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from server.figures.valuing import WORK_KINDS, Line, PlannedTask, value_tasks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from server.figures.valuing import TaskValue
    from server.intake import MergeTransaction
    from server.store import Connection

_READ_TASKS = """
    SELECT id::text, parent_id::text AS parent, kind, planned_start::date AS start,
        planned_finish::date AS finish, weight, duration_minutes AS duration
    FROM task WHERE project_id = $1 AND NOT deleted AND status IS DISTINCT FROM 'cancelled'
    ORDER BY id
"""

_READ_LINES = """
    SELECT line.id::text, line.task_id::text AS task, line.amount
    FROM budget_line AS line
    JOIN budget ON budget.project_id = line.project_id AND budget.id = line.budget_id
    WHERE line.project_id = $1 AND NOT line.deleted AND NOT budget.deleted
        AND budget.currency = $2
    ORDER BY line.id
"""

_COLUMNS = ("project_id", "baseline_id", "task_id", "line_id", "start", "days", "budget")

# Tasks that the merge in hand brings are not in the database yet: they are counted after this.
_STATE = """
    INSERT INTO figure_state (project_id, baseline_id, currency, added)
    SELECT $1, $2, $3, count(*) FROM task
    WHERE project_id = $1 AND NOT deleted AND kind = ANY($4::text[])
        AND status IS DISTINCT FROM 'cancelled' AND NOT EXISTS (
            SELECT FROM baseline_value AS value WHERE value.project_id = $1
                AND value.baseline_id = $2 AND value.task_id = task.id)
    ON CONFLICT (project_id)
        DO UPDATE SET baseline_id = excluded.baseline_id, added = excluded.added
"""

_REBUILD = (
    "DELETE FROM figure_day WHERE project_id = $1",
    # Numeric: an amount times days, or times basis points, may be more than a bigint holds.
    """
    INSERT INTO figure_day (project_id, figure, day, amount)
    SELECT $1, 'planned', start + (number - 1)::int, sum(
        div(budget::numeric * number, days) - div(budget::numeric * (number - 1), days))::bigint
    FROM baseline_value, generate_series(1, days) AS number
    WHERE project_id = $1 AND baseline_id = (
        SELECT baseline_id FROM figure_state WHERE project_id = $1)
    GROUP BY start + (number - 1)::int
    """,
    """
    WITH value AS MATERIALIZED (
        SELECT task_id, sum(budget) AS budget FROM baseline_value
        WHERE project_id = $1 AND baseline_id = (
            SELECT baseline_id FROM figure_state WHERE project_id = $1)
        GROUP BY task_id
    ), reached AS (
        SELECT report.task_id, report.day, div(value.budget * CASE
            WHEN lead(report.day) OVER task IS NULL THEN standing.progress
            ELSE report.progress END, 10000) AS earned
        FROM progress_day AS report
        JOIN progress_day AS standing ON standing.project_id = $1
            AND standing.task_id = report.task_id AND standing.day = 'infinity'
            AND standing.progress >= 0
        JOIN value ON value.task_id = report.task_id
        WHERE report.project_id = $1 AND report.day <> 'infinity'
        WINDOW task AS (PARTITION BY report.task_id ORDER BY report.day)
    ), steps AS (
        SELECT day, earned - coalesce(lag(earned) OVER (PARTITION BY task_id ORDER BY day), 0)
            AS amount
        FROM reached
    )
    INSERT INTO figure_day (project_id, figure, day, amount)
    SELECT $1, 'earned', day, sum(amount)::bigint FROM steps GROUP BY day HAVING sum(amount) <> 0
    """,
)

_FORGET = (
    "DELETE FROM figure_day WHERE project_id = $1",
    "DELETE FROM figure_state WHERE project_id = $1",
)


async def value_baseline(
    transaction: MergeTransaction, project: str, baseline: str, currency: str, today: dt.date
) -> None:
    """Freeze what the tasks are worth."""
    connection = transaction.connection
    tasks = [*_tasks(transaction, project, await connection.fetch(_READ_TASKS, project))]
    lines = [Line(**dict(one)) for one in await connection.fetch(_READ_LINES, project, currency)]
    await write_values(connection, project, baseline, value_tasks(tasks, lines, today))


async def write_values(
    connection: Connection, project: str, baseline: str, values: Iterable[TaskValue]
) -> None:
    """Keep what the tasks of a baseline are worth."""
    records = [
        (project, baseline, one.task, one.line, one.start, one.days, one.budget) for one in values
    ]
    await connection.execute(
        "DELETE FROM baseline_value WHERE project_id = $1 AND baseline_id = $2", project, baseline
    )
    await connection.execute(
        f"INSERT INTO baseline_value ({', '.join(_COLUMNS)}) "
        "SELECT $1, $2, * FROM unnest($3::uuid[], $4::uuid[], $5::date[], $6::int[], $7::bigint[])",
        project,
        baseline,
        *([record[place] for record in records] for place in range(2, 7)),
    )


def _tasks(
    transaction: MergeTransaction, project: str, records: Iterable[Any]
) -> Iterator[PlannedTask]:
    """Yield the tasks as the merge leaves them: what it changed is not in the database yet."""
    changed = {
        row: entry.row
        for (scope, row), entry in transaction.workspace.touched.items()
        if scope == f"project:{project}" and entry.table.name == "task"
    }
    for record in records:
        if record["id"] not in changed:
            yield PlannedTask(**dict(record))
    for row in changed.values():
        if row is None or row.deleted or row.values.get("status") == "cancelled":
            continue
        values = row.values
        yield PlannedTask(
            row.id,
            values.get("parent_id"),
            values["kind"],
            _date(values.get("planned_start")),
            _date(values.get("planned_finish")),
            values.get("weight"),
            values.get("duration_minutes"),
        )


def _date(local_time: str | None) -> dt.date | None:
    return None if local_time is None else dt.date.fromisoformat(local_time[:10])


async def put_in_force(
    connection: Connection, project: str, baseline: str | None, currency: str
) -> None:
    """Let a baseline count: the daily figures are worked out anew from it."""
    if baseline is None:
        for statement in _FORGET:
            await connection.execute(statement, project)
        return
    await connection.execute(_STATE, project, baseline, currency, WORK_KINDS)
    await rebuild(connection, project)


async def rebuild(connection: Connection, project: str) -> None:
    """Work out the daily figures from what the tasks are worth and the reports.

    The planner knows nothing yet of what the same transaction has just written: it would expect a
    row and go through a hundred thousand for each. Everything of the project is read: hashes.
    """
    async with connection.transaction():
        await connection.execute("SET LOCAL enable_nestloop = off")
        for statement in _REBUILD:
            await connection.execute(statement, project)
        await connection.execute("SET LOCAL enable_nestloop = DEFAULT")
