"""What a merge changed of a project's money, and what must be read to move the totals for it.

What may count differently is found from what was touched: the expenses of an invoice that was just
approved, the documents on a line that came or went. Each question is one indexed query, asked only
when there is something to ask it for.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from server.budget.conversion import RATED_FIELDS
from server.budget.ledger import (
    DOCUMENTS,
    Ledger,
    finance_scope,
    load_lines,
    project_scope,
    scope_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from server.intake import Entry, MergeTransaction
    from sync.merge import Row

_READ_LINES = """
    SELECT id::text FROM budget_line
    WHERE project_id = $1 AND budget_id = ANY($2::uuid[]) ORDER BY id
"""

_READ_ON_LINES = """
    SELECT 'expense' AS table_name, id::text FROM expense
    WHERE project_id = $1 AND budget_line_id = ANY($2::uuid[])
    UNION ALL
    SELECT 'purchase_order', id::text FROM purchase_order
    WHERE project_id = $1 AND budget_line_id = ANY($2::uuid[])
    UNION ALL
    SELECT 'supplier_invoice', id::text FROM supplier_invoice
    WHERE project_id = $1 AND budget_line_id = ANY($2::uuid[])
"""

_READ_ON_ORDERS = """
    SELECT 'expense' AS table_name, id::text FROM expense
    WHERE project_id = $1 AND order_id = ANY($2::uuid[])
    UNION ALL
    SELECT 'supplier_invoice', id::text FROM supplier_invoice
    WHERE project_id = $1 AND order_id = ANY($2::uuid[])
"""

_READ_COVERED = """
    SELECT 'expense' AS table_name, id::text FROM expense
    WHERE project_id = $1 AND invoice_id = ANY($2::uuid[])
"""

COUNTED_BY = {
    "expense": (*sorted(RATED_FIELDS), "status", "order_id", "invoice_id"),
    "purchase_order": (*sorted(RATED_FIELDS), "status"),
    "supplier_invoice": (*sorted(RATED_FIELDS), "status", "order_id", "kind"),
}
"""Table -> the fields that say whether, where and for how much a document counts."""


class Moved(Struct):
    """What a merge changed of one project's money."""

    documents: dict[str, set[str]] = field(
        default_factory=lambda: {table: set() for table in DOCUMENTS}
    )
    """Table -> documents that may count differently."""
    lines: set[str] = field(default_factory=set)
    """Lines that came, went, or belong elsewhere: what is on them counts differently too."""
    budgets: set[str] = field(default_factory=set)
    """The same of budgets."""
    forecasts: set[str] = field(default_factory=set)
    """Lines whose amount or estimate changed: nothing but their forecast follows."""

    def include(self, other: Moved) -> None:
        """Add all that another has."""
        for table, rows in other.documents.items():
            self.documents[table] |= rows
        self.lines |= other.lines
        self.budgets |= other.budgets
        self.forecasts |= other.forecasts

    def add(self, records: Iterable[tuple[str, str]]) -> None:
        """Add documents, each by its table and id."""
        for table, row in records:
            self.documents[table].add(row)


def moved_by(entries: Iterable[Entry]) -> dict[str, Moved]:
    """Return project -> what a merge changed of its money, where it did."""
    found: dict[str, Moved] = defaultdict(Moved)
    for entry in entries:
        table = entry.table.name
        if table in DOCUMENTS:
            if differs(entry, *COUNTED_BY[table]):
                found[_project(entry)].documents[table].add(row_of(entry).id)
        elif table == "budget_line":
            if differs(entry, "budget_id"):
                found[_project(entry)].lines.add(row_of(entry).id)
            elif differs(entry, "amount", "estimate_to_complete"):
                found[_project(entry)].forecasts.add(row_of(entry).id)
        elif table == "budget" and differs(entry, "currency"):
            found[_project(entry)].budgets.add(row_of(entry).id)
    return dict(found)


def _project(entry: Entry) -> str:
    return entry.scope.name.partition(":")[2]


def row_of(entry: Entry) -> Row:
    """Return the row that a touched entry has."""
    assert entry.row is not None  # noqa: S101 - a touched entry has a row
    return entry.row


def differs(entry: Entry, *fields: str) -> bool:
    """Whether the merge made, deleted or restored a row, or changed one of these fields of it."""
    stored, row = entry.stored, row_of(entry)
    if stored is None or stored.deleted != row.deleted:
        return True
    return any(stored.values.get(name) != row.values.get(name) for name in fields)


def given(values: Mapping[str, Any], *names: str) -> Iterator[str]:
    """Yield the ids that some fields hold."""
    for name in names:
        value = values.get(name)
        if value is not None:
            yield value


class Reach(Struct):
    """Reads all that the totals of one project need to move."""

    transaction: MergeTransaction
    project: str
    work: Moved

    async def read(self) -> None:
        """Read the documents that count differently, and all that says where they count."""
        await self._read_lines()
        await self._load()
        await self._read_covered()
        await self._load_places()
        # Only now is it known which orders are in another currency than they were.
        if await self._read_taken():
            await self._load()
            await self._load_places()

    async def _fetch(self, question: str, rows: Iterable[str]) -> bool:
        """Add what a question finds for some rows; return whether it found any."""
        wanted = sorted({*rows})
        if not wanted:
            return False
        records = await self.transaction.connection.fetch(question, self.project, wanted)
        self.work.add((one["table_name"], one["id"]) for one in records)
        return bool(records)

    def _entry(self, table: str, row: str) -> Entry | None:
        return self.transaction.workspace.entries.get((scope_of(table, self.project), row))

    def _versions(self) -> Iterator[Row]:
        for table, rows in self.work.documents.items():
            for row in rows:
                entry = self._entry(table, row)
                if entry is not None:
                    yield from (one for one in (entry.stored, entry.row) if one is not None)

    async def _read_lines(self) -> None:
        work, entries = self.work, self.transaction.workspace.entries
        finance = finance_scope(self.project)
        # A budget or line that the merge made cannot have been counted in by anyone but by a
        # document that named the line before it arrived.
        found = [one for one in work.budgets if entries[finance, one].stored is not None]
        if found:
            connection = self.transaction.connection
            records = await connection.fetch(_READ_LINES, self.project, found)
            work.lines |= {one["id"] for one in records}
        await self._fetch(_READ_ON_LINES, work.lines)

    async def _load(self) -> None:
        for table, rows in self.work.documents.items():
            await self.transaction.load(scope_of(table, self.project), sorted(rows))

    async def _read_covered(self) -> None:
        """Add the expenses of invoices that cover them only now, or no longer do."""
        ledgers = self._ledgers()
        changed = [
            one
            for one in self.work.documents["supplier_invoice"]
            if len({ledger.covers(one) for ledger in ledgers}) > 1
        ]
        await self._fetch(_READ_COVERED, changed)
        await self.transaction.load(
            project_scope(self.project), sorted(self.work.documents["expense"])
        )

    async def _load_places(self) -> None:
        """Load the orders and covering invoices that documents name, and the lines of them all."""
        work, entries = self.work, self.transaction.workspace.entries
        finance = finance_scope(self.project)
        lines = {*work.lines, *work.forecasts}
        named: set[str] = set()
        for row in self._versions():
            values = row.values
            lines.update(given(values, "budget_line_id"))
            named.update(given(values, "order_id", "invoice_id"))
        await self.transaction.load(finance, sorted(named))
        for one in named:
            entry = entries.get((finance, one))
            if entry is not None and entry.table.name == "purchase_order":
                for order in (entry.stored, entry.row):
                    lines.update(() if order is None else given(order.values, "budget_line_id"))
        await self.transaction.load(project_scope(self.project), [self.project])
        await load_lines(self.transaction, self.project, lines)

    async def _read_taken(self) -> bool:
        """Add what was taken of orders that came, went, or are in another currency now."""
        changed = []
        for one in self.work.documents["purchase_order"]:
            known = set()
            for ledger in self._ledgers():
                order = ledger.order(one)
                known.add(None if order is None else ledger.place(order.values).currency)
            if len(known) > 1:
                changed.append(one)
        return await self._fetch(_READ_ON_ORDERS, changed)

    def _ledgers(self) -> tuple[Ledger, Ledger]:
        workspace = self.transaction.workspace
        return (
            Ledger(workspace, self.project, as_found=True),
            Ledger(workspace, self.project),
        )
