"""Invoices to clients: what their lines come to, and the number that they get when issued.

While an invoice is a draft the server keeps its amounts up with its lines. Issued, it is numbered
without a gap and never changes. A progress claim bills what its items have reached less what the
claims issued before have billed of them.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from server.budget.conversion import convert_document, rate_key
from server.budget.ledger import counted_invoice, project_scope
from server.budget.moved import differs, row_of
from server.budget.rates import RateBook, rates_touched
from server.budget.rounding import part, product, rounded_lines
from sync.money import MINOR_UNITS
from sync.tables.budget import settings_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from decimal import Decimal

    from server.intake import Entry, MergeTransaction, Workspace
    from sync.merge import Row

_READ_LINES = """
    SELECT id::text FROM invoice_line WHERE project_id = $1 AND invoice_id = ANY($2::uuid[])
"""

_READ_ITEMS = """
    SELECT id::text FROM invoice_line WHERE project_id = $1 AND item_code = ANY($2::text[])
"""


class Line(NamedTuple):
    """What the server writes on a line."""

    previous_amount: int | None
    amount: int
    tax_amount: int


class Bill(NamedTuple):
    """What an invoice comes to."""

    lines: Mapping[str, Line]
    amount: int
    tax_amount: int

    @property
    def negative(self) -> bool:
        """Whether a line of it would be below zero: a claim for less than was billed already."""
        return any(line.amount < 0 for line in self.lines.values())


class Lines:
    """The lines of one project's invoices, as a merge has them in hand."""

    def __init__(self, workspace: Workspace, scope: str) -> None:
        self.workspace = workspace
        self.scope = scope
        self._of: dict[str, list[str]] = defaultdict(list)
        self._claiming: dict[str, list[str]] = defaultdict(list)
        for (where, row_id), entry in workspace.entries.items():
            row = entry.row
            if where != scope or row is None or row.table != "invoice_line" or row.deleted:
                continue
            self._of[row.values["invoice_id"]].append(row_id)
            if row.values.get("item_code") is not None:
                self._claiming[row.values["item_code"]].append(row_id)

    def _rows(self, ids: Iterable[str]) -> Iterator[Row]:
        for one in ids:
            row = self.workspace.row(self.scope, one)
            assert row is not None  # noqa: S101 - it was there a moment ago
            yield row

    def of(self, invoice: str) -> list[Row]:
        """Return the lines of an invoice, in order."""
        found = self._rows(self._of.get(invoice, ()))
        return sorted(found, key=lambda row: (row.values.get("position") or 0, row.id))

    def items_of(self, invoices: Iterable[str]) -> set[str]:
        """Return the items of the contract that some invoices claim."""
        lines = (row.values for one in invoices for row in self._rows(self._of.get(one, ())))
        return {line["item_code"] for line in lines if is_claim(line)}

    def claiming(self, items: Iterable[str]) -> set[str]:
        """Return the invoices that claim some of the items."""
        lines = (row for item in items for row in self._rows(self._claiming.get(item, ())))
        return {row.values["invoice_id"] for row in lines}

    def billed_before(self, item: str, invoice: str) -> int:
        """Return what issued invoices have billed of an item; credit notes took that back."""
        total = 0
        for row in self._rows(self._claiming.get(item, ())):
            values = row.values
            other = self.workspace.row(self.scope, values["invoice_id"])
            if values["invoice_id"] != invoice and other is not None and counted_invoice(other):
                credited = other.values.get("kind") == "credit_note"
                total += -(values.get("amount") or 0) if credited else values.get("amount") or 0
        return total


def is_claim(line: Mapping[str, Any]) -> bool:
    """Whether a line bills how far an item of the contract has come."""
    return line.get("item_code") is not None and line.get("reached_basis_points") is not None


def bill_of(lines: Lines, invoice: Row) -> Bill:
    """Return what an invoice comes to, by its lines and its own rule of rounding."""
    values = invoice.values
    level, mode = values.get("rounding"), values.get("rounding_mode")
    rows = lines.of(invoice.id)
    before = [
        lines.billed_before(row.values["item_code"], invoice.id) if is_claim(row.values) else None
        for row in rows
    ]
    decimals = MINOR_UNITS[values["currency"]]
    exact = [
        _exact(row.values, decimals) - (billed or 0)
        for row, billed in zip(rows, before, strict=True)
    ]
    amounts = rounded_lines(exact, "total" if level == "total" else "line", mode)
    taxes = _taxes(rows, amounts, level, mode)
    made = {
        row.id: Line(billed, amount, tax)
        for row, billed, amount, tax in zip(rows, before, amounts, taxes, strict=True)
    }
    return Bill(made, sum(amounts), sum(taxes))


def _exact(line: Mapping[str, Any], decimals: int) -> Decimal:
    if is_claim(line):
        return part(line.get("contract_amount") or 0, line["reached_basis_points"])
    return product(line.get("quantity") or "1", line.get("unit_price") or "0", decimals)


def _taxes(
    rows: Sequence[Row], amounts: Sequence[int], level: str | None, mode: str | None
) -> list[int]:
    """Return the tax of each line: rounded by line, or once for each rate and shared out.

    Both levels above the line do so: `total` differs in the amounts.
    """
    level = "line" if level in {None, "line"} else "total"
    rates = [row.values.get("tax_basis_points") or 0 for row in rows]
    taxes = [0] * len(rows)
    for rate in sorted({*rates}):
        places = [place for place, one in enumerate(rates) if one == rate]
        exact = [part(amounts[place], rate) for place in places]
        for place, tax in zip(places, rounded_lines(exact, level, mode), strict=True):
            taxes[place] = tax
    return taxes


async def load_lines_of(transaction: MergeTransaction, scope: str, invoices: Iterable[str]) -> None:
    """Read all that the amounts of some invoices follow from, and of the drafts beside them.

    Those are the drafts that claim the same items: issuing one leaves the others less to bill.
    """
    workspace = transaction.workspace
    wanted = {*invoices}
    claiming = await _load_claims(transaction, scope, wanted)
    beside = {one for one in claiming - wanted if _moves(workspace, scope, one)}
    await _load_claims(transaction, scope, beside)


async def _load_claims(transaction: MergeTransaction, scope: str, invoices: set[str]) -> set[str]:
    """Read the lines of some invoices, and all that was and is claimed of their items.

    Returns the invoices that claim them.
    """
    if not invoices:
        return set()
    project = scope.partition(":")[2]
    connection = transaction.connection
    records = await connection.fetch(_READ_LINES, project, sorted(invoices))
    await transaction.load(scope, [one["id"] for one in records])
    items = Lines(transaction.workspace, scope).items_of(invoices)
    if items:
        records = await connection.fetch(_READ_ITEMS, project, sorted(items))
        await transaction.load(scope, [one["id"] for one in records])
    claiming = Lines(transaction.workspace, scope).claiming(items)
    await transaction.load(scope, sorted(claiming | invoices))
    return claiming


async def bill_clients(transaction: MergeTransaction) -> None:
    """Keep the amounts of drafts up with their lines; number what was issued: an effect."""
    workspace = transaction.workspace
    wanted: dict[str, set[str]] = {}
    for (scope, row_id), entry in workspace.touched.items():
        if entry.table.name == "client_invoice":
            wanted.setdefault(scope, set()).add(row_id)
        elif entry.table.name == "invoice_line":
            wanted.setdefault(scope, set()).add(row_of(entry).values["invoice_id"])
    for scope, invoices in sorted(wanted.items()):
        await transaction.load(scope, sorted(invoices))
        # What was issued before is as it was: neither read again nor written.
        moving = {one for one in invoices if _moves(workspace, scope, one)}
        await load_lines_of(transaction, scope, moving)
        await transaction.load(scope, [settings_id(scope.partition(":")[2])])
        _bill(workspace, scope, moving)
        await convert_invoices(transaction, scope)


async def convert_invoices(transaction: MergeTransaction, scope: str) -> None:
    """Write what a project's invoices in hand are worth in its own currency, once that is known.

    A rate is frozen with the amount: it is asked for anew only while there was none, or where what
    it depends on has changed.
    """
    workspace, project = transaction.workspace, scope.partition(":")[2]
    if project_scope(project) not in workspace.scopes:
        return
    await transaction.load(project_scope(project), [project])
    found = workspace.row(project_scope(project), project)
    currency = None if found is None or found.deleted else found.values["currency"]
    invoices = [
        row_of(entry)
        for (where, _), entry in workspace.entries.items()
        if where == scope and entry.table.name == "client_invoice" and _converts(entry)
    ]
    book = RateBook(workspace, rates_touched(workspace))
    keys = {key for row in invoices if (key := rate_key(row.values, currency)) is not None}
    if keys:
        await book.read(transaction.connection, keys)
    for row in sorted(invoices, key=lambda one: one.id):
        worth = convert_document(row.values, currency, book)._asdict()
        _write_changed(workspace, scope, "client_invoice", row.id, worth)


def _converts(entry: Entry) -> bool:
    stored, row = entry.stored, row_of(entry)
    if row.deleted or row.values.get("amount") is None:
        return False
    known = stored is not None and stored.values.get("amount_converted") is not None
    return not known or differs(entry, "amount", "date")


def _moves(workspace: Workspace, scope: str, invoice: str) -> bool:
    entry = workspace.entries.get((scope, invoice))
    if entry is None or entry.row is None or entry.row.table != "client_invoice":
        return False
    return entry.stored is None or not counted_invoice(entry.stored)


def _bill(workspace: Workspace, scope: str, invoices: set[str]) -> None:
    """Bill what was issued in the order in which it was, then the drafts."""
    lines = Lines(workspace, scope)
    issued = sorted(
        (workspace.entries[scope, one] for one in invoices if _is_issued(workspace, scope, one)),
        key=lambda entry: entry.seq,
    )
    # Drafts that claim the same items have less left to bill.
    items = lines.items_of(row_of(entry).id for entry in issued)
    drafts = {*invoices, *lines.claiming(items)} - {row_of(entry).id for entry in issued}
    for entry in issued:
        number = _next_number(workspace, scope)
        _write(workspace, scope, row_of(entry), lines, number)
    for one in sorted(drafts):
        row = workspace.row(scope, one)
        if row is not None and not row.deleted and _moves(workspace, scope, one):
            _write(workspace, scope, row, lines, None)


def _is_issued(workspace: Workspace, scope: str, invoice: str) -> bool:
    row = workspace.row(scope, invoice)
    return row is not None and counted_invoice(row)


def _next_number(workspace: Workspace, scope: str) -> int:
    """Take the next number: invoices are numbered without a gap, in the order of their issue."""
    project = scope.partition(":")[2]
    settings = settings_id(project)
    row = workspace.row(scope, settings)
    number: int = ((None if row is None else row.values.get("last_invoice_number")) or 0) + 1
    after: dict[str, Any] = {"last_invoice_number": number}
    if row is None:
        after["project_id"] = project
    workspace.write(scope, "finance_settings", settings, after, intent="invoice.number")
    return number


def _write(
    workspace: Workspace, scope: str, invoice: Row, lines: Lines, number: int | None
) -> None:
    """Write what an invoice comes to, and its number when it is issued."""
    bill = bill_of(lines, invoice)
    for row, line in bill.lines.items():
        _write_changed(workspace, scope, "invoice_line", row, line._asdict())
    after: dict[str, Any] = {"amount": bill.amount, "tax_amount": bill.tax_amount}
    if number is not None:
        after |= {"number": number, "issued_at": workspace.now_ms}
    _write_changed(workspace, scope, "client_invoice", invoice.id, after)


def _write_changed(
    workspace: Workspace, scope: str, table: str, row_id: str, after: Mapping[str, Any]
) -> None:
    row = workspace.row(scope, row_id)
    assert row is not None  # noqa: S101 - it was just read
    changed = {name: value for name, value in after.items() if row.values.get(name) != value}
    if changed:
        workspace.write(scope, table, row_id, changed, intent="invoice.bill")
