"""The nightly check of the totals: computed again from scratch, compared, mended, reported."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import structlog
from msgspec import Struct

from server.alerts import evaluate_alerts
from server.budget.daily import move_daily_sums
from server.budget.ledger import finance_scope, project_scope
from server.budget.totals import Moved, settle_expenses

if TYPE_CHECKING:
    import asyncpg

    from server.intake import Intake
    from server.store import Connection

log = structlog.get_logger()

# One statement, so one snapshot: a merge is in it whole or not at all.
_RECOMPUTE = """
    WITH counted AS (
        SELECT expense.project_id, expense.amount_converted AS amount,
            CASE WHEN budget.id IS NOT NULL THEN line.id END AS line_id, budget.id AS budget_id
        FROM expense
        LEFT JOIN budget_line AS line ON line.project_id = expense.project_id
            AND line.id = expense.budget_line_id AND NOT line.deleted
        LEFT JOIN budget ON budget.project_id = line.project_id
            AND budget.id = line.budget_id AND NOT budget.deleted
        WHERE NOT expense.deleted AND expense.status IS DISTINCT FROM 'refused'
            AND ($1::uuid IS NULL OR expense.project_id = $1)
    ), totals AS (
        SELECT 'budget_line' AS table_name, line.project_id, line.id, 'spent' AS field,
            coalesce(line.spent, 0) AS stored, coalesce(sum(counted.amount), 0) AS expected
        FROM budget_line AS line LEFT JOIN counted
            ON counted.project_id = line.project_id AND counted.line_id = line.id
        WHERE NOT line.deleted AND ($1::uuid IS NULL OR line.project_id = $1)
        GROUP BY line.project_id, line.id
        UNION ALL
        SELECT 'budget', budget.project_id, budget.id, 'spent',
            coalesce(budget.spent, 0), coalesce(sum(counted.amount), 0)
        FROM budget LEFT JOIN counted
            ON counted.project_id = budget.project_id AND counted.budget_id = budget.id
        WHERE NOT budget.deleted AND ($1::uuid IS NULL OR budget.project_id = $1)
        GROUP BY budget.project_id, budget.id
        UNION ALL
        SELECT 'project', project.id, project.id, 'spent_off_budget',
            coalesce(project.spent_off_budget, 0), coalesce(sum(counted.amount), 0)
        FROM project LEFT JOIN counted
            ON counted.project_id = project.id AND counted.budget_id IS NULL
        WHERE NOT project.deleted AND ($1::uuid IS NULL OR project.id = $1)
        GROUP BY project.id
    )
    SELECT project_id::text AS project, table_name AS table, id::text AS row, field,
        stored::bigint AS stored, expected::bigint AS expected
    FROM totals WHERE stored <> expected ORDER BY project, table_name, row
"""

_UNCONVERTED = """
    SELECT project_id::text AS project, id::text AS row FROM expense
    WHERE amount_converted IS NULL AND NOT deleted ORDER BY project, row
"""


class Difference(Struct, frozen=True):
    """A stored total that is not what its expenses add up to, in minor units."""

    project: str
    table: str
    row: str
    field: str
    stored: int
    expected: int


async def recompute(
    connection: Connection | asyncpg.Pool, project: str | None = None
) -> list[Difference]:
    """Add all totals up from scratch and return those that are stored wrong.

    Args:
        connection: to PostgreSQL.
        project: only this project's.

    """
    records = await connection.fetch(_RECOMPUTE, project)
    return [Difference(**dict(record)) for record in records]


async def mend_totals(intake: Intake, pool: asyncpg.Pool) -> list[Difference]:
    """Convert what waited for a rate, then put wrong totals right, through the merge.

    Returns the totals that were wrong: each is also logged, since none should ever be.
    """
    await _convert_waiting(intake, pool)
    suspects = sorted({one.project for one in await recompute(pool)})
    mended: list[Difference] = []
    for project in suspects:
        async with intake.server_transaction(_scopes(project)) as transaction:
            wrong = await recompute(transaction.connection, project)
            for one in wrong:
                scope = (project_scope if one.table == "project" else finance_scope)(project)
                await transaction.load(scope, [one.row])
                transaction.workspace.write(
                    scope, one.table, one.row, {one.field: one.expected}, intent="budget.recompute"
                )
            await evaluate_alerts(transaction)
        for one in wrong:
            log.warning("total_mended", **{name: getattr(one, name) for name in _FIELDS})
        mended += wrong
    return mended


_FIELDS = Difference.__struct_fields__


def _scopes(project: str) -> list[str]:
    return [project_scope(project), finance_scope(project)]


async def _convert_waiting(intake: Intake, pool: asyncpg.Pool) -> None:
    """Convert the expenses whose rate was not known when they were counted."""
    waiting: dict[str, set[str]] = defaultdict(set)
    for record in await pool.fetch(_UNCONVERTED):
        waiting[record["project"]].add(record["row"])
    for project, expenses in waiting.items():
        async with intake.server_transaction(_scopes(project)) as transaction:
            await settle_expenses(transaction, {project: Moved(expenses, set(), set())})
            await move_daily_sums(transaction)
            await evaluate_alerts(transaction)
