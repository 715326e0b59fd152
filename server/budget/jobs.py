"""The nightly check of the totals: compared with full sums, mended, reported; what waits, freed."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import structlog

from server.alerts import evaluate_alerts
from server.budget.balances import settle_balances
from server.budget.billing import convert_invoices
from server.budget.daily import move_daily_sums
from server.budget.effects import follow_money
from server.budget.ledger import finance_scope, project_scope
from server.budget.marking import mark_over_budget
from server.budget.moved import Moved
from server.budget.recompute import Difference, recompute
from server.budget.reviews.subjects import HOLDS
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

_UNCONVERTED_CLAIMS = """
    SELECT project_id::text AS project, array_agg(id::text) AS invoices FROM client_invoice
    WHERE amount_converted IS NULL AND amount IS NOT NULL AND NOT deleted GROUP BY project_id
"""

_HELD = " UNION ".join(
    f"SELECT project_id::text AS project FROM {table} WHERE NOT deleted"
    f" AND status = ANY({states}) AND decision_reason = ANY($1::text[])"
    for table, states in (
        ("budget_request", "'{submitted,in_review}'"),
        ("purchase_order", "'{submitted}'"),
        ("supplier_invoice", "'{pending}'"),
        ("client_invoice", "'{pending}'"),
    )
)


async def mend_totals(intake: Intake, pool: asyncpg.Pool) -> list[Difference]:
    """Convert what waited for a rate, then put wrong totals right, through the merge.

    Returns the totals that were wrong: each is also logged, since none should ever be.
    """
    await _convert_waiting(intake, pool)
    mended: list[Difference] = []
    # The second time for what only shows once the first is right: marks follow from totals.
    for _ in range(2):
        suspects = sorted({one.project for one in await recompute(pool)})
        for project in suspects:
            mended += await _mend(intake, project)
    await _free_held(intake, pool)
    return mended


async def _mend(intake: Intake, project: str) -> list[Difference]:
    async with intake.server_transaction(_scopes(project)) as transaction:
        wrong = await recompute(transaction.connection, project)
        write = transaction.workspace.write
        for one in wrong:
            scope = (project_scope if one.table in _OF_PROJECT else finance_scope)(project)
            await transaction.load(scope, [one.row])
            nothing = one.field == "over_budget" and not one.expected
            value = None if nothing else one.expected
            write(scope, one.table, one.row, {one.field: value}, intent="budget.recompute")
        await settle_balances(transaction)
        await evaluate_alerts(transaction)
    for one in wrong:
        log.warning("total_mended", **{name: getattr(one, name) for name in _FIELDS})
    return wrong


async def _free_held(intake: Intake, pool: asyncpg.Pool) -> None:
    """Approve what all have approved, and what held it up has gone without a merge that saw it."""
    for record in await pool.fetch(_HELD, [*HOLDS]):
        async with intake.server_transaction(_scopes(record["project"])) as transaction:
            await follow_money(transaction, held=True)
            await evaluate_alerts(transaction)


_FIELDS = Difference.__struct_fields__
_OF_PROJECT = frozenset({"project", "expense"})


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
            await mark_over_budget(transaction)
            await move_daily_sums(transaction)
            await evaluate_alerts(transaction)
    for record in await pool.fetch(_UNCONVERTED_CLAIMS):
        async with intake.server_transaction(_scopes(record["project"])) as transaction:
            scope = finance_scope(record["project"])
            await transaction.load(scope, record["invoices"])
            await convert_invoices(transaction, scope)
