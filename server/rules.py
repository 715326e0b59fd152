"""Hands the services' rules to the intake: who may change what, and what follows a merge."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from server import alerts, budget, figures, projects, storage, users
from server.intake import Rules

if TYPE_CHECKING:
    from server.settings import Settings


def rules(settings: Settings) -> Rules:
    """Compose the guards and the effects: numbers, reviews, totals; then alerts, which read all."""
    return Rules(
        guards={
            **users.GUARDS,
            **projects.GUARDS,
            **budget.GUARDS,
            **storage.GUARDS,
            **alerts.GUARDS,
        },
        prepare=(
            users.prepare_people,
            projects.prepare_links,
            partial(projects.prepare_fieldwork, permit_minutes_max=settings.permit_hours_max * 60),
            budget.prepare_rates,
            budget.prepare_books,
            budget.prepare_locks,
            budget.prepare_controls,
            partial(budget.prepare_reviews, late_days=settings.delegation_late_days_max),
            storage.prepare_documents,
        ),
        effects=(
            projects.follow_fieldwork,
            partial(budget.follow_money, small_below=settings.small_amounts),
            projects.take_baselines,
            projects.mark_schedules,
            partial(alerts.evaluate_alerts, lead_days=settings.alert_lead_days),
            partial(storage.follow_documents, trash_days=settings.trash_days),
            partial(users.follow_people, grace_hours=settings.one_time_codes_grace_hours),
            users.record_merge,
            figures.follow_figures,
        ),
        load_access=users.load_access,
    )
