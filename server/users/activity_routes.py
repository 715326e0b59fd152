"""The record of activity over HTTP."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from server.context import Context
from server.errors import ProblemError
from server.openapi import documented
from server.users.access import load_access
from server.users.activity_reading import ActivityPage, ActivitySearch, search_activity
from server.wire import respond
from sync import errors
from sync.schema import UUID_PATTERN

PAGE_EVENTS_MAX = 500
MILLISECONDS_MAX = 253_402_300_799_000
"""The end of the year 9999."""
KIND_PATTERN = "^[a-z][a-z0-9_.]{0,79}$"

Id = Annotated[str | None, QueryParameter(pattern=UUID_PATTERN)]
Milliseconds = Annotated[int | None, QueryParameter(ge=0, le=MILLISECONDS_MAX)]


@get("/activity", **documented(response=ActivityPage))
async def activity(
    request: Request[Any, Any, Any],
    context: NamedDependency[Context],
    *,
    person: Id = None,
    project: Id = None,
    kind: Annotated[str | None, QueryParameter(pattern=KIND_PATTERN)] = None,
    since: Milliseconds = None,
    until: Milliseconds = None,
    before: Annotated[int | None, QueryParameter(ge=1, le=2**53 - 1)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=PAGE_EVENTS_MAX)] = 100,
) -> Response[bytes]:
    """Return what happened, newest first: one's own, one's projects', or all.

    By person, project, kind and period (`since` and `until`, milliseconds since 1970); `before`
    takes the `next` of the page before.
    """
    who = await context.person(request)
    async with context.pool.acquire() as connection:
        access = (await load_access(connection, [who]))[who]
        if not access.active:
            raise ProblemError(errors.FORBIDDEN)
        wanted = ActivitySearch(
            person, project, kind, _moment(since), _moment(until), before, limit
        )
        found = await search_activity(connection, access, wanted)
    return respond(request, found)


def _moment(milliseconds: int | None) -> dt.datetime | None:
    if milliseconds is None:
        return None
    return dt.datetime.fromtimestamp(milliseconds / 1000, tz=dt.UTC)


HANDLERS = (activity,)
