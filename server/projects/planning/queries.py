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

ROW_DATES = """
    task.id::text AS id, task.name, task.kind, task.code, task.status, task.planned_start,
    task.planned_finish, task.early_start, task.early_finish, task.late_start, task.late_finish,
    task.total_float_minutes, task.free_float_minutes, task.critical, task.progress_rolled
"""
_SLIP = "(extract(epoch FROM task.early_finish - {finish}) / 60)::bigint"
_ROW_DATES = f"""{ROW_DATES}, task.baseline_start, task.baseline_finish,
    {_SLIP.format(finish="task.baseline_finish")} AS slip_minutes
"""
PROJECT = """
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

BASELINE_FINISH = """
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
    found = await connection.fetchrow(PROJECT, project)
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
        finish = await connection.fetchval(BASELINE_FINISH, project, baseline.id)
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
        slip_minutes=minutes_between(finish, found["finish"]),
        longest_path=tasks_of(await connection.fetch(_NAMED, project, longest[:rows])),
        critical=tasks_of(await connection.fetch(_CRITICAL, project, rows)),
        slips=tasks_of(await connection.fetch(_SLIPS, project, rows)),
        cycles=[[names[one] for one in ring if one in names] for ring in cycles],
        faults=_json(found["faults"], list[PlanFault]),
    )


async def read_baselines(connection: Connection, project: str) -> list[BaselineRecord]:
    """Return a project's baselines, the latest first."""
    records = await connection.fetch(_BASELINES, project)
    return [BaselineRecord(**dict(one)) for one in records]


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


def tasks_of(records: Iterable[asyncpg.Record]) -> list[TaskDates]:
    """Return tasks as they were read."""
    return [
        TaskDates(**{name: value for name, value in one.items() if name != "counted"})
        for one in records
    ]


def _json(text: str | None, kind: Any) -> Any:
    return [] if text is None else msgspec.json.decode(text, type=kind)


def minutes_between(first: Any, last: Any) -> int | None:
    """Return how far apart two moments are; None where one is not known."""
    return None if first is None or last is None else int((last - first).total_seconds() // 60)
