"""Hands the services' rules to the intake: who may change what, and what follows a merge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.alerts import evaluate_alerts
from server.alerts.guards import GUARDS as ALERTS
from server.budget import move_totals
from server.budget.guards import GUARDS as BUDGET
from server.intake import Rules
from server.projects.guards import GUARDS as PROJECTS
from server.users.access import load_access
from server.users.guards import GUARDS as USERS

if TYPE_CHECKING:
    from server.settings import Settings


def rules(settings: Settings) -> Rules:
    """Compose the guards and the effects: totals first, since alerts read them."""
    _ = settings
    return Rules(
        guards={**USERS, **PROJECTS, **BUDGET, **ALERTS},
        effects=(move_totals, evaluate_alerts),
        load_access=load_access,
    )
