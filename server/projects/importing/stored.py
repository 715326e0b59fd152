"""The importer on the server: it compares with what PostgreSQL holds, for a person, within rights.

What a person may not read is not there for them: a code that a hidden project bears is free. The
amounts of a budget are compared where the person reads amounts; elsewhere the file's costs are
left out, as on a tablet that holds no finance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from server.errors import ProblemError
from server.intake import Proposal, refusal_of
from server.projects.importing.keys import project_key
from server.projects.importing.plan import CurrentRow, ImportRefusedError
from server.projects.importing.planning import Current, plan_import
from server.projects.importing.replica import FINANCE_TABLES, PROJECT_TABLES, find_among
from server.store import reading_as
from sync import errors
from sync.changes import WireRow
from sync.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.intake import Access
    from server.projects.importing.plan import ImportPlan
    from server.projects.importing.planning import Choices
    from server.projects.schedules import Schedule, ScheduleProject
    from server.store import Connection

_CANDIDATES = """
    SELECT id::text FROM project
    WHERE NOT deleted AND (external_id = $1 OR code = $2 OR id::text = $3 OR code = $3) LIMIT 100
"""
_KNOWN = "SELECT true FROM project WHERE id = $1::text::uuid"
_ONE = """
    SELECT sync_row.document FROM sync_row JOIN scope ON scope.id = sync_row.scope_id
    WHERE scope.name = $1 AND sync_row.row_id = $2::text::uuid AND NOT sync_row.deleted
"""
_ROWS = """
    SELECT sync_row.document FROM sync_row JOIN scope ON scope.id = sync_row.scope_id
    WHERE scope.name = $1 AND sync_row.table_name = ANY($2::text[]) AND NOT sync_row.deleted
    ORDER BY sync_row.row_id LIMIT $3
"""
_DELETED = """
    SELECT sync_row.row_id::text AS id FROM sync_row JOIN scope ON scope.id = sync_row.scope_id
    WHERE scope.name = $1 AND sync_row.table_name = 'task' AND sync_row.deleted LIMIT $2
"""
# What protects a task or a line is that something names it: not each expense of a large project.
_CHARGED = {
    "expense": """
        SELECT DISTINCT task_id::text AS task_id, budget_line_id::text AS budget_line_id
        FROM expense WHERE project_id = $1::text::uuid AND NOT deleted
            AND (task_id IS NOT NULL OR budget_line_id IS NOT NULL) LIMIT $2
    """,
    "comment": """
        SELECT DISTINCT task_id::text AS task_id FROM comment
        WHERE project_id = $1::text::uuid AND NOT deleted AND task_id IS NOT NULL LIMIT $2
    """,
}


class Target(Struct, frozen=True):
    """Where a file goes: a project that is there, or None for one to be made."""

    source: ScheduleProject
    project: CurrentRow | None


async def find_stored(
    connection: Connection, access: Access, source: ScheduleProject, wanted: str | None
) -> Target:
    """Find the project to import into. Raises ImportRefusedError, ProblemError."""
    async with reading_as(connection, access.person):
        found = await connection.fetch(
            _CANDIDATES, project_key(source), source.code, wanted or source.code
        )
    shown = []
    for record in found:
        scope = f"project:{record['id']}"
        if access.reads(scope):
            document = await connection.fetchval(_ONE, scope, record["id"])
            if document is not None:
                shown.append(_row(document))
    target = Target(source, find_among(shown, source, wanted))
    scope = "project:" if target.project is None else f"project:{target.project.id}"
    right = "project.create" if target.project is None else "project.update"
    if not access.may(right, scope):
        raise ProblemError(errors.FORBIDDEN, "a manager imports schedules")
    return target


async def plan_stored(
    connection: Connection,
    access: Access,
    schedule: Schedule,
    target: Target,
    *,
    new_project: str,
    choices: Choices,
    rows_max: int,
) -> Callable[[], ImportPlan]:
    """Read what the project holds, and return the work that plans the import of a schedule into it.

    That work is pure and may be long: it is for a thread. `new_project` is the id of a project
    that the import makes.

    Raises ProblemError: the project is too large, or the new one's id is taken.
    """
    if target.project is None:
        if await connection.fetchval(_KNOWN, new_project):
            raise ProblemError(errors.IMPORT_OUTDATED, "the project has been made meanwhile")
        current = Current()
    else:
        current = await _current(connection, access, target.project, rows_max)
    finance = target.project is None or access.reads(f"finance:{target.project.id}")

    def work() -> ImportPlan:
        plan = plan_import(schedule, target.source, current, lambda: new_project, choices)
        if finance:
            return plan
        left = {*FINANCE_TABLES}
        return msgspec.structs.replace(
            plan,
            edits=[one for one in plan.edits if one.table not in left],
            added=[one for one in plan.added if one.table not in left],
            changed=[one for one in plan.changed if one.table not in left],
            removed=[one for one in plan.removed if one.table not in left],
            conflicts=[one for one in plan.conflicts if one.table not in left],
            counts={table: one for table, one in plan.counts.items() if table not in left},
            costs=None,
        )

    return work


def proposals_of(plan: ImportPlan) -> list[Proposal]:
    """Return what a plan does, as an act of whoever imports."""
    return [
        Proposal(
            one.scope or f"{TABLES[one.table].scopes[0]}:{plan.project_id}",
            one.table,
            one.row or "",
            one.after,
            one.operation,
        )
        for one in plan.edits
    ]


async def _current(
    connection: Connection, access: Access, project: CurrentRow, rows_max: int
) -> Current:
    scopes = {f"project:{project.id}": set(PROJECT_TABLES) - _CHARGED.keys()}
    if access.reads(f"finance:{project.id}"):
        scopes[f"finance:{project.id}"] = set(FINANCE_TABLES)
    rows: dict[str, list[CurrentRow]] = {}
    count = 0
    for scope, tables in scopes.items():
        for record in await connection.fetch(_ROWS, scope, sorted(tables), rows_max + 1 - count):
            wire = msgspec.msgpack.decode(record["document"], type=WireRow)
            rows.setdefault(wire.table, []).append(CurrentRow(wire.row, wire.values))
            count += 1
        if count > rows_max:
            raise ProblemError(
                refusal_of(errors.CHANGE_SET_TOO_LARGE), f"more than {rows_max} rows"
            )
    for table, statement in _CHARGED.items():
        rows[table] = [
            CurrentRow("", dict(record))
            for record in await connection.fetch(statement, project.id, rows_max)
        ]
    deleted = await connection.fetch(_DELETED, f"project:{project.id}", rows_max)
    return Current(project, rows, frozenset(record["id"] for record in deleted))


def _row(document: Any) -> CurrentRow:
    wire = msgspec.msgpack.decode(document, type=WireRow)
    return CurrentRow(wire.row, wire.values)


def refused(error: ImportRefusedError) -> ProblemError:
    """Return the importer's refusal as that of a request, with its own sentences."""
    entry = msgspec.structs.replace(errors.IMPORT_REFUSED, fr=error.fr, en=error.en)
    return ProblemError(entry, error.code)
