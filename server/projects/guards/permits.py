"""Who may take a permit to work through its steps.

Each step is judged against what the server holds, never against what a tablet claims: two tablets
cannot both make it. A permit becomes active online, or by a change of the one device that its
issuer named (the on-site authority); no merge of another offline change ever activates one.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from server.intake import DENIED
from server.projects.guards.authors import author_fault
from server.projects.guards.facts import PERMIT_MINUTES_MAX, fieldwork_of, project_of
from sync import errors
from sync.causes import writers
from sync.clock import REPLICA_ID_PATTERN, wall_milliseconds
from sync.tables.fieldwork import PERMIT, PERMIT_STATUS
from sync.validation import Fault

if TYPE_CHECKING:
    from server.intake import Judgement
    from sync.merge import Row

RIGHTS = {
    "assessed": "permit.assess",
    "authorised": "permit.authorise",
    "issued": "permit.issue",
    "active": "permit.activate",
    "suspended": "permit.suspend",
    "handed_back": "permit.hand_back",
    "closed": "permit.close",
    "refused": "permit.authorise",
    "cancelled": "permit.authorise",
}
"""State -> the right to bring a permit there."""
NOT_ONES_OWN = frozenset({"authorised", "issued"})
"""Steps that who requested the permit never makes."""
DELETABLE = frozenset({None, "requested", "refused", "cancelled"})
_UNISSUED = frozenset({"requested", "assessed", "authorised"})
_REPLICA = re.compile(REPLICA_ID_PATTERN)
_WORDING = PERMIT.once
_STEP = frozenset({"status", "reason"})
_ISSUING = frozenset({"authority_replica", "holder_id"})


def guard_permit(judgement: Judgement) -> Fault | None:
    """Let people request permits, and those entitled take each step, one after the other."""
    row = judgement.row
    match judgement.change.operation:
        case "create":
            fault = author_fault(judgement, "permit")
            if fault is None and row is None:
                fault = _request_fault(judgement)
            known = fault is not None or row is None or judgement.resent()
            return fault if known else DENIED
        case "delete":
            deletable = row is not None and row.values.get("status") in DELETABLE
            return None if deletable and judgement.may("permit.delete") else DENIED
    return DENIED if row is None else _update_fault(judgement, row)


def _update_fault(judgement: Judgement, row: Row) -> Fault | None:
    after = judgement.change.after
    for name in sorted(_WORDING & after.keys()):
        if after[name] != row.values.get(name):
            return Fault(errors.WRITE_ONCE_WRITTEN, name)
    return _step_fault(judgement, row) if "status" in after else _edit_fault(judgement, row)


def _request_fault(judgement: Judgement) -> Fault | None:
    after = judgement.change.after
    if "status" not in after:
        return Fault(errors.FIELD_MISSING, "status")
    if after.get("authority_replica") is not None:
        return Fault(errors.ACCESS_DENIED, "authority_replica")
    facts = fieldwork_of(judgement)
    most = PERMIT_MINUTES_MAX if facts is None else facts.permit_minutes_max
    begins, ends = (dt.datetime.fromisoformat(after[one]) for one in ("valid_from", "valid_until"))
    if ends <= begins or ends - begins > dt.timedelta(minutes=most):
        return Fault(errors.PERMIT_HOURS, "valid_until")
    return None


def _edit_fault(judgement: Judgement, row: Row) -> Fault | None:
    """Let the holder be named until the permit is issued; the rest goes with a step."""
    after = judgement.change.after
    if not judgement.may("permit.update"):
        return DENIED
    if "authority_replica" in after:
        return Fault(errors.ACCESS_DENIED, "authority_replica")
    if (row.values.get("status") or "requested") not in _UNISSUED:
        return Fault(errors.TRANSITION_FORBIDDEN, min(after))
    return None


def _step_fault(judgement: Judgement, row: Row) -> Fault | None:
    after = judgement.change.after
    stored, status = row.values.get("status") or "requested", after["status"]
    if status not in PERMIT_STATUS.transitions.get(stored, ()):
        return Fault(errors.TRANSITION_FORBIDDEN, "status")
    if not _may_step(judgement, row, status):
        return Fault(errors.ACCESS_DENIED, "status")
    if status in NOT_ONES_OWN and row.values.get("author_id") == judgement.access.person:
        return Fault(errors.SAME_PERSON, "status")
    others = after.keys() - _WORDING - _STEP - (_ISSUING if status == "issued" else frozenset())
    if others:
        return Fault(errors.ACCESS_DENIED, min(others))
    further = {"active": _activation_fault, "issued": _issue_fault}.get(status)
    return None if further is None else further(judgement, row)


def _issue_fault(judgement: Judgement, row: Row) -> Fault | None:
    device = judgement.change.after.get("authority_replica")
    if device is not None and _REPLICA.match(device) is None:
        return Fault(errors.VALUE_INVALID, "authority_replica")
    return _hours_fault(judgement, row, begun=False)


def _may_step(judgement: Judgement, row: Row, status: str) -> bool:
    if judgement.may(RIGHTS[status]):
        return True
    me = judgement.access.person
    if status == "handed_back":
        return me == row.values.get("holder_id") and judgement.may("permit.hand_back_own")
    own = me == row.values.get("author_id")
    return status == "cancelled" and own and judgement.may("permit.create")


def _activation_fault(judgement: Judgement, row: Row) -> Fault | None:
    on_site = judgement.replica != "" and judgement.replica == row.values.get("authority_replica")
    if not judgement.online and not on_site:
        return Fault(errors.PERMIT_OFFLINE, "status")
    seen = judgement.change.context.get
    for one in writers(row, "status"):
        # Whoever has not heard of a suspension does not lift it.
        if one.replica != judgement.replica and seen(one.replica, 0) < one.counter:
            return Fault(errors.TRANSITION_FORBIDDEN, "status")
    return _hours_fault(judgement, row, begun=True)


def _hours_fault(judgement: Judgement, row: Row, *, begun: bool) -> Fault | None:
    """Refuse a step outside the permit's hours, by the clock of its site."""
    facts = fieldwork_of(judgement)
    if facts is None:
        return None
    scope = judgement.change.scope
    project = facts.workspace.row(scope, project_of(scope))
    zone = None if project is None else project.values.get("time_zone")
    now = _local(zone, wall_milliseconds(judgement.time))
    early = begun and now < row.values["valid_from"]
    late = now >= row.values["valid_until"]
    return (
        Fault(errors.PERMIT_HOURS, "valid_from" if early else "valid_until")
        if (early or late)
        else None
    )


def _local(time_zone: str | None, now_ms: int) -> str:
    try:
        zone: dt.tzinfo = ZoneInfo(time_zone) if time_zone else dt.UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = dt.UTC
    return dt.datetime.fromtimestamp(now_ms / 1000, tz=zone).strftime("%Y-%m-%dT%H:%M")
