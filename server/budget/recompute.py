"""All totals added up from scratch, from the documents alone, and compared with what is stored.

Those of lines, budgets and orders; what is left of invoices; which expenses are over their line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    import asyncpg

    from server.store import Connection

SPENDING = """
    invoice AS (
        SELECT * FROM supplier_invoice
        WHERE NOT deleted AND status IN ('approved', 'paid')
            AND ($1::uuid IS NULL OR project_id = $1)
    ), document AS (
        SELECT project_id, budget_line_id, order_id, task_id, date, amount_converted AS amount,
            0::bigint AS invoiced
        FROM expense
        WHERE NOT deleted AND (status IS NULL OR status NOT IN ('draft', 'refused'))
            AND NOT EXISTS (SELECT FROM invoice WHERE invoice.project_id = expense.project_id
                AND invoice.id = expense.invoice_id AND invoice.kind IS DISTINCT FROM 'credit_note')
            AND ($1::uuid IS NULL OR project_id = $1)
        UNION ALL
        SELECT project_id, budget_line_id, order_id, task_id, date, counted.amount, counted.amount
        FROM invoice, LATERAL (SELECT CASE WHEN kind = 'credit_note'
            THEN -amount_converted ELSE amount_converted END) AS counted (amount)
    )
"""
"""The documents that count as spent, as `document`, of one project or of all: for every check."""

# Each is one statement, so one snapshot: a merge is in it whole or not at all.
_RECOMPUTE = f"""
    WITH line AS (
        SELECT line.*, budget.id AS place, budget.currency
        FROM budget_line AS line
        LEFT JOIN budget ON budget.project_id = line.project_id
            AND budget.id = line.budget_id AND NOT budget.deleted
        WHERE NOT line.deleted AND ($1::uuid IS NULL OR line.project_id = $1)
    ), {SPENDING}, spent AS (
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

_GROSS = "coalesce({0}.amount, 0) + coalesce({0}.tax_amount, 0)"

# What payments and credit notes have left on each invoice.
_RECOMPUTE_BALANCES = f"""
    WITH invoice AS (
        SELECT 'supplier_invoice' AS table_name, project_id, id, amount, tax_amount, kind, status,
            corrects_id, retention_basis_points, retention_amount, credited_amount, paid_amount,
            retention_paid
        FROM supplier_invoice WHERE NOT deleted AND ($1::uuid IS NULL OR project_id = $1)
        UNION ALL
        SELECT 'client_invoice', project_id, id, amount, tax_amount, kind, status, corrects_id,
            retention_basis_points, retention_amount, credited_amount, paid_amount, retention_paid
        FROM client_invoice WHERE NOT deleted AND ($1::uuid IS NULL OR project_id = $1)
    ), paid AS (
        SELECT project_id, invoice_id,
            sum(amount) FILTER (WHERE kind IS DISTINCT FROM 'retention') AS paid,
            sum(amount) FILTER (WHERE kind = 'retention') AS retention
        FROM payment
        WHERE NOT deleted AND status = 'paid' AND ($1::uuid IS NULL OR project_id = $1)
        GROUP BY project_id, invoice_id
    ), credited AS (
        SELECT project_id, corrects_id, sum({_GROSS.format("note")}) AS credited
        FROM invoice AS note WHERE kind = 'credit_note' AND status IN ('approved', 'paid')
        GROUP BY project_id, corrects_id
    ), figured (table_name, project_id, id, field, stored, expected) AS (
        SELECT table_name, invoice.project_id, invoice.id, figure.*
        FROM invoice
        LEFT JOIN paid ON paid.project_id = invoice.project_id AND paid.invoice_id = invoice.id
        LEFT JOIN credited ON credited.project_id = invoice.project_id
            AND credited.corrects_id = invoice.id,
        LATERAL (VALUES ('paid_amount', paid_amount, coalesce(paid.paid, 0)),
            ('retention_paid', retention_paid, coalesce(paid.retention, 0)),
            ('credited_amount', credited_amount, coalesce(credited.credited, 0)),
            -- Halves go up, below zero too: a claim may take back.
            ('retention_amount', retention_amount, floor(({_GROSS.format("invoice")})
                * coalesce(retention_basis_points, 0)::numeric / 10000 + 0.5))) AS figure
    )
    SELECT project_id::text AS project, table_name AS table, id::text AS row, field,
        coalesce(stored, 0)::bigint AS stored, expected::bigint AS expected
    FROM figured WHERE coalesce(stored, 0) <> expected ORDER BY project, table_name, row, field
"""

# What is over a line, or over what it may take in a year, falls to the expenses that wait for a
# decision, to the latest first. A year's use is that of its months, checked by themselves.
_RECOMPUTE_MARKS = """
    WITH whole AS (
        SELECT line.project_id, line.id, greatest(0,
            CASE WHEN coalesce(control_actual, 'warn') <> 'ignore'
                THEN coalesce(line.spent, 0) - line.amount END,
            CASE WHEN coalesce(control_sum, 'warn') <> 'ignore'
                THEN coalesce(line.spent, 0) + coalesce(line.committed, 0) - line.amount END
            ) AS excess
        FROM budget_line AS line
        JOIN budget ON budget.project_id = line.project_id AND budget.id = line.budget_id
            AND NOT budget.deleted
        LEFT JOIN finance_settings AS settings ON settings.project_id = line.project_id
            AND NOT settings.deleted
        WHERE NOT line.deleted AND ($1::uuid IS NULL OR line.project_id = $1)
    ), year AS (
        SELECT line.project_id, line.id, annual.value::bigint AS amount, annual_actual, annual_sum,
            make_date(annual.key::int, coalesce(fiscal_year_month, 1)::int, 1) AS since
        FROM budget_line AS line
        CROSS JOIN json_each_text(annual_amounts::json) AS annual
        JOIN budget ON budget.project_id = line.project_id AND budget.id = line.budget_id
            AND NOT budget.deleted
        LEFT JOIN finance_settings AS settings ON settings.project_id = line.project_id
            AND NOT settings.deleted
        WHERE NOT line.deleted AND json_typeof(annual_amounts::json) = 'object'
            AND ($1::uuid IS NULL OR line.project_id = $1)
    ), used AS (
        SELECT year.project_id, year.id, since, year.amount, annual_actual, annual_sum,
            coalesce(sum(month.spent), 0) AS spent, coalesce(sum(month.committed), 0) AS committed
        FROM year LEFT JOIN line_month AS month ON month.project_id = year.project_id
            AND month.line_id = year.id AND month.month >= since
            AND month.month < since + interval '1 year'
        GROUP BY year.project_id, year.id, since, year.amount, annual_actual, annual_sum
    ), grid AS (
        SELECT project_id, id, '-infinity'::date AS since, 'infinity'::date AS until, excess
        FROM whole
        UNION ALL
        SELECT project_id, id, since, (since + interval '1 year')::date, greatest(0,
            CASE WHEN coalesce(annual_actual, 'warn') <> 'ignore' THEN spent - amount END,
            CASE WHEN coalesce(annual_sum, 'warn') <> 'ignore'
                THEN spent + committed - amount END)
        FROM used
    ), waiting AS (
        SELECT expense.project_id, expense.id, amount_converted AS worth, grid.excess,
            sum(amount_converted) OVER (
                PARTITION BY expense.project_id, budget_line_id, since
                ORDER BY date DESC, expense.id DESC
            ) - amount_converted AS later
        FROM grid JOIN expense ON expense.project_id = grid.project_id
            AND expense.budget_line_id = grid.id
            AND expense.date >= grid.since AND expense.date < grid.until
        WHERE grid.excess > 0 AND NOT expense.deleted AND amount_converted > 0
            AND ($1::uuid IS NULL OR expense.project_id = $1)
            AND (expense.status IS NULL OR expense.status = 'submitted')
            AND NOT EXISTS (SELECT FROM supplier_invoice AS invoice
                WHERE invoice.project_id = expense.project_id AND invoice.id = expense.invoice_id
                AND NOT invoice.deleted AND invoice.status IN ('approved', 'paid')
                AND invoice.kind IS DISTINCT FROM 'credit_note')
    ), expected AS (
        SELECT project_id, id, max(greatest(0, least(worth, excess - later))) AS mark
        FROM waiting GROUP BY project_id, id
    ), stored AS (
        SELECT project_id, id, over_budget AS mark FROM expense
        WHERE over_budget IS NOT NULL AND NOT deleted AND ($1::uuid IS NULL OR project_id = $1)
    )
    SELECT project_id::text AS project, 'expense' AS table, id::text AS row, 'over_budget' AS field,
        coalesce(stored.mark, 0)::bigint AS stored, coalesce(expected.mark, 0)::bigint AS expected
    FROM expected FULL JOIN stored USING (project_id, id)
    WHERE coalesce(stored.mark, 0) <> coalesce(expected.mark, 0) ORDER BY project, row
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
    return [
        Difference(**dict(record))
        for statement in (_RECOMPUTE, _RECOMPUTE_BALANCES, _RECOMPUTE_MARKS)
        for record in await connection.fetch(narrowed(statement, project), project)
    ]


_ANY_PROJECT = re.compile(r"\(\$1::uuid IS NULL OR ([a-z_.]+) = \$1\)")


def narrowed(statement: str, project: str | None) -> str:
    """Return a check of all projects, or of one: planned for both, it would read all for each."""
    return statement if project is None else _ANY_PROJECT.sub(r"(\1 = $1::uuid)", statement)
