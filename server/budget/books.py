"""What the guards of money read beside the row that changes: read at once, before any is asked.

A guard sees the rows as the merge leaves them so far, so that of two payments that come together
the second meets what the first has left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct, structs

from server.budget.balances import (
    INVOICES,
    Balance,
    balance_of,
    moved_figures,
    share_of,
    touched_in,
)
from server.budget.billing import load_lines_of
from server.budget.ledger import DOCUMENTS, Ledger, finance_scope, is_uuid, project_scope
from server.budget.matching import load_matched
from sync.merge import Causes, Row
from sync.tables.budget import settings_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from server.intake import Judgement, MergeTransaction, Workspace
    from sync.changes import Change

BOOKS = "budget.books"
"""Name under which the merge's books lie in `workspace.facts`."""

TABLES = frozenset({"approval", "expense", "payment", "invoice_line", "purchase_order", *INVOICES})
NAMED = ("subject_id", "invoice_id", "corrects_id", "order_id")
"""Fields that name rows which guards look at."""

_READ_REPEATED = """
    SELECT invoice.id::text
    FROM unnest($2::text[], $3::text[]) AS asked (supplier, reference)
    JOIN supplier_invoice AS invoice ON invoice.project_id = $1
        AND invoice.supplier = asked.supplier AND invoice.reference = asked.reference
"""


class Books(Struct, frozen=True):
    """One merge's money, for its guards."""

    workspace: Workspace

    def invoice(self, scope: str, invoice: str | None) -> Row | None:
        """Return a live invoice, a supplier's or a client's."""
        row = None if invoice is None else self.workspace.row(scope, invoice)
        return None if row is None or row.deleted or row.table not in INVOICES else row

    def balance(self, judgement: Judgement, invoice: Row) -> Balance:
        """Return what is left to pay of an invoice, but for the row that is judged.

        Counts what this merge has brought before, and what the rest of the change set brings.
        """
        own = judgement.change.row
        moved = self._moved(judgement.change.scope, invoice, own)
        for change in judgement.together:
            if change.row == own or change.table not in {"payment", *INVOICES}:
                continue
            present = self.workspace.row(change.scope, change.row)
            for share, sign in ((share_of(present), -1), (share_of(_after(change, present)), 1)):
                if share is not None and share.invoice == invoice.id:
                    moved[share.field] = moved.get(share.field, 0) + sign * share.amount
        return balance_of(invoice.values, moved)

    def credited(self, scope: str, invoice: Row, *, but: str) -> int:
        """Return what the credit notes have taken off an invoice, but for one of them."""
        moved = self._moved(scope, invoice, but).get("credited_amount", 0)
        return (invoice.values.get("credited_amount") or 0) + moved

    def _moved(self, scope: str, invoice: Row, but: str) -> dict[str, int]:
        rest = (
            entry
            for entry in touched_in(self.workspace, scope, {"payment", *INVOICES})
            if entry.row is None or entry.row.id != but
        )
        return dict(moved_figures(rest).get(invoice.id, {}))

    def repeats(self, judgement: Judgement, values: Mapping[str, Any]) -> bool:
        """Whether a supplier's invoice was entered before, or is in the same change set."""
        own = judgement.change.row
        key = (values.get("supplier"), values.get("reference"))
        for (scope, row_id), entry in self.workspace.entries.items():
            row = entry.row
            if scope != judgement.change.scope or row_id == own or row is None or row.deleted:
                continue
            if row.table != "supplier_invoice" or row.values.get("status") == "cancelled":
                continue
            if (row.values["supplier"], row.values["reference"]) == key:
                return True
        return any(
            change.table == "supplier_invoice"
            and change.row != own
            and (change.after.get("supplier"), change.after.get("reference")) == key
            for change in judgement.together
        )

    def taken(self, project: str, order: str) -> int:
        """Return by how much this merge takes more of an order than the order says yet."""
        found = Ledger(self.workspace, project, as_found=True)
        left = Ledger(self.workspace, project)
        total = 0
        for table in ("expense", "supplier_invoice"):
            for entry in touched_in(self.workspace, f"{DOCUMENTS[table]}:{project}", {table}):
                for ledger, row, sign in ((found, entry.stored, -1), (left, entry.row, 1)):
                    if row is not None and row.values.get("order_id") == order:
                        total += sign * ledger.spent(row)
        return total


def _after(change: Change, present: Row | None) -> Row | None:
    """Return a row as a change of the same change set would leave it."""
    if change.operation == "delete":
        return None
    if present is None:
        return Row(change.table, change.row, {}, dict(change.after), Causes())
    return structs.replace(present, values={**present.values, **change.after}, deleted=False)


def books_of(judgement: Judgement) -> Books | None:
    """Return the books of the merge; None where nothing of it asked for any."""
    books: Books | None = judgement.facts.get(BOOKS)
    return books


async def prepare_books(transaction: MergeTransaction, changes: Sequence[Change]) -> None:
    """Read what the guards of a merge's money will look at."""
    workspace = transaction.workspace
    mine = [
        change
        for change in changes
        if change.table in TABLES
        and change.scope in workspace.scopes
        and (change.table != "expense" or "status" in change.after)
    ]
    if not mine:
        return
    workspace.facts[BOOKS] = Books(workspace)
    for scope in sorted({change.scope for change in mine}):
        project = scope.partition(":")[2]
        finance = finance_scope(project)
        if finance not in workspace.scopes or project_scope(project) not in workspace.scopes:
            continue
        here = [change for change in mine if change.scope == scope]
        await transaction.load(finance, [settings_id(project)])
        if scope == finance:
            await _read_finance(transaction, project, here)


async def _read_finance(
    transaction: MergeTransaction, project: str, changes: Sequence[Change]
) -> None:
    scope = finance_scope(project)
    workspace = transaction.workspace
    named = {one for change in changes for one in _named(workspace, change)}
    await transaction.load(scope, sorted(named))
    asked = {
        key
        for change in changes
        if change.table == "supplier_invoice" and (key := _key(workspace, change)) is not None
    }
    if asked:
        records = await transaction.connection.fetch(
            _READ_REPEATED, project, *map(list, zip(*sorted(asked), strict=True))
        )
        await transaction.load(scope, [one["id"] for one in records])
    # What is said a word on is looked at as a whole.
    words = [change.after.get("subject_id") for change in changes if change.table == "approval"]
    subjects = [row for one in words if is_uuid(one) and (row := workspace.row(scope, one))]
    named = {row.values["corrects_id"] for row in subjects if row.values.get("corrects_id")}
    await transaction.load(scope, sorted(named))
    invoices = [row.id for row in subjects if row.table == "supplier_invoice"]
    await load_matched(transaction, project, invoices)
    claims = [row.id for row in subjects if row.table == "client_invoice"]
    await load_lines_of(transaction, scope, claims)


def _named(workspace: Workspace, change: Change) -> Iterator[str]:
    stored = workspace.row(change.scope, change.row)
    for values in (change.after, {} if stored is None else stored.values):
        for name in NAMED:
            if is_uuid(values.get(name)):
                yield values[name]


def _key(workspace: Workspace, change: Change) -> tuple[str, str] | None:
    """Return the supplier and reference that a change leaves, where it may have changed them."""
    stored = workspace.row(change.scope, change.row)
    there = stored is not None and not stored.deleted
    if there and change.after.keys().isdisjoint({"supplier", "reference"}):
        return None
    values = {**({} if stored is None else stored.values), **change.after}
    supplier, reference = values.get("supplier"), values.get("reference")
    if not isinstance(supplier, str) or not isinstance(reference, str):
        return None
    return None if "\x00" in supplier + reference else (supplier, reference)
