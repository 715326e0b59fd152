"""What is left to pay of an invoice: due, credited, held back, paid.

The parts that others write (payments, credit notes) are kept on the invoice and move by delta in
the merge, like the totals: from what each payment was and what it is.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from server.budget.ledger import Ledger, counted_invoice
from server.budget.moved import row_of
from sync.tables.budget import settings_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from server.intake import Entry, MergeTransaction, Workspace
    from sync.merge import Row

INVOICES = frozenset({"supplier_invoice", "client_invoice"})
WHOLE = 10_000
"""Basis points of the whole."""


class Balance(NamedTuple):
    """What is left to pay, in minor units of the invoice's currency."""

    due: int
    """Less than 0 where a credit note came after the payment."""
    retention: int
    """Of what was held back; less than 0 where more of it was paid than is owed by now."""


class Share(NamedTuple):
    """What a payment or a credit note adds to a figure of an invoice."""

    invoice: str
    field: str
    amount: int


def gross_of(invoice: Mapping[str, Any]) -> int:
    """Return what an invoice asks for, with tax."""
    return (invoice.get("amount") or 0) + (invoice.get("tax_amount") or 0)


def retention_of(invoice: Mapping[str, Any]) -> int:
    """Return what is held back of an invoice: a share of amount and tax, halves rounded up."""
    share: int = invoice.get("retention_basis_points") or 0
    return (2 * gross_of(invoice) * share + WHOLE) // (2 * WHOLE)


def balance_of(invoice: Mapping[str, Any], moved: Mapping[str, int]) -> Balance:
    """Return what is left to pay of an invoice.

    Args:
        invoice: its values.
        moved: what this merge adds to its figures so far.

    """
    figure = {
        name: (invoice.get(name) or 0) + moved.get(name, 0)
        for name in ("paid_amount", "retention_paid", "credited_amount")
    }
    retention = retention_of(invoice)
    due = gross_of(invoice) - retention - figure["credited_amount"] - figure["paid_amount"]
    # What a credit note took off beyond what was due is not owed of the retention either.
    return Balance(due, retention - figure["retention_paid"] + min(0, due))


def share_of(row: Row | None) -> Share | None:
    """Return what a row adds to a figure of an invoice: a payment made, a binding credit note."""
    if row is None or row.deleted:
        return None
    values = row.values
    if row.table == "payment":
        if values.get("status") != "paid":
            return None
        field = "retention_paid" if values.get("kind") == "retention" else "paid_amount"
        return Share(values["invoice_id"], field, values["amount"])
    corrected = values.get("corrects_id")
    if values.get("kind") != "credit_note" or corrected is None or not counted_invoice(row):
        return None
    return Share(corrected, "credited_amount", gross_of(values))


def moved_figures(entries: Iterable[Entry]) -> dict[str, dict[str, int]]:
    """Return invoice -> figure -> by how much some rows move it, from what they were."""
    moved: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for entry in entries:
        for share, sign in ((share_of(entry.stored), -1), (share_of(entry.row), 1)):
            if share is not None:
                moved[share.invoice][share.field] += sign * share.amount
    return moved


def touched_in(workspace: Workspace, scope: str, tables: Iterable[str]) -> Iterator[Entry]:
    """Yield what a merge touched of some tables in a scope."""
    for (where, _), entry in workspace.touched.items():
        if where == scope and entry.table.name in tables:
            yield entry


async def settle_balances(transaction: MergeTransaction) -> None:
    """Move what was paid of the invoices, and say which of them are paid: an effect."""
    workspace = transaction.workspace
    scopes = {
        scope
        for (scope, _), entry in workspace.touched.items()
        if entry.table.name == "payment" or entry.table.name in INVOICES
    }
    for scope in sorted(scopes):
        tables = {"payment", *INVOICES}
        moved = moved_figures(touched_in(workspace, scope, tables))
        own = {row_of(one).id for one in touched_in(workspace, scope, INVOICES)}
        await transaction.load(scope, sorted(moved))
        await transaction.load(scope, [settings_id(scope.partition(":")[2])])
        for invoice in sorted({*moved, *own}):
            _settle(workspace, scope, invoice, moved.get(invoice, {}))


def _settle(workspace: Workspace, scope: str, invoice: str, moved: Mapping[str, int]) -> None:
    row = workspace.row(scope, invoice)
    if row is None or row.deleted or row.table not in INVOICES:
        return
    figures = {name: (row.values.get(name) or 0) + delta for name, delta in moved.items()}
    figures["retention_amount"] = retention_of(row.values)
    status = row.values.get("status")
    if counted_invoice(row) and row.values.get("kind") != "credit_note":
        status = "paid" if balance_of(row.values, moved).due <= 0 else "approved"
    changed: dict[str, Any] = {
        name: value for name, value in figures.items() if (row.values.get(name) or 0) != value
    }
    if status != row.values.get("status"):
        changed["status"] = status
    due = _due_of(row.values, Ledger(workspace, scope.partition(":")[2]).settings())
    if due is not None:
        changed["due"] = due
    if changed:
        workspace.write(scope, row.table, invoice, changed, intent="invoice.settle")


def _due_of(values: Mapping[str, Any], settings: Mapping[str, Any]) -> str | None:
    """Return when an invoice that does not say so is due: so many days after its date."""
    days: int | None = settings.get("payment_days")
    if values.get("due") is not None or days is None:
        return None
    return (dt.date.fromisoformat(values["date"]) + dt.timedelta(days=days)).isoformat()
