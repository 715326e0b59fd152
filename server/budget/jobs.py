"""The nightly check of the totals: compared with a full sum, mended, reported."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import structlog

from server.alerts import evaluate_alerts
from server.budget.daily import move_daily_sums
from server.budget.ledger import finance_scope, project_scope
from server.budget.moved import Moved
from server.budget.recompute import Difference, recompute
from server.budget.totals import settle_documents

if TYPE_CHECKING:
    import asyncpg

    from server.intake import Intake

log = structlog.get_logger()

_UNCONVERTED = """
    SELECT project_id::text AS project, 'expense' AS table_name, id::text FROM expense
    WHERE amount_converted IS NULL AND NOT deleted
    UNION ALL
    SELECT project_id::text, 'purchase_order', id::text FROM purchase_order
    WHERE amount_converted IS NULL AND NOT deleted
    UNION ALL
    SELECT project_id::text, 'supplier_invoice', id::text FROM supplier_invoice
    WHERE amount_converted IS NULL AND NOT deleted
    ORDER BY project
"""


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
    """Convert the amounts whose rate was not known when they were counted."""
    waiting: dict[str, Moved] = defaultdict(Moved)
    for record in await pool.fetch(_UNCONVERTED):
        waiting[record["project"]].add([(record["table_name"], record["id"])])
    for project, moved in waiting.items():
        async with intake.server_transaction(_scopes(project)) as transaction:
            await settle_documents(transaction, {project: moved})
            await move_daily_sums(transaction)
            await evaluate_alerts(transaction)
