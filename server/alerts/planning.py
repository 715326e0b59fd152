"""The rules of tasks: what is late, due, beyond the project's end, or bound to be late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.alerts.rules import Finding, ProjectDay

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.alerts.book import Book

WATCHED_KINDS = ("task", "milestone")
"""Summaries and levels of effort only repeat what their tasks say."""
SETTLED_STATUS = ("done", "verified", "cancelled")


def is_open(values: Mapping[str, Any]) -> bool:
    """Whether a task is still to be done."""
    return values.get("kind") in WATCHED_KINDS and values.get("status") not in SETTLED_STATUS


def judge_task(values: Mapping[str, Any], day: ProjectDay, book: Book) -> list[Finding]:
    """Say whether an open task is overdue, due soon, or planned beyond the project's end."""
    finish = values.get("planned_finish")
    if finish is None or not day.watched or not is_open(values):
        return []
    date = finish[:10]
    planned = {"planned_finish": finish}
    found = []
    if date < day.today:
        found.append(Finding("task_overdue", "warning", planned, date))
    elif date <= day.after(book["task_due"].horizon_days):
        found.append(Finding("task_due", "information", planned, date))
    if day.finish is not None and date > day.finish:
        past = {**planned, "project_finish": day.finish}
        found.append(Finding("task_past_project_end", "warning", past, date))
    return found


def judge_forecast_dates(values: Mapping[str, Any], day: ProjectDay, _: Book) -> list[Finding]:
    """Say whether the network takes a milestone or a critical task past what was agreed.

    By whole days: what ends some hours later ends on its day. A milestone is held against its
    baseline, and without one against its plan.
    """
    early, baseline = values.get("early_finish"), values.get("baseline_finish")
    if early is None or not day.watched or not is_open(values):
        return []
    milestone = values.get("kind") == "milestone"
    agreed = baseline or (values.get("planned_finish") if milestone else None)
    if agreed is None or early[:10] <= agreed[:10]:
        return []
    facts = {"early_finish": early, "agreed_finish": agreed}
    if milestone:
        return [Finding("milestone_at_risk", "critical", facts, agreed[:10])]
    return [Finding("task_critical_slip", "warning", facts)] if values.get("critical") else []
