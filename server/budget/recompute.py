"""All totals added up from scratch, from the documents alone, and compared with what is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    import asyncpg

    from server.store import Connection

# One statement, so one snapshot: a merge is in it whole or not at all.
_RECOMPUTE = """
    WITH line AS (
        SELECT line.*, budget.id AS place, budget.currency
        FROM budget_line AS line
        LEFT JOIN budget ON budget.project_id = line.project_id
            AND budget.id = line.budget_id AND NOT budget.deleted
        WHERE NOT line.deleted AND ($1::uuid IS NULL OR line.project_id = $1)
    ), invoice AS (
        SELECT * FROM supplier_invoice
        WHERE NOT deleted AND status IN ('approved', 'paid')
            AND ($1::uuid IS NULL OR project_id = $1)
    ), document AS (
        SELECT project_id, budget_line_id, order_id, amount_converted AS amount
        FROM expense
        WHERE NOT deleted
            AND (status IS NULL OR status NOT IN ('draft', 'refused'))
            AND NOT EXISTS (SELECT FROM invoice WHERE invoice.project_id = expense.project_id
                AND invoice.id = expense.invoice_id AND invoice.kind IS DISTINCT FROM 'credit_note')
            AND ($1::uuid IS NULL OR project_id = $1)
        UNION ALL
        SELECT project_id, budget_line_id, order_id,
            CASE WHEN kind = 'credit_note' THEN -amount_converted ELSE amount_converted END
        FROM invoice
    ), spent AS (
        SELECT document.*,
            CASE WHEN line.place IS NOT NULL THEN line.id END AS line_id,
            coalesce(line.currency, project.currency) AS currency
        FROM document
        LEFT JOIN line ON line.project_id = document.project_id
            AND line.id = document.budget_line_id
        LEFT JOIN project ON project.id = document.project_id AND NOT project.deleted
    ), ordered AS (
        SELECT bought.project_id, bought.id, bought.invoiced, bought.committed, bought.status,
            bought.amount_converted,
            CASE WHEN line.place IS NOT NULL THEN line.id END AS line_id,
            coalesce(line.currency, project.currency) AS currency
        FROM purchase_order AS bought
        LEFT JOIN line ON line.project_id = bought.project_id AND line.id = bought.budget_line_id
        LEFT JOIN project ON project.id = bought.project_id AND NOT project.deleted
        WHERE NOT bought.deleted AND ($1::uuid IS NULL OR bought.project_id = $1)
    ), taken AS (
        SELECT project_id, order_id, currency, sum(amount) AS taken FROM spent
        WHERE order_id IS NOT NULL GROUP BY project_id, order_id, currency
    ), open AS (
        SELECT ordered.*, coalesce(taken, 0) AS taken,
            CASE WHEN status = 'approved'
                THEN greatest(0, coalesce(amount_converted, 0) - coalesce(taken, 0)) ELSE 0
            END AS to_come
        FROM ordered LEFT JOIN taken ON taken.project_id = ordered.project_id
            AND taken.order_id = ordered.id AND taken.currency = ordered.currency
    ), spent_of AS (
        SELECT project_id, line_id, sum(amount) AS spent FROM spent GROUP BY project_id, line_id
    ), committed_of AS (
        SELECT project_id, line_id, sum(to_come) AS committed FROM open
        WHERE line_id IS NOT NULL GROUP BY project_id, line_id
    ), per_line AS (
        SELECT line.project_id, line.id, line.place, line.spent, line.committed, line.forecast,
            line.amount, line.estimate_to_complete AS estimate,
            coalesce(spent_of.spent, 0) AS sum_spent,
            coalesce(committed_of.committed, 0) AS sum_committed
        FROM line
        LEFT JOIN spent_of ON spent_of.project_id = line.project_id
            AND spent_of.line_id = line.id
        LEFT JOIN committed_of ON committed_of.project_id = line.project_id
            AND committed_of.line_id = line.id
    ), figured AS (
        SELECT *, CASE WHEN estimate IS NULL THEN greatest(amount, sum_spent + sum_committed)
            ELSE sum_spent + sum_committed + estimate END AS sum_forecast
        FROM per_line
    ), per_budget AS (
        SELECT budget.project_id, budget.id, budget.spent, budget.committed, budget.forecast,
            coalesce(sum(sum_spent), 0) AS sum_spent,
            coalesce(sum(sum_committed), 0) AS sum_committed,
            coalesce(sum(sum_forecast), 0) AS sum_forecast
        FROM budget LEFT JOIN figured ON figured.project_id = budget.project_id
            AND figured.place = budget.id
        WHERE NOT budget.deleted AND ($1::uuid IS NULL OR budget.project_id = $1)
        GROUP BY budget.project_id, budget.id
    ), totals (table_name, project_id, id, field, stored, expected) AS (
        SELECT 'purchase_order', project_id, id, total.* FROM open, LATERAL
            (VALUES ('invoiced', invoiced, taken), ('committed', committed, to_come)) AS total
        UNION ALL
        SELECT 'budget_line', project_id, id, total.* FROM figured,
            LATERAL (VALUES ('spent', spent, sum_spent), ('committed', committed, sum_committed),
                ('forecast', forecast, sum_forecast)) AS total
        UNION ALL
        SELECT 'budget', project_id, id, total.* FROM per_budget,
            LATERAL (VALUES ('spent', spent, sum_spent), ('committed', committed, sum_committed),
                ('forecast', forecast, sum_forecast)) AS total
        UNION ALL
        SELECT 'project', project.id, project.id, 'spent_off_budget', spent_off_budget,
            coalesce(spent_of.spent, 0)
        FROM project LEFT JOIN spent_of ON spent_of.project_id = project.id
            AND spent_of.line_id IS NULL
        WHERE NOT project.deleted AND ($1::uuid IS NULL OR project.id = $1)
    )
    SELECT project_id::text AS project, table_name AS table, id::text AS row, field,
        coalesce(stored, 0)::bigint AS stored, expected::bigint AS expected
    FROM totals WHERE coalesce(stored, 0) <> expected ORDER BY project, table_name, row, field
"""


class Difference(Struct, frozen=True):
    """A stored total that is not what its documents add up to, in minor units."""

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
