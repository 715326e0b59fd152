"""Reads a project's plan for a person: what they may not see is not there."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from server.errors import ProblemError
from server.projects.planning.calendars import CalendarMalformed, calendar_of_row
from server.projects.planning.forecast import DEFAULT_CALENDAR, PlanFault
from server.projects.planning.shapes import (
    BaselineRecord,
    Comparison,
    ProjectPlan,
    TaskDates,
    TaskName,
)
from server.projects.scheduling import WorkCalendar, national_calendar
from server.store import reading_as
from server.users import load_access, narrowed
from sync import errors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    import asyncpg
    from litestar import Request

    from server.context import Context
    from server.store import Connection

_DATES = """
    task.id::text AS id, task.name, task.kind, task.code, task.status, task.planned_start,
    task.planned_finish, task.early_start, task.early_finish, task.late_start, task.late_finish,
    task.total_float_minutes, task.free_float_minutes, task.critical, task.progress_rolled
"""
_SLIP = "(extract(epoch FROM task.early_finish - {finish}) / 60)::bigint"
_ROW_DATES = f"""{_DATES}, task.baseline_start, task.baseline_finish,
    {_SLIP.format(finish="task.baseline_finish")} AS slip_minutes
"""
_FROZEN_DATES = f"""{_DATES}, frozen.start AS baseline_start, frozen.finish AS baseline_finish,
    {_SLIP.format(finish="frozen.finish")} AS slip_minutes
"""

_PROJECT = """
    SELECT project.id::text AS project, (extract(epoch FROM computed_at) * 1000)::bigint
            AS computed_at,
        project_schedule.data_date, project_schedule.finish, progress, tasks, critical,
        longest_path::text AS longest_path, cycles::text AS cycles, faults::text AS faults,
        baseline_id::text AS baseline
    FROM project LEFT JOIN project_schedule ON project_schedule.project_id = project.id
    WHERE project.id = $1 AND NOT project.deleted
"""

_DUE = "SELECT EXISTS (SELECT FROM schedule_due WHERE project_id = $1)"

_NAMED = f"""
    SELECT {_ROW_DATES} FROM task
    WHERE project_id = $1 AND id = ANY($2::uuid[]) AND NOT deleted ORDER BY early_start, id
"""

_CRITICAL = f"""
    SELECT {_ROW_DATES} FROM task
    WHERE project_id = $1 AND critical AND kind <> 'summary' AND NOT deleted
    ORDER BY early_start, id LIMIT $2
"""

_SLIPS = f"""
    SELECT {_ROW_DATES} FROM task
    WHERE project_id = $1 AND early_finish > baseline_finish AND kind <> 'summary' AND NOT deleted
    ORDER BY early_finish - baseline_finish DESC, id LIMIT $2
"""

_BASELINES = """
    SELECT id::text AS id, number, name, reason, author_id::text AS author, taken_at, tasks
    FROM baseline WHERE project_id = $1 AND NOT deleted AND number IS NOT NULL
    ORDER BY number DESC
"""

_BASELINE_FINISH = """
    SELECT max(finish) FROM baseline_task WHERE project_id = $1 AND baseline_id = $2::text::uuid
"""

_CALENDAR = """
    SELECT week::text AS week, exceptions::text AS exceptions, country, rotation_start,
        rotation_days_on, rotation_days_off
    FROM calendar WHERE project_id = $1 AND id = $2::text::uuid AND NOT deleted
"""

_COUNTRY = """
    SELECT site.country FROM project
    LEFT JOIN site ON site.id = project.site_id AND NOT site.deleted WHERE project.id = $1
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


@asynccontextmanager
async def reading_project(
    request: Request[Any, Any, Any], context: Context, project: str
) -> AsyncIterator[Connection]:
    """Open a reading of a project for the person who asks. Raises ProblemError."""
    identity = await context.identity(request, scope="read")
    async with context.pool.acquire() as connection:
        access = (await load_access(connection, [identity.person]))[identity.person]
        if not narrowed(access, identity.scopes).reads(f"project:{project}"):
            raise ProblemError(errors.NOT_FOUND)
        async with reading_as(connection, identity.person):
            yield connection


async def is_due(context: Context, project: str) -> bool:
    """Whether a project waits to be dated anew: of a project that the asker reads."""
    return bool(await context.pool.fetchval(_DUE, project))


async def read_plan(connection: Connection, project: str, rows: int, *, due: bool) -> ProjectPlan:
    """Return a project's schedule. Raises ProblemError."""
    found = await connection.fetchrow(_PROJECT, project)
    if found is None:
        raise ProblemError(errors.NOT_FOUND)
    longest = _json(found["longest_path"], list[str])
    cycles = _json(found["cycles"], list[list[str]])
    ringed = await connection.fetch(_NAMED, project, [one for ring in cycles for one in ring])
    names = {one["id"]: TaskName(one["id"], one["name"], one["code"]) for one in ringed}
    baselines = await read_baselines(connection, project)
    baseline = next((one for one in baselines if one.id == found["baseline"]), None)
    finish = None
    if baseline is not None:
        finish = await connection.fetchval(_BASELINE_FINISH, project, baseline.id)
    return ProjectPlan(
        project=project,
        due=due,
        computed_at=found["computed_at"],
        data_date=found["data_date"],
        finish=found["finish"],
        progress=found["progress"],
        tasks=found["tasks"] or 0,
        critical_tasks=found["critical"] or 0,
        baseline=baseline,
        baseline_finish=finish,
        slip_minutes=_minutes_between(finish, found["finish"]),
        longest_path=_tasks(await connection.fetch(_NAMED, project, longest[:rows])),
        critical=_tasks(await connection.fetch(_CRITICAL, project, rows)),
        slips=_tasks(await connection.fetch(_SLIPS, project, rows)),
        cycles=[[names[one] for one in ring if one in names] for ring in cycles],
        faults=_json(found["faults"], list[PlanFault]),
    )


async def read_baselines(connection: Connection, project: str) -> list[BaselineRecord]:
    """Return a project's baselines, the latest first."""
    records = await connection.fetch(_BASELINES, project)
    return [BaselineRecord(**dict(one)) for one in records]


async def read_comparison(
    connection: Connection, project: str, baseline: str, rows: int
) -> Comparison:
    """Return a baseline beside the plan as it stands. Raises ProblemError."""
    baselines = await read_baselines(connection, project)
    chosen = next((one for one in baselines if one.id == baseline), None)
    if chosen is None:
        raise ProblemError(errors.NOT_FOUND)
    moved = await connection.fetch(_MOVED, project, baseline, rows)
    added = await connection.fetch(_ADDED, project, baseline, rows)
    removed = await connection.fetch(_REMOVED, project, baseline, rows)
    finish = await connection.fetchval(_BASELINE_FINISH, project, baseline)
    schedule = await connection.fetchrow(_PROJECT, project)
    forecast = None if schedule is None else schedule["finish"]
    return Comparison(
        baseline=chosen,
        compared=await connection.fetchval(_COMPARED_COUNT, project, baseline),
        moved=_tasks(moved),
        moved_count=_counted(moved),
        added=_tasks(added),
        added_count=_counted(added),
        removed=_tasks(removed),
        removed_count=_counted(removed),
        finish=finish,
        forecast_finish=forecast,
        slip_minutes=_minutes_between(finish, forecast),
    )


async def read_calendar(connection: Connection, project: str, calendar: str) -> WorkCalendar:
    """Return a calendar of a project, or the one of what names none. Raises ProblemError."""
    if calendar == DEFAULT_CALENDAR:
        return national_calendar(calendar, await connection.fetchval(_COUNTRY, project))
    found = await connection.fetchrow(_CALENDAR, project, calendar)
    if found is None:
        raise ProblemError(errors.NOT_FOUND)
    values = dict(found)
    for name in ("week", "exceptions"):
        values[name] = None if values[name] is None else msgspec.json.decode(values[name])
    try:
        return calendar_of_row(calendar, values)
    except CalendarMalformed:
        # As the scheduler takes it.
        return national_calendar(calendar, values["country"])


def _tasks(records: Iterable[asyncpg.Record]) -> list[TaskDates]:
    return [
        TaskDates(**{name: value for name, value in one.items() if name != "counted"})
        for one in records
    ]


def _counted(records: list[asyncpg.Record]) -> int:
    return records[0]["counted"] if records else 0


def _json(text: str | None, kind: Any) -> Any:
    return [] if text is None else msgspec.json.decode(text, type=kind)


def _minutes_between(first: Any, last: Any) -> int | None:
    return None if first is None or last is None else int((last - first).total_seconds() // 60)
