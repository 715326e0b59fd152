"""Which rows are watched, by which rules: one `Watch` for each kind of row.

A watch says twice what breaks its rules: `judge` exactly, of the values of one row; `condition`
roughly, in SQL, so that the clock and a recompute find the rows worth judging by an index. What the
condition leaves out must break nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from server.alerts.fieldwork import judge_follow_up, judge_permit
from server.alerts.planning import judge_forecast_dates, judge_task
from server.alerts.rules import Finding, ProjectDay
from server.alerts.spending import (
    judge_expense,
    judge_invoice,
    judge_off_budget,
    judge_waiting,
)
from sync.tables import TABLES

if TYPE_CHECKING:
    from server.alerts.book import Book

Home = Literal["project", "finance"]
Judge = Callable[[Mapping[str, Any], ProjectDay, "Book"], list[Finding]]


class Watch(Struct, frozen=True, kw_only=True):
    """One kind of row, and the rules it may break."""

    name: str
    table: str
    rules: tuple[str, ...]
    home: Home
    """Where the alerts live: amounts are in the finance scope, and so is what is said of them."""
    fields: tuple[str, ...]
    """All that its rules read of a row."""
    judge: Judge
    condition: str
    """Of `row`, and of `day`: its today, now, early and late, as text."""
    bounds: Callable[[ProjectDay, Book], tuple[str, str]] = lambda day, _: (day.today, day.today)
    """The `early` and `late` of the condition."""
    clocked: bool = True
    """Whether the passing of time alone breaks its rules."""

    @property
    def row_home(self) -> Home:
        """The kind of scope that its rows live in."""
        return "finance" if "finance" in TABLES[self.table].scopes else "project"


_OPEN_TASK = "(row.status IS NULL OR row.status NOT IN ('done', 'verified', 'cancelled'))"

_WAITING = {
    "budget_request": "('submitted', 'in_review')",
    "purchase_order": "('submitted')",
    "supplier_invoice": "('pending')",
    "client_invoice": "('pending')",
}

WATCHES: tuple[Watch, ...] = (
    Watch(
        name="task",
        table="task",
        rules=("task_overdue", "task_due", "task_past_project_end"),
        home="project",
        fields=("planned_finish", "status", "kind"),
        judge=judge_task,
        # Either side of the OR is a range of the index on (project_id, planned_finish).
        condition=f"""
            (row.planned_finish < day.early::date + 1 OR row.planned_finish >= day.late::date + 1)
            AND row.kind IN ('task', 'milestone') AND {_OPEN_TASK}
        """,
        bounds=lambda day, book: (
            day.after(book["task_due"].horizon_days),
            day.finish or "infinity",
        ),
    ),
    Watch(
        name="forecast_dates",
        table="task",
        rules=("task_critical_slip", "milestone_at_risk"),
        home="project",
        fields=(
            "early_finish",
            "baseline_finish",
            "planned_finish",
            "critical",
            "status",
            "kind",
        ),
        judge=judge_forecast_dates,
        condition=f"""
            row.early_finish >= least(row.baseline_finish, row.planned_finish)::date + 1
            AND (row.critical OR row.kind = 'milestone') AND {_OPEN_TASK}
        """,
        clocked=False,
    ),
    Watch(
        name="permit",
        table="permit",
        rules=("permit_expiring",),
        home="project",
        fields=("valid_until", "status"),
        judge=judge_permit,
        condition="row.status IN ('issued', 'active', 'suspended') "
        "AND row.valid_until <= day.late::timestamp",
        bounds=lambda day, book: (
            day.today,
            day.in_hours(book["permit_expiring"].wait_hours),
        ),
    ),
    Watch(
        name="follow_up",
        table="follow_up",
        rules=("follow_up_overdue",),
        home="project",
        fields=("due", "status"),
        judge=judge_follow_up,
        condition="row.status IN ('todo', 'in_progress') AND row.due < day.today::date",
    ),
    Watch(
        name="off_budget",
        table="project",
        rules=("off_budget",),
        home="finance",
        fields=("spent_off_budget", "currency"),
        judge=judge_off_budget,
        condition="row.spent_off_budget > 0",
        clocked=False,
    ),
    Watch(
        name="expense",
        table="expense",
        rules=("expense_over_line",),
        home="finance",
        fields=("over_budget", "status", "budget_line_id"),
        judge=judge_expense,
        condition="row.over_budget > 0 AND row.status IN ('draft', 'submitted')",
        clocked=False,
    ),
    *(
        Watch(
            name=f"{table}_waiting",
            table=table,
            rules=("request_waiting",),
            home="finance",
            fields=("status", "waiting_since"),
            judge=judge_waiting,
            condition=f"row.status IN {states} AND row.waiting_since <= day.late::bigint",
            bounds=lambda day, book: (
                day.today,
                str(day.before_now(book["request_waiting"].wait_hours)),
            ),
        )
        for table, states in _WAITING.items()
    ),
    *(
        Watch(
            name=f"{table}_due",
            table=table,
            rules=("invoice_due",),
            home="finance",
            fields=("status", "due"),
            judge=judge_invoice,
            condition="row.status = 'approved' AND row.due <= day.late::date",
            bounds=lambda day, book: (day.today, day.after(book["invoice_due"].horizon_days)),
        )
        for table in ("supplier_invoice", "client_invoice")
    ),
)
"""Every watch; a table may have several."""

BY_TABLE: Mapping[str, tuple[Watch, ...]] = {
    table: tuple(one for one in WATCHES if one.table == table)
    for table in {one.table for one in WATCHES}
}


COLUMNS = {
    "local_time": """to_char(row.{0}, 'YYYY-MM-DD"T"HH24:MI')""",
    "date": "row.{0}::text",
    "identifier": "row.{0}::text",
    "reference": "row.{0}::text",
}
"""How a column is read as the wire has it, where PostgreSQL's driver gives something else."""


def columns_of(watch: Watch) -> str:
    """Return the expressions that read what the rules of a watch read."""
    by_name = TABLES[watch.table].by_name
    return ", ".join(
        f"{COLUMNS.get(by_name[name].kind.name, 'row.{0}').format(name)} AS {name}"
        for name in watch.fields
    )


def search_statement(watch: Watch) -> str:
    """Return the statement that finds the rows worth judging, in any number of projects at once."""
    return f"""
        SELECT day.project_id::text AS project, row.id::text AS id, {columns_of(watch)}
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
            AS day (project_id, today, now, early, late)
        JOIN {watch.table} AS row ON row.{TABLES[watch.table].scoped_to} = day.project_id
        WHERE NOT row.deleted AND {watch.condition}
    """


def search_arguments(watch: Watch, days: Mapping[str, ProjectDay], books: Any) -> list[Any]:
    """Return the arguments of the search: the day of each project.

    Args:
        watch: what is searched for.
        days: project -> its day.
        books: project -> its rules, as a function.

    """
    bounds = [watch.bounds(day, books(project)) for project, day in days.items()]
    return [
        [*days],
        [day.today for day in days.values()],
        [day.now for day in days.values()],
        [early for early, _ in bounds],
        [late for _, late in bounds],
    ]
