"""Supplier invoices held against what was ordered and what was spent.

An invoice on an order is matched while it stays within what is left of that order; one that covers
expenses, when it asks for what they add up to. A difference within the project's tolerance (a share
of what it is held against, and an amount: the smaller of those that are set) is tolerated. Once
approved, an invoice keeps the match that it was approved with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from server.budget.ledger import (
    Ledger,
    counted_expense,
    counted_invoice,
    finance_scope,
    project_scope,
)
from server.budget.moved import differs, given, row_of
from server.budget.rounding import WHOLE
from sync.tables.budget import settings_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from server.intake import MergeTransaction, Workspace
    from sync.merge import Row

_READ_COVERED = """
    SELECT id::text FROM expense WHERE project_id = $1 AND invoice_id = ANY($2::uuid[])
"""

_READ_OPEN = """
    SELECT id::text FROM supplier_invoice
    WHERE project_id = $1 AND order_id = ANY($2::uuid[]) AND NOT deleted
        AND status IN ('draft', 'pending')
"""


class Match(NamedTuple):
    """How an invoice stands to what it is for."""

    state: str
    """`matched`, `tolerated`, `over`, or `unmatched`: held against nothing, or asking for less than
    the expenses that it covers."""
    difference: int | None
    """What it asks for beyond that, in the currency of the budget."""


UNMATCHED = Match("unmatched", None)


def judge(difference: int, against: int, settings: Mapping[str, Any], *, exact: bool) -> Match:
    """Say what a difference comes to.

    Args:
        difference: what is asked for beyond `against`.
        against: what is left of the order, or what the expenses add up to.
        settings: the project's, with its tolerance.
        exact: whether asking for less is a difference too.

    """
    if difference == 0 or (difference < 0 and not exact):
        return Match("matched", difference)
    if abs(difference) <= tolerance(against, settings):
        return Match("tolerated", difference)
    return Match("over" if difference > 0 else "unmatched", difference)


def tolerance(against: int, settings: Mapping[str, Any]) -> int:
    """Return the difference that a project takes; none where it says nothing."""
    share, amount = (
        settings.get("match_tolerance_basis_points"),
        settings.get("match_tolerance_amount"),
    )
    bounds = [max(0, against) * share // WHOLE] if share is not None else []
    bounds += [amount] if amount is not None else []
    return min(bounds, default=0)


def match_of(workspace: Workspace, project: str, invoice: Row, *, moved: int = 0) -> Match:
    """Return how an invoice stands to its order and its expenses, as the merge has them in hand.

    Args:
        workspace: the merge's, with the order and the expenses loaded.
        project: whose invoice it is.
        invoice: the invoice.
        moved: what the merge takes of its order beyond what the order says.

    """
    ledger = Ledger(workspace, project)
    amount = invoice.values.get("amount_converted")
    if amount is None or invoice.values.get("kind") == "credit_note":
        return UNMATCHED
    covered = [row for row in _covered(workspace, project, invoice.id) if counted_expense(row)]
    order = ledger.order(invoice.values.get("order_id"))
    settings = ledger.settings()
    if order is not None:
        # What the invoice and its expenses have taken of the order is its own.
        own = ledger.spent(invoice) + sum(
            ledger.spent(row) for row in covered if row.values.get("order_id") == order.id
        )
        taken = (order.values.get("invoiced") or 0) + moved - own
        left = (order.values.get("amount_converted") or 0) - taken
        return judge(amount - left, left, settings, exact=False)
    if not covered:
        return UNMATCHED
    spent = sum(row.values.get("amount_converted") or 0 for row in covered)
    return judge(amount - spent, spent, settings, exact=True)


def _covered(workspace: Workspace, project: str, invoice: str) -> Iterator[Row]:
    scope = project_scope(project)
    for (where, _), entry in workspace.entries.items():
        row = entry.row
        if where != scope or row is None or row.table != "expense":
            continue
        if row.values.get("invoice_id") == invoice:
            yield row


async def load_matched(
    transaction: MergeTransaction, project: str, invoices: Iterable[str]
) -> None:
    """Read what some invoices are held against: their orders, their expenses, the tolerance."""
    wanted = sorted({*invoices})
    if not wanted:
        return
    finance = finance_scope(project)
    await transaction.load(finance, wanted)
    rows = [transaction.workspace.row(finance, one) for one in wanted]
    orders = {order for row in rows if row is not None and (order := row.values.get("order_id"))}
    await transaction.load(finance, sorted({*orders, settings_id(project)}))
    records = await transaction.connection.fetch(_READ_COVERED, project, wanted)
    await transaction.load(project_scope(project), [one["id"] for one in records])


async def match_invoices(transaction: MergeTransaction) -> None:
    """Say how the invoices that were touched, or whose order was, stand now: an effect."""
    workspace = transaction.workspace
    wanted: dict[str, set[str]] = {}
    orders: dict[str, set[str]] = {}
    for (scope, row_id), entry in workspace.touched.items():
        project = scope.partition(":")[2]
        match entry.table.name:
            case "supplier_invoice":
                wanted.setdefault(project, set()).add(row_id)
            case "purchase_order" if differs(entry, "invoiced", "amount_converted"):
                orders.setdefault(project, set()).add(row_id)
            case "expense" if differs(entry, "invoice_id", "amount_converted", "status"):
                versions = [one.values for one in (entry.stored, entry.row) if one is not None]
                named = {invoice for one in versions for invoice in given(one, "invoice_id")}
                if named:
                    wanted.setdefault(project, set()).update(named)
    for project, changed in orders.items():
        records = await transaction.connection.fetch(_READ_OPEN, project, sorted(changed))
        wanted.setdefault(project, set()).update(one["id"] for one in records)
    for project, invoices in sorted(wanted.items()):
        await load_matched(transaction, project, invoices)
        for invoice in sorted(invoices):
            _write(workspace, project, invoice)


def _write(workspace: Workspace, project: str, invoice: str) -> None:
    scope = finance_scope(project)
    entry = workspace.entries.get((scope, invoice))
    if entry is None or entry.table.name != "supplier_invoice":
        return
    row = row_of(entry)
    frozen = entry.stored is not None and counted_invoice(entry.stored)
    if row.deleted or frozen:
        return
    found = match_of(workspace, project, row)
    after = {"match_state": found.state, "match_difference": found.difference}
    changed = {name: value for name, value in after.items() if row.values.get(name) != value}
    if changed:
        workspace.write(scope, "supplier_invoice", invoice, changed, intent="invoice.match")
