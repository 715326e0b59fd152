"""The nightly check of the daily sums: added up again from the documents, compared, mended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from server.budget.recompute import SPENDING, narrowed

if TYPE_CHECKING:
    import asyncpg

    from server.intake import Intake
    from server.store import Connection

log = structlog.get_logger()

_COUNTED = f"""
    WITH {SPENDING}
    SELECT document.project_id, coalesce(budget.currency, project.currency) AS currency,
        document.date AS day, document.task_id, document.amount, document.invoiced
    FROM document JOIN project ON project.id = document.project_id AND NOT project.deleted
    LEFT JOIN budget_line AS line ON line.project_id = document.project_id
        AND line.id = document.budget_line_id AND NOT line.deleted
    LEFT JOIN budget ON budget.project_id = line.project_id
        AND budget.id = line.budget_id AND NOT budget.deleted
    WHERE document.amount <> 0
"""
"""The documents that count, each in the currency of its budget."""

_DAYS = f"""
    SELECT project_id, currency, day, sum(amount)::bigint AS amount,
        sum(invoiced)::bigint AS invoiced, count(*) AS expenses
    FROM ({_COUNTED}) AS counted GROUP BY project_id, currency, day
"""

_TASKS = f"""
    SELECT project_id, task_id, currency, sum(amount)::bigint AS amount, count(*) AS expenses
    FROM ({_COUNTED}) AS counted WHERE task_id IS NOT NULL GROUP BY project_id, task_id, currency
"""

_STORED_DAYS = """
    SELECT project_id, currency, day, amount, invoiced, expenses FROM expense_day
    WHERE expenses <> 0 AND ($1::uuid IS NULL OR project_id = $1)
"""

_STORED_TASKS = """
    SELECT project_id, task_id, currency, amount, expenses FROM expense_task
    WHERE expenses <> 0 AND ($1::uuid IS NULL OR project_id = $1)
"""

_MONTHS = f"""
    WITH {SPENDING}, used AS (
        SELECT project_id, budget_line_id, date, amount AS spent, 0::bigint AS committed
        FROM document
        UNION ALL
        SELECT project_id, budget_line_id, date, 0, coalesce(committed, 0) FROM purchase_order
        WHERE NOT deleted AND ($1::uuid IS NULL OR project_id = $1)
    )
    SELECT used.project_id, line.id AS line_id, date_trunc('month', used.date)::date,
        sum(used.spent)::bigint AS spent, sum(used.committed)::bigint AS committed
    FROM used JOIN budget_line AS line ON line.project_id = used.project_id
        AND line.id = used.budget_line_id AND NOT line.deleted
    JOIN budget ON budget.project_id = line.project_id
        AND budget.id = line.budget_id AND NOT budget.deleted
    GROUP BY 1, 2, 3 HAVING sum(used.spent) <> 0 OR sum(used.committed) <> 0
"""
"""What was used of each line by month: spending by its own date, what an order binds by its."""

_STORED_MONTHS = """
    SELECT project_id, line_id, month, spent, committed FROM line_month
    WHERE (spent <> 0 OR committed <> 0) AND ($1::uuid IS NULL OR project_id = $1)
"""

_SUSPECTS = f"""
    SELECT DISTINCT project_id::text AS project FROM (
        (({_DAYS}) EXCEPT ({_STORED_DAYS})) UNION ALL (({_STORED_DAYS}) EXCEPT ({_DAYS}))
    ) AS days
    UNION
    SELECT DISTINCT project_id::text FROM (
        (({_TASKS}) EXCEPT ({_STORED_TASKS})) UNION ALL (({_STORED_TASKS}) EXCEPT ({_TASKS}))
    ) AS tasks
    UNION
    SELECT DISTINCT project_id::text FROM (
        (({_MONTHS}) EXCEPT ({_STORED_MONTHS})) UNION ALL (({_STORED_MONTHS}) EXCEPT ({_MONTHS}))
    ) AS months
    ORDER BY project
"""

_REBUILD = (
    "DELETE FROM expense_day WHERE project_id = $1",
    "DELETE FROM expense_task WHERE project_id = $1",
    "DELETE FROM line_month WHERE project_id = $1",
    f"INSERT INTO line_month (project_id, line_id, month, spent, committed) {_MONTHS}",
    f"INSERT INTO expense_day (project_id, currency, day, amount, invoiced, expenses) {_DAYS}",
    f"INSERT INTO expense_task (project_id, task_id, currency, amount, expenses) {_TASKS}",
)


async def wrong_daily_sums(
    connection: Connection | asyncpg.Pool, project: str | None = None
) -> list[str]:
    """Return the projects whose daily sums are not what their documents add up to."""
    return [one["project"] for one in await connection.fetch(narrowed(_SUSPECTS, project), project)]


async def rebuild_daily_sums(connection: Connection, project: str) -> None:
    """Add up from scratch what was spent in a project."""
    for statement in _REBUILD:
        await connection.execute(narrowed(statement, project), project)


async def mend_daily_sums(intake: Intake, pool: asyncpg.Pool) -> list[str]:
    """Put wrong sums right while their projects stand still; each is logged: none should be."""
    mended = []
    for project in await wrong_daily_sums(pool):
        scopes = [f"project:{project}", f"finance:{project}"]
        async with intake.server_transaction(scopes) as transaction:
            if await wrong_daily_sums(transaction.connection, project):
                await rebuild_daily_sums(transaction.connection, project)
                mended.append(project)
                log.warning("daily_sums_mended", project=project)
    return mended
