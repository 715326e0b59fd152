"""Alerts on budgets, work and deadlines, and the notices that tell people of them."""

from server.alerts.book import DEFAULT_THRESHOLDS, read_thresholds
from server.alerts.evaluation import evaluate_alerts
from server.alerts.guards import GUARDS
from server.alerts.jobs import evaluate_clock, recompute_alerts
from server.alerts.rechecking import recheck_next

__all__ = [
    "DEFAULT_THRESHOLDS",
    "GUARDS",
    "evaluate_alerts",
    "evaluate_clock",
    "read_thresholds",
    "recheck_next",
    "recompute_alerts",
]
