"""Who may change sites, projects, their members, tasks and daily work.

Capture in the field is always accepted: an employee's progress, hours and notes. Planning and
approval ask for a role.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from server.intake import MANAGERS, SUPERVISORS
from sync import errors
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

RANKS = {
    "auditor": 0,
    "employee": 1,
    "supervisor": 2,
    "accountant": 3,
    "manager": 4,
    "administrator": 5,
}
"""Nobody gives a role above their own."""

_DENIED = Fault(errors.ACCESS_DENIED)


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _time_zone_fault(judgement: Judgement) -> Fault | None:
    zone = judgement.change.after.get("time_zone")
    if zone is None or zone in _time_zones():
        return None
    return Fault(errors.VALUE_INVALID, "time_zone")


def guard_site(judgement: Judgement) -> Fault | None:
    """Let managers and administrators keep the sites."""
    return _time_zone_fault(judgement) if judgement.role in MANAGERS else _DENIED


def guard_project(judgement: Judgement) -> Fault | None:
    """Let managers and administrators make and change projects; administrators delete them.

    A new project has no members yet, so the role that makes it is held for the organisation.
    """
    if judgement.role not in MANAGERS:
        return _DENIED
    if judgement.change.operation == "delete" and judgement.role != "administrator":
        return _DENIED
    return _time_zone_fault(judgement)


def guard_member(judgement: Judgement) -> Fault | None:
    """Let managers and administrators choose the members, up to their own rank."""
    role = judgement.role
    if role not in MANAGERS:
        return _DENIED
    rank = RANKS[role]
    given = judgement.change.after.get("role")
    if given is not None and RANKS[given] > rank:
        return Fault(errors.ACCESS_DENIED, "role")
    held = judgement.value("role")
    if held is not None and RANKS[held] > rank:
        return _DENIED
    return None


def guard_planning(judgement: Judgement) -> Fault | None:
    """Supervisors and up keep the calendars, the resources, the links and the assignments."""
    return None if judgement.role in SUPERVISORS else _DENIED


def guard_task(judgement: Judgement) -> Fault | None:
    """Supervisors and up plan; the crew says how the work goes; only a supervisor verifies it."""
    role = judgement.role
    if role in SUPERVISORS:
        return None
    change = judgement.change
    after = change.after
    if role == "auditor" or change.operation != "update":
        return _DENIED
    if not after.keys() <= CREW_TASK_FIELDS:
        return Fault(errors.ACCESS_DENIED, min(after.keys() - CREW_TASK_FIELDS))
    if "status" in after and "verified" in (after["status"], change.before.get("status")):
        return Fault(errors.ACCESS_DENIED, "status")
    return None


def guard_comment(judgement: Judgement) -> Fault | None:
    """Anyone comments in their own name; a comment is never edited, only withdrawn."""
    if judgement.role == "auditor":
        return _DENIED
    change = judgement.change
    if change.operation == "create":
        if change.after.get("author_id") != judgement.access.person:
            return Fault(errors.ACCESS_DENIED, "author_id")
        # A replica that forked sends again what the server may hold already: the same, no edit.
        same = all(judgement.value(name) == value for name, value in change.after.items())
        return None if judgement.row is None or same else _DENIED
    if change.operation == "delete" and (
        judgement.role in SUPERVISORS or judgement.value("author_id") == judgement.access.person
    ):
        return None
    return _DENIED


def guard_daily_report(judgement: Judgement) -> Fault | None:
    """Let authors write their reports and others approve them; an approved one is locked."""
    role = judgement.role
    if role == "auditor":
        return _DENIED
    change = judgement.change
    after = change.after
    person = judgement.access.person
    row = judgement.row
    own = (after if row is None else row.values).get("author_id") == person
    if row is None:
        if not own:
            return Fault(errors.ACCESS_DENIED, "author_id")
    elif row.values.get("status") == "approved":
        return Fault(errors.TRANSITION_FORBIDDEN, "status")
    if after.get("status") == "approved":
        if role not in SUPERVISORS or (own and role not in MANAGERS):
            return Fault(errors.ACCESS_DENIED, "status")
        if row is not None and after.keys() == {"status"}:
            return None
    return None if own or role in SUPERVISORS else _DENIED


GUARDS: Guards = {
    "site": guard_site,
    "project": guard_project,
    "member": guard_member,
    "calendar": guard_planning,
    "resource": guard_planning,
    "assignment": guard_planning,
    "task_link": guard_planning,
    "task": guard_task,
    "comment": guard_comment,
    "daily_report": guard_daily_report,
}
