"""Who may change an alert: its readers acknowledge it in their own name, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.intake import table_guard
from sync import errors
from sync.causes import writers
from sync.clock import SERVER_REPLICA
from sync.validation import Fault

if TYPE_CHECKING:
    from server.intake import Guards, Judgement
    from sync.merge import Row

OWN_FIELDS = frozenset({"status", "acknowledged_by"})


def guard_alert(judgement: Judgement) -> Fault | None:
    """Readers acknowledge an alert, or take that back; never for another, never a resolved one."""
    change = judgement.change
    row = judgement.row
    if not judgement.may("alert.acknowledge") or change.operation != "update" or row is None:
        return Fault(errors.ACCESS_DENIED)
    after = change.after
    if not after.keys() <= OWN_FIELDS:
        return Fault(errors.ACCESS_DENIED, min(after.keys() - OWN_FIELDS))
    person = judgement.access.person
    status = after.get("status")
    if after.get("acknowledged_by", person) not in {None, person} or (
        status == "acknowledged" and after.get("acknowledged_by") is None
    ):
        return Fault(errors.ACCESS_DENIED, "acknowledged_by")
    if status == "resolved":
        return Fault(errors.ACCESS_DENIED, "status")
    if row.values.get("status") == "resolved" or not _has_seen_crossing(judgement, row):
        return Fault(errors.TRANSITION_FORBIDDEN, "status")
    return None


def _has_seen_crossing(judgement: Judgement, row: Row) -> bool:
    """Whether the writer speaks of the crossing that stands, not of one before it."""
    seen = judgement.change.context.get(SERVER_REPLICA, 0)
    return all(write.counter <= seen for write in writers(row, "raised_at"))


GUARDS: Guards = {"alert": guard_alert, "alert_rule": table_guard("alert_rule")}
