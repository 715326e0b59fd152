"""The doors to others' accounts: administrators reset, deactivate, activate and unlock them."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from server.context import Context
from server.errors import ProblemError
from server.openapi import documented
from server.users.accounts import DirectoryEntry, activate, deactivate, directory
from server.users.activity import record_activity
from server.users.credentials import own_words
from server.users.lockout import release
from server.users.login_routes import NO_STORE, Done
from server.users.logins import normalise
from server.users.one_time_codes import forget_codes
from server.users.resets import ResetCode, make_reset_code
from server.wall import client_address
from server.wire import respond
from sync import errors
from sync.schema import is_row_id


class Unlocked(Struct, frozen=True):
    """How many places were held back from an account."""

    places: int


async def _administrator(request: Request[Any, Any, Any], context: Context) -> str:
    """Return which administrator asks. Raises ProblemError."""
    who = await context.identity(request)
    if who.role != "administrator":
        raise ProblemError(errors.FORBIDDEN)
    return who.person


async def _words(context: Context, person: str) -> tuple[str, ...]:
    """Return the login and the name of a person who must exist. Raises ProblemError."""
    words = await own_words(context.pool, person) if is_row_id(person) else ()
    if not words:
        raise ProblemError(errors.NOT_FOUND)
    return words


@get("/people", **documented(response=list[DirectoryEntry]))
async def people(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Return everyone's account."""
    await _administrator(request, context)
    return respond(request, await directory(context.pool))


@post(
    "/people/{person:str}/reset-code",
    status_code=200,
    **documented(response=ResetCode, errors=(errors.NOT_FOUND,)),
)
async def reset_code(
    request: Request[Any, Any, Any], context: NamedDependency[Context], person: FromPath[str]
) -> Response[bytes]:
    """Make a code with which a person without a mailbox sets a new password; shown once."""
    by = await _administrator(request, context)
    login, *_ = await _words(context, person)
    async with context.pool.acquire() as connection, connection.transaction():
        made = await make_reset_code(
            connection,
            context.proving,
            person=person,
            login=login,
            by=by,
            address=client_address(request),
            now=context.now(),
        )
    return respond(request, made, headers=NO_STORE)


@post(
    "/people/{person:str}/deactivate",
    status_code=200,
    **documented(response=Done, errors=(errors.NOT_FOUND, errors.LAST_ADMINISTRATOR)),
)
async def deactivate_person(
    request: Request[Any, Any, Any], context: NamedDependency[Context], person: FromPath[str]
) -> Response[bytes]:
    """Take a person's access away at once; nothing of theirs is deleted."""
    by = await _administrator(request, context)
    await _words(context, person)
    ended = await deactivate(
        context.intake, person, by=by, address=client_address(request), now=context.now()
    )
    context.hub.end_sessions(ended)
    return respond(request, Done())


@post(
    "/people/{person:str}/activate",
    status_code=200,
    **documented(response=Done, errors=(errors.NOT_FOUND,)),
)
async def activate_person(
    request: Request[Any, Any, Any], context: NamedDependency[Context], person: FromPath[str]
) -> Response[bytes]:
    """Let a person in again."""
    by = await _administrator(request, context)
    await _words(context, person)
    await activate(context.intake, person, by=by, address=client_address(request))
    return respond(request, Done())


@post(
    "/people/{person:str}/unlock",
    status_code=200,
    **documented(response=Unlocked, errors=(errors.NOT_FOUND,)),
)
async def unlock(
    request: Request[Any, Any, Any], context: NamedDependency[Context], person: FromPath[str]
) -> Response[bytes]:
    """Take the brakes off an account."""
    by = await _administrator(request, context)
    login, *_ = await _words(context, person)
    keys = context.proving.keys
    async with context.pool.acquire() as connection, connection.transaction():
        places = await release(connection, keys.digest("account", normalise(login)))
        places += await release(connection, keys.digest("person", person))
        await record_activity(
            connection,
            "person_unlocked",
            person=person,
            actor=by,
            address=client_address(request),
        )
    return respond(request, Unlocked(places))


@delete(
    "/people/{person:str}/one-time-codes",
    status_code=200,
    **documented(response=Done, errors=(errors.NOT_FOUND,)),
)
async def forget_their_codes(
    request: Request[Any, Any, Any], context: NamedDependency[Context], person: FromPath[str]
) -> Response[bytes]:
    """Turn off the one-time codes of a person who lost their phone."""
    by = await _administrator(request, context)
    await _words(context, person)
    async with context.pool.acquire() as connection, connection.transaction():
        if not await forget_codes(connection, person):
            raise ProblemError(errors.NOT_FOUND, "no one-time codes")
        await record_activity(
            connection,
            "one_time_codes_disabled",
            person=person,
            actor=by,
            address=client_address(request),
        )
    return respond(request, Done())


HANDLERS = (
    people,
    reset_code,
    deactivate_person,
    activate_person,
    unlock,
    forget_their_codes,
)
