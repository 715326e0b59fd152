"""Alerts on budgets, work and deadlines, and the notices that tell people of them."""

from server.alerts.book import DEFAULT_THRESHOLDS, read_thresholds
from server.alerts.deadlines import tell_deadlines
from server.alerts.delivering import deliver_notices
from server.alerts.digest import tell_digests
from server.alerts.escalating import escalate_alerts
from server.alerts.evaluation import evaluate_alerts
from server.alerts.guards import GUARDS
from server.alerts.jobs import evaluate_clock, recompute_alerts
from server.alerts.pruning import forget_told, prune_notices
from server.alerts.rechecking import recheck_next
from server.alerts.repeating import repeat_notices
from server.alerts.watchers import check_watches_next, sweep_watches

__all__ = [
    "DEFAULT_THRESHOLDS",
    "GUARDS",
    "check_watches_next",
    "deliver_notices",
    "escalate_alerts",
    "evaluate_alerts",
    "evaluate_clock",
    "forget_told",
    "prune_notices",
    "read_thresholds",
    "recheck_next",
    "recompute_alerts",
    "repeat_notices",
    "sweep_watches",
    "tell_deadlines",
    "tell_digests",
]
