"""Compares baselines: with the plan as it stands, and with one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.errors import ProblemError
from server.projects.planning.queries import (
    BASELINE_FINISH,
    PROJECT,
    ROW_DATES,
    minutes_between,
    read_baselines,
    tasks_of,
)
from server.projects.planning.shapes import Comparison
from sync import errors

if TYPE_CHECKING:
    from collections.abc import Iterable

    import asyncpg

    from server.projects.planning.shapes import BaselineRecord
    from server.store import Connection

_FROZEN_DATES = f"""{ROW_DATES}, frozen.start AS baseline_start, frozen.finish AS baseline_finish,
    (extract(epoch FROM task.early_finish - frozen.finish) / 60)::bigint AS slip_minutes
"""

# Summaries are planned by what is below them.
_COMPARED = """
    FROM task LEFT JOIN baseline_task AS frozen ON frozen.project_id = task.project_id
        AND frozen.baseline_id = $2::text::uuid AND frozen.task_id = task.id
    WHERE task.project_id = $1 AND NOT task.deleted AND task.kind <> 'summary'
"""

_MOVED = f"""
    SELECT {_FROZEN_DATES}, count(*) OVER () AS counted {_COMPARED}
        AND frozen.task_id IS NOT NULL
        AND (frozen.start IS DISTINCT FROM task.planned_start
            OR frozen.finish IS DISTINCT FROM task.planned_finish)
    ORDER BY task.planned_finish - frozen.finish DESC NULLS LAST, task.id LIMIT $3
"""

_ADDED = f"""
    SELECT {_FROZEN_DATES}, count(*) OVER () AS counted {_COMPARED} AND frozen.task_id IS NULL
    ORDER BY task.planned_start, task.id LIMIT $3
"""

# A deleted task's row is still there, with its name.
_REMOVED = f"""
    SELECT {_FROZEN_DATES}, count(*) OVER () AS counted
    FROM baseline_task AS frozen JOIN task ON task.project_id = frozen.project_id
        AND task.id = frozen.task_id AND task.deleted
    WHERE frozen.project_id = $1 AND frozen.baseline_id = $2::text::uuid
    ORDER BY frozen.start, task.id LIMIT $3
"""

_COMPARED_COUNT = f"SELECT count(*) {_COMPARED} AND frozen.task_id IS NOT NULL"

# The tasks of two baselines, $2 and $4: what both froze, and what one of them alone did.
_BOTH = """
    FROM (SELECT * FROM baseline_task WHERE project_id = $1 AND baseline_id = $2::text::uuid)
            AS frozen
        FULL JOIN (
            SELECT * FROM baseline_task WHERE project_id = $1 AND baseline_id = $4::text::uuid
        ) AS other ON other.task_id = frozen.task_id
        JOIN task ON task.project_id = $1 AND task.id = coalesce(frozen.task_id, other.task_id)
    WHERE task.kind <> 'summary'
"""

_BOTH_DATES = """
    task.id::text AS id, task.name, task.kind, task.code, task.status, task.critical,
    other.start AS planned_start, other.finish AS planned_finish, frozen.start AS baseline_start,
    frozen.finish AS baseline_finish,
    (extract(epoch FROM other.finish - frozen.finish) / 60)::bigint AS slip_minutes
"""

_MOVED_BETWEEN = f"""
    SELECT {_BOTH_DATES}, count(*) OVER () AS counted {_BOTH}
        AND frozen.task_id IS NOT NULL AND other.task_id IS NOT NULL
        AND (frozen.start, frozen.finish) IS DISTINCT FROM (other.start, other.finish)
    ORDER BY abs(extract(epoch FROM other.finish - frozen.finish)) DESC NULLS LAST, task.id LIMIT $3
"""

_ADDED_BETWEEN = f"""
    SELECT {_BOTH_DATES}, count(*) OVER () AS counted {_BOTH} AND frozen.task_id IS NULL
    ORDER BY other.start, task.id LIMIT $3
"""

_REMOVED_BETWEEN = f"""
    SELECT {_BOTH_DATES}, count(*) OVER () AS counted {_BOTH} AND other.task_id IS NULL
    ORDER BY frozen.start, task.id LIMIT $3
"""

_BOTH_COUNT = """
    SELECT count(*) FROM baseline_task AS frozen JOIN baseline_task AS other
        ON other.project_id = frozen.project_id AND other.baseline_id = $3::text::uuid
        AND other.task_id = frozen.task_id
        JOIN task ON task.project_id = frozen.project_id AND task.id = frozen.task_id
    WHERE frozen.project_id = $1 AND frozen.baseline_id = $2::text::uuid AND task.kind <> 'summary'
"""


async def read_comparison(
    connection: Connection, project: str, baseline: str, rows: int
) -> Comparison:
    """Return a baseline beside the plan as it stands. Raises ProblemError."""
    chosen = _chosen(await read_baselines(connection, project), baseline)
    moved = await connection.fetch(_MOVED, project, baseline, rows)
    added = await connection.fetch(_ADDED, project, baseline, rows)
    removed = await connection.fetch(_REMOVED, project, baseline, rows)
    finish = await connection.fetchval(BASELINE_FINISH, project, baseline)
    schedule = await connection.fetchrow(PROJECT, project)
    return _compared(
        (chosen, None),
        (moved, added, removed),
        await connection.fetchval(_COMPARED_COUNT, project, baseline),
        (finish, None if schedule is None else schedule["finish"]),
    )


async def read_difference(
    connection: Connection, project: str, pair: tuple[str, str], rows: int
) -> Comparison:
    """Return what another baseline has otherwise than a first one. Raises ProblemError."""
    known = await read_baselines(connection, project)
    first, other = (_chosen(known, one) for one in pair)
    lists = [
        await connection.fetch(query, project, pair[0], rows, pair[1])
        for query in (_MOVED_BETWEEN, _ADDED_BETWEEN, _REMOVED_BETWEEN)
    ]
    ends = [await connection.fetchval(BASELINE_FINISH, project, one) for one in pair]
    return _compared(
        (first, other),
        (lists[0], lists[1], lists[2]),
        await connection.fetchval(_BOTH_COUNT, project, *pair),
        (ends[0], ends[1]),
    )


def _chosen(baselines: Iterable[BaselineRecord], wanted: str) -> BaselineRecord:
    found = next((one for one in baselines if one.id == wanted), None)
    if found is None:
        raise ProblemError(errors.NOT_FOUND)
    return found


def _compared(
    pair: tuple[BaselineRecord, BaselineRecord | None],
    lists: tuple[list[asyncpg.Record], list[asyncpg.Record], list[asyncpg.Record]],
    compared: int,
    ends: tuple[Any, Any],
) -> Comparison:
    moved, added, removed = lists
    return Comparison(
        baseline=pair[0],
        against=pair[1],
        compared=compared,
        moved=tasks_of(moved),
        moved_count=_counted(moved),
        added=tasks_of(added),
        added_count=_counted(added),
        removed=tasks_of(removed),
        removed_count=_counted(removed),
        finish=ends[0],
        forecast_finish=ends[1],
        slip_minutes=minutes_between(*ends),
    )


def _counted(records: list[asyncpg.Record]) -> int:
    return records[0]["counted"] if records else 0
