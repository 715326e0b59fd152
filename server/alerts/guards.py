"""Who may change an alert, a rule of alerts, and what one is told oneself.

Readers acknowledge an alert in their own name; those who decide mute it. Rules are the managers':
the organisation's those of the organisation, a project's those of the project. Notices, how one
wants to be told and what one watches are each person's own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from server.alerts.book import rule_fault
from server.intake import DENIED, table_guard
from sync import errors
from sync.causes import writers
from sync.clock import SERVER_REPLICA
from sync.schema import is_row_id
from sync.tables import TABLES
from sync.tables.notices import HOUR_PATTERN
from sync.validation import Fault

if TYPE_CHECKING:
    from server.intake import Guards, Judgement
    from sync.merge import Row

OWN_FIELDS = frozenset({"status", "acknowledged_by"})
RECEIPTS = frozenset({"delivered_at", "read_at", "acknowledged_at"})
QUIET_HOURS = ("quiet_from", "quiet_until")

_HOUR = re.compile(HOUR_PATTERN)
_rule = table_guard("alert_rule")
_preference = table_guard("notice_preference")
_watch = table_guard("watch")


def guard_alert(judgement: Judgement) -> Fault | None:
    """Readers acknowledge an alert, or take that back; never for another, never a resolved one.

    Those who may mute it say until when.
    """
    change = judgement.change
    row = judgement.row
    if not judgement.may("alert.acknowledge") or change.operation != "update" or row is None:
        return Fault(errors.ACCESS_DENIED)
    after = change.after
    allowed = OWN_FIELDS | {"muted_until"} if judgement.may("alert.mute") else OWN_FIELDS
    if not after.keys() <= allowed:
        return Fault(errors.ACCESS_DENIED, min(after.keys() - allowed))
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


def guard_alert_rule(judgement: Judgement) -> Fault | None:
    """Let managers rule: those of a project over that project, those of all over all.

    What a rule says must make sense, whatever else is said of it elsewhere.
    """
    change = judgement.change
    project = judgement.value("project_id") or change.after.get("project_id")
    if not _may_rule(judgement, project):
        fault = _rule(judgement)
        if fault is not None:
            return fault
    return rule_fault(change.after)


def _may_rule(judgement: Judgement, project: object) -> bool:
    """Whether the writer manages the very project that the rule is for."""
    operation = judgement.change.operation
    if operation == "create" and judgement.row is not None:
        operation = "update"
    right = f"alert_rule.{operation}"
    return isinstance(project, str) and judgement.access.may(right, f"project:{project}")


def guard_notification(judgement: Judgement) -> Fault | None:
    """People say of their own notices that they arrived, were read, were acknowledged."""
    change = judgement.change
    if change.operation != "update" or not judgement.may("notification.update"):
        return DENIED
    if not change.after.keys() <= RECEIPTS:
        return Fault(errors.ACCESS_DENIED, min(change.after.keys() - RECEIPTS))
    return None


def guard_notice_preference(judgement: Judgement) -> Fault | None:
    """People choose how they are told; quiet hours are hours of a day."""
    fault = _preference(judgement)
    if fault is not None:
        return fault
    for name in QUIET_HOURS:
        value = judgement.change.after.get(name)
        if value is not None and not _HOUR.match(value):
            return Fault(errors.VALUE_INVALID, name)
    return None


def guard_watch(judgement: Judgement) -> Fault | None:
    """People watch what they may read, where it lives; they stop whenever they like."""
    fault = _watch(judgement)
    if fault is not None or judgement.change.operation == "delete":
        return fault
    after = judgement.change.after
    scope, table = after["subject_scope"], after["subject_table"]
    kind, _, key = scope.partition(":")
    if kind not in TABLES[table].scopes or not is_row_id(key):
        return Fault(errors.VALUE_INVALID, "subject_scope")
    return None if judgement.access.reads(scope) else Fault(errors.ACCESS_DENIED, "subject_scope")


GUARDS: Guards = {
    "alert": guard_alert,
    "alert_rule": guard_alert_rule,
    "notice_preference": guard_notice_preference,
    "notification": guard_notification,
    "watch": guard_watch,
}
