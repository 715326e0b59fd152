"""What a budget line may take in one year, beside what it may take in all.

A line says so year by year (`annual_amounts`); a year for which it says nothing is bounded by the
whole alone. A year is a fiscal one: it begins with the month that the project's rules of money
name, and is called after the calendar year in which it begins. Spending falls to the year of its
own date, what an order commits to that of the order.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

from sync.schema import INTEGER_MAX

if TYPE_CHECKING:
    from collections.abc import Mapping

YEARS_MAX = 60
FIRST_YEAR, LAST_YEAR = 1900, 2200
MONTHS = 12


class Used(NamedTuple):
    """What was spent and is committed of a line, in a month or a year."""

    spent: int = 0
    committed: int = 0

    def plus(self, other: Used) -> Used:
        """Return both together."""
        return Used(self.spent + other.spent, self.committed + other.committed)


def month_of(day: str) -> dt.date:
    """Return the first of the month that a date lies in."""
    return dt.date.fromisoformat(day).replace(day=1)


def first_month(settings: Mapping[str, Any]) -> int:
    """Return the month that a project's years begin with."""
    return settings.get("fiscal_year_month") or 1


def year_of(day: dt.date, first: int) -> int:
    """Return the fiscal year of a date: the calendar year in which that year begins."""
    return day.year if day.month >= first else day.year - 1


def span_of(year: int, first: int) -> tuple[dt.date, dt.date]:
    """Return the first day of a fiscal year, and that of the next."""
    return dt.date(year, first, 1), dt.date(year + 1, first, 1)


def annual_amounts(line: Mapping[str, Any]) -> dict[int, int]:
    """Return year -> what a line may take in it."""
    return {int(year): amount for year, amount in (line.get("annual_amounts") or {}).items()}


def well_formed(amounts: object) -> bool:
    """Whether what somebody wrote as a line's annual amounts is that: years, whole amounts."""
    if amounts is None:
        return True
    if not isinstance(amounts, dict) or len(amounts) > YEARS_MAX:
        return False
    return all(_is_year(year) and _is_amount(amount) for year, amount in amounts.items())


def _is_year(year: object) -> bool:
    if not isinstance(year, str) or not (year.isascii() and year.isdecimal()):
        return False
    return str(int(year)) == year and FIRST_YEAR <= int(year) <= LAST_YEAR


def _is_amount(amount: object) -> bool:
    whole = isinstance(amount, int) and not isinstance(amount, bool)
    return whole and 0 <= amount <= INTEGER_MAX  # type: ignore[operator]


def takes_back(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether amounts for years that had one would change: in a locked budget nobody does that."""
    return any(after.get(year) != amount for year, amount in before.items())


def moved(amounts: Mapping[str, Any] | None, year: int, by: int) -> dict[str, int] | None:
    """Return a line's annual amounts when that of a year moves; None where it has none."""
    if amounts is None or str(year) not in amounts:
        return None
    return {**amounts, str(year): amounts[str(year)] + by}
