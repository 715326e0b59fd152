"""A schedule's file over HTTP: shown first, then imported as shown, as one act of whoever asks.

The file comes twice, and nothing is kept between: the second time with the seal of the preview, so
that what is done is what was looked at. The guards judge it like any change.
"""

from __future__ import annotations

import asyncio
import uuid
from io import BytesIO
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import available_timezones

from litestar import Request, Response, post
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter
from msgspec import Struct, structs

from server.context import Context
from server.errors import ProblemError
from server.intake import ACT_ERRORS, refusal_of
from server.openapi import documented
from server.projects.importing import (
    INTENT,
    Choices,
    ImportAnswer,
    ImportDone,
    ImportRefusedError,
    choose_project,
    find_stored,
    plan_stored,
    projects_of,
    show_plan,
)
from server.projects.importing.offering import seal_of, show_file
from server.projects.importing.stored import proposals_of, refused
from server.projects.schedules import ScheduleUnreadable, read_schedule
from server.users import load_access
from server.wire import read_body, respond
from sync import errors
from sync.schema import UUID_PATTERN

if TYPE_CHECKING:
    from server.projects.importing import ImportPlan
    from server.projects.schedules import ReadingReport, Schedule

FILES = ("application/octet-stream", "application/xml", "text/xml", "text/plain")
_REFUSALS = (
    *ACT_ERRORS,
    errors.SCHEDULE_UNREADABLE,
    errors.IMPORT_REFUSED,
    errors.IMPORT_OUTDATED,
    errors.ENTRY_INVALID,
)

Text = Annotated[str | None, QueryParameter(max_length=200)]
Flag = Annotated[bool, QueryParameter()]


class _Wanted(Struct, frozen=True):
    """How a person wants a file imported."""

    project: str | None
    """The id or code of the project to import into; None finds it, or makes one."""
    pick: str | None
    encoding: str | None
    choices: Choices


def _wanted(
    *,
    project: Text = None,
    pick: Text = None,
    encoding: Text = None,
    currency: Annotated[str | None, QueryParameter(pattern="^[A-Za-z]{3}$")] = None,
    time_zone: Text = None,
    take_file: Flag = False,
) -> _Wanted:
    """Read what both routes ask. Raises ProblemError."""
    if time_zone is not None and time_zone not in available_timezones():
        raise ProblemError(errors.ENTRY_INVALID, "no such time zone", field="time_zone")
    choices = Choices(currency.upper() if currency else None, time_zone, take_file)
    return _Wanted(project, pick, encoding, choices)


_ASKED = {"wanted": Provide(_wanted, sync_to_thread=False)}


class _Read(Struct, frozen=True):
    """A file that was read, and what importing it comes to; no plan where one is to pick first."""

    schedule: Schedule
    reading: ReadingReport
    plan: ImportPlan | None


async def _read(
    context: Context, person: str, body: bytes, wanted: _Wanted, new_project: str
) -> _Read:
    """Read a file and plan its import. Raises ProblemError."""
    try:
        schedule, reading = await asyncio.to_thread(
            read_schedule, BytesIO(body), encoding=wanted.encoding
        )
    except ScheduleUnreadable as error:
        entry = structs.replace(
            errors.SCHEDULE_UNREADABLE, fr=error.sentence_fr, en=error.sentence_en
        )
        raise ProblemError(entry, error.code) from error
    try:
        source = choose_project(schedule, wanted.pick)
    except ImportRefusedError as error:
        if error.code == "pick_needed":
            return _Read(schedule, reading, None)
        raise refused(error) from error
    try:
        async with context.pool.acquire() as connection:
            access = (await load_access(connection, [person]))[person]
            target = await find_stored(connection, access, source, wanted.project)
            work = await plan_stored(
                connection,
                access,
                schedule,
                target,
                new_project=new_project,
                choices=wanted.choices,
                rows_max=context.settings.change_set_changes_max,
            )
        return _Read(schedule, reading, await asyncio.to_thread(work))
    except ImportRefusedError as error:
        raise refused(error) from error


@post(
    "/imports/preview",
    status_code=200,
    dependencies=_ASKED,
    **documented(request=bytes, request_media=FILES, response=ImportAnswer, errors=_REFUSALS),
)
async def preview_import(
    request: Request[Any, Any, Any],
    context: NamedDependency[Context],
    wanted: NamedDependency[_Wanted],
) -> Response[bytes]:
    """Show what importing a schedule would do: Primavera XER or XML, or Microsoft Project XML.

    The body is the file. Nothing is changed, and nothing is kept.
    """
    person = await context.person(request)
    body = await read_body(request, context.settings.schedule_file_bytes_max)
    found = await _read(context, person, body, wanted, str(uuid.uuid4()))
    rows_max = context.settings.import_preview_rows_max
    answer = ImportAnswer(
        "pick" if found.plan is None else "ready",
        show_file(found.schedule, found.reading),
        projects_of(found.schedule),
        None if found.plan is None else show_plan(found.plan, rows_max),
    )
    return respond(request, answer)


@post(
    "/imports",
    status_code=200,
    dependencies=_ASKED,
    **documented(request=bytes, request_media=FILES, response=ImportDone, errors=_REFUSALS),
)
async def do_import(
    request: Request[Any, Any, Any],
    context: NamedDependency[Context],
    wanted: NamedDependency[_Wanted],
    *,
    seal: Annotated[str, QueryParameter(pattern="^[0-9a-f]{32}$")],
    into: Annotated[str, QueryParameter(pattern=UUID_PATTERN)],
) -> Response[bytes]:
    """Import a schedule just as its preview showed it, whole or not at all.

    The body is the file again, and the questions are those of the preview; `seal` and `into` are
    its answers' `seal` and `project`. Refused as outdated when it would now do anything else.
    """
    person = await context.person(request)
    body = await read_body(request, context.settings.schedule_file_bytes_max)
    found = await _read(context, person, body, wanted, into)
    plan = found.plan
    if plan is None or plan.project_id != into or seal_of(plan) != seal:
        raise ProblemError(errors.IMPORT_OUTDATED)
    limit = context.settings.change_set_changes_max
    if len(plan.edits) > limit:
        raise ProblemError(
            refusal_of(errors.CHANGE_SET_TOO_LARGE), f"{len(plan.edits)} changes; {limit} at most"
        )
    if plan.edits:
        await context.intake.act(person, proposals_of(plan), intent=INTENT)
    return respond(request, ImportDone(plan.project_id, len(plan.edits)))


HANDLERS = (preview_import, do_import)
