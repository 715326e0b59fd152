"""Tables of the budget service: rates, budgets, their lines, expenses.

Amounts are integers in minor units of the currency named beside them (ISO 4217).
"""

from __future__ import annotations

from sync.schema import (
    Field,
    Table,
    Workflow,
    choice,
    currency,
    date,
    decimal,
    document,
    identifier,
    money,
    reference,
    text,
)
from sync.tables.projects import imported

EXCHANGE_RATE = Table(
    name="exchange_rate",
    service="budget",
    scopes=("org",),
    fields=(
        Field("currency", currency(), "write_once", required=True),
        Field("quote", currency(), "write_once", required=True),
        Field("date", date(), "write_once", required=True),
        Field("rate", decimal(), "review", required=True),
    ),
    indexes={"the rate of a currency at a date": ("currency", "quote", "date")},
)

BUDGET = Table(
    name="budget",
    service="budget",
    scopes=("finance",),
    scope_field="project_id",
    also_locks=("project",),
    fields=(
        Field("project_id", identifier(), "write_once", required=True),
        Field("name", text(200), required=True),
        Field("currency", currency(), "write_once", required=True),
        Field("amount", money(0), "review", required=True),
        Field("thresholds", document()),
        Field("spent", money(), server=True),
        imported(),
    ),
)

BUDGET_LINE = Table(
    name="budget_line",
    service="budget",
    scopes=("finance",),
    scope_field="project_id",
    also_locks=("project",),
    fields=(
        Field("project_id", identifier(), "write_once", required=True),
        Field("budget_id", reference("budget"), "write_once", required=True),
        Field("cost_code", text(60), required=True),
        Field("category", text(80)),
        Field("description", text(400)),
        Field("amount", money(0), "review", required=True),
        Field("spent", money(), server=True),
        Field("task_id", identifier()),
        Field("external_id", text(120)),
        imported(),
    ),
    indexes={"the lines of a budget, by code": ("budget_id", "cost_code")},
)

EXPENSE_STATUS = Workflow(
    initial="submitted",
    transitions={
        "submitted": ("approved", "refused"),
        "approved": ("submitted", "posted"),
        "refused": ("submitted",),
        "posted": ("paid",),
        "paid": (),
    },
    precedence=("submitted", "approved", "refused", "posted", "paid"),
)

EXPENSE = Table(
    name="expense",
    service="budget",
    scopes=("project",),
    scope_field="project_id",
    also_locks=("finance",),
    fields=(
        Field("project_id", identifier(), "write_once", required=True),
        Field("budget_line_id", identifier()),
        Field("task_id", reference("task")),
        Field("date", date(), required=True),
        Field("amount", money(0), "review", required=True),
        Field("currency", currency(), "review", required=True),
        Field("supplier", text(200)),
        Field("description", text(1_000)),
        Field("status", choice(*EXPENSE_STATUS.precedence), "workflow", workflow=EXPENSE_STATUS),
        Field("refusal_reason", text(400)),
        Field("author_id", reference("person"), "write_once"),
        Field("amount_converted", money(), server=True),
        Field("rate", decimal(), server=True),
        Field("rate_date", date(), server=True),
    ),
    indexes={
        "the spending of a budget line": ("budget_line_id",),
        "the ledger, by date": ("date",),
    },
)

TABLES = (EXCHANGE_RATE, BUDGET, BUDGET_LINE, EXPENSE)
