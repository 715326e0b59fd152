"""Who may change tasks. Capture in the field is always accepted: progress, hours and notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.intake import DENIED, table_guard
from server.projects.guards.facts import fieldwork_of
from sync import errors
from sync.causes import writers
from sync.validation import Fault

if TYPE_CHECKING:
    from server.intake import Judgement

CREW_TASK_FIELDS = frozenset(
    {
        "status",
        "progress",
        "quantity_done_thousandths",
        "actual_start",
        "actual_finish",
        "remaining_minutes",
        "hours_spent_minutes",
        "notes",
        "tags",
        "watchers",
    }
)
"""What anyone on the site may write of a task; of its watchers, themselves alone."""

_ALL_OF_A_TASK = frozenset({"task.report", "task.update", "task.verify"})
_task = table_guard("task")


def guard_task(judgement: Judgement) -> Fault | None:
    """Let some plan, all say how the work goes, and some verify what is complete."""
    change = judgement.change
    if change.operation != "update":
        fault = _task(judgement)
        settled = change.operation == "delete" or judgement.row is None or judgement.resent()
        if fault is not None or settled:
            return fault or _watchers_fault(judgement)
    rights = judgement.rights
    fault = None if rights >= _ALL_OF_A_TASK else _task_fields_fault(judgement, rights)
    return fault or _watchers_fault(judgement) or _checklist_fault(judgement)


def _task_fields_fault(judgement: Judgement, rights: frozenset[str]) -> Fault | None:
    after = judgement.change.after
    reports = "task.report" in rights
    if "task.update" not in rights:
        if not reports:
            return DENIED
        if not after.keys() <= CREW_TASK_FIELDS:
            return Fault(errors.ACCESS_DENIED, min(after.keys() - CREW_TASK_FIELDS))
        if "watchers" in after and not _watches_for_oneself(judgement):
            return Fault(errors.ACCESS_DENIED, "watchers")
    elif not reports and not after.keys().isdisjoint(CREW_TASK_FIELDS):
        return Fault(errors.ACCESS_DENIED, min(after.keys() & CREW_TASK_FIELDS))
    if "status" in after and _verifies(judgement) and "task.verify" not in rights:
        return Fault(errors.ACCESS_DENIED, "status")
    return None


def _watches_for_oneself(judgement: Judgement) -> bool:
    change = judgement.change
    before, after = change.before.get("watchers") or [], change.after["watchers"] or []
    return {*before} ^ {*after} <= {judgement.access.person}


def _watchers_fault(judgement: Judgement) -> Fault | None:
    """Let only those watch who may read the project."""
    facts = fieldwork_of(judgement)
    change = judgement.change
    if facts is None or not change.after.get("watchers"):
        return None
    fresh = {*change.after["watchers"]} - {*(judgement.value("watchers") or ())}
    if all(facts.is_member(change.scope, one) for one in fresh):
        return None
    return Fault(errors.MENTION_UNREADABLE, "watchers")


def _verifies(judgement: Judgement) -> bool:
    """Whether a change of status verifies a task, or reopens one that it saw verified."""
    change = judgement.change
    if "verified" in (change.after["status"], change.before.get("status")):
        return True
    row = judgement.row
    if row is None or row.values.get("status") != "verified":
        return False
    # What the writer claims to have seen is not taken at its word; what it had received is.
    seen = change.context.get
    return all(seen(one.replica, 0) >= one.counter for one in writers(row, "status"))


def _checklist_fault(judgement: Judgement) -> Fault | None:
    """Let nobody verify a task that has a mandatory item without a tick."""
    facts = fieldwork_of(judgement)
    change = judgement.change
    if facts is None or change.after.get("status") != "verified":
        return None
    for item, row in facts.living("checklist_item", change.scope, change.row):
        ticks = facts.living("checklist_tick", change.scope, item)
        if row.values.get("mandatory") and next(ticks, None) is None:
            return Fault(errors.CHECKLIST_OPEN, "status", item)
    return None
