"""What the app is shown of an import before it is done, and the seal by which it confirms it."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import Struct

from server.projects.importing.plan import (  # noqa: TC001 -- read at run time
    Conflict,
    CostSummary,
    Counts,
    Left,
    RowPreview,
)

if TYPE_CHECKING:
    from server.projects.importing.plan import ImportPlan
    from server.projects.schedules import ReadingReport, Schedule

SEAL_BYTES = 16
WARNINGS_SHOWN_MAX = 50

_encode = msgspec.msgpack.Encoder(order="deterministic").encode


class FileProject(Struct, frozen=True):
    """A project that a file holds."""

    code: str
    name: str


class FileWarning(Struct, frozen=True):
    """Something in the file that a person should know."""

    code: str
    subject: str
    detail: str
    line: int | None


class ImportFile(Struct, frozen=True):
    """What was read."""

    format: str
    encoding: str
    encoding_assumed: bool
    """Nothing proved the encoding: wrong accents call for another."""
    bytes_read: int
    warnings: list[FileWarning]
    warnings_hidden: int


class ImportPreview(Struct, frozen=True):
    """What an import would do. Long lists are cut; `hidden` counts what was."""

    project: str
    """The id of the project, also of one that the import would make."""
    code: str
    name: str
    new_project: bool
    currency: str
    changes: int
    """Rows that are written; none where the file says nothing new."""
    seal: str
    """To be sent to confirm just this."""
    counts: dict[str, Counts]
    added: list[RowPreview]
    changed: list[RowPreview]
    removed: list[RowPreview]
    conflicts: list[Conflict]
    hidden: dict[str, int]
    left: list[Left]
    costs: CostSummary | None
    settled: int


class ImportAnswer(Struct, frozen=True):
    """What came of a file: its preview, or which of its projects is to be picked first."""

    status: Literal["ready", "pick"]
    file: ImportFile
    projects: list[FileProject]
    preview: ImportPreview | None


class ImportDone(Struct, frozen=True):
    """An import that was done."""

    project: str
    changes: int


def projects_of(schedule: Schedule) -> list[FileProject]:
    """Return the projects of a file that can be imported: no baselines."""
    return [FileProject(one.code, one.name) for one in schedule.projects if one.baseline_of is None]


def seal_of(plan: ImportPlan) -> str:
    """Return what names all that a plan would write, and nothing else."""
    digest = blake2b(_encode([plan.project_id, plan.edits]), digest_size=SEAL_BYTES)
    return digest.hexdigest()


def show_file(schedule: Schedule, reading: ReadingReport) -> ImportFile:
    """Tell what was read of a file."""
    warnings = [
        FileWarning(one.code, one.subject, one.detail, one.line)
        for one in reading.warnings[:WARNINGS_SHOWN_MAX]
    ]
    hidden = len(reading.warnings) - len(warnings) + reading.warnings_dropped
    return ImportFile(
        str(schedule.source_format),
        reading.encoding,
        reading.encoding_assumed,
        reading.bytes_read,
        warnings,
        hidden,
    )


def show_plan(plan: ImportPlan, rows_max: int) -> ImportPreview:
    """Lay a plan out for people."""
    lists: dict[str, list[Any]] = {
        "added": plan.added,
        "changed": plan.changed,
        "removed": plan.removed,
        "conflicts": plan.conflicts,
    }
    return ImportPreview(
        project=plan.project_id,
        code=plan.project_code,
        name=plan.project_name,
        new_project=plan.new_project,
        currency=plan.currency,
        changes=len(plan.edits),
        seal=seal_of(plan),
        counts=plan.counts,
        added=plan.added[:rows_max],
        changed=plan.changed[:rows_max],
        removed=plan.removed[:rows_max],
        conflicts=plan.conflicts[:rows_max],
        hidden={name: len(rows) - rows_max for name, rows in lists.items() if len(rows) > rows_max},
        left=plan.left,
        costs=plan.costs,
        settled=plan.settled,
    )
