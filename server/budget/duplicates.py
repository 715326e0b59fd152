"""Expenses that seem to be recorded before, marked for whoever approves. Never a refusal.

`duplicate_of` names the oldest expense that one seems to repeat: with the same receipt's photo, or
with the same amount, date and supplier. Ids are made in the order of time, so the oldest is the
same whatever came first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.budget.ledger import counted_expense, project_scope
from server.budget.moved import differs, row_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from server.intake import Entry, MergeTransaction
    from sync.merge import Row

LIKENESS = ("date", "amount", "currency", "supplier", "receipt_hash", "status")
"""What tells whether two expenses are alike, and whether they are still there to be."""

_READ_ALIKE = """
    SELECT expense.id::text
    FROM unnest($2::text[], $3::bigint[]) AS asked (date, amount)
    JOIN expense ON expense.project_id = $1 AND expense.date = asked.date::date
        AND expense.amount = asked.amount
    WHERE NOT expense.deleted
    UNION
    SELECT id::text FROM expense
    WHERE project_id = $1 AND receipt_hash = ANY($4::text[]) AND NOT deleted
"""

Likeness = tuple[Any, ...]


async def mark_duplicates(transaction: MergeTransaction) -> None:
    """Mark what a merge brought: an effect."""
    alike: dict[str, list[Entry]] = {}
    for (scope, _), entry in transaction.workspace.touched.items():
        if entry.table.name == "expense" and differs(entry, *LIKENESS):
            alike.setdefault(scope.partition(":")[2], []).append(entry)
    for project, entries in sorted(alike.items()):
        await _mark_repeated(transaction, project, entries)


async def _mark_repeated(
    transaction: MergeTransaction, project: str, entries: Iterable[Entry]
) -> None:
    """Look again at all that is, or was, like what was touched."""
    workspace, scope = transaction.workspace, project_scope(project)
    touched = {row_of(entry).id for entry in entries}
    kinds = {
        kind
        for entry in entries
        for row in (entry.stored, entry.row)
        if row is not None
        for kind in likenesses(row)
    }
    rows = await _alike(transaction, project, kinds, touched)
    again = [row for row in rows if row.id in touched or not kinds.isdisjoint(likenesses(row))]
    # They may be like others in another way, which says as much about which came first.
    more = {kind for row in again for kind in likenesses(row)} - kinds
    if more:
        rows += await _alike(transaction, project, more, set())
    oldest: dict[Likeness, str] = {}
    for row in sorted(rows, key=lambda one: one.id):
        if counted_expense(row):
            for kind in likenesses(row):
                oldest.setdefault(kind, row.id)
    for row in again:
        first = min((oldest[kind] for kind in likenesses(row) if kind in oldest), default=row.id)
        repeated = first if counted_expense(row) and first < row.id else None
        if not row.deleted and row.values.get("duplicate_of") != repeated:
            after = {"duplicate_of": repeated}
            workspace.write(scope, "expense", row.id, after, intent="expense.mark")


async def _alike(
    transaction: MergeTransaction, project: str, kinds: set[Likeness], known: set[str]
) -> list[Row]:
    """Return the expenses that may be alike in some ways, and some that are known."""
    found = set(known)
    if kinds:
        keys = sorted({(kind[1], kind[2]) for kind in kinds if kind[0] == "entry"})
        hashes = sorted({kind[1] for kind in kinds if kind[0] == "receipt"})
        dates, amounts = [date for date, _ in keys], [amount for _, amount in keys]
        records = await transaction.connection.fetch(_READ_ALIKE, project, dates, amounts, hashes)
        found |= {one["id"] for one in records}
    scope = project_scope(project)
    await transaction.load(scope, sorted(found))
    rows = (transaction.workspace.row(scope, one) for one in sorted(found))
    return [row for row in rows if row is not None]


def likenesses(expense: Row) -> Iterator[Likeness]:
    """Yield what another expense must have in common with this one to seem the same."""
    values = expense.values
    supplier = (values.get("supplier") or "").strip().casefold()
    if supplier:
        yield ("entry", values["date"], values["amount"], values["currency"], supplier)
    if values.get("receipt_hash"):
        yield ("receipt", values["receipt_hash"])
