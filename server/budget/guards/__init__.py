"""Who may change rates, budgets, requests and spending: one module per subject.

Which role may do what is in the permission table (`server.intake.permissions`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.budget.guards import (
    budgets,
    client_invoices,
    delegations,
    expenses,
    orders,
    payments,
    rates,
    requests,
    supplier_invoices,
)
from server.budget.reviews.guards import guard_approval, guard_approval_rule
from server.intake import table_guard

if TYPE_CHECKING:
    from server.intake import Guards

GUARDS: Guards = {
    "exchange_rate": rates.guard_exchange_rate,
    "budget": budgets.guard_budget,
    "budget_line": budgets.guard_budget_line,
    "budget_version": table_guard("budget_version"),
    "finance_settings": budgets.guard_finance_settings,
    "approval_rule": guard_approval_rule,
    "budget_request": requests.guard_budget_request,
    "approval": guard_approval,
    "delegation": delegations.guard_delegation,
    "purchase_order": orders.guard_purchase_order,
    "expense": expenses.guard_expense,
    "supplier_invoice": supplier_invoices.guard_supplier_invoice,
    "client_invoice": client_invoices.guard_client_invoice,
    "invoice_line": client_invoices.guard_invoice_line,
    "payment": payments.guard_payment,
}
