"""Reads the figures: sums that the merges have kept, so that size does not matter."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from server.figures.curve import weekly
from server.figures.earned_value import Work, earned_of, earned_value, planned_of
from server.figures.earning import progress_now
from server.figures.shapes import (
    EarnedValueShown,
    LineFigures,
    MoneyShown,
    TaskFigures,
    show_earned_value,
)
from server.figures.valuing import POOL

if TYPE_CHECKING:
    import datetime as dt

    import asyncpg

    from server.figures.basis import Basis
    from server.figures.shapes import CurvePoint
    from server.store import Connection

_READ_VALUE = """
    SELECT figure, coalesce(sum(amount) FILTER (WHERE day <= $2), 0)::bigint AS so_far,
        sum(amount)::bigint AS whole
    FROM figure_day WHERE project_id = $1::text::uuid GROUP BY figure
"""

_READ_SPENT = """
    SELECT coalesce(sum(amount), 0)::bigint FROM expense_day
    WHERE project_id = $1::text::uuid AND currency = $2 AND day <= $3
"""

# What a line will have cost: see budget_line in sync.tables.budget.
_READ_MONEY = """
    WITH line AS (
        SELECT budget_id, sum(CASE WHEN estimate_to_complete IS NULL
                THEN greatest(amount, coalesce(spent, 0) + coalesce(committed, 0))
                ELSE coalesce(spent, 0) + coalesce(committed, 0) + estimate_to_complete
            END) AS forecast
        FROM budget_line WHERE project_id = $1::text::uuid AND NOT deleted GROUP BY budget_id
    )
    SELECT budget.currency,
        sum(coalesce(budget.original_amount, budget.amount))::bigint AS original,
        sum(budget.amount)::bigint AS allocated,
        sum(coalesce(budget.committed, 0))::bigint AS committed,
        sum(coalesce(budget.spent, 0))::bigint AS spent,
        sum(coalesce(line.forecast, budget.amount))::bigint AS forecast
    FROM budget LEFT JOIN line ON line.budget_id = budget.id
    WHERE budget.project_id = $1::text::uuid AND NOT budget.deleted GROUP BY budget.currency
"""

_READ_OFF_BUDGET = "SELECT coalesce(spent_off_budget, 0) FROM project WHERE id = $1::text::uuid"

_READ_DAYS = "SELECT figure, day, amount FROM figure_day WHERE project_id = $1::text::uuid"

_READ_SPENT_DAYS = """
    SELECT day, amount FROM expense_day WHERE project_id = $1::text::uuid AND currency = $2
"""

_READ_TASKS = """
    SELECT task.id::text, task.number, task.code, task.name, task.status, task.progress,
        task.progress_by, task.progress_rolled, value.start, value.days, value.budget,
        coalesce(spending.amount, 0) AS spent,
        (SELECT report.progress FROM progress_day AS report
            WHERE report.project_id = task.project_id AND report.task_id = task.id
                AND report.day <= $5 ORDER BY report.day DESC LIMIT 1) AS said
    FROM task
    LEFT JOIN LATERAL (
        SELECT min(start) AS start, min(days) AS days, sum(budget)::bigint AS budget
        FROM baseline_value WHERE baseline_value.project_id = task.project_id
            AND baseline_value.baseline_id = $2::text::uuid AND baseline_value.task_id = task.id
    ) AS value ON true
    LEFT JOIN expense_task AS spending ON spending.project_id = task.project_id
        AND spending.task_id = task.id AND spending.currency = $6
    WHERE task.project_id = $1::text::uuid AND NOT task.deleted AND task.kind <> 'summary'
        AND ($3::text IS NULL OR task.id > $3::text::uuid)
        AND (NOT $7 OR (value.budget IS NULL AND task.kind IN ('task', 'milestone')
            AND task.status IS DISTINCT FROM 'cancelled'))
    ORDER BY task.id LIMIT $4
"""

_READ_LINES = """
    SELECT line.id::text, line.budget_id::text AS budget, line.cost_code, line.category,
        coalesce(line.kind, 'cost') AS kind, line.description, budget.currency,
        coalesce(line.original_amount, line.amount) AS original, line.amount AS revised,
        coalesce(line.committed, 0) AS committed, coalesce(line.spent, 0) AS spent,
        line.estimate_to_complete AS estimate
    FROM budget_line AS line
    JOIN budget ON budget.project_id = line.project_id AND budget.id = line.budget_id
    WHERE line.project_id = $1::text::uuid AND NOT line.deleted AND NOT budget.deleted
    ORDER BY line.cost_code, line.id
"""

# Value planned and earned of the lines that name a task; of the others together, under zero.
_READ_LINE_VALUE = """
    SELECT value.line_id::text AS line, sum(value.budget)::bigint AS budget,
        sum(div(value.budget::numeric
            * greatest(0, least(value.days, $3::date - value.start + 1)), value.days))::bigint
            AS planned,
        sum(div(value.budget::numeric * coalesce(greatest(0, said.progress), 0), 10000))::bigint
            AS earned
    FROM baseline_value AS value LEFT JOIN LATERAL (
        SELECT CASE WHEN report.day = standing.day THEN standing.progress
            ELSE report.progress END AS progress
        FROM progress_day AS report, (
            SELECT progress, (SELECT max(day) FROM progress_day
                WHERE project_id = value.project_id AND task_id = value.task_id
                    AND day < 'infinity') AS day
            FROM progress_day WHERE project_id = value.project_id
                AND task_id = value.task_id AND day = 'infinity'
        ) AS standing
        WHERE report.project_id = value.project_id AND report.task_id = value.task_id
            AND report.day <= $3 ORDER BY report.day DESC LIMIT 1
    ) AS said ON true
    WHERE value.project_id = $1::text::uuid AND value.baseline_id = $2::text::uuid
    GROUP BY value.line_id
"""


class Dashboard(Struct, frozen=True):
    """What a project's dashboard shows, apart from what the reading is about."""

    progress: int | None
    planned_progress: int | None
    money: list[MoneyShown]
    earned_value: EarnedValueShown


async def read_work(connection: Connection, basis: Basis) -> Work:
    """Read what is known of a project's work at the data date: three sums."""
    at = basis.data_date
    sums = {one["figure"]: one for one in await connection.fetch(_READ_VALUE, basis.project, at)}
    spent = await connection.fetchval(_READ_SPENT, basis.project, basis.currency, at)
    if basis.baseline is None:
        return Work(0, None, None, spent)
    planned, earned = sums.get("planned"), sums.get("earned")
    return Work(
        planned["whole"] if planned else 0,
        planned["so_far"] if planned else 0,
        earned["so_far"] if earned else 0,
        spent,
    )


async def read_dashboard(connection: Connection, basis: Basis) -> Dashboard:
    """Read the figures of a project's dashboard."""
    work = await read_work(connection, basis)
    if basis.baseline is None:
        return Dashboard(None, None, await read_money(connection, basis), _shown(work))
    whole = work.budget or 1
    return Dashboard(
        (work.earned or 0) * 10_000 // whole,
        (work.planned or 0) * 10_000 // whole,
        await read_money(connection, basis),
        _shown(work),
    )


def _shown(work: Work) -> EarnedValueShown:
    return show_earned_value(earned_value(work))


async def read_money(connection: Connection, basis: Basis) -> list[MoneyShown]:
    """Read the budgets by currency, the project's own first."""
    off = await connection.fetchval(_READ_OFF_BUDGET, basis.project) or 0
    own = MoneyShown(basis.currency, 0, 0, 0, 0, 0, 0, off)
    found = {basis.currency: own}
    for one in await connection.fetch(_READ_MONEY, basis.project):
        currency = one["currency"]
        found[currency] = MoneyShown(
            currency,
            one["original"],
            one["allocated"],
            one["committed"],
            one["spent"],
            one["allocated"] - one["committed"] - one["spent"],
            one["forecast"],
            off if currency == basis.currency else 0,
        )
    return [found.pop(basis.currency), *(found[one] for one in sorted(found))]


async def read_curve(connection: Connection, basis: Basis) -> list[CurvePoint]:
    """Read the S-curve."""
    days: dict[str, dict[dt.date, int]] = defaultdict(dict)
    for one in await connection.fetch(_READ_DAYS, basis.project):
        days[one["figure"]][one["day"]] = one["amount"]
    for one in await connection.fetch(_READ_SPENT_DAYS, basis.project, basis.currency):
        days["spent"][one["day"]] = one["amount"]
    return weekly(days["planned"], days["earned"], days["spent"], basis.data_date)


async def read_tasks(
    connection: Connection, basis: Basis, after: str | None, limit: int, *, added: bool
) -> list[TaskFigures]:
    """Read a page of tasks with their earned value, by id.

    Args:
        connection: to PostgreSQL.
        basis: what the reading starts from.
        after: the last id of the page before.
        limit: how many.
        added: only those that the baseline does not know.

    """
    baseline = None if basis.baseline is None else basis.baseline.id
    records = await connection.fetch(
        _READ_TASKS,
        basis.project,
        baseline,
        after,
        limit,
        basis.data_date,
        basis.currency,
        added,
    )
    return [_task(one, basis) for one in records]


def _task(one: asyncpg.Record, basis: Basis) -> TaskFigures:
    progress = (one["said"] or 0) if basis.past else progress_now(dict(one))
    budget = one["budget"]
    work = Work(0, None, None, one["spent"])
    if basis.baseline is not None:
        work = Work(0, 0, 0, one["spent"])
        if budget is not None:
            elapsed = (basis.data_date - one["start"]).days + 1
            work = Work(
                budget,
                planned_of(budget, one["days"], elapsed),
                earned_of(budget, progress),
                one["spent"],
            )
    return TaskFigures(
        one["id"],
        one["number"],
        one["code"],
        one["name"],
        progress,
        budget is not None,
        _shown(work),
    )


async def read_lines(connection: Connection, basis: Basis) -> list[LineFigures]:
    """Read every budget line with its six figures and its earned value.

    The lines that name no task share in the work of the whole project, each by its amount.
    """
    records = await connection.fetch(_READ_LINES, basis.project)
    values: dict[str, asyncpg.Record] = {}
    if basis.baseline is not None:
        values = {
            one["line"]: one
            for one in await connection.fetch(
                _READ_LINE_VALUE, basis.project, basis.baseline.id, basis.data_date
            )
        }
    return [_line(one, basis, values) for one in records]


def _line(one: asyncpg.Record, basis: Basis, values: dict[str, Any]) -> LineFigures:
    bound = one["spent"] + one["committed"]
    estimate = one["estimate"]
    return LineFigures(
        one["id"],
        one["budget"],
        one["cost_code"],
        one["category"],
        one["kind"],
        one["description"],
        one["currency"],
        one["original"],
        one["revised"],
        one["committed"],
        one["spent"],
        one["revised"] - bound,
        max(one["revised"], bound) if estimate is None else bound + estimate,
        _line_value(one, basis, values) if one["currency"] == basis.currency else None,
    )


def _line_value(one: asyncpg.Record, basis: Basis, values: dict[str, Any]) -> EarnedValueShown:
    if basis.baseline is None:
        return _shown(Work(one["revised"], None, None, one["spent"]))
    own = values.get(one["id"])
    if own is not None:
        return _shown(Work(own["budget"], own["planned"], own["earned"], one["spent"]))
    pool = values.get(POOL)
    if pool is None or not pool["budget"]:
        return _shown(Work(0, 0, 0, one["spent"]))
    share = one["original"]
    return _shown(
        Work(
            share,
            share * pool["planned"] // pool["budget"],
            share * pool["earned"] // pool["budget"],
            one["spent"],
        )
    )
