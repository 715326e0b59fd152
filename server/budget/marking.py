"""Expenses over their line: taken and counted all the same, and marked with by how much.

Of what is over a line, or over what it may take in a year, the latest expenses that nobody has
decided on bear it, the very latest first: each by no more than itself, and by the larger of both.
So the marks of a line follow from what is on it alone, whatever came first; with a decision a mark
goes, and the line's own alerts say how it stands.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

from server.budget.annual import annual_amounts, first_month, span_of
from server.budget.control import ANNUAL, Draw, control_in, line_excesses
from server.budget.ledger import Ledger, counted_expense, finance_scope, project_scope
from server.budget.monthly import load_months, months_of
from server.budget.moved import row_of
from sync.tables.budget import settings_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from server.intake import Entry, MergeTransaction
    from sync.merge import Row

UNDECIDED = "submitted"
MARKED_BY = ("stop", "warn")
"""What the grid must say for a line to be over at all."""

# Only lines that are, or were, over are asked for: what waits for a decision on them is found by
# the index on just those. What the merge has in hand takes the place of what is stored of it. A
# line is bounded as a whole, and by the years that it has an amount for: the largest mark holds.
_READ_MARKS = """
    WITH waiting AS (
        SELECT id, budget_line_id AS line, date, amount_converted AS worth, over_budget AS mark
        FROM expense
        WHERE project_id = $1 AND budget_line_id = ANY($2::uuid[])
            AND (status IS NULL OR status = 'submitted') AND NOT deleted
            AND id <> ALL($3::uuid[]) AND amount_converted > 0
            AND NOT (invoice_id IS NOT NULL AND CASE
                WHEN invoice_id = ANY($4::uuid[]) THEN invoice_id = ANY($5::uuid[])
                ELSE EXISTS (SELECT FROM supplier_invoice AS invoice
                    WHERE invoice.project_id = $1 AND invoice.id = expense.invoice_id
                    AND NOT invoice.deleted AND invoice.status IN ('approved', 'paid')
                    AND invoice.kind IS DISTINCT FROM 'credit_note') END)
        UNION ALL
        SELECT * FROM unnest($6::uuid[], $7::uuid[], $8::date[], $9::bigint[], $10::bigint[])
    ), bound AS (
        SELECT * FROM unnest($11::uuid[], $12::date[], $13::date[], $14::bigint[])
            AS bound (line, since, until, excess)
    ), ranked AS (
        SELECT id, mark, worth, excess,
            sum(worth) OVER (PARTITION BY line, since ORDER BY date DESC, id DESC) - worth AS later
        FROM waiting JOIN bound USING (line) WHERE date >= since AND date < until
    ), marked AS (
        SELECT id, mark, nullif(max(greatest(0, least(worth, excess - later))), 0)::bigint AS wanted
        FROM ranked GROUP BY id, mark
    )
    SELECT id::text, wanted FROM marked WHERE mark IS DISTINCT FROM wanted ORDER BY id
"""

_READ_OVER = """
    SELECT id::text FROM budget_line WHERE project_id = $1 AND NOT deleted
        AND (spent > amount OR spent + committed > amount OR annual_amounts IS NOT NULL)
"""


class Bound(NamedTuple):
    """A time in which a line is over: as a whole, or in a year."""

    since: dt.date
    until: dt.date
    """Not included."""
    excess: int


WHOLE = Bound(dt.date.min, dt.date.max, 0)
"""All of a line's time."""


class Waiting(NamedTuple):
    """An expense that counts and waits for a decision."""

    line: str
    date: str
    worth: int


async def mark_over_budget(transaction: MergeTransaction) -> None:
    """Bring the marks of a merge's expenses and lines to what they should be: an effect.

    Run after the totals; it costs nothing where no line is over.
    """
    workspace = transaction.workspace
    projects = {
        scope.partition(":")[2]
        for (scope, _), entry in workspace.touched.items()
        if entry.table.name in {"expense", "budget_line", "budget", "finance_settings"}
    }
    for project in sorted(projects):
        if (
            finance_scope(project) in workspace.scopes
            and project_scope(project) in workspace.scopes
        ):
            await _Marking(transaction, project).run()


class _Marking:
    """Marks one project's expenses."""

    def __init__(self, transaction: MergeTransaction, project: str) -> None:
        self.transaction = transaction
        self.workspace = transaction.workspace
        self.project = project
        self.found = Ledger(self.workspace, project, as_found=True)
        self.left = Ledger(self.workspace, project)
        self.changed: set[str] = set()
        """Lines on which other expenses wait than before."""
        self.in_hand: dict[str, Waiting | None] = {}
        """Loaded expense -> how it waits now."""

    async def run(self) -> None:
        """Mark what is over, and take the mark from what no longer is."""
        await self._load_grid()
        lines = [row_of(entry).id for entry in self._line_entries()]
        await load_months(self.transaction, self.project, lines)
        moved = set()
        for entry in self._expenses():
            assert entry.row is not None  # noqa: S101 - a loaded entry has a row
            before, after = _waiting(self.found, entry.stored), _waiting(self.left, entry.row)
            self.in_hand[entry.row.id] = after
            if before != after:
                moved.add(entry.row.id)
                self.changed |= {one.line for one in (before, after) if one is not None}
        full = {line: self._bounds(line) for line in self._lines()}
        wanted = dict.fromkeys(
            row
            for row in moved
            if (waiting := self.in_hand[row]) is None or not self._bounds(waiting.line)
        )
        if full:
            wanted |= await self._wanted(full)
        await self._write(wanted)

    def _expenses(self) -> Iterator[Entry]:
        scope = project_scope(self.project)
        for (where, _), entry in [*self.workspace.entries.items()]:
            if where == scope and entry.table.name == "expense":
                yield entry

    async def _load_grid(self) -> None:
        """Load the rules of money; where they changed, all lines that any rule calls over."""
        scope, settings = finance_scope(self.project), settings_id(self.project)
        if (scope, settings) in self.workspace.touched:
            records = await self.transaction.connection.fetch(_READ_OVER, self.project)
            lines = [one["id"] for one in records]
            await self.transaction.load(scope, lines)
            budgets = {
                row.values["budget_id"] for one in lines if (row := self.workspace.row(scope, one))
            }
            await self.transaction.load(scope, sorted(budgets))
        elif any(_is_bound(row) for entry in self._line_entries() for row in _versions(entry)):
            await self.transaction.load(scope, [settings])

    def _line_entries(self) -> Iterator[Entry]:
        scope = finance_scope(self.project)
        for (where, _), entry in self.workspace.entries.items():
            if where == scope and entry.table.name == "budget_line":
                yield entry

    def _lines(self) -> list[str]:
        """Return the lines whose marks may have to change: over now or before, and moved."""
        found = []
        for entry in self._line_entries():
            row = entry.row
            assert row is not None  # noqa: S101 - a loaded entry has a row
            before, after = self._bounds(row.id, as_found=True), self._bounds(row.id)
            if (before or after) and (before != after or row.id in self.changed):
                found.append(row.id)
        return sorted(found)

    def _bounds(self, line: str, *, as_found: bool = False) -> tuple[Bound, ...]:
        """Return when and by how much a line is over, by what the project's grid acts upon."""
        ledger = self.found if as_found else self.left
        return bounds_of(ledger, line, as_found=as_found)

    async def _wanted(self, full: Mapping[str, tuple[Bound, ...]]) -> dict[str, int | None]:
        """Return expense -> its mark, where it is another than it bears."""
        waiting = {row: one for row, one in self.in_hand.items() if one and one.line in full}
        marks = []
        for row in waiting:
            known = self.workspace.row(project_scope(self.project), row)
            marks.append(None if known is None else known.values.get("over_budget"))
        invoices = [
            entry.row.id
            for (scope, _), entry in self.workspace.touched.items()
            if scope == finance_scope(self.project)
            and entry.table.name == "supplier_invoice"
            and entry.row is not None
        ]
        records = await self.transaction.connection.fetch(
            _READ_MARKS,
            self.project,
            [*full],
            [*self.in_hand],
            invoices,
            [one for one in invoices if self.left.covers(one)],
            [*waiting],
            [one.line for one in waiting.values()],
            [dt.date.fromisoformat(one.date) for one in waiting.values()],
            [one.worth for one in waiting.values()],
            marks,
            *map(list, zip(*_told(full), strict=True)),
        )
        return {one["id"]: one["wanted"] for one in records}

    async def _write(self, wanted: Mapping[str, int | None]) -> None:
        scope = project_scope(self.project)
        await self.transaction.load(scope, sorted(wanted))
        for row, mark in sorted(wanted.items()):
            known = self.workspace.row(scope, row)
            if known is None or known.deleted or known.values.get("over_budget") == mark:
                continue
            after = {"over_budget": mark}
            self.workspace.write(scope, "expense", row, after, intent="expense.over_budget")


def bounds_of(ledger: Ledger, line: str, *, as_found: bool = False) -> tuple[Bound, ...]:
    """Return when and by how much a line is over, by what the project's grid acts upon."""
    row = ledger.line(line)
    return () if row is None else tuple(_over(ledger, row, as_found=as_found))


def _over(ledger: Ledger, line: Row, *, as_found: bool) -> Iterator[Bound]:
    settings = ledger.settings()
    whole = _acted_upon(settings, line.values, "")
    if whole > 0:
        yield WHOLE._replace(excess=whole)
    first, amounts = first_month(settings), annual_amounts(line.values)
    used = months_of(ledger.workspace).years(ledger, line, first, as_found=as_found)
    for year in sorted(used):
        excess = _acted_upon(settings, {"amount": amounts[year], **used[year]._asdict()}, ANNUAL)
        if excess > 0:
            yield Bound(*span_of(year, first), excess)


def _acted_upon(settings: Mapping[str, Any], figures: Mapping[str, Any], prefix: str) -> int:
    """Return by how much some figures are over, by what the grid acts upon."""
    excesses = line_excesses(figures, Draw("", 0, "actual"))
    acted = (one for action, one in excesses if control_in(settings, prefix + action) in MARKED_BY)
    return max(0, *acted, 0)


def _told(full: Mapping[str, tuple[Bound, ...]]) -> Iterator[tuple[str, dt.date, dt.date, int]]:
    """Yield the bounds of some lines: of each at least the whole, whose marks may have to go."""
    for line, bounds in full.items():
        if WHOLE.since not in {one.since for one in bounds}:
            yield line, *WHOLE
        for one in bounds:
            yield line, *one


def _waiting(ledger: Ledger, expense: Row | None) -> Waiting | None:
    """Return what waits for a decision of an expense; None where nothing does."""
    if expense is None or not counted_expense(expense):
        return None
    values = expense.values
    line = values.get("budget_line_id")
    worth = ledger.spent(expense)
    if line is None or worth <= 0 or (values.get("status") or UNDECIDED) != UNDECIDED:
        return None
    return Waiting(line, values["date"], worth)


def _versions(entry: Entry) -> Iterable[Row]:
    return [row for row in (entry.stored, entry.row) if row is not None]


def _is_bound(line: Row) -> bool:
    """Whether more was spent and ordered than a line has, or it is bounded by the year as well."""
    if line.values.get("annual_amounts"):
        return True
    spent, committed = line.values.get("spent") or 0, line.values.get("committed") or 0
    return bool(spent + committed > line.values["amount"])
