"""Marks the projects whose network a merge touched: their schedule is due.

An effect, and a cheap one: what was touched is read from the merge's own memory, and each project
costs one row of a small table. A mark that is there already is only counted on, so that the worker
which computes meanwhile sees that it has to come again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import asyncpg

    from server.intake import MergeTransaction
    from server.intake.entries import Entry

NETWORK: Final[Mapping[str, frozenset[str]]] = {
    "task": frozenset(
        {
            "parent_id",
            "kind",
            "milestone_at",
            "status",
            "progress",
            "progress_by",
            "weight",
            "quantity_planned_thousandths",
            "quantity_done_thousandths",
            "planned_start",
            "planned_finish",
            "actual_start",
            "actual_finish",
            "duration_minutes",
            "remaining_minutes",
            "constraint_kind",
            "constraint_date",
            "calendar_id",
        }
    ),
    "task_link": frozenset(
        {"predecessor_id", "successor_id", "kind", "lag_minutes", "lag_calendar"}
    ),
    "calendar": frozenset(
        {
            "week",
            "exceptions",
            "country",
            "rotation_start",
            "rotation_days_on",
            "rotation_days_off",
        }
    ),
    "project": frozenset({"data_date", "start", "site_id"}),
    "baseline": frozenset(),
}
"""Table -> the fields that dates and progress follow from; coming and going always counts."""

_MARK = """
    INSERT INTO schedule_due (project_id, marks, marked_at, next_at)
    SELECT project, 1, now(), now() FROM unnest($1::uuid[]) AS project
    ON CONFLICT (project_id) DO UPDATE
    SET marks = schedule_due.marks + 1, marked_at = excluded.marked_at
"""

# Holidays move with each release of their tables, and a network may have been touched by hand.
_MARK_ALL = """
    INSERT INTO schedule_due (project_id, marks, marked_at, next_at)
    SELECT id, 1, now(), now() FROM project
    WHERE NOT deleted AND (status IS NULL OR status NOT IN ('closed', 'archived'))
    ON CONFLICT (project_id) DO NOTHING
"""

_OF_SITES = "SELECT id::text FROM project WHERE site_id = ANY($1::uuid[]) ORDER BY id"


async def mark_schedules(transaction: MergeTransaction) -> None:
    """Mark what a merge touched: an effect, run after the merge."""
    touched = transaction.workspace.touched.values()
    projects = {_project(entry) for entry in touched if _moves_network(entry)}
    sites = [entry.row.id for entry in touched if _moves_holidays(entry) and entry.row is not None]
    if sites:
        found = await transaction.connection.fetch(_OF_SITES, sites)
        projects |= {record["id"] for record in found}
    if projects:
        await mark(transaction, projects)


async def mark_all(pool: asyncpg.Pool) -> int:
    """Mark every project that goes on; return how many were not due already."""
    status = await pool.execute(_MARK_ALL)
    return int(str(status).rpartition(" ")[2])


async def mark(transaction: MergeTransaction, projects: Iterable[str]) -> None:
    """Mark projects as due, in one order everywhere."""
    await transaction.connection.execute(_MARK, sorted(projects))


def _project(entry: Entry) -> str:
    return entry.scope.name.partition(":")[2]


def _moves_network(entry: Entry) -> bool:
    fields = NETWORK.get(entry.table.name)
    return fields is not None and _differs(entry, fields)


def _moves_holidays(entry: Entry) -> bool:
    return entry.table.name == "site" and _differs(entry, frozenset({"country"}))


def _differs(entry: Entry, fields: frozenset[str]) -> bool:
    stored, row = entry.stored, entry.row
    if stored is None or row is None or stored.deleted != row.deleted:
        return True
    return any(stored.values.get(name) != row.values.get(name) for name in fields)
