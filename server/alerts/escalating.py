"""Alerts that nobody acknowledges go up: those above are told, some times, and then it rests."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import structlog

from server.alerts.book import Book, read_shelf
from server.alerts.jobs import read_days
from server.alerts.telling import Event, tell, write_events

if TYPE_CHECKING:
    from collections.abc import Mapping

    import asyncpg

    from server.alerts.rules import ProjectDay
    from server.intake import Intake, MergeTransaction

log = structlog.get_logger()

ESCALATIONS_MAX = 3
HOUR_MS = 3_600_000

_READ_OPEN = """
    SELECT project_id::text AS project, scope_kind AS home, id::text, rule,
        coalesce(escalated_at, raised_at) AS since, muted_until::text AS muted
    FROM alert
    WHERE status = 'open' AND NOT deleted AND coalesce(escalation, 0) < $1
        AND coalesce(escalated_at, raised_at) <= $2
"""


async def escalate_alerts(intake: Intake, pool: asyncpg.Pool, now_ms: int, lead_days: int) -> int:
    """Escalate the alerts that wait too long for anyone; return how many.

    One that is acknowledged, cleared or muted is left alone.
    """
    async with pool.acquire() as connection:
        found = await connection.fetch(_READ_OPEN, ESCALATIONS_MAX, now_ms - HOUR_MS)
        days = await read_days(connection, now_ms)
        shelf = await read_shelf(connection, {one["project"] for one in found}, lead_days)
    wanted: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in found:
        project = one["project"]
        if project in days and is_due(dict(one), shelf.book(project), days[project]):
            wanted[project, one["home"]].append(one["id"])
    count = 0
    for (project, home), alerts in sorted(wanted.items()):
        scope = f"{home}:{project}"
        try:
            async with intake.server_transaction([scope]) as transaction:
                book = shelf.book(project)
                count += await _escalate(transaction, scope, alerts, book, days[project])
                await write_events(transaction)
        except Exception:
            log.exception("escalation_failed", project=project)
    return count


def is_due(alert: Mapping[str, Any], book: Book, day: ProjectDay) -> bool:
    """Whether an open alert has waited for as long as its rule allows."""
    hours = book[alert["rule"]].escalate_hours
    if not hours or (alert["muted"] or "") >= day.today:
        return False
    return bool(day.now_ms - alert["since"] >= hours * HOUR_MS)


async def _escalate(
    transaction: MergeTransaction, scope: str, alerts: list[str], book: Book, day: ProjectDay
) -> int:
    """Escalate alerts of a locked scope: those that are still as they were found."""
    await transaction.load(scope, alerts)
    workspace = transaction.workspace
    count = 0
    for alert in sorted(alerts):
        row = workspace.row(scope, alert)
        if row is None or row.deleted or row.values.get("status") != "open":
            continue
        values = row.values
        since = values.get("escalated_at") or values["raised_at"]
        known = {"rule": values["rule"], "since": since, "muted": values.get("muted_until")}
        if not is_due(known, book, day):
            continue
        times = (values.get("escalation") or 0) + 1
        after = {"escalation": times, "escalated_at": workspace.now_ms}
        workspace.write(scope, "alert", alert, after, intent="alert.escalate")
        tell(
            workspace,
            Event(
                kind="escalation",
                what=values["rule"],
                project=day.project,
                scope=scope,
                subject_table=values["subject_table"],
                subject=values["subject_id"],
                alert=alert,
                level=values.get("level") or "warning",
                facts=values.get("facts") or {},
                roles=sorted(book[values["rule"]].escalate_roles),
                made_at=workspace.now_ms,
                once=(f"escalation:{alert}:{values['raised_at']}:{times}",),
            ),
        )
        count += 1
    return count
