"""A schedule file into a project: planned in memory, done as one user action on a replica."""

from server.projects.importing.offering import (
    FileProject,
    ImportAnswer,
    ImportDone,
    ImportPreview,
    projects_of,
    show_plan,
)
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
from server.projects.importing.stored import Target, find_stored, plan_stored

__all__ = [
    "INTENT",
    "Choices",
    "Conflict",
    "CostSummary",
    "Current",
    "CurrentRow",
    "FieldChange",
    "FileProject",
    "ImportAnswer",
    "ImportDone",
    "ImportPlan",
    "ImportPreview",
    "ImportRefusedError",
    "Left",
    "RowPreview",
    "Target",
    "apply_import",
    "choose_project",
    "current_of",
    "find_project",
    "find_stored",
    "plan_import",
    "plan_stored",
    "prepare_import",
    "projects_of",
    "show_plan",
]
