"""Budgets, rates and spending: who may change them, and the totals that follow a merge."""

from server.budget.conversion import prepare_rates
from server.budget.daily import move_daily_sums
from server.budget.daily_check import mend_daily_sums, rebuild_daily_sums, wrong_daily_sums
from server.budget.guards import GUARDS
from server.budget.jobs import mend_totals
from server.budget.recompute import Difference, recompute
from server.budget.totals import move_totals

__all__ = [
    "GUARDS",
    "Difference",
    "mend_daily_sums",
    "mend_totals",
    "move_daily_sums",
    "move_totals",
    "prepare_rates",
    "rebuild_daily_sums",
    "recompute",
    "wrong_daily_sums",
]
