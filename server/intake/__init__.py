"""The only writer of synced rows: authenticate, de-duplicate, merge, persist, acknowledge."""

from server.intake.intake import Intake, Rules
from server.intake.judging import (
    FINANCE_READERS,
    ORGANISATION_WIDE,
    Access,
    Guard,
    Guards,
    Judgement,
)
from server.intake.transaction import MergeTransaction
from server.intake.workspace import Entry, Workspace

__all__ = [
    "FINANCE_READERS",
    "ORGANISATION_WIDE",
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
