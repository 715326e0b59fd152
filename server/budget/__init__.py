"""Budgets, rates and expenses: who may change them, and the totals that follow a merge."""

from server.budget.conversion import prepare_expenses
from server.budget.guards import GUARDS
from server.budget.jobs import Difference, mend_totals, recompute
from server.budget.money import (
    MINOR_UNITS,
    AmountError,
    convert,
    decimals_of,
    format_amount,
    parse_amount,
)
from server.budget.totals import move_totals

__all__ = [
    "GUARDS",
    "MINOR_UNITS",
    "AmountError",
    "Difference",
    "convert",
    "decimals_of",
    "format_amount",
    "mend_totals",
    "move_totals",
    "parse_amount",
    "prepare_expenses",
    "recompute",
]
