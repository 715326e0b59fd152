"""Cash by month and invoices by age: pure functions of documents."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 -- the structs' types are read at run time
from collections import defaultdict
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from server.figures.shapes import AgeingRow, CashMonth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Side = Literal["receivable", "payable"]

BASIS_POINTS = 10_000


class Movement(Struct, frozen=True):
    """Money that moved, or is to move, on a day."""

    day: dt.date
    currency: str
    side: Side
    settled: bool
    amount: int


class OpenInvoice(Struct, frozen=True):
    """What is not paid yet of an invoice, or of what was retained of it."""

    invoice: str
    side: Side
    party: str
    currency: str
    due: dt.date
    outstanding: int


def outstanding_of(amount: int, tax: int, retention: int, paid: int) -> int:
    """Return what is left of an invoice: what was retained falls due later, on its own date."""
    return amount + tax - retention - paid


def retained_of(amount: int, basis_points: int) -> int:
    """Return what is kept back of an amount with its tax, halves rounded up."""
    return (2 * amount * basis_points + BASIS_POINTS) // (2 * BASIS_POINTS)


def cash_months(movements: Iterable[Movement]) -> list[CashMonth]:
    """Add movements up by month, with the balance from the first on; empty months are shown."""
    sums: dict[tuple[str, str], dict[tuple[Side, bool], int]] = defaultdict(
        lambda: defaultdict(int)
    )
    for one in movements:
        sums[one.currency, f"{one.day:%Y-%m}"][one.side, one.settled] += one.amount
    found: list[CashMonth] = []
    for currency in sorted({currency for currency, _ in sums}):
        known = [month for one, month in sums if one == currency]
        balance = 0
        for month in _months(min(known), max(known)):
            of = sums.get((currency, month), {})
            received, paid = of.get(("receivable", True), 0), of.get(("payable", True), 0)
            expected, to_pay = of.get(("receivable", False), 0), of.get(("payable", False), 0)
            balance += received + expected - paid - to_pay
            found.append(CashMonth(month, currency, received, paid, expected, to_pay, balance))
    return found


def _months(first: str, last: str) -> Iterator[str]:
    year, month = int(first[:4]), int(first[5:])
    while (text := f"{year:04d}-{month:02d}") <= last:
        yield text
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)  # noqa: PLR2004


def ageing_rows(invoices: Iterable[OpenInvoice], at: dt.date) -> list[AgeingRow]:
    """Add open invoices up by party and by how long they are overdue on a day."""
    sums: dict[tuple[Side, str, str], list[int]] = defaultdict(lambda: [0] * (len(AGES) + 1))
    counted: dict[tuple[Side, str, str], set[str]] = defaultdict(set)
    for one in invoices:
        key = (one.side, one.party, one.currency)
        counted[key].add(one.invoice)
        sums[key][age_of(one.due, at)] += one.outstanding
    found = []
    for key, (not_due, days_30, days_60, days_90, older) in sorted(sums.items()):
        side, party, currency = key
        total = sum(sums[key])
        ages = (not_due, days_30, days_60, days_90, older, total)
        found.append(AgeingRow(side, party, currency, len(counted[key]), *ages))
    return found


AGES = (0, 30, 60, 90)
"""Days overdue up to which an invoice falls in the first, second, third and fourth column."""


def age_of(due: dt.date, at: dt.date) -> int:
    """Return in which column an invoice stands: not due, 1-30, 31-60, 61-90, more days overdue."""
    days = (at - due).days
    return next((place for place, limit in enumerate(AGES) if days <= limit), len(AGES))
