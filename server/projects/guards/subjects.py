"""What a comment or a follow-up is about: any row of the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.projects.guards.facts import fieldwork_of
from sync import errors
from sync.tables import TABLES
from sync.validation import Fault

if TYPE_CHECKING:
    from server.intake import Judgement


def subject_fault(judgement: Judgement) -> Fault | None:
    """Refuse a subject that is not there, or half of one."""
    after = judgement.change.after
    table, row = after.get("subject_table"), after.get("subject_id")
    if table is None and row is None:
        return None
    if table is None or row is None:
        return Fault(errors.FIELD_MISSING, "subject_table" if table is None else "subject_id")
    declared = TABLES.get(table)
    if declared is None or "project" not in declared.scopes:
        return Fault(errors.VALUE_INVALID, "subject_table")
    facts = fieldwork_of(judgement)
    if facts is None or facts.holds(judgement.change.scope, row, table):
        return None
    return Fault(errors.REFERENCE_MISSING, "subject_id")
