"""Tables of the budget service: orders, expenses, invoices, payments.

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
    identifier,
    integer,
    moment,
    money,
    reference,
    text,
)
from sync.tables.approvals import reviewed
from sync.tables.projects import project_id

# Orders, invoices and payments are deleted as drafts only, which their guards see to: what the
# server writes beside them (amounts, matches) must not bring back what somebody has just deleted.

BASIS_POINTS_MAX = 10_000
"""A rate in basis points: 10 000 is the whole."""


def converted() -> tuple[Field, ...]:
    """Return what the server writes beside a foreign amount: its worth where it is counted."""
    return (
        Field("amount_converted", money(), server=True),
        Field("rate", decimal(), server=True),
        Field("rate_date", date(), server=True),
    )


# A draft becomes approved at a stroke only where it was sent back, and the approvals that it lacked
# had been given before that and reach the server after it.

ORDER_STATUS = Workflow(
    initial="draft",
    transitions={
        "draft": ("submitted", "cancelled", "approved"),
        "submitted": ("draft", "approved", "cancelled"),
        "approved": ("closed", "cancelled"),
        "closed": ("approved",),
        "cancelled": (),
    },
    precedence=("draft", "submitted", "approved", "closed", "cancelled"),
    entered=("submitted",),
)

PURCHASE_ORDER = Table(
    name="purchase_order",
    service="budget",
    delete="delete_wins",
    scopes=("finance",),
    scope_field="project_id",
    also_locks=("project",),
    fields=(
        project_id(),
        Field("number", integer(1), server=True),
        Field("reference", text(80)),
        Field("supplier", text(200), required=True),
        Field("title", text(200), required=True),
        Field("description", text(4_000)),
        Field("budget_line_id", identifier()),
        Field("task_id", identifier()),
        Field("category", text(80)),
        Field("date", date(), required=True),
        Field("delivery_date", date()),
        Field("amount", money(1), "review", required=True),
        Field("currency", currency(), "review", required=True),
        Field("status", choice(*ORDER_STATUS.precedence), "workflow", workflow=ORDER_STATUS),
        Field("author_id", reference("person"), "write_once", required=True),
        *converted(),
        *reviewed(),
        Field("invoiced", money(), server=True),
        Field("committed", money(), server=True),
    ),
    indexes={
        "the orders on a budget line": ("budget_line_id",),
        "the orders of a project, by state": ("status", "date"),
    },
)
"""A commitment (bon de commande). Amounts are without tax.

`invoiced` is what expenses and invoices have taken of it, `committed` what is left to come; both
are in the currency of the budget.
"""

EXPENSE_STATUS = Workflow(
    initial="submitted",
    transitions={
        "draft": ("submitted",),
        "submitted": ("approved", "refused"),
        "approved": ("submitted", "posted"),
        "refused": ("submitted",),
        "posted": ("paid",),
        "paid": (),
    },
    precedence=("draft", "submitted", "approved", "refused", "posted", "paid"),
    entered=("draft",),
)

EXPENSE = Table(
    name="expense",
    service="budget",
    scopes=("project",),
    scope_field="project_id",
    also_locks=("finance",),
    fields=(
        project_id(),
        Field("budget_line_id", identifier()),
        Field("task_id", reference("task")),
        Field("order_id", identifier()),
        Field("invoice_id", identifier()),
        Field("date", date(), required=True),
        Field("amount", money(0), "review", required=True),
        Field("currency", currency(), "review", required=True),
        Field("tax_amount", money(0), "review"),
        Field("supplier", text(200)),
        Field("description", text(1_000)),
        Field("category", text(80)),
        Field("receipt_id", identifier()),
        Field("receipt_hash", text(64)),
        Field("status", choice(*EXPENSE_STATUS.precedence), "workflow", workflow=EXPENSE_STATUS),
        Field("refusal_reason", text(400)),
        Field("author_id", reference("person"), "write_once"),
        *converted(),
        Field("over_budget", money(), server=True),
        Field("duplicate_of", identifier(), server=True),
    ),
    indexes={
        "the spending of a budget line": ("budget_line_id",),
        "the ledger, by date; was this recorded before": ("date", "amount"),
        "was this receipt used before": ("receipt_hash",),
        "what was spent against an order": ("order_id",),
        "which expenses an invoice covers": ("invoice_id",),
    },
)
"""What was spent on the site. Amounts are without the tax that is got back.

Once an approved invoice covers it (`invoice_id`), the invoice counts in its stead. `over_budget` is
how much of what its line is over falls to it while it waits for a decision (to the latest first),
`duplicate_of` the expense that it seems to repeat: marks for whoever approves, never a refusal.
"""

SUPPLIER_INVOICE_STATUS = Workflow(
    initial="draft",
    transitions={
        "draft": ("pending", "cancelled", "approved"),
        "pending": ("draft", "approved", "cancelled"),
        "approved": ("paid", "cancelled"),
        "paid": ("approved",),
        "cancelled": (),
    },
    precedence=("draft", "pending", "approved", "paid", "cancelled"),
    entered=("pending",),
)

SUPPLIER_INVOICE = Table(
    name="supplier_invoice",
    service="budget",
    delete="delete_wins",
    scopes=("finance",),
    scope_field="project_id",
    also_locks=("project",),
    fields=(
        project_id(),
        Field("reference", text(80), required=True),
        Field("supplier", text(200), required=True),
        Field("kind", choice("invoice", "credit_note")),
        Field("corrects_id", identifier(), "write_once"),
        Field("order_id", identifier()),
        Field("budget_line_id", identifier()),
        Field("task_id", identifier()),
        Field("category", text(80)),
        Field("date", date(), required=True),
        Field("due", date()),
        Field("amount", money(0), "review", required=True),
        Field("tax_amount", money(0), "review"),
        Field("currency", currency(), "review", required=True),
        Field("retention_basis_points", integer(0, BASIS_POINTS_MAX), "review"),
        Field("retention_due", date()),
        Field("document_id", identifier()),
        Field(
            "status",
            choice(*SUPPLIER_INVOICE_STATUS.precedence),
            "workflow",
            workflow=SUPPLIER_INVOICE_STATUS,
        ),
        Field("author_id", reference("person"), "write_once", required=True),
        *converted(),
        *reviewed(),
        Field("match_state", choice("matched", "tolerated", "over", "unmatched"), server=True),
        Field("match_difference", money(), server=True),
        Field("retention_amount", money(), server=True),
        Field("credited_amount", money(), server=True),
        Field("paid_amount", money(), server=True),
        Field("retention_paid", money(), server=True),
    ),
    indexes={
        "the invoices on a budget line": ("budget_line_id",),
        "the invoices on an order": ("order_id",),
        "what has to be paid, by date": ("status", "due"),
        "was this invoice entered before": ("supplier", "reference"),
    },
)
"""What a supplier asks for. `amount` is without tax.

Due are amount + tax - `retention_amount` (the share of both that is held back, halves rounded up)
- `credited_amount` (what approved credit notes took off); the retention is paid apart. The server
says `paid` when nothing of what is due is left, and takes that back with a payment. Being overdue
is computed from `due`, never stored.
"""

CLIENT_INVOICE_STATUS = Workflow(
    initial="draft",
    transitions={
        "draft": ("pending", "cancelled", "approved"),
        "pending": ("draft", "approved", "cancelled"),
        "approved": ("paid",),
        "paid": ("approved",),
        "cancelled": (),
    },
    precedence=("draft", "pending", "approved", "paid", "cancelled"),
)

CLIENT_INVOICE = Table(
    name="client_invoice",
    service="budget",
    delete="delete_wins",
    scopes=("finance",),
    scope_field="project_id",
    also_locks=("project",),
    fields=(
        project_id(),
        Field("number", integer(1), server=True),
        Field("kind", choice("standard", "progress", "retention", "credit_note"), "write_once"),
        Field("client", text(200), required=True),
        Field("title", text(200), required=True),
        Field("category", text(80)),
        Field("corrects_id", reference("client_invoice"), "write_once"),
        Field("period_start", date()),
        Field("period_finish", date()),
        Field("date", date(), required=True),
        Field("due", date()),
        Field("currency", currency(), "write_once", required=True),
        Field("rounding", choice("line", "tax", "total"), "write_once"),
        Field("rounding_mode", choice("half_up", "half_even", "down", "up"), "write_once"),
        Field("retention_basis_points", integer(0, BASIS_POINTS_MAX), "review"),
        Field("retention_due", date()),
        Field(
            "status",
            choice(*CLIENT_INVOICE_STATUS.precedence),
            "workflow",
            workflow=CLIENT_INVOICE_STATUS,
        ),
        Field("author_id", reference("person"), "write_once", required=True),
        *reviewed(),
        Field("issued_at", moment(), server=True),
        Field("amount", money(), server=True),
        *converted(),
        Field("tax_amount", money(), server=True),
        Field("retention_amount", money(), server=True),
        Field("credited_amount", money(), server=True),
        Field("paid_amount", money(), server=True),
        Field("retention_paid", money(), server=True),
    ),
    indexes={
        "the invoices of a project, by number": ("number",),
        "what clients still owe, by date": ("status", "due"),
    },
)
"""What we ask of a client. The server gives the number and adds up the lines when it is issued.

`approved` is issued: from then on it never changes, a credit note corrects it. A progress claim
(situation de travaux) bills what its lines have reached less what was billed before;
`amount_converted` is its worth in the currency of the project. Amounts and taxes are rounded line
by line, or (`total`) once for the whole and shared out over the lines; `tax` rounds the amounts by
line and the tax once for each rate. In any case the total is the sum of the lines shown. Halves go
up unless `rounding_mode` says otherwise.
"""

INVOICE_LINE = Table(
    name="invoice_line",
    service="budget",
    delete="delete_wins",
    scopes=("finance",),
    scope_field="project_id",
    also_locks=("project",),
    fields=(
        project_id(),
        Field("invoice_id", reference("client_invoice"), "write_once", required=True),
        Field("position", integer()),
        Field("description", text(1_000), required=True),
        Field("task_id", identifier()),
        Field("item_code", text(60)),
        Field("unit", text(40)),
        Field("quantity", decimal(), "review"),
        Field("unit_price", decimal(), "review"),
        Field("contract_amount", money(0), "review"),
        Field("reached_basis_points", integer(0, BASIS_POINTS_MAX), "review"),
        Field("tax_basis_points", integer(0, BASIS_POINTS_MAX), "review"),
        Field("previous_amount", money(), server=True),
        Field("amount", money(), server=True),
        Field("tax_amount", money(), server=True),
    ),
    indexes={
        "the lines of an invoice, in order": ("invoice_id", "position"),
        "what was billed of an item before": ("item_code",),
    },
)
"""One line: a quantity at a unit price, or how far an item of the contract has come."""

PAYMENT_STATUS = Workflow(
    initial="scheduled",
    transitions={
        "scheduled": ("paid", "cancelled"),
        "paid": ("reversed",),
        "reversed": (),
        "cancelled": (),
    },
    precedence=("scheduled", "cancelled", "paid", "reversed"),
    entered=("paid",),
)

PAYMENT = Table(
    name="payment",
    service="budget",
    delete="delete_wins",
    scopes=("finance",),
    scope_field="project_id",
    also_locks=("project",),
    fields=(
        project_id(),
        Field(
            "invoice_table",
            choice("supplier_invoice", "client_invoice"),
            "write_once",
            required=True,
        ),
        Field("invoice_id", identifier(), "write_once", required=True),
        Field("date", date(), required=True),
        Field("amount", money(1), "write_once", required=True),
        Field("currency", currency(), "write_once", required=True),
        Field("kind", choice("invoice", "retention"), "write_once"),
        Field("method", choice("transfer", "cheque", "cash", "card", "other")),
        Field("reference", text(120)),
        Field("status", choice(*PAYMENT_STATUS.precedence), "workflow", workflow=PAYMENT_STATUS),
        Field("reason", text(400)),
        Field("author_id", reference("person"), "write_once", required=True),
    ),
    indexes={
        "the payments of an invoice": ("invoice_id",),
        "what is to be paid, by date": ("status", "date"),
    },
)

TABLES = (
    PURCHASE_ORDER,
    EXPENSE,
    SUPPLIER_INVOICE,
    CLIENT_INVOICE,
    INVOICE_LINE,
    PAYMENT,
)
