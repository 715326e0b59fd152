"""Who may write daily reports and their lines.

A report is written by its author and contributors, approved by another, and then locked: a
correction is a new revision that names what it revises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.intake import DENIED, table_guard
from server.projects.guards.facts import fieldwork_of
from sync import errors
from sync.clock import dominates
from sync.validation import Fault

if TYPE_CHECKING:
    from server.intake import Judgement
    from server.projects.guards.facts import Fieldwork
    from sync.changes import Change
    from sync.merge import Row

_IDENTITY = ("date", "revises_id", "revision", "shift")
"""What makes a report the one it is: never changed, not even where it was left empty."""
_line = table_guard("report_line")


def guard_daily_report(judgement: Judgement) -> Fault | None:
    """Let authors write their reports and others approve them; an approved one is locked."""
    row = judgement.row
    fault = _making_fault(judgement) if judgement.change.operation == "create" else None
    if fault is None and row is None:
        fault = _place_fault(judgement)
    if fault is not None or row is None or _is_resent(judgement):
        return fault
    return (
        _change_fault(judgement, own=_is_own(judgement, row))
        if not _is_made_twice(judgement, row)
        else None
    ) or _locked_fault(judgement, row)


def _is_resent(judgement: Judgement) -> bool:
    return judgement.change.operation == "create" and judgement.resent()


def _is_made_twice(judgement: Judgement, row: Row) -> bool:
    """Whether a tablet makes a report not knowing that another made it: both write the one row."""
    change = judgement.change
    return change.operation == "create" and not dominates(change.context, row.vector)


def _locked_fault(judgement: Judgement, row: Row) -> Fault | None:
    if row.values.get("status") == "approved":
        return Fault(errors.REPORT_LOCKED, "status")
    after = judgement.change.after
    for name in _IDENTITY:
        if name in after and after[name] != row.values.get(name):
            return Fault(errors.WRITE_ONCE_WRITTEN, name)
    return None


def _is_own(judgement: Judgement, row: Row) -> bool:
    person = judgement.access.person
    return person == row.values.get("author_id") or person in (row.values.get("contributors") or ())


def _making_fault(judgement: Judgement) -> Fault | None:
    """Let people make reports in their own name, also one that another tablet made meanwhile."""
    after, me = judgement.change.after, judgement.access.person
    if not judgement.may("daily_report.create"):
        return DENIED
    if after.get("author_id") != me:
        return Fault(errors.ACCESS_DENIED, "author_id")
    if {*(after.get("contributors") or ())} - {me}:
        return Fault(errors.ACCESS_DENIED, "contributors")
    return None


def _place_fault(judgement: Judgement) -> Fault | None:
    """Let a site have one report a day, shift and revision, each revising an approved one."""
    facts = fieldwork_of(judgement)
    if facts is None:
        return None
    change = judgement.change
    after = change.after
    revision = after.get("revision") or 1
    for other in sorted(facts.reports.get((change.scope, after["date"], after["shift"]), ())):
        row = facts.workspace.row(change.scope, other)
        if other == change.row or row is None or row.deleted:
            continue
        if (row.values.get("revision") or 1) == revision:
            return Fault(errors.REPORT_EXISTS, "date", other)
    return _revision_fault(change, facts, revision)


def _revision_fault(change: Change, facts: Fieldwork, revision: int) -> Fault | None:
    after = change.after
    revised = after.get("revises_id")
    if revised is None:
        return None if revision == 1 else Fault(errors.FIELD_MISSING, "revises_id")
    row = facts.workspace.row(change.scope, revised)
    if row is None or row.deleted or row.table != "daily_report":
        return Fault(errors.REFERENCE_MISSING, "revises_id")
    if any(row.values.get(name) != after[name] for name in ("date", "shift")):
        return Fault(errors.VALUE_INVALID, "revises_id")
    if row.values.get("status") != "approved":
        return Fault(errors.TRANSITION_FORBIDDEN, "revises_id")
    follows = revision == (row.values.get("revision") or 1) + 1
    return None if follows else Fault(errors.VALUE_INVALID, "revision")


def _change_fault(judgement: Judgement, *, own: bool) -> Fault | None:
    change = judgement.change
    edits = {*change.after}
    approves = change.after.get("status") == "approved"
    if approves:
        right = "daily_report.approve_own" if own else "daily_report.approve"
        if not judgement.may(right):
            return Fault(errors.ACCESS_DENIED, "status")
        edits -= {"status"}
    if (edits or not approves) and not _edits_report(judgement, own=own):
        return DENIED
    if "contributors" in edits and not judgement.may("daily_report.update"):
        return Fault(errors.ACCESS_DENIED, "contributors")
    if approves and not _has_seen_all(judgement):
        return Fault(errors.REPORT_CHANGED, "status")
    return None


def _has_seen_all(judgement: Judgement) -> bool:
    """Whether an approver had received the report as it stands: what is signed is what was read."""
    row, context = judgement.row, judgement.change.context
    if row is None:
        return False
    own = row.vector.get(judgement.replica, 0)
    return dominates({**context, judgement.replica: own}, row.vector)


def _edits_report(judgement: Judgement, *, own: bool) -> bool:
    operation = "delete" if judgement.change.operation == "delete" else "update"
    return judgement.may(f"daily_report.{operation}") or (
        own and judgement.may(f"daily_report.{operation}_own")
    )


def guard_report_line(judgement: Judgement) -> Fault | None:
    """Let the crew write lines until their report is approved."""
    fault = _line(judgement)
    facts = fieldwork_of(judgement)
    if fault is not None or facts is None or judgement.resent():
        return fault
    change = judgement.change
    report = judgement.value("report_id") or change.after.get("report_id")
    row = None if report is None else facts.workspace.row(change.scope, report)
    if row is not None and row.values.get("status") == "approved":
        return Fault(errors.REPORT_LOCKED, "report_id", report)
    return None
