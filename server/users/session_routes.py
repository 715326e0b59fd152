"""The doors of sessions: refresh, log out, see one's own; and the keys that others check with."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import msgspec
from litestar import Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath  # noqa: TC002 -- read at run time
from msgspec import Struct

from server.context import Context
from server.errors import ProblemError
from server.openapi import Answered, documented
from server.users.activity import record_activity
from server.users.cookies import COOKIE, forget_cookie, tokens_response
from server.users.keys import JWKS_CACHE_SECONDS, public_jwk
from server.users.refresh_tokens import TOKEN_CHARACTERS_MAX
from server.users.sessions import (
    HandOverToken,
    SessionTokens,
    end_sessions,
    sign_out_everywhere,
)
from server.wire import JSON, read, respond
from sync import errors
from sync.schema import is_row_id

if TYPE_CHECKING:
    from server.store import Connection

BODY_BYTES_MAX = 8 * 1024

_OWN = """
    SELECT session.id::text AS id, session.device_id::text AS device, device.name,
        device.platform, session.method, session.address,
        (extract(epoch FROM session.opened_at) * 1000)::bigint AS opened_at,
        (extract(epoch FROM session.refreshed_at) * 1000)::bigint AS refreshed_at,
        (extract(epoch FROM session.expires_at) * 1000)::bigint AS expires_at,
        coalesce(session.id = $2, false) AS this
    FROM session JOIN device ON device.id = session.device_id
    WHERE session.person_id = $1 AND session.ended_at IS NULL
        AND coalesce(session.expires_at > $3, true) AND session.refreshed_at > $4
    ORDER BY session.opened_at DESC LIMIT 200
"""
_PEOPLE_HERE = """
    SELECT device_person.person_id::text AS person, person.name,
        (extract(epoch FROM device_person.pin_set_at) * 1000)::bigint AS pin_set_at,
        (extract(epoch FROM device_person.pin_reset_at) * 1000)::bigint AS pin_reset_at
    FROM device_person JOIN person ON person.id = device_person.person_id
    WHERE device_person.device_id = $1 AND NOT person.deleted AND coalesce(person.active, true)
    ORDER BY device_person.last_at DESC
"""
_WHOSE = "SELECT person_id::text AS person, device_id::text AS device FROM session WHERE id = $1"
_SET_PIN = """
    UPDATE device_person SET pin_set_at = $3 WHERE device_id = $1 AND person_id = $2
    RETURNING pin_set_at
"""


class RefreshRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A refresh token; left out where it travels as a cookie."""

    refresh_token: str | None = None


class SessionView(Struct, frozen=True):
    """One open session of the person who asks. Times in milliseconds since 1970."""

    id: str
    device: str
    name: str
    platform: str
    method: str
    address: str | None
    opened_at: int
    refreshed_at: int
    expires_at: int | None
    this: bool
    """Whether it is the session that asks."""


class PersonHere(Struct, frozen=True):
    """Someone who works on this device."""

    person: str
    name: str
    pin_set_at: int | None
    pin_reset_at: int | None
    """A PIN set before this moment is void."""


class CurrentSession(Struct, frozen=True):
    """Who asks, from where, and who else works on the same device."""

    person: str
    role: str | None
    session: str | None
    device: str | None
    people: list[PersonHere]


class Ended(Struct, frozen=True):
    """How many sessions were ended."""

    ended: int


class EndOthers(Struct, frozen=True, forbid_unknown_fields=True):
    """Which sessions of one's own to end."""

    keep_this: bool = False


async def _presented(request: Request[Any, Any, Any]) -> str:
    """Return the refresh token of the body, or of the cookie. Raises ProblemError."""
    token: str | None = None
    if request.headers.get("content-type"):
        token = (await read(request, RefreshRequest, BODY_BYTES_MAX)).refresh_token
    token = token or request.cookies.get(COOKIE)
    if not token or len(token) > TOKEN_CHARACTERS_MAX:
        raise ProblemError(errors.UNAUTHENTICATED, "no refresh token")
    return token


@post(
    "/session/refresh",
    status_code=200,
    **documented(
        request=RefreshRequest,
        response=SessionTokens,
        errors=(errors.UNAUTHENTICATED, errors.SESSION_ENDED, errors.DEVICE_REVOKED),
        secured=False,
    ),
)
async def refresh(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Exchange a refresh token: one call brings a device back after weeks."""
    token = await _presented(request)
    async with context.pool.acquire() as connection, connection.transaction():
        result = await context.sessions.refresh(connection, token, context.now())
    context.hub.end_sessions(result.ended)
    if result.tokens is None:
        raise result.refused or ProblemError(errors.SESSION_ENDED)
    days = context.settings.session_idle_days_max
    return tokens_response(request, result.tokens, days=days)


@post(
    "/session/hand-over",
    status_code=200,
    **documented(
        request=RefreshRequest,
        response=HandOverToken,
        errors=(errors.UNAUTHENTICATED,),
        secured=False,
    ),
)
async def hand_over(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Give a revoked device a token to hand in its work with, and nothing else."""
    token = await _presented(request)
    async with context.pool.acquire() as connection, connection.transaction():
        found = await context.sessions.hand_over(connection, token, context.now())
    if found is None:
        raise ProblemError(errors.UNAUTHENTICATED, "not the refresh token of a revoked device")
    return respond(request, found, headers={"cache-control": "no-store"})


@get("/session", **documented(response=CurrentSession, errors=(errors.DEVICE_REVOKED,)))
async def current(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Return who is logged in, and the people of the same device: for the quick user switch."""
    who = await context.identity(request)
    people = [] if who.device is None else await context.pool.fetch(_PEOPLE_HERE, who.device)
    here = [msgspec.convert(dict(one), PersonHere) for one in people]
    return respond(request, CurrentSession(who.person, who.role, who.session, who.device, here))


@put("/session/pin", **documented(response=PersonHere, errors=(errors.NOT_FOUND,)))
async def set_pin(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Note that the person has set a PIN on this device; the PIN itself never leaves it."""
    who = await context.identity(request)
    async with context.pool.acquire() as connection, connection.transaction():
        at = await connection.fetchval(_SET_PIN, who.device, who.person, context.now())
        if at is None:
            raise ProblemError(errors.NOT_FOUND, "the session is not of a device")
        await record_activity(connection, "pin_set", person=who.person, device=who.device)
        people = await connection.fetch(_PEOPLE_HERE, who.device)
    mine = next(one for one in people if one["person"] == who.person)
    return respond(request, msgspec.convert(dict(mine), PersonHere))


@post(
    "/session/logout",
    status_code=200,
    **documented(
        request=RefreshRequest, response=Ended, errors=(errors.UNAUTHENTICATED,), secured=False
    ),
)
async def logout(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """End the session of the access token, or of the refresh token where that has expired."""
    now = context.now()
    if request.headers.get("authorization"):
        claims = await context.claims(request)
        session, person = claims.session, claims.person
    else:
        session, person = context.sessions.named_by(await _presented(request)), None
    if session is None:
        raise ProblemError(errors.UNAUTHENTICATED, "the token is of no session")
    async with context.pool.acquire() as connection, connection.transaction():
        ended = await end_sessions(connection, "logged_out", now, session=session, person=person)
        await _record(connection, "logout", ended)
    context.hub.end_sessions(ended)
    return forget_cookie(respond(request, Ended(len(ended))))


@post(
    "/session/logout-everywhere",
    status_code=200,
    **documented(request=EndOthers, response=Ended),
)
async def logout_everywhere(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """End all sessions of the person who asks, or all but this one."""
    who = await context.identity(request)
    wanted = await read(request, EndOthers, BODY_BYTES_MAX)
    keep = who.session if wanted.keep_this else None
    async with context.pool.acquire() as connection, connection.transaction():
        ended = await sign_out_everywhere(
            connection, who.person, context.now(), reason="logged_out", keep=keep
        )
        await record_activity(
            connection, "logout_everywhere", person=who.person, detail={"sessions": ended}
        )
    context.hub.end_sessions(ended)
    answer = respond(request, Ended(len(ended)))
    return answer if keep else forget_cookie(answer)


@get("/sessions", **documented(response=list[SessionView]))
async def sessions(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Return one's own open sessions, newest first."""
    who = await context.identity(request)
    now = context.now()
    alive = now - dt.timedelta(days=context.settings.session_idle_days_max)
    found = await context.pool.fetch(_OWN, who.person, who.session, now, alive)
    return respond(request, [msgspec.convert(dict(one), SessionView) for one in found])


@delete(
    "/sessions/{session:str}",
    status_code=200,
    **documented(response=Ended, errors=(errors.NOT_FOUND,)),
)
async def end_one(
    request: Request[Any, Any, Any], context: NamedDependency[Context], session: FromPath[str]
) -> Response[bytes]:
    """End one of one's own sessions."""
    who = await context.identity(request)
    if not is_row_id(session):
        raise ProblemError(errors.NOT_FOUND)
    async with context.pool.acquire() as connection, connection.transaction():
        ended = await end_sessions(
            connection, "logged_out", context.now(), session=session, person=who.person
        )
        await _record(connection, "logout", ended)
    if not ended:
        raise ProblemError(errors.NOT_FOUND)
    context.hub.end_sessions(ended)
    return respond(request, Ended(len(ended)))


async def _record(connection: Connection, kind: str, ended: list[str]) -> None:
    """Record that sessions were ended by their own person."""
    for session in ended:
        record = await connection.fetchrow(_WHOSE, session)
        assert record is not None  # noqa: S101
        await record_activity(
            connection,
            kind,
            person=record["person"],
            device=record["device"],
            detail={"session": session},
        )


class PublicKeys(Struct, frozen=True):
    """The keys that tokens of this installation are checked with (RFC 7517)."""

    keys: list[dict[str, str]]


@get(
    "/.well-known/jwks.json",
    **documented(
        response=PublicKeys,
        secured=False,
        response_media=(JSON,),
        answers={200: Answered(PublicKeys)},
    ),
)
async def jwks(context: NamedDependency[Context]) -> Response[bytes]:
    """Publish the keys that tokens are checked with, the coming one among them."""
    keys = PublicKeys([public_jwk(one) for one in await context.keys.published()])
    headers = {"cache-control": f"public, max-age={JWKS_CACHE_SECONDS}"}
    return Response(msgspec.json.encode(keys), media_type=JSON, headers=headers)


HANDLERS = (
    refresh,
    hand_over,
    current,
    set_pin,
    logout,
    logout_everywhere,
    sessions,
    end_one,
)
ROOT_HANDLERS = (jwks,)
