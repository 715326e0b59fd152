"""Budgets, rates and expenses: who may change them, and the totals that follow a merge."""

from server.budget.conversion import prepare_expenses
from server.budget.guards import GUARDS
from server.budget.jobs import Difference, mend_totals, recompute
from server.budget.totals import move_totals

__all__ = [
    "GUARDS",
    "Difference",
    "mend_totals",
    "move_totals",
    "prepare_expenses",
    "recompute",
]
