"""The rules of spending: what is off budget or over its line, what waits, what falls due."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.alerts.rules import Finding, ProjectDay

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.alerts.book import Book, Level

UNDECIDED_EXPENSES = ("draft", "submitted")
WAITING_STATES = ("submitted", "in_review", "pending")


def judge_off_budget(values: Mapping[str, Any], day: ProjectDay, _: Book) -> list[Finding]:
    """Say whether a project has spent outside its budget."""
    spent = values.get("spent_off_budget") or 0
    if spent <= 0 or not day.exists:
        return []
    facts = {"amount": spent, "currency": values.get("currency")}
    return [Finding("off_budget", "warning", facts)]


def judge_expense(values: Mapping[str, Any], day: ProjectDay, _: Book) -> list[Finding]:
    """Say whether an expense goes over its line, for as long as nobody has decided on it.

    Once it is approved or refused, the line's own alerts say how it stands.
    """
    over = values.get("over_budget") or 0
    if over <= 0 or not day.exists or values.get("status") not in UNDECIDED_EXPENSES:
        return []
    facts = {"over": over, "budget_line_id": values.get("budget_line_id")}
    return [Finding("expense_over_line", "warning", facts)]


def judge_waiting(values: Mapping[str, Any], day: ProjectDay, book: Book) -> list[Finding]:
    """Say whether something waits too long for whoever has to approve it."""
    since = values.get("waiting_since")
    if since is None or not day.exists or values.get("status") not in WAITING_STATES:
        return []
    if since > day.before_now(book["request_waiting"].wait_hours):
        return []
    return [Finding("request_waiting", "warning", {"waiting_since": since})]


def judge_invoice(values: Mapping[str, Any], day: ProjectDay, book: Book) -> list[Finding]:
    """Say whether an invoice that is approved falls due, or was to be paid already."""
    due = values.get("due")
    if due is None or not day.exists or values.get("status") != "approved":
        return []
    if due > day.after(book["invoice_due"].horizon_days):
        return []
    overdue = due < day.today
    level: Level = "warning" if overdue else "information"
    return [Finding("invoice_due", level, {"due": due, "overdue": overdue}, due)]
