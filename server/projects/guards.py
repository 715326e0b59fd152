"""Who may change sites, projects, their members, tasks and daily work.

Which role may do what is in the permission table (`server.intake.permissions`); the guards ask it,
and add what is not a matter of role. Capture in the field is always accepted: progress, hours and
notes.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from server.intake import DENIED, RANKS, table_guard
from sync import errors
from sync.causes import writers
from sync.validation import Fault

if TYPE_CHECKING:
    from server.intake import Guards, Judgement

CREW_TASK_FIELDS = frozenset(
    {
        "status",
        "progress",
        "actual_start",
        "actual_finish",
        "hours_spent_minutes",
        "notes",
        "tags",
    }
)
"""What anyone on the site may write of a task."""


_ALL_OF_A_TASK = frozenset({"task.report", "task.update", "task.verify"})


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _time_zone_fault(judgement: Judgement) -> Fault | None:
    zone = judgement.change.after.get("time_zone")
    if zone is None or zone in _time_zones():
        return None
    return Fault(errors.VALUE_INVALID, "time_zone")


_site = table_guard("site")
_project = table_guard("project")
_member = table_guard("member")


def guard_site(judgement: Judgement) -> Fault | None:
    """Let those who keep the sites name only time zones that exist."""
    return _site(judgement) or _time_zone_fault(judgement)


def guard_project(judgement: Judgement) -> Fault | None:
    """Let those who keep the projects name only time zones that exist.

    A new project has no members yet, so the role that makes it is held for the organisation.
    """
    return _project(judgement) or _time_zone_fault(judgement)


def guard_member(judgement: Judgement) -> Fault | None:
    """Let those who choose the members give and take roles up to their own rank."""
    fault = _member(judgement)
    if fault is not None:
        return fault
    rank = RANKS[judgement.role]
    given = judgement.change.after.get("role")
    if given is not None and RANKS[given] > rank:
        return Fault(errors.ACCESS_DENIED, "role")
    held = judgement.value("role")
    if held is not None and RANKS[held] > rank:
        return DENIED
    return None


def guard_task(judgement: Judgement) -> Fault | None:
    """Let some plan, all say how the work goes, and some verify it."""
    change = judgement.change
    if change.operation != "update":
        fault = _task(judgement)
        settled = change.operation == "delete" or judgement.row is None or judgement.resent()
        if fault is not None or settled:
            return fault
    rights = judgement.rights
    return None if rights >= _ALL_OF_A_TASK else _task_fields_fault(judgement, rights)


def _task_fields_fault(judgement: Judgement, rights: frozenset[str]) -> Fault | None:
    after = judgement.change.after
    reports = "task.report" in rights
    if "task.update" not in rights:
        if not reports:
            return DENIED
        if not after.keys() <= CREW_TASK_FIELDS:
            return Fault(errors.ACCESS_DENIED, min(after.keys() - CREW_TASK_FIELDS))
    elif not reports and not after.keys().isdisjoint(CREW_TASK_FIELDS):
        return Fault(errors.ACCESS_DENIED, min(after.keys() & CREW_TASK_FIELDS))
    if "status" in after and _verifies(judgement) and "task.verify" not in rights:
        return Fault(errors.ACCESS_DENIED, "status")
    return None


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


_task = table_guard("task")


def guard_comment(judgement: Judgement) -> Fault | None:
    """Let people comment in their own name; a comment is never edited, only withdrawn."""
    change = judgement.change
    if change.operation == "create":
        if not judgement.may("comment.create"):
            return DENIED
        if change.after.get("author_id") != judgement.access.person:
            return Fault(errors.ACCESS_DENIED, "author_id")
        return None if judgement.row is None or judgement.resent() else DENIED
    if change.operation == "update":
        return DENIED
    own = judgement.value("author_id") == judgement.access.person
    if judgement.may("comment.delete") or (own and judgement.may("comment.delete_own")):
        return None
    return DENIED


def guard_daily_report(judgement: Judgement) -> Fault | None:
    """Let authors write their reports and others approve them; an approved one is locked."""
    row = judgement.row
    values = judgement.change.after if row is None else row.values
    own = values.get("author_id") == judgement.access.person
    if row is not None:
        return _report_fault(judgement, own=own) or (
            Fault(errors.TRANSITION_FORBIDDEN, "status")
            if values.get("status") == "approved"
            else None
        )
    if not judgement.may("daily_report.create"):
        return DENIED
    return None if own else Fault(errors.ACCESS_DENIED, "author_id")


def _report_fault(judgement: Judgement, *, own: bool) -> Fault | None:
    after = judgement.change.after
    edits = {*after}
    approves = after.get("status") == "approved"
    if approves:
        right = "daily_report.approve_own" if own else "daily_report.approve"
        if not judgement.may(right):
            return Fault(errors.ACCESS_DENIED, "status")
        edits = edits - {"status"}
    return DENIED if (edits or not approves) and not _edits_report(judgement, own=own) else None


def _edits_report(judgement: Judgement, *, own: bool) -> bool:
    operation = "delete" if judgement.change.operation == "delete" else "update"
    return judgement.may(f"daily_report.{operation}") or (
        own and judgement.may(f"daily_report.{operation}_own")
    )


GUARDS: Guards = {
    "site": guard_site,
    "project": guard_project,
    "member": guard_member,
    "calendar": table_guard("calendar"),
    "resource": table_guard("resource"),
    "assignment": table_guard("assignment"),
    "task_link": table_guard("task_link"),
    "task": guard_task,
    "baseline": table_guard("baseline"),
    "comment": guard_comment,
    "checklist_item": table_guard("checklist_item"),
    "checklist_tick": table_guard("checklist_tick"),
    "daily_report": guard_daily_report,
    "report_line": table_guard("report_line"),
    "incident": table_guard("incident"),
    "follow_up": table_guard("follow_up"),
    "punch_item": table_guard("punch_item"),
    "permit": table_guard("permit"),
}
