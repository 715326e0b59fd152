"""Running totals: what was spent and ordered of each line and budget, and what it will have cost.

They move by delta in the merge transaction: the cost follows the documents that the merge touched,
never the size of the ledger. What a document counted before and what it counts now are both read
from the merge's own memory, so any order of arrival gives the same totals. They start from what was
stored, so they may be moved again when reviews have approved something by them.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from server.budget.conversion import RATES, Conversion, convert_document, rate_key
from server.budget.ledger import (
    DOCUMENTS,
    Ledger,
    Place,
    committed_of,
    finance_scope,
    forecast_of,
    project_scope,
    scope_of,
)
from server.budget.monthly import months_of
from server.budget.moved import Reach, moved_by, row_of
from server.budget.rates import RateBook, rates_touched

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from server.budget.moved import Moved
    from server.intake import Entry, MergeTransaction
    from sync.merge import Row


MOVED = "budget.moved"
"""Name under which lies what a merge has moved the totals for: moved anew, it is counted anew."""


async def move_totals(transaction: MergeTransaction) -> None:
    """Convert the merge's amounts and move the totals: an effect, run after the merge."""
    moved = moved_by(transaction.workspace.touched.values())
    known: dict[str, Moved] = transaction.workspace.facts.setdefault(MOVED, {})
    for project, work in known.items():
        moved.setdefault(project, work).include(work)
    if moved:
        known |= moved
        await settle_documents(transaction, moved)
        months_of(transaction.workspace).moved = None


async def settle_documents(transaction: MergeTransaction, moved: Mapping[str, Moved]) -> None:
    """Convert documents anew and move the totals by what changed.

    Args:
        transaction: holds the locks of each project's two scopes.
        moved: project -> what may count differently.

    """
    for project, work in moved.items():
        await Reach(transaction, project, work).read()
    settlements = [
        _Settlement(transaction, project, work) for project, work in sorted(moved.items())
    ]
    workspace = transaction.workspace
    book: RateBook = workspace.facts.get(RATES) or RateBook(workspace, rates_touched(workspace))
    keys = {key for one in settlements for key in one.rates_needed()}
    if keys:
        await book.read(transaction.connection, keys)
    for settlement in settlements:
        settlement.run(book)


class _Places:
    """Remembers where the documents of each line are counted: totals do not move that."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._known: dict[str | None, Place] = {}

    def of(self, values: Mapping[str, Any]) -> Place:
        line = values.get("budget_line_id")
        place = self._known.get(line)
        if place is None:
            place = self._known[line] = self.ledger.place(values)
        return place

    def order_of(self, document: Row) -> Row | None:
        """Return the order that a document takes from: only one that is in the same currency."""
        order = self.ledger.order(document.values.get("order_id"))
        if order is None or self.of(order.values).currency != self.of(document.values).currency:
            return None
        return order


class _Figures(Struct):
    """What moved of a line or a budget."""

    spent: int = 0
    committed: int = 0
    forecast: int = 0


class _Settlement:
    """Moves one project's totals."""

    def __init__(self, transaction: MergeTransaction, project: str, work: Moved) -> None:
        self.workspace = transaction.workspace
        self.project = project
        self.work = work
        self.found = _Places(Ledger(self.workspace, project, as_found=True))
        self.left = _Places(Ledger(self.workspace, project))
        self.taken: dict[str, int] = dict.fromkeys(work.documents["purchase_order"], 0)
        """Order -> by how much more, or less, was taken of it."""
        self.lines: dict[str, _Figures] = defaultdict(_Figures)
        self.budgets: dict[str, _Figures] = defaultdict(_Figures)
        self.off_budget = 0

    def _documents(self, *tables: str) -> Iterator[Entry]:
        for table in tables:
            scope = scope_of(table, self.project)
            for row in sorted(self.work.documents[table]):
                yield self.workspace.entries[scope, row]

    def rates_needed(self) -> Iterator[Any]:
        """Yield the keys of the rates that the conversions will look up."""
        for entry in self._documents(*DOCUMENTS):
            row = row_of(entry)
            currency = self.left.of(row.values).currency
            key = rate_key(row.values, currency)
            if key is not None and not row.deleted and not self._keeps(entry, currency):
                yield key

    def _keeps(self, entry: Entry, currency: str | None) -> bool:
        """Whether the conversion that the amount bears still holds: a rate is frozen with it."""
        stored, row = entry.stored, row_of(entry)
        return (
            stored is not None
            and not stored.deleted
            and stored.values.get("amount_converted") is not None
            and not any(
                stored.values.get(name) != row.values.get(name)
                for name in ("amount", "currency", "date")
            )
            and self.found.of(stored.values).currency == currency
        )

    def run(self, book: RateBook) -> None:
        """Write the conversions and the totals that changed."""
        for entry in self._documents(*DOCUMENTS):
            row = row_of(entry)
            currency = self.left.of(row.values).currency
            if not row.deleted and not self._keeps(entry, currency):
                converted = convert_document(row.values, currency, book)
                self._write_conversion(entry, converted)
        for entry in self._documents("expense", "supplier_invoice"):
            self._spend(self.found, entry.stored, -1)
            self._spend(self.left, entry.row, 1)
        for order in sorted(self.taken):
            self._commit(order)
        for line in sorted({*self.lines, *self.work.lines, *self.work.forecasts}):
            self._write_line(line)
        for budget in sorted(self.budgets):
            self._write_budget(budget)
        self._write_off_budget()

    def _write_conversion(self, entry: Entry, conversion: Conversion) -> None:
        row = row_of(entry)
        changed = {
            name: value
            for name, value in conversion._asdict().items()
            if row.values.get(name) != value
        }
        if changed:
            table = row.table
            self.workspace.write(
                entry.scope.name, table, row.id, changed, intent=f"{table}.convert"
            )

    def _spend(self, places: _Places, document: Row | None, sign: int) -> None:
        """Add a version of a document to what was spent, and to what was taken of its order."""
        amount = sign * places.ledger.spent(document)
        if document is None or not amount:
            return
        place = places.of(document.values)
        if place.line is None or place.budget is None:
            self.off_budget += amount
        else:
            self.lines[place.line].spent += amount
            self.budgets[place.budget].spent += amount
        order = places.order_of(document)
        if order is not None:
            self.taken[order.id] = self.taken.get(order.id, 0) + amount

    def _commit(self, order: str) -> None:
        """Settle what is left to come of an order."""
        found, left = self.found.ledger.order(order), self.left.ledger.order(order)
        if found is not None:
            self._bind(self.found, found, -(found.values.get("committed") or 0))
        if left is None:
            return
        before = 0 if found is None else found.values.get("invoiced") or 0
        taken = before + self.taken[order]
        committed = committed_of(left, taken)
        self._bind(self.left, left, committed)
        scope = finance_scope(self.project)
        self._write(scope, order, {"invoiced": taken, "committed": committed})

    def _bind(self, places: _Places, order: Row, amount: int) -> None:
        place = places.of(order.values)
        if amount and place.line is not None and place.budget is not None:
            self.lines[place.line].committed += amount
            self.budgets[place.budget].committed += amount

    def _write_line(self, line: str) -> None:
        """Write a line's figures; those of one that came back to life start from nothing."""
        entry = self.workspace.entries.get((finance_scope(self.project), line))
        if entry is None or entry.table.name != "budget_line":
            return
        found, left = self.found.ledger.line(line), self.left.ledger.line(line)
        row, moved = row_of(entry), self.lines[line]
        base = {} if found is None else found.values
        figures = {
            "spent": (base.get("spent") or 0) + moved.spent,
            "committed": (base.get("committed") or 0) + moved.committed,
        }
        figures["forecast"] = forecast_of({**row.values, **figures})
        if found is not None:
            self.budgets[found.values["budget_id"]].forecast -= found.values.get("forecast") or 0
        if left is not None:
            self.budgets[left.values["budget_id"]].forecast += figures["forecast"]
        self._write(finance_scope(self.project), line, figures)

    def _write_budget(self, budget: str) -> None:
        moved = self.budgets[budget]
        found = self.found.ledger.budget(budget)
        base = {} if found is None else found.values
        figures = {
            name: (base.get(name) or 0) + getattr(moved, name)
            for name in ("spent", "committed", "forecast")
        }
        self._write(finance_scope(self.project), budget, figures)

    def _write_off_budget(self) -> None:
        entry = self.workspace.entries.get((project_scope(self.project), self.project))
        if entry is not None:
            stored = 0 if entry.stored is None else entry.stored.values.get("spent_off_budget") or 0
            figures = {"spent_off_budget": stored + self.off_budget}
            self._write(project_scope(self.project), self.project, figures)

    def _write(self, scope: str, row_id: str, figures: Mapping[str, int]) -> None:
        """Write those totals of a row that are not so already."""
        row = self.workspace.row(scope, row_id)
        if row is None or row.deleted:
            return
        changed = {
            name: total for name, total in figures.items() if total != (row.values.get(name) or 0)
        }
        if changed:
            self.workspace.write(scope, row.table, row_id, changed, intent="budget.total")
