"""The only writer of synced rows: authenticate, de-duplicate, merge, persist, acknowledge."""

from server.intake.intake import Intake, Rules
from server.intake.judging import (
    ACCOUNTANTS,
    FINANCE_READERS,
    MANAGERS,
    ORGANISATION_WIDE,
    SUPERVISORS,
    Access,
    Guard,
    Guards,
    Judgement,
)
from server.intake.transaction import MergeTransaction
from server.intake.workspace import Entry, Workspace

__all__ = [
    "ACCOUNTANTS",
    "FINANCE_READERS",
    "MANAGERS",
    "ORGANISATION_WIDE",
    "SUPERVISORS",
    "Access",
    "Entry",
    "Guard",
    "Guards",
    "Intake",
    "Judgement",
    "MergeTransaction",
    "Rules",
    "Workspace",
]
