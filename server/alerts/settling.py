"""Brings alert rows to what the rules say: raised once, updated, cleared, raised anew.

An acknowledgement lasts as long as the crossing it was given for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.alerts.causes import Causes
from server.alerts.rules import local_time
from server.alerts.telling import tell_of_alert

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from server.alerts.book import Book
    from server.alerts.rules import Signal
    from server.intake import MergeTransaction
    from server.intake.entries import Entry
    from sync.merge import Row

REARMED = "rearmed"
"""Fact of a cleared alert: its cause went far enough away for the next crossing to be a new one."""


async def settle_alerts(
    transaction: MergeTransaction,
    project: str,
    scope: str,
    signals: Iterable[Signal],
    book: Book,
) -> None:
    """Write what differs between alert rows and signals of one locked scope, after one read.

    Args:
        transaction: the merge.
        project: whose alerts they are.
        scope: where they live.
        signals: what the rules say, at most once per alert.
        book: the project's rules, which say who is told of a new crossing.

    """
    wanted = {signal.id: signal for signal in signals}
    if not wanted:
        return
    await transaction.load(scope, sorted(wanted))
    workspace = transaction.workspace
    causes = Causes(workspace, project)
    for alert, signal in sorted(wanted.items()):
        row = workspace.row(scope, alert)
        after = alert_changes(row, signal, workspace.now_ms)
        if not after:
            continue
        if row is None:
            after |= {
                "project_id": project,
                "rule": signal.rule,
                "subject_table": signal.subject_table,
                "subject_id": signal.subject_id,
            }
        if "raised_at" in after:
            after["cause"] = dict(causes.find(signal))
        intent = "alert.raise" if "raised_at" in after else "alert.follow"
        workspace.write(scope, "alert", alert, after, intent=intent)
        if "raised_at" in after and not await _is_muted(transaction, project, row):
            tell_of_alert(workspace, scope, signal, after["cause"], book[signal.rule])


async def _is_muted(transaction: MergeTransaction, project: str, row: Row | None) -> bool:
    """Whether people asked to hear nothing of an alert yet, by the project's own date."""
    until = None if row is None else row.values.get("muted_until")
    if until is None:
        return False
    scope, workspace = f"project:{project}", transaction.workspace
    zone = None
    if scope in workspace.scopes:
        await transaction.load(scope, [project])
        found = workspace.row(scope, project)
        zone = None if found is None else found.values.get("time_zone")
    return bool(until >= local_time(zone, workspace.now_ms).date().isoformat())


def alert_changes(row: Row | None, signal: Signal, now_ms: int) -> dict[str, Any]:
    """Return the fields to write on an alert; none when it stands as it should."""
    values = {} if row is None else row.values
    open_now = row is not None and not row.deleted and values.get("status") != "resolved"
    if signal.standing == "raised":
        content = {"level": signal.level, "facts": dict(signal.facts), "due": signal.due}
        changed = {name: value for name, value in content.items() if values.get(name) != value}
        if open_now:
            return changed
        if row is None or _crosses_anew(values):
            acknowledged = (
                {} if values.get("acknowledged_by") is None else {"acknowledged_by": None}
            )
            reset = {
                name: None
                for name in ("cleared_at", "escalation", "escalated_at")
                if values.get(name) is not None
            }
            return {**changed, "status": "open", "raised_at": now_ms, **acknowledged, **reset}
        known = values.get("acknowledged_by") is not None
        return {**changed, "status": "acknowledged" if known else "open", "cleared_at": None}
    if row is None:
        return {}
    facts = values.get("facts") or {}
    rearmed = {} if signal.standing == "near" or facts.get(REARMED) else {REARMED: True}
    if open_now:
        after: dict[str, Any] = {"status": "resolved", "cleared_at": now_ms}
        return {**after, "facts": {**facts, **rearmed}} if rearmed else after
    return {"facts": {**facts, **rearmed}} if rearmed else {}


def _crosses_anew(values: Mapping[str, Any]) -> bool:
    return bool((values.get("facts") or {}).get(REARMED))


def differs(entry: Entry, fields: tuple[str, ...]) -> bool:
    """Whether a merge made, deleted or brought back a row, or changed one of these fields."""
    stored, row = entry.stored, entry.row
    assert row is not None  # noqa: S101 - a touched entry has a row
    if stored is None or stored.deleted != row.deleted:
        return True
    before, after = stored.values, row.values
    return any(before.get(name) != after.get(name) for name in fields)
