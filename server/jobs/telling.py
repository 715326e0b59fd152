"""The clocked jobs that tell people: deadlines, digests, escalations, urgent notices once more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.alerts import (
    escalate_alerts,
    forget_told,
    prune_notices,
    repeat_notices,
    sweep_watches,
    tell_deadlines,
    tell_digests,
)
from server.jobs.running import Job

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.jobs.running import JobContext


async def deadlines_ahead(context: JobContext) -> Mapping[str, Any]:
    """Put down what falls due in the projects whose day has begun."""
    settings = context.settings
    projects = await tell_deadlines(
        context.intake,
        context.pool,
        context.wall_ms(),
        hour=settings.notice_hour,
        lead_days=settings.alert_lead_days,
    )
    return {"projects": projects}


async def weekly_digests(context: JobContext) -> Mapping[str, Any]:
    """Put down the week of the projects whose Monday has begun."""
    hour = context.settings.notice_hour
    projects = await tell_digests(context.intake, context.wall_ms(), hour=hour)
    return {"projects": projects}


async def escalate(context: JobContext) -> Mapping[str, Any]:
    """Tell those above of the alerts that nobody acknowledges."""
    lead_days = context.settings.alert_lead_days
    alerts = await escalate_alerts(context.intake, context.pool, context.wall_ms(), lead_days)
    return {"alerts": alerts}


async def repeat_urgent(context: JobContext) -> Mapping[str, Any]:
    """Say again the urgent notices that nobody has acknowledged."""
    settings = context.settings
    notices = await repeat_notices(
        context.intake,
        context.pool,
        context.wall_ms(),
        minutes=settings.safety_repeat_minutes,
        url=settings.public_url or settings.http_url,
    )
    return {"notices": notices}


MILLISECONDS_A_DAY = 86_400_000


async def prune_told(context: JobContext) -> Mapping[str, Any]:
    """Forget what was told years ago or read long ago, and watches of what is out of sight."""
    kept_ms = context.settings.notice_retention_days * MILLISECONDS_A_DAY
    return {
        "names": await forget_told(context.pool, context.now()),
        "notices": await prune_notices(context.intake, context.pool, context.wall_ms() - kept_ms),
        "watches": await sweep_watches(context.intake, context.pool),
    }


NOTICE_JOBS = (
    Job("deadlines_ahead", {"minute": "1-59/15"}, deadlines_ahead),
    Job("digests_weekly", {"minute": "2-59/15"}, weekly_digests),
    Job("alerts_escalate", {"minute": "3-59/15"}, escalate),
    Job("notices_repeat", {"minute": "*/5"}, repeat_urgent),
    Job("notices_prune", {"hour": "4", "minute": "10"}, prune_told),
)
