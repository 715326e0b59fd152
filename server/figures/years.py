"""What budget lines may take year by year, and what of it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.figures.shapes import LineYear

if TYPE_CHECKING:
    from server.figures.basis import Basis
    from server.store import Connection

# A year begins with the month that the project's rules of money name.
_READ_YEARS = """
    WITH year AS (
        SELECT line.project_id, line.id, line.cost_code,
            coalesce(line.description, line.category) AS description, budget.currency,
            annual.key::int AS year, annual.value::bigint AS amount,
            make_date(annual.key::int, coalesce(settings.fiscal_year_month, 1)::int, 1) AS since
        FROM budget_line AS line
        JOIN budget ON budget.project_id = line.project_id AND budget.id = line.budget_id
            AND NOT budget.deleted
        CROSS JOIN LATERAL json_each_text(line.annual_amounts) AS annual
        LEFT JOIN finance_settings AS settings ON settings.project_id = line.project_id
            AND NOT settings.deleted
        WHERE line.project_id = $1::text::uuid AND NOT line.deleted
    )
    SELECT year.id::text AS line, cost_code, description, currency, year, amount,
        coalesce(sum(month.committed), 0)::bigint AS committed,
        coalesce(sum(month.spent), 0)::bigint AS spent
    FROM year LEFT JOIN line_month AS month ON month.project_id = year.project_id
        AND month.line_id = year.id AND month.month >= since
        AND month.month < since + interval '1 year'
    GROUP BY year.id, cost_code, description, currency, year, amount
    ORDER BY cost_code, year.id, year
"""


async def read_years(connection: Connection, basis: Basis) -> list[LineYear]:
    """Read the lines' amounts by year, each with what was spent and is committed of it."""
    return [
        LineYear(**dict(one), remaining=one["amount"] - one["committed"] - one["spent"])
        for one in await connection.fetch(_READ_YEARS, basis.project)
    ]
