"""Running totals: what was spent of each budget line, of each budget, and off budget.

They move by delta in the merge transaction: the cost follows the expenses that the merge touched,
never the size of the ledger. What an expense counted before and what it counts now are both read
from the merge's own memory, so any order of arrival gives the same totals.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from server.budget.conversion import RATED_FIELDS, RATES, Conversion, convert_expense, rate_key
from server.budget.ledger import (
    Ledger,
    Place,
    finance_scope,
    load_lines,
    load_places,
    project_scope,
)
from server.budget.rates import RateBook

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from server.intake import MergeTransaction
    from server.intake.entries import Entry
    from sync.merge import Row

_READ_LINES = """
    SELECT id::text FROM budget_line
    WHERE project_id = $1 AND budget_id = ANY($2::uuid[]) ORDER BY id
"""

_READ_EXPENSES = """
    SELECT id::text FROM expense
    WHERE project_id = $1 AND budget_line_id = ANY($2::uuid[]) ORDER BY id
"""


class Moved(Struct):
    """What a merge changed of one project's money."""

    expenses: set[str]
    """Expenses that may count differently."""
    lines: set[str]
    """Lines that came, went, or belong elsewhere: their expenses count differently too."""
    budgets: set[str]
    """The same of budgets."""


async def move_totals(transaction: MergeTransaction) -> None:
    """Convert the merge's expenses and move the totals: an effect, run after the merge."""
    moved = _moved(transaction.workspace.touched.values())
    if moved:
        await settle_expenses(transaction, moved)


def _moved(entries: Iterable[Entry]) -> dict[str, Moved]:
    found: dict[str, Moved] = defaultdict(lambda: Moved(set(), set(), set()))
    for entry in entries:
        name = entry.table.name
        if name == "expense":
            if _counts_differently(entry):
                found[_project(entry)].expenses.add(_row(entry).id)
        elif name == "budget_line":
            if _differs(entry, "budget_id"):
                found[_project(entry)].lines.add(_row(entry).id)
        elif name == "budget" and _differs(entry, "currency"):
            found[_project(entry)].budgets.add(_row(entry).id)
    return dict(found)


def _project(entry: Entry) -> str:
    return entry.scope.name.partition(":")[2]


def _row(entry: Entry) -> Row:
    assert entry.row is not None  # noqa: S101 - a touched entry has a row
    return entry.row


def _differs(entry: Entry, *fields: str) -> bool:
    stored, row = entry.stored, _row(entry)
    if stored is None or stored.deleted != row.deleted:
        return True
    return any(stored.values.get(name) != row.values.get(name) for name in fields)


def _counts_differently(entry: Entry) -> bool:
    if _differs(entry, *RATED_FIELDS) or entry.stored is None:
        return True
    return counted(entry.stored) != counted(_row(entry))


def counted(expense: Row | None) -> bool:
    """Whether an expense counts as spending: it is there, and was not refused."""
    return expense is not None and not expense.deleted and expense.values.get("status") != "refused"


async def settle_expenses(transaction: MergeTransaction, moved: Mapping[str, Moved]) -> None:
    """Convert expenses anew and move the totals by what changed.

    Args:
        transaction: holds the locks of each project's two scopes.
        moved: project -> what may count differently.

    """
    for project, work in moved.items():
        await _load(transaction, project, work)
    settlements = [
        _Settlement(transaction, project, work) for project, work in sorted(moved.items())
    ]
    workspace = transaction.workspace
    book: RateBook = workspace.facts.get(RATES) or RateBook(
        workspace,
        [row for (_, row), one in workspace.touched.items() if one.table.name == "exchange_rate"],
    )
    keys = {key for one in settlements for key in one.rates_needed()}
    if keys:
        await book.read(transaction.connection, keys)
    for settlement in settlements:
        settlement.run(book)


async def _load(transaction: MergeTransaction, project: str, work: Moved) -> None:
    """Read all that says where the expenses were and are counted."""
    entries = transaction.workspace.entries
    connection = transaction.connection
    finance = finance_scope(project)
    # A budget or line that the merge made cannot have been counted in by anyone but by an expense
    # that named the line before it arrived.
    found = [one for one in work.budgets if entries[finance, one].stored is not None]
    if found:
        work.lines |= {one["id"] for one in await connection.fetch(_READ_LINES, project, found)}
    scope = project_scope(project)
    if work.lines:
        records = await connection.fetch(_READ_EXPENSES, project, sorted(work.lines))
        work.expenses |= {one["id"] for one in records}
        await load_lines(transaction, project, work.lines)
    await transaction.load(scope, sorted(work.expenses))
    versions = [
        row.values
        for one in work.expenses
        for row in (entries[scope, one].stored, entries[scope, one].row)
        if row is not None
    ]
    if versions:
        await load_places(transaction, {project: versions})


class _Places:
    """Remembers where the expenses of each line are counted: totals do not move that."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._known: dict[str | None, Place] = {}

    def of(self, values: Mapping[str, Any]) -> Place:
        line = values.get("budget_line_id")
        place = self._known.get(line)
        if place is None:
            place = self._known[line] = self.ledger.place(values)
        return place


class _Settlement:
    """Moves one project's totals."""

    def __init__(self, transaction: MergeTransaction, project: str, work: Moved) -> None:
        self.workspace = transaction.workspace
        self.project = project
        self.work = work
        self.found = _Places(Ledger(self.workspace, project, as_found=True))
        self.left = _Places(Ledger(self.workspace, project))
        self.lines: dict[str, int] = dict.fromkeys(work.lines, 0)
        self.budgets: dict[str, int] = dict.fromkeys(work.budgets, 0)
        self.off_budget = 0

    def _expenses(self) -> Iterator[Entry]:
        scope = project_scope(self.project)
        for expense in sorted(self.work.expenses):
            yield self.workspace.entries[scope, expense]

    def rates_needed(self) -> Iterator[Any]:
        """Yield the keys of the rates that the conversions will look up."""
        for entry in self._expenses():
            row = _row(entry)
            currency = self.left.of(row.values).currency
            key = rate_key(row.values, currency)
            if key is not None and not row.deleted and not self._keeps(entry, currency):
                yield key

    def _keeps(self, entry: Entry, currency: str | None) -> bool:
        """Whether the conversion that the expense bears still holds: a rate is frozen with it."""
        stored, row = entry.stored, _row(entry)
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
        for entry in self._expenses():
            self._count(self.found, entry.stored, -1)
            row = _row(entry)
            currency = self.left.of(row.values).currency
            if not row.deleted and not self._keeps(entry, currency):
                self._write_conversion(row, convert_expense(row.values, currency, book))
            self._count(self.left, entry.row, 1)
        for line, delta in sorted(self.lines.items()):
            was_counted = self.found.ledger.line(line) is not None
            self._write_total(
                finance_scope(self.project), line, "spent", delta, was_counted=was_counted
            )
        for budget, delta in sorted(self.budgets.items()):
            was_counted = self.found.ledger.budget(budget) is not None
            self._write_total(
                finance_scope(self.project), budget, "spent", delta, was_counted=was_counted
            )
        scope = project_scope(self.project)
        self._write_total(scope, self.project, "spent_off_budget", self.off_budget)

    def _write_conversion(self, row: Row, conversion: Conversion) -> None:
        changed = {
            name: value
            for name, value in conversion._asdict().items()
            if row.values.get(name) != value
        }
        if changed:
            scope = project_scope(self.project)
            self.workspace.write(scope, "expense", row.id, changed, intent="expense.convert")

    def _count(self, places: _Places, expense: Row | None, sign: int) -> None:
        if expense is None or not counted(expense):
            return
        amount = sign * (expense.values.get("amount_converted") or 0)
        place: Place = places.of(expense.values)
        if place.line is None or place.budget is None:
            self.off_budget += amount
            return
        self.lines[place.line] = self.lines.get(place.line, 0) + amount
        self.budgets[place.budget] = self.budgets.get(place.budget, 0) + amount

    def _write_total(
        self, scope: str, row_id: str, field: str, delta: int, *, was_counted: bool = True
    ) -> None:
        """Add to a total; one that came back to life starts from nothing."""
        row = self.workspace.row(scope, row_id)
        if row is None or row.deleted:
            return
        present = row.values.get(field) or 0
        total = (present if was_counted else 0) + delta
        if total != present:
            self.workspace.write(scope, row.table, row_id, {field: total}, intent="budget.total")
