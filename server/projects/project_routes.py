"""Projects over HTTP: made with all that they begin with, edited, archived, deleted, restored.

What is written goes through the merge as a change of whoever asks (`Intake.act`): the same guards
judge, the same history remembers, and the tablets pull it.
"""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, delete, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import UNSET, Meta, Struct, UnsetType, structs

from server.context import Context
from server.errors import ProblemError
from server.intake import ACT_ERRORS, Proposal
from server.openapi import documented
from server.projects.addresses import require_ids
from server.projects.copying import CopyOrder, copy_project
from server.projects.deleted_routes import deleted_projects
from server.projects.making import NewProject, ProjectMade, make_project
from server.users import load_access
from server.wire import read, respond
from sync import errors
from sync.tables import TABLES

BODY_BYTES_MAX = 256 * 1024

_REFUSALS = (*ACT_ERRORS, errors.NOT_FOUND)


class ProjectEdit(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to change of a project; what is not named stays."""

    code: Annotated[str, Meta(min_length=1, max_length=60)] | UnsetType = UNSET
    name: Annotated[str, Meta(min_length=1, max_length=200)] | UnsetType = UNSET
    site_id: str | UnsetType | None = UNSET
    start: str | UnsetType | None = UNSET
    finish: str | UnsetType | None = UNSET
    time_zone: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    calendar_id: str | UnsetType | None = UNSET
    language: str | UnsetType | None = UNSET
    template: bool | UnsetType = UNSET
    status: str | UnsetType = UNSET


class RowState(Struct, frozen=True):
    """A row after it was changed."""

    table: str
    row: str


@post(
    "/", status_code=201, **documented(request=NewProject, response=ProjectMade, errors=_REFUSALS)
)
async def create_project(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Make a project with its site, members and calendar, all or nothing."""
    person = await context.person(request)
    wanted = await read(request, NewProject, BODY_BYTES_MAX)
    made, proposals = make_project(wanted)
    await context.intake.act(person, proposals, intent="project.create")
    return respond(request, made, status=201)


@patch("/{project:str}", **documented(request=ProjectEdit, response=RowState, errors=_REFUSALS))
async def edit_project(
    request: Request[Any, Any, Any], context: NamedDependency[Context], project: FromPath[str]
) -> Response[bytes]:
    """Change fields of a project."""
    person = await context.person(request)
    require_ids(project)
    wanted = await read(request, ProjectEdit, BODY_BYTES_MAX)
    after = {name: value for name, value in structs.asdict(wanted).items() if value is not UNSET}
    if not after:
        raise ProblemError(errors.REQUEST_MALFORMED, "nothing is to change")
    return respond(request, await _change(context, person, project, after, "project.edit"))


@post("/{project:str}/archive", status_code=200, **documented(response=RowState, errors=_REFUSALS))
async def archive_project(
    request: Request[Any, Any, Any], context: NamedDependency[Context], project: FromPath[str]
) -> Response[bytes]:
    """Put a draft or closed project away; its rows stay, and stay readable."""
    person = await context.person(request)
    require_ids(project)
    after = {"status": "archived"}
    return respond(request, await _change(context, person, project, after, "project.archive"))


@post(
    "/{project:str}/unarchive", status_code=200, **documented(response=RowState, errors=_REFUSALS)
)
async def unarchive_project(
    request: Request[Any, Any, Any], context: NamedDependency[Context], project: FromPath[str]
) -> Response[bytes]:
    """Take an archived project out again, as a closed one."""
    person = await context.person(request)
    require_ids(project)
    after = {"status": "closed"}
    return respond(request, await _change(context, person, project, after, "project.unarchive"))


async def _change(
    context: Context, person: str, project: str, after: dict[str, Any], intent: str
) -> RowState:
    proposal = Proposal(f"project:{project}", "project", project, after)
    await context.intake.act(person, [proposal], intent=intent)
    return RowState("project", project)


@delete("/{project:str}", status_code=200, **documented(response=RowState, errors=_REFUSALS))
async def delete_project(
    request: Request[Any, Any, Any], context: NamedDependency[Context], project: FromPath[str]
) -> Response[bytes]:
    """Delete a project; it can be restored until it is purged."""
    person = await context.person(request)
    require_ids(project)
    proposal = Proposal(f"project:{project}", "project", project, operation="delete")
    await context.intake.act(person, [proposal], intent="project.delete")
    return respond(request, RowState("project", project))


@post("/{project:str}/restore", status_code=200, **documented(response=RowState, errors=_REFUSALS))
async def restore_project(
    request: Request[Any, Any, Any], context: NamedDependency[Context], project: FromPath[str]
) -> Response[bytes]:
    """Bring a deleted project back: its members have it again with all that it held."""
    person = await context.person(request)
    require_ids(project)
    state = await _restore(context, person, f"project:{project}", "project", project)
    return respond(request, state)


@post(
    "/{project:str}/rows/{table:str}/{row:str}/restore",
    status_code=200,
    **documented(response=RowState, errors=_REFUSALS),
)
async def restore_row(
    request: Request[Any, Any, Any],
    context: NamedDependency[Context],
    project: FromPath[str],
    table: FromPath[str],
    row: FromPath[str],
) -> Response[bytes]:
    """Bring a deleted row of a project back."""
    person = await context.person(request)
    require_ids(project, row)
    declared = TABLES.get(table)
    kinds = () if declared is None else declared.scopes
    kind = next((one for one in ("project", "finance") if one in kinds), None)
    if kind is None:
        raise ProblemError(errors.NOT_FOUND)
    return respond(request, await _restore(context, person, f"{kind}:{project}", table, row))


async def _restore(context: Context, person: str, scope: str, table: str, row: str) -> RowState:
    field = min(TABLES[table].required - TABLES[table].arithmetic)
    proposal = Proposal(scope, table, row, keep=(field,))
    await context.intake.act(person, [proposal], intent=f"{table}.restore")
    return RowState(table, row)


@post(
    "/{project:str}/copy",
    status_code=201,
    **documented(
        request=CopyOrder, response=ProjectMade, errors=(*_REFUSALS, errors.CHANGE_SET_TOO_LARGE)
    ),
)
async def copy(
    request: Request[Any, Any, Any], context: NamedDependency[Context], project: FromPath[str]
) -> Response[bytes]:
    """Make a project after another: its plan, checklists and budget, nothing spent.

    Dates move by as many days as the start does. Nothing that was done or spent is copied.
    """
    person = await context.person(request)
    require_ids(project)
    wanted = await read(request, CopyOrder, BODY_BYTES_MAX)
    async with context.pool.acquire() as connection:
        access = (await load_access(connection, [person]))[person]
        made, proposals = await copy_project(
            connection, access, project, wanted, context.settings.copy_rows_max
        )
    await context.intake.act(person, proposals, intent="project.copy")
    return respond(request, made, status=201)


HANDLERS = (
    deleted_projects,
    create_project,
    edit_project,
    archive_project,
    unarchive_project,
    delete_project,
    restore_project,
    restore_row,
    copy,
)
