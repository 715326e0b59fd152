"""What an amount is worth in the currency it is counted in, and the rates read for that."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from server.budget.ledger import DOCUMENTS, Ledger, load_places
from server.budget.rates import RateBook, RateKey
from sync import errors
from sync.schema import INTEGER_MAX, is_row_id
from sync.validation import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from server.intake import Judgement, MergeTransaction
    from sync.changes import Change

RATES = "budget.rates"
"""Name under which the merge's rates lie in `workspace.facts`."""

RATED_FIELDS = frozenset({"amount", "currency", "date", "budget_line_id"})
"""What a conversion depends on."""


class Conversion(NamedTuple):
    """The fields that the server writes on an expense, an order, an invoice."""

    amount_converted: int | None
    """None while no rate is known, or past all counting: the document then counts as nothing, and
    is tried again each night."""
    rate: str | None
    """What one unit is worth; None for an amount already in the currency it is counted in."""
    rate_date: str | None


def rate_key(values: Mapping[str, Any], currency: str | None) -> RateKey | None:
    """Return the rate that a document needs to be counted in a currency, if it needs one."""
    if currency is None or values["currency"] == currency:
        return None
    return RateKey(values["currency"], currency, values["date"])


def convert_document(values: Mapping[str, Any], currency: str | None, book: RateBook) -> Conversion:
    """Return what an amount is worth in the currency it is counted in."""
    if currency is None:
        return Conversion(None, None, None)
    key = rate_key(values, currency)
    if key is None:
        return Conversion(values["amount"], None, None)
    quote = book.find(key)
    if quote is None:
        return Conversion(None, None, None)
    amount = quote.convert(values["amount"], key.currency, key.quote)
    if amount > INTEGER_MAX:
        return Conversion(None, None, None)
    return Conversion(amount, quote.effective, quote.date)


async def prepare_rates(transaction: MergeTransaction, changes: Sequence[Change]) -> None:
    """Read the rates that a merge's amounts need, so that their guards can refuse for want of one.

    Costs nothing without expenses, orders and invoices; with some, a query each for the projects,
    the lines and the budgets (which the totals then need anyway), and one for the rates of foreign
    amounts.
    """
    versions = _versions(transaction, changes)
    if not versions:
        return
    await load_places(transaction, versions)
    keys = set()
    for project, documents in versions.items():
        ledger = Ledger(transaction.workspace, project)
        for values in documents:
            key = rate_key(values, ledger.place(values).currency)
            if key is not None:
                keys.add(key)
    if keys:
        book = RateBook(transaction.workspace, _rates_brought(changes))
        await book.read(transaction.connection, keys)
        transaction.workspace.facts[RATES] = book


def rate_fault(judgement: Judgement) -> Fault | None:
    """Refuse an amount that nobody can count: no rate is known, or it is past all counting."""
    book: RateBook | None = judgement.facts.get(RATES)
    change = judgement.change
    if book is None or RATED_FIELDS.isdisjoint(change.after):
        return None
    stored = {} if judgement.row is None else judgement.row.values
    values = {**stored, **change.after}
    project = change.scope.partition(":")[2]
    currency = Ledger(book.workspace, project).place(values).currency
    key = rate_key(values, currency)
    # A rate that was not asked for says nothing: its budget line is made in this very merge.
    if key is None or not book.knows(key):
        return None
    quote = book.find(key)
    if quote is None:
        return Fault(errors.RATE_MISSING, "currency")
    if quote.convert(values["amount"], key.currency, key.quote) > INTEGER_MAX:
        return Fault(errors.VALUE_INVALID, "amount")
    return None


def _versions(
    transaction: MergeTransaction, changes: Sequence[Change]
) -> dict[str, list[dict[str, Any]]]:
    """Return project -> what its documents would be; nothing was validated yet."""
    found: dict[str, list[dict[str, Any]]] = {}
    for change in changes:
        if change.table not in DOCUMENTS or RATED_FIELDS.isdisjoint(change.after):
            continue
        stored = transaction.workspace.row(change.scope, change.row)
        values = {**({} if stored is None else stored.values), **change.after}
        kind, _, project = change.scope.partition(":")
        if kind == DOCUMENTS[change.table] and is_row_id(project) and _is_readable(values):
            found.setdefault(project, []).append(values)
    return found


def _rates_brought(changes: Iterable[Change]) -> list[str]:
    return [
        change.row
        for change in changes
        if change.table == "exchange_rate" and is_row_id(change.row)
    ]


def _is_readable(values: Mapping[str, Any]) -> bool:
    line = values.get("budget_line_id")
    if not isinstance(values.get("currency"), str) or not (line is None or is_row_id(line)):
        return False
    try:
        msgspec.convert(values.get("date"), dt.date)
    except msgspec.ValidationError:
        return False
    return True
