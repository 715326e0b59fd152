"""Alerts on budgets and deadlines: rules run after each merge and by the clock."""

from server.alerts.book import DEFAULT_THRESHOLDS, read_thresholds
from server.alerts.evaluation import evaluate_alerts
from server.alerts.guards import GUARDS
from server.alerts.jobs import evaluate_clock, recompute_alerts

__all__ = [
    "DEFAULT_THRESHOLDS",
    "GUARDS",
    "evaluate_alerts",
    "evaluate_clock",
    "read_thresholds",
    "recompute_alerts",
]
