"""The doors to one-time codes: enrol, confirm, renew, turn off; and which roles must have them."""

from __future__ import annotations

from typing import Any, Literal, get_args

from litestar import Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath  # noqa: TC002 -- read at run time
from msgspec import Struct

from server.context import Context
from server.errors import ProblemError
from server.openapi import documented
from server.users.access import load_access
from server.users.activity import record_activity
from server.users.code_deadlines import require_codes_of_role, session_proved
from server.users.cookies import wants_cookie
from server.users.credentials import Account, Password, own_words
from server.users.lockout import Place, charge, forgive
from server.users.logging_in import (
    Code,
    LoginAnswer,
    Ticket,
    enrolling_person,
    open_for,
    place_for,
    prove_again,
    record_failure,
)
from server.users.login_routes import BODY_BYTES_MAX, NO_STORE, Done, login_response
from server.users.one_time_codes import (
    CodesState,
    Enrolment,
    codes_state,
    confirm,
    enrol,
    forget_codes,
    renew_recovery_codes,
    requiring_roles,
    take_code,
)
from server.users.sessions import DeviceClaim  # noqa: TC001 -- read at run time
from server.wall import client_address
from server.wire import read, respond
from sync import errors

Role = Literal["administrator", "manager", "accountant", "supervisor", "employee", "auditor"]


class EnrolRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """One's password; or the ticket of a login that asked for codes first."""

    password: Password | None = None
    ticket: Ticket | None = None


class ConfirmRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """The first code that the authenticator app shows; with a ticket, it also logs in."""

    code: Code
    ticket: Ticket | None = None
    device: DeviceClaim | None = None


class Confirmed(Struct, frozen=True, omit_defaults=True):
    """One-time codes are on."""

    recovery_codes: list[str]
    """Each is good once, instead of a code: to be written down now, they are not shown again."""
    login: LoginAnswer | None = None


class ProofRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """One's password and a code."""

    password: Password
    code: Code


class SessionProof(Struct, frozen=True, forbid_unknown_fields=True):
    """A one-time or a recovery code."""

    code: Code


class RecoveryCodes(Struct, frozen=True):
    """New recovery codes; the old ones are void."""

    recovery_codes: list[str]


class Requirement(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether a role must log in with one-time codes."""

    required: bool


class Requirements(Struct, frozen=True):
    """The roles that must log in with one-time codes."""

    roles: list[str]


@get("/one-time-codes", **documented(response=CodesState))
async def state(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Return how one stands with one-time codes."""
    person = await context.person(request)
    return respond(request, await codes_state(context.pool, person))


@post(
    "/one-time-codes",
    status_code=200,
    limit="login",
    **documented(
        request=EnrolRequest,
        response=Enrolment,
        errors=(errors.LOGIN_REFUSED, errors.LOGIN_SLOWED, errors.ONE_TIME_CODE_REFUSED),
    ),
)
async def begin(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Make a secret for the authenticator app; it counts once `confirm` sees its first code."""
    wanted = await read(request, EnrolRequest, BODY_BYTES_MAX)
    proving, now = context.proving, context.now()
    if wanted.ticket is not None:
        person = enrolling_person(proving, wanted.ticket, now)
    else:
        person = await context.person(request)
        await prove_again(
            proving,
            context.pool,
            person,
            wanted.password or "",
            address=client_address(request),
            now=now,
        )
    async with context.pool.acquire() as connection, connection.transaction():
        words = await own_words(connection, person)
        login = words[0] if words else person
        made = await enrol(connection, proving.keys, person=person, login=login, now=now)
    return respond(request, made, headers=NO_STORE)


@post(
    "/one-time-codes/confirm",
    status_code=200,
    limit="login",
    **documented(
        request=ConfirmRequest,
        response=Confirmed,
        errors=(errors.LOGIN_REFUSED, errors.ONE_TIME_CODE_REFUSED, errors.LOGIN_SLOWED),
    ),
)
async def confirm_enrolment(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Turn one-time codes on by a first code; with a ticket, open the session it was for."""
    wanted = await read(request, ConfirmRequest, BODY_BYTES_MAX)
    proving, now, address = context.proving, context.now(), client_address(request)
    session = None
    if wanted.ticket is None:
        who = await context.identity(request)
        person, session = who.person, who.session
    elif wanted.device is None:
        raise ProblemError(errors.REQUEST_MALFORMED, "a ticket goes with a device", field="device")
    else:
        person = enrolling_person(proving, wanted.ticket, now)
    place = Place(proving.keys.digest("person", person), "enrolment", known=True)
    async with context.pool.acquire() as connection:
        await charge(connection, place, now=now, settings=context.settings)
    async with context.pool.acquire() as connection, connection.transaction():
        codes = await confirm(connection, proving.keys, person=person, code=wanted.code, now=now)
        if codes is None:
            raise ProblemError(errors.ONE_TIME_CODE_REFUSED, field="code")
        await forgive(connection, place)
        await record_activity(connection, "one_time_codes_enabled", person=person, address=address)
        if session is not None:
            await session_proved(connection, session, "one_time_code")
        login = None
        if wanted.ticket is not None and wanted.device is not None:
            login = await _first_login(context, connection, person, wanted.device, address)
    return _confirmed(request, context, codes, login)


async def _first_login(
    context: Context, connection: Any, person: str, device: DeviceClaim, address: str
) -> LoginAnswer:
    """Open the session that waited for the enrolment."""
    now = context.now()
    if not (await load_access(connection, [person]))[person].active:
        raise ProblemError(errors.LOGIN_REFUSED)
    login, *_ = await own_words(connection, person)
    return await open_for(
        context.proving,
        context.sessions,
        connection,
        person=person,
        device=device,
        method="password+enrolment",
        place=place_for(context.proving, login, None, address, now),
        address=address,
        now=now,
    )


def _confirmed(
    request: Request[Any, Any, Any],
    context: Context,
    codes: list[str],
    login: LoginAnswer | None,
) -> Response[bytes]:
    answer = respond(request, Confirmed(codes, login), headers=NO_STORE)
    if login is None or not wants_cookie(request):
        return answer
    with_cookie = login_response(request, context, login)
    answer.cookies = with_cookie.cookies
    return answer


@post(
    "/one-time-codes/prove",
    status_code=200,
    limit="login",
    **documented(
        request=SessionProof,
        response=Done,
        errors=(errors.ONE_TIME_CODE_REFUSED, errors.LOGIN_SLOWED, errors.SESSION_ENDED),
    ),
)
async def prove(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Show a code in a session that was opened without one, since one's role asks for it now."""
    who = await context.identity(request)
    wanted = await read(request, SessionProof, BODY_BYTES_MAX)
    proving, now, address = context.proving, context.now(), client_address(request)
    place = Place(proving.keys.digest("person", who.person), "session code", known=True)
    async with context.pool.acquire() as connection:
        await charge(connection, place, now=now, settings=context.settings)
    async with context.pool.acquire() as connection, connection.transaction():
        proof = await take_code(
            connection, proving.keys, person=who.person, code=wanted.code, now=now
        )
        if proof is not None:
            await forgive(connection, place)
            if who.session is not None and not await session_proved(connection, who.session, proof):
                raise ProblemError(errors.SESSION_ENDED)
        detail = {} if proof is None else {"method": proof}
        kind = "login_failed" if proof is None else "session_proved"
        await record_activity(
            connection, kind, person=who.person, device=who.device, address=address, detail=detail
        )
    if proof is None:
        raise ProblemError(errors.ONE_TIME_CODE_REFUSED, field="code")
    return respond(request, Done())


@post(
    "/one-time-codes/recovery",
    status_code=200,
    **documented(
        request=ProofRequest,
        response=RecoveryCodes,
        errors=(errors.LOGIN_REFUSED, errors.ONE_TIME_CODE_REFUSED, errors.LOGIN_SLOWED),
    ),
)
async def renew(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Replace one's recovery codes."""
    account, wanted = await _proof(request, context)
    person = account.person
    async with context.pool.acquire() as connection, connection.transaction():
        codes = None
        if await _right_code(context, connection, account, wanted.code, request):
            codes = await renew_recovery_codes(connection, context.proving.keys, person)
            await record_activity(connection, "recovery_codes_renewed", person=person)
    if codes is None:
        raise ProblemError(errors.ONE_TIME_CODE_REFUSED, field="code")
    return respond(request, RecoveryCodes(codes), headers=NO_STORE)


@delete(
    "/one-time-codes",
    status_code=200,
    **documented(
        request=ProofRequest,
        response=Done,
        errors=(
            errors.LOGIN_REFUSED,
            errors.ONE_TIME_CODE_REFUSED,
            errors.ONE_TIME_CODES_REQUIRED,
            errors.LOGIN_SLOWED,
        ),
    ),
)
async def turn_off(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Turn one's one-time codes off, unless one's role asks for them."""
    account, wanted = await _proof(request, context)
    if account.required:
        raise ProblemError(errors.ONE_TIME_CODES_REQUIRED)
    person = account.person
    async with context.pool.acquire() as connection, connection.transaction():
        right = await _right_code(context, connection, account, wanted.code, request)
        if right:
            await forget_codes(connection, person)
            await record_activity(connection, "one_time_codes_disabled", person=person)
    if not right:
        raise ProblemError(errors.ONE_TIME_CODE_REFUSED, field="code")
    return respond(request, Done())


async def _proof(request: Request[Any, Any, Any], context: Context) -> tuple[Account, ProofRequest]:
    person = await context.person(request)
    wanted = await read(request, ProofRequest, BODY_BYTES_MAX)
    account = await prove_again(
        context.proving,
        context.pool,
        person,
        wanted.password,
        address=client_address(request),
        now=context.now(),
    )
    return account, wanted


async def _right_code(
    context: Context,
    connection: Any,
    account: Account,
    code: str,
    request: Request[Any, Any, Any],
) -> bool:
    proof = await take_code(
        connection, context.proving.keys, person=account.person, code=code, now=context.now()
    )
    if proof is None:
        await record_failure(connection, account, client_address(request), "code")
    return proof is not None


@get("/one-time-codes/roles", **documented(response=Requirements))
async def requirements(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Return the roles that must log in with one-time codes."""
    await context.person(request)
    return respond(request, Requirements(await requiring_roles(context.pool)))


@put(
    "/one-time-codes/roles/{role:str}",
    **documented(request=Requirement, response=Requirements, errors=(errors.NOT_FOUND,)),
)
async def require(
    request: Request[Any, Any, Any], context: NamedDependency[Context], role: FromPath[str]
) -> Response[bytes]:
    """Say whether a role must log in with one-time codes: an administrator does.

    Sessions that are open then have a grace in which to show one, or end.
    """
    who = await context.identity(request)
    if who.role != "administrator":
        raise ProblemError(errors.FORBIDDEN)
    wanted = await read(request, Requirement, BODY_BYTES_MAX)
    if role not in get_args(Role):
        raise ProblemError(errors.NOT_FOUND, "no such role")
    async with context.pool.acquire() as connection, connection.transaction():
        if await require_codes_of_role(
            connection,
            role,
            required=wanted.required,
            now=context.now(),
            grace_hours=context.settings.one_time_codes_grace_hours,
        ):
            await record_activity(
                connection,
                "one_time_codes_required",
                actor=who.person,
                address=client_address(request),
                detail={"role": role, "required": wanted.required},
            )
        roles = await requiring_roles(connection)
    return respond(request, Requirements(roles))


HANDLERS = (state, begin, confirm_enrolment, prove, renew, turn_off, requirements, require)
