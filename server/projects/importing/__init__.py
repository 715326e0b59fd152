"""A schedule file into a project: planned in memory, done as one user action on a replica."""

from server.projects.importing.plan import (
    Conflict,
    CostSummary,
    CurrentRow,
    FieldChange,
    ImportPlan,
    ImportRefusedError,
    Left,
    RowPreview,
)
from server.projects.importing.planning import Choices, Current, plan_import
from server.projects.importing.replica import (
    INTENT,
    apply_import,
    choose_project,
    current_of,
    find_project,
    prepare_import,
)

__all__ = [
    "INTENT",
    "Choices",
    "Conflict",
    "CostSummary",
    "Current",
    "CurrentRow",
    "FieldChange",
    "ImportPlan",
    "ImportRefusedError",
    "Left",
    "RowPreview",
    "apply_import",
    "choose_project",
    "current_of",
    "find_project",
    "plan_import",
    "prepare_import",
]
