"""The only writer of synced rows: authenticate, de-duplicate, merge, persist, acknowledge."""

from server.intake.acting import ACT_ERRORS, Proposal, refusal_of
from server.intake.entries import Entry
from server.intake.intake import Intake, Rules
from server.intake.judging import (
    DENIED,
    RANKS,
    Access,
    Guard,
    Guards,
    Judgement,
    table_guard,
)
from server.intake.permissions import (
    EDIT,
    EVERYWHERE,
    OPERATIONS,
    READS,
    RIGHTS,
    SHIPPED,
    Permissions,
    Right,
    is_locked,
    noun_of,
    permissions_of,
    permissions_with,
    reads_of,
)
from server.intake.transaction import MergeTransaction
from server.intake.workspace import Workspace

__all__ = [
    "ACT_ERRORS",
    "DENIED",
    "EDIT",
    "EVERYWHERE",
    "OPERATIONS",
    "RANKS",
    "READS",
    "RIGHTS",
    "SHIPPED",
    "Access",
    "Entry",
    "Guard",
    "Guards",
    "Intake",
    "Judgement",
    "MergeTransaction",
    "Permissions",
    "Proposal",
    "Right",
    "Rules",
    "Workspace",
    "is_locked",
    "noun_of",
    "permissions_of",
    "permissions_with",
    "reads_of",
    "refusal_of",
    "table_guard",
]
