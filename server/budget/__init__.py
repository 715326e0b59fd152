"""Budgets, rates and spending: who may change them, and the totals that follow a merge."""

from server.budget.books import prepare_books
from server.budget.conversion import prepare_rates
from server.budget.daily import move_daily_sums
from server.budget.daily_check import mend_daily_sums, rebuild_daily_sums, wrong_daily_sums
from server.budget.effects import follow_money
from server.budget.guards import GUARDS
from server.budget.jobs import mend_totals
from server.budget.locks import prepare_locks
from server.budget.over_budget import prepare_controls
from server.budget.recompute import Difference, recompute
from server.budget.reviews.facts import prepare_reviews
from server.budget.totals import move_totals

__all__ = [
    "GUARDS",
    "Difference",
    "follow_money",
    "mend_daily_sums",
    "mend_totals",
    "move_daily_sums",
    "move_totals",
    "prepare_books",
    "prepare_controls",
    "prepare_locks",
    "prepare_rates",
    "prepare_reviews",
    "rebuild_daily_sums",
    "recompute",
    "wrong_daily_sums",
]
