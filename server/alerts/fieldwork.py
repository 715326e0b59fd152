"""The rules of the site: permits that end, actions that are late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.alerts.rules import Finding, ProjectDay

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.alerts.book import Book, Level

LIVE_PERMITS = ("issued", "active", "suspended")
OPEN_ACTIONS = ("todo", "in_progress")


def judge_permit(values: Mapping[str, Any], day: ProjectDay, book: Book) -> list[Finding]:
    """Say whether a permit that people work under is about to end, or has ended."""
    until = values.get("valid_until")
    if until is None or not day.watched or values.get("status") not in LIVE_PERMITS:
        return []
    if until > day.in_hours(book["permit_expiring"].wait_hours):
        return []
    expired = until <= day.now
    level: Level = "critical" if expired else "warning"
    facts = {"valid_until": until, "expired": expired}
    return [Finding("permit_expiring", level, facts, until[:10])]


def judge_follow_up(values: Mapping[str, Any], day: ProjectDay, _: Book) -> list[Finding]:
    """Say whether an action that follows from an incident or a report is late."""
    due = values.get("due")
    if due is None or not day.watched or values.get("status") not in OPEN_ACTIONS:
        return []
    return [Finding("follow_up_overdue", "warning", {"due": due}, due)] if due < day.today else []
