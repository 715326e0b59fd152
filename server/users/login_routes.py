"""The doors to a session: log in, set a new password; and the password of who is logged in."""

from __future__ import annotations

from typing import Any, Literal

from litestar import Request, Response, post
from litestar.di import NamedDependency
from msgspec import Struct, structs

from server.context import Context
from server.errors import ProblemError
from server.openapi import documented
from server.users.cookies import keep_in_cookie, wants_cookie
from server.users.credentials import Login, Password, change_password, own_words
from server.users.logging_in import LoginAnswer, LoginRequest, log_in, prove_again
from server.users.logins import normalise
from server.users.passwords import check_password
from server.users.recovering import ResetAnswer, ResetRequest, reset_password
from server.users.resets import ask_reset
from server.wall import client_address
from server.wire import read, respond
from sync import errors

BODY_BYTES_MAX = 16 * 1024
NO_STORE = {"cache-control": "no-store"}


class PasswordChange(Struct, frozen=True, forbid_unknown_fields=True):
    """A new password for oneself, with the present one."""

    current: Password
    new: Password


class ResetAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """Who lost their password."""

    login: Login


class Accepted(Struct, frozen=True):
    """The same whether or not somebody has the login: what follows is sent to its owner."""

    status: Literal["accepted"] = "accepted"


class Done(Struct, frozen=True):
    """It is done."""

    status: Literal["done"] = "done"


def login_response(
    request: Request[Any, Any, Any], context: Context, answer: LoginAnswer
) -> Response[bytes]:
    """Answer a login; the refresh token travels as a cookie where the client wants that."""
    session = answer.session
    refresh = None if session is None else session.refresh_token
    if session is None or refresh is None or not wants_cookie(request):
        return respond(request, answer, headers=NO_STORE)
    plain = structs.replace(answer, session=structs.replace(session, refresh_token=None))
    response = respond(request, plain, headers=NO_STORE)
    return keep_in_cookie(response, refresh, days=context.settings.session_idle_days_max)


@post(
    "/login",
    status_code=200,
    limit="login",
    **documented(
        request=LoginRequest,
        response=LoginAnswer,
        errors=(errors.LOGIN_REFUSED, errors.ONE_TIME_CODE_REFUSED, errors.LOGIN_SLOWED),
        secured=False,
    ),
)
async def login(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Log in with a password, and a one-time code where one is asked for."""
    wanted = await read(request, LoginRequest, BODY_BYTES_MAX)
    answer = await log_in(
        context.proving,
        context.sessions,
        context.pool,
        wanted,
        address=client_address(request),
        now=context.now(),
    )
    return login_response(request, context, answer)


@post(
    "/password",
    status_code=200,
    **documented(
        request=PasswordChange,
        response=Done,
        errors=(errors.LOGIN_REFUSED, errors.LOGIN_SLOWED, errors.PASSWORD_WEAK),
    ),
)
async def password(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Change one's own password: the other sessions end, this one goes on."""
    who = await context.identity(request)
    wanted = await read(request, PasswordChange, BODY_BYTES_MAX)
    proving, address, now = context.proving, client_address(request), context.now()
    words = await own_words(context.pool, who.person)
    check_password(wanted.new, words, characters_min=context.settings.password_characters_min)
    account = await prove_again(
        proving, context.pool, who.person, wanted.current, address=address, now=now
    )
    fresh = await proving.hasher.hash(wanted.new)
    async with context.pool.acquire() as connection, connection.transaction():
        ended = await change_password(
            connection,
            account=account,
            password_hash=fresh,
            keep_session=who.session,
            address=address,
            now=now,
        )
    if ended is None:
        raise ProblemError(errors.LOGIN_REFUSED, "the password was changed meanwhile")
    context.hub.end_sessions(ended)
    return respond(request, Done())


@post(
    "/password-resets",
    status_code=202,
    limit="login",
    **documented(request=ResetAsked, response=Accepted, secured=False),
)
async def ask_for_reset(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Ask for a link that sets a new password; it goes to the login, if somebody has it."""
    wanted = await read(request, ResetAsked, BODY_BYTES_MAX)
    await ask_reset(
        context.pool,
        context.proving,
        login=normalise(wanted.login),
        typed=wanted.login,
        address=client_address(request),
        now=context.now(),
    )
    return respond(request, Accepted(), status=202)


@post(
    "/password-resets/confirm",
    status_code=200,
    limit="login",
    **documented(
        request=ResetRequest,
        response=ResetAnswer,
        errors=(
            errors.RESET_REFUSED,
            errors.LOGIN_SLOWED,
            errors.LOGIN_TAKEN,
            errors.PASSWORD_WEAK,
        ),
        secured=False,
    ),
)
async def confirm_reset(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Set a new password with a link's token, or with a code that an administrator told."""
    wanted = await read(request, ResetRequest, BODY_BYTES_MAX)
    recovered = await reset_password(
        context.proving,
        context.pool,
        wanted,
        address=client_address(request),
        now=context.now(),
    )
    context.hub.end_sessions(recovered.ended)
    return respond(request, recovered.answer, headers=NO_STORE)


HANDLERS = (login, password, ask_for_reset, confirm_reset)
