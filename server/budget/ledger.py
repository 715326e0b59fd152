"""What counts as spending, where, and for how much.

An expense counts unless it is a draft, was refused, or an approved invoice covers it; a supplier's
invoice counts once it is approved; a credit note takes away. A line counts while it and its budget
live: money whose line is unknown here, or was deleted, does not vanish, it shows as the project's
spending off budget.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct

from sync.schema import UUID_PATTERN
from sync.tables.budget import settings_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import TypeGuard

    from server.intake import Entry, MergeTransaction, Workspace
    from sync.merge import Row

UNCOUNTED_EXPENSES = frozenset({"draft", "refused"})
"""States in which an expense is not spending."""
COUNTED_INVOICES = frozenset({"approved", "paid"})
"""States in which an invoice binds: a supplier's counts, a client's is issued."""
DOCUMENTS: Mapping[str, str] = {
    "expense": "project",
    "purchase_order": "finance",
    "supplier_invoice": "finance",
}
"""The tables whose amounts are counted in the budget -> the kind of scope they live in."""


_UUID = re.compile(UUID_PATTERN)


def is_uuid(value: Any) -> TypeGuard[str]:
    """Whether a value that nobody has validated yet is a row's id."""
    return isinstance(value, str) and _UUID.match(value) is not None


def project_scope(project: str) -> str:
    """Return the scope of a project's work."""
    return f"project:{project}"


def finance_scope(project: str) -> str:
    """Return the scope of a project's money."""
    return f"finance:{project}"


def scope_of(table: str, project: str) -> str:
    """Return the scope that a project's documents of a table live in."""
    return f"{DOCUMENTS[table]}:{project}"


class Place(NamedTuple):
    """Where a document is counted, and in which currency its converted amount is."""

    line: str | None
    budget: str | None
    currency: str | None
    """None when the project itself is not there."""


class Ledger(Struct, frozen=True):
    """One project's money as a merge sees it: as it found it, or as it leaves it."""

    workspace: Workspace
    project: str
    as_found: bool = False

    def budget(self, budget: str | None) -> Row | None:
        """Return a live budget."""
        return self._live(finance_scope(self.project), budget, "budget")

    def line(self, line: str | None) -> Row | None:
        """Return a live line of a live budget."""
        row = self._live(finance_scope(self.project), line, "budget_line")
        return row if row is not None and self.budget(row.values["budget_id"]) else None

    def order(self, order: str | None) -> Row | None:
        """Return a live order."""
        return self._live(finance_scope(self.project), order, "purchase_order")

    def settings(self) -> Mapping[str, Any]:
        """Return the rules of the project's money; empty when nobody has set any."""
        row = self._live(finance_scope(self.project), settings_id(self.project), "finance_settings")
        return {} if row is None else row.values

    def place(self, values: Mapping[str, Any]) -> Place:
        """Return where a document with these values is counted."""
        line = self.line(values.get("budget_line_id"))
        budget = None if line is None else self.budget(line.values["budget_id"])
        if line is not None and budget is not None:
            return Place(line.id, budget.id, budget.values["currency"])
        project = self._live(project_scope(self.project), self.project, "project")
        return Place(None, None, None if project is None else project.values["currency"])

    def covers(self, invoice: str | None) -> bool:
        """Whether an invoice counts in the stead of the expenses that name it."""
        row = self._live(finance_scope(self.project), invoice, "supplier_invoice")
        return row is not None and counted_invoice(row) and row.values.get("kind") != "credit_note"

    def spent(self, document: Row | None) -> int:
        """Return what an expense or an invoice adds to what was spent; less than 0 for a credit."""
        if document is None or document.deleted:
            return 0
        values = document.values
        amount: int = values.get("amount_converted") or 0
        if document.table == "expense":
            counts = counted_expense(document) and not self.covers(values.get("invoice_id"))
            return amount if counts else 0
        if not counted_invoice(document):
            return 0
        return -amount if values.get("kind") == "credit_note" else amount

    def _live(self, scope: str, row: str | None, table: str) -> Row | None:
        entry = None if row is None else self.workspace.entries.get((scope, row))
        found = None if entry is None else self.version(entry)
        return None if found is None or found.deleted or found.table != table else found

    def version(self, entry: Entry) -> Row | None:
        """Return the version of a row that this ledger is about."""
        return entry.stored if self.as_found else entry.row


def counted_expense(expense: Row) -> bool:
    """Whether an expense is money spent: it is there, handed in, and was not refused."""
    return not expense.deleted and expense.values.get("status") not in UNCOUNTED_EXPENSES


def counted_invoice(invoice: Row) -> bool:
    """Whether an invoice binds: it is there, and was approved."""
    return not invoice.deleted and invoice.values.get("status") in COUNTED_INVOICES


def committed_of(order: Row, taken: int) -> int:
    """Return what is left to come of an order of which so much was taken: never less than 0."""
    if order.values.get("status") != "approved":
        return 0
    return max(0, (order.values.get("amount_converted") or 0) - taken)


def forecast_of(line: Mapping[str, Any]) -> int:
    """Return what a line will have cost at completion.

    What was spent and ordered and is still estimated; without an estimate the amount, or what was
    spent and ordered where that is more.
    """
    bound: int = (line.get("spent") or 0) + (line.get("committed") or 0)
    estimate: int | None = line.get("estimate_to_complete")
    return max(line["amount"], bound) if estimate is None else bound + estimate


async def load_places(
    transaction: MergeTransaction, documents: Mapping[str, Iterable[Mapping[str, Any]]]
) -> None:
    """Read what says where documents are counted: their projects, lines and budgets.

    Args:
        transaction: the merge.
        documents: project -> the values of its documents, all versions that matter.

    """
    workspace = transaction.workspace
    for project, versions in documents.items():
        scope = finance_scope(project)
        if scope not in workspace.scopes:
            continue
        await transaction.load(project_scope(project), [project])
        lines = {line for values in versions if (line := values.get("budget_line_id"))}
        await load_lines(transaction, project, lines)


async def load_lines(transaction: MergeTransaction, project: str, lines: Iterable[str]) -> None:
    """Read budget lines and their budgets."""
    scope = finance_scope(project)
    workspace = transaction.workspace
    wanted = sorted({*lines})
    await transaction.load(scope, wanted)
    budgets: set[str] = set()
    for line in wanted:
        entry = workspace.entries.get((scope, line))
        if entry is None or entry.table.name != "budget_line":
            continue
        budgets |= {row.values["budget_id"] for row in (entry.stored, entry.row) if row is not None}
    await transaction.load(scope, sorted(budgets))
