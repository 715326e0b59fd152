"""Tables of the budget service: rates, budgets with their lines and versions, the rules of money.

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
    integer,
    moment,
    money,
    reference,
    text,
)
from sync.tables.projects import imported, project_id

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

BUDGET_STATUS = Workflow(
    initial="draft",
    transitions={"draft": ("locked",), "locked": ()},
    precedence=("draft", "locked"),
    entered=("locked",),
)

BUDGET = Table(
    name="budget",
    service="budget",
    scopes=("finance",),
    scope_field="project_id",
    also_locks=("project",),
    fields=(
        project_id(),
        Field("name", text(200), required=True),
        Field("currency", currency(), "write_once", required=True),
        Field("amount", money(0), "review", required=True),
        Field("thresholds", document()),
        Field("status", choice(*BUDGET_STATUS.precedence), "workflow", workflow=BUDGET_STATUS),
        Field("original_amount", money(), server=True),
        Field("version", integer(1), server=True),
        Field("locked_at", moment(), server=True),
        Field("committed", money(), server=True),
        Field("spent", money(), server=True),
        Field("forecast", money(), server=True),
        imported(),
    ),
)
"""A budget. Once locked, its original amount is frozen and only approved requests move the rest."""

BUDGET_LINE = Table(
    name="budget_line",
    service="budget",
    scopes=("finance",),
    scope_field="project_id",
    also_locks=("project",),
    fields=(
        project_id(),
        Field("budget_id", reference("budget"), "write_once", required=True),
        Field("cost_code", text(60), required=True),
        Field("category", text(80)),
        Field("kind", choice("cost", "contingency"), "write_once"),
        Field("description", text(400)),
        Field("amount", money(0), "review", required=True),
        Field("estimate_to_complete", money(0), "review"),
        Field("annual_amounts", document(), "review"),
        Field("original_amount", money(), server=True),
        Field("committed", money(), server=True),
        Field("spent", money(), server=True),
        Field("forecast", money(), server=True),
        Field("task_id", identifier()),
        Field("external_id", text(120)),
        imported(),
    ),
    indexes={"the lines of a budget, by code": ("budget_id", "cost_code")},
)
"""Six figures: `original_amount` (frozen at the lock), `amount` (revised), `committed` (ordered and
not yet spent), `spent` (actual), `forecast` (at completion); what remains is amount - committed -
spent. Without an estimate to complete, the forecast is what was spent and committed, or the amount
where that is more.

`annual_amounts` says what it may take in a year, where it is bounded by the year too: year ->
amount. A year begins with `fiscal_year_month` and is called after the one in which it begins.
"""

BUDGET_VERSION = Table(
    name="budget_version",
    service="budget",
    scopes=("finance",),
    scope_field="project_id",
    fields=(
        project_id(),
        Field("budget_id", identifier(), "write_once", required=True),
        Field("number", integer(1), server=True),
        Field("amount", money(), server=True),
        Field("cause", choice("locked", "request"), server=True),
        Field("request_id", identifier(), server=True),
        Field("made_at", moment(), server=True),
        Field("lines", document(), server=True),
    ),
    indexes={"the versions of a budget": ("budget_id", "number")},
)
"""What a budget became when it was locked and after each approved request; the server writes it.

`lines` holds what moved: line id -> [amount before, amount after].
"""


def settings_id(project: str) -> str:
    """Return the id of the row that holds a project's rules of money: one, known without asking.

    It is the project's id as a UUID of version 8: replicas keep all rows by id, so the project's
    own would not do.
    """
    return f"{project[:14]}8{project[15:]}"


CONTROL_ACTIONS = ("stop", "warn", "ignore")

FINANCE_SETTINGS = Table(
    name="finance_settings",
    service="budget",
    scopes=("finance",),
    scope_field="project_id",
    also_locks=("project",),
    fields=(
        project_id(),
        *(
            Field(f"control_{subject}", choice(*CONTROL_ACTIONS), "review")
            for subject in ("request", "order", "actual", "sum")
        ),
        *(
            Field(f"annual_{subject}", choice(*CONTROL_ACTIONS), "review")
            for subject in ("request", "order", "actual", "sum")
        ),
        Field("fiscal_year_month", integer(1, 12), "review"),
        Field("match_tolerance_basis_points", integer(0, 10_000), "review"),
        Field("match_tolerance_amount", money(0), "review"),
        Field("receipt_required_from", money(0), "review"),
        Field("small_below", money(0), "review"),
        Field("retention_basis_points", integer(0, 10_000), "review"),
        Field("payment_days", integer(0, 365)),
        Field("client", text(200)),
        Field("contract_amount", money(0), "review"),
        Field("last_request_number", integer(0), server=True),
        Field("last_order_number", integer(0), server=True),
        Field("last_invoice_number", integer(0), server=True),
    ),
)
"""The rules of a project's money, and the highest numbers given: one row a project, whose id is
`settings_id`.
"""

TABLES = (EXCHANGE_RATE, BUDGET, BUDGET_LINE, BUDGET_VERSION, FINANCE_SETTINGS)
