"""The plan of a project over HTTP: its schedule, its calendars day by day, its baselines."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter

from server.context import Context
from server.openapi import documented
from server.projects.planning.comparing import read_comparison, read_difference
from server.projects.planning.forecast import DEFAULT_CALENDAR
from server.projects.planning.previewing import preview
from server.projects.planning.queries import (
    is_due,
    read_baselines,
    read_calendar,
    read_plan,
    reading_project,
)
from server.projects.planning.shapes import (
    BaselineRecord,
    CalendarPreview,
    Comparison,
    ProjectPlan,
)
from server.wire import respond
from sync import errors
from sync.schema import UUID_PATTERN

LIST_TASKS_MAX = 1_000
PREVIEW_DAYS_MAX = 400

Id = Annotated[str, PathParameter(pattern=UUID_PATTERN)]
CalendarId = Annotated[
    str,
    PathParameter(
        pattern=rf"^{DEFAULT_CALENDAR}$|{UUID_PATTERN}",
        description=f"Of a calendar, or `{DEFAULT_CALENDAR}`: of tasks that name none.",
    ),
]
Against = Annotated[
    str | None,
    QueryParameter(
        pattern=UUID_PATTERN,
        description="Another baseline to compare with, instead of the plan as it stands.",
    ),
]
Rows = Annotated[
    int, QueryParameter(ge=1, le=LIST_TASKS_MAX, description="Tasks in each of the lists.")
]


@get("/{project:str}/schedule", **documented(response=ProjectPlan, errors=(errors.NOT_FOUND,)))
async def schedule(
    request: Request[Any, Any, Any],
    context: NamedDependency[Context],
    project: Id,
    limit: Rows = 200,
) -> Response[bytes]:
    """Return the schedule: critical and longest path, float, slips against the baseline."""
    async with reading_project(request, context, project) as connection:
        due = await is_due(context, project)
        return respond(request, await read_plan(connection, project, limit, due=due))


@get(
    "/{project:str}/calendars/{calendar:str}/days",
    **documented(response=CalendarPreview, errors=(errors.NOT_FOUND,)),
)
async def calendar_days(
    request: Request[Any, Any, Any],
    context: NamedDependency[Context],
    project: Id,
    calendar: CalendarId,
    *,
    first: Annotated[dt.date, QueryParameter(description="The first day.")],
    days: Annotated[int, QueryParameter(ge=1, le=PREVIEW_DAYS_MAX)] = 31,
) -> Response[bytes]:
    """Return what is worked on each of some days, and why."""
    async with reading_project(request, context, project) as connection:
        found = await read_calendar(connection, project, calendar)
    return respond(request, preview(found, first, days))


@get(
    "/{project:str}/baselines",
    **documented(response=list[BaselineRecord], errors=(errors.NOT_FOUND,)),
)
async def baselines(
    request: Request[Any, Any, Any], context: NamedDependency[Context], project: Id
) -> Response[bytes]:
    """Return the baselines, the latest first: the one that counts."""
    async with reading_project(request, context, project) as connection:
        return respond(request, await read_baselines(connection, project))


@get(
    "/{project:str}/baselines/{baseline:str}/comparison",
    **documented(response=Comparison, errors=(errors.NOT_FOUND,)),
)
async def comparison(
    request: Request[Any, Any, Any],
    context: NamedDependency[Context],
    project: Id,
    baseline: Id,
    *,
    limit: Rows = 200,
    against: Against = None,
) -> Response[bytes]:
    """Return what was moved, added and removed since a baseline, and how far the end slips."""
    async with reading_project(request, context, project) as connection:
        found = (
            await read_comparison(connection, project, baseline, limit)
            if against is None
            else await read_difference(connection, project, (baseline, against), limit)
        )
    return respond(request, found)


HANDLERS = (schedule, calendar_days, baselines, comparison)
