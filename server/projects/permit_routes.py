"""Permits to work over HTTP: the steps that are made online, under the lock of their scope.

Of two who activate at once, one wins: the second meets an active permit, and is refused.
"""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta, Struct

from server.context import Context
from server.intake import ACT_ERRORS, Proposal
from server.openapi import documented
from server.projects.addresses import require_ids
from server.wire import read, respond
from sync import errors

BODY_BYTES_MAX = 16 * 1024


class PermitStep(Struct, frozen=True, forbid_unknown_fields=True):
    """Why a step is made, where there is something to say."""

    reason: Annotated[str, Meta(max_length=400)] | None = None


class PermitState(Struct, frozen=True):
    """A permit after a step."""

    permit: str
    status: str


async def _step(
    request: Request[Any, Any, Any], context: Context, project: str, permit: str, status: str
) -> Response[bytes]:
    person = await context.person(request)
    require_ids(project, permit)
    wanted = await read(request, PermitStep, BODY_BYTES_MAX)
    after = {"status": status}
    if wanted.reason is not None:
        after["reason"] = wanted.reason
    await context.intake.act(
        person,
        [Proposal(f"project:{project}", "permit", permit, after)],
        intent=f"permit.{status}",
    )
    return respond(request, PermitState(permit, status))


_documented = documented(
    request=PermitStep, response=PermitState, errors=(*ACT_ERRORS, errors.NOT_FOUND)
)


@post("/{project:str}/permits/{permit:str}/activate", status_code=200, **_documented)
async def activate_permit(
    request: Request[Any, Any, Any],
    context: NamedDependency[Context],
    project: FromPath[str],
    permit: FromPath[str],
) -> Response[bytes]:
    """Activate a permit that was issued, within its hours."""
    return await _step(request, context, project, permit, "active")


@post("/{project:str}/permits/{permit:str}/resume", status_code=200, **_documented)
async def resume_permit(
    request: Request[Any, Any, Any],
    context: NamedDependency[Context],
    project: FromPath[str],
    permit: FromPath[str],
) -> Response[bytes]:
    """Resume a permit that was suspended, within its hours."""
    return await _step(request, context, project, permit, "active")


@post("/{project:str}/permits/{permit:str}/suspend", status_code=200, **_documented)
async def suspend_permit(
    request: Request[Any, Any, Any],
    context: NamedDependency[Context],
    project: FromPath[str],
    permit: FromPath[str],
) -> Response[bytes]:
    """Suspend an active permit: anyone of the crew may stop the work."""
    return await _step(request, context, project, permit, "suspended")


@post("/{project:str}/permits/{permit:str}/hand-back", status_code=200, **_documented)
async def hand_back_permit(
    request: Request[Any, Any, Any],
    context: NamedDependency[Context],
    project: FromPath[str],
    permit: FromPath[str],
) -> Response[bytes]:
    """Hand back a permit: the work is over, or its hours are."""
    return await _step(request, context, project, permit, "handed_back")


HANDLERS = (activate_permit, resume_permit, suspend_permit, hand_back_permit)
