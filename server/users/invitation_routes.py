"""Ways in: invitations, made and accepted, and registering alone where that is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath  # noqa: TC002 -- read at run time
from msgspec import Meta, Struct

from server.context import Context
from server.errors import ProblemError
from server.openapi import documented
from server.users.accepting import AcceptRequest, Language, Name, accept, find_invitation
from server.users.access import load_access
from server.users.credentials import Login  # noqa: TC001 -- read at run time
from server.users.invitations import (
    Invitation,
    Invited,
    check_giving,
    invitation_of,
    invite,
    open_invitations,
    register_alone,
    withdraw,
)
from server.users.logging_in import Code, LoginAnswer, Ticket
from server.users.login_routes import BODY_BYTES_MAX, NO_STORE, Accepted, Done, login_response
from server.users.logins import person_name, reachable_login
from server.wall import client_address
from server.wire import read, respond
from sync import errors
from sync.schema import UUID_PATTERN, is_row_id

if TYPE_CHECKING:
    from server.intake import Access

PROJECTS_MAX = 200

Role = Literal["administrator", "manager", "accountant", "supervisor", "employee", "auditor"]
ProjectId = Annotated[str, Meta(pattern=UUID_PATTERN)]


class InviteRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to invite, to what."""

    login: Login
    """An e-mail address, or a phone number with its country code."""
    name: Name
    role: Role
    projects: Annotated[dict[ProjectId, Role], Meta(max_length=PROJECTS_MAX)] = {}
    """Project -> role in it."""
    language: Language | None = None
    form: Literal["link", "code"] = "link"
    """A link is sent to the login; a code is read to the person, who enters it with the login."""


class InvitationKey(Struct, frozen=True, forbid_unknown_fields=True):
    """What opens an invitation: its link's token, or the login and the code."""

    token: Ticket | None = None
    login: Login | None = None
    code: Code | None = None


class InvitationShown(Struct, frozen=True):
    """What an invited person sees before they accept."""

    login: str
    name: str
    role: str
    language: str | None
    projects: int
    """How many projects they will be a member of."""


class RegisterRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Someone who asks for an account."""

    login: Login
    name: Name
    language: Language | None = None


async def _access(context: Context, person: str) -> Access:
    async with context.pool.acquire() as connection:
        return (await load_access(connection, [person]))[person]


@post(
    "/invitations",
    status_code=201,
    **documented(
        request=InviteRequest,
        response=Invited,
        errors=(
            errors.FORBIDDEN,
            errors.LOGIN_INVALID,
            errors.LOGIN_TAKEN,
            errors.REGISTRATION_CLOSED,
            errors.ENTRY_INVALID,
        ),
    ),
)
async def make_invitation(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Invite someone; what opens the invitation is answered once."""
    person = await context.person(request)
    wanted = await read(request, InviteRequest, BODY_BYTES_MAX)
    access = await _access(context, person)
    check_giving(access, wanted.role, wanted.projects)
    if context.settings.registration == "closed":
        raise ProblemError(errors.REGISTRATION_CLOSED)
    login = reachable_login(wanted.login)
    async with context.pool.acquire() as connection, connection.transaction():
        made = await invite(
            connection,
            context.proving,
            login=login,
            name=person_name(wanted.name),
            role=wanted.role,
            language=wanted.language,
            projects=wanted.projects,
            form=wanted.form,
            by=person,
            address=client_address(request),
            now=context.now(),
        )
    return respond(request, made, status=201, headers=NO_STORE)


@get("/invitations", **documented(response=list[Invitation]))
async def list_invitations(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Return the invitations that wait: all of them for an administrator, one's own for others."""
    person = await context.person(request)
    access = await _access(context, person)
    found = await open_invitations(context.pool)
    everything = access.role == "administrator"
    return respond(request, [one for one in found if everything or one.invited_by == person])


@delete(
    "/invitations/{invitation:str}",
    status_code=200,
    **documented(response=Done, errors=(errors.NOT_FOUND,)),
)
async def withdraw_invitation(
    request: Request[Any, Any, Any], context: NamedDependency[Context], invitation: FromPath[str]
) -> Response[bytes]:
    """Withdraw an invitation: an administrator any, others their own."""
    person = await context.person(request)
    if not is_row_id(invitation):
        raise ProblemError(errors.NOT_FOUND)
    access = await _access(context, person)
    async with context.pool.acquire() as connection, connection.transaction():
        found = await invitation_of(connection, invitation)
        if found is None or (access.role != "administrator" and found.invited_by != person):
            raise ProblemError(errors.NOT_FOUND)
        address, now = client_address(request), context.now()
        if not await withdraw(connection, invitation, by=person, address=address, now=now):
            raise ProblemError(errors.NOT_FOUND)
    return respond(request, Done())


@post(
    "/invitations/look",
    status_code=200,
    limit="login",
    **documented(
        request=InvitationKey,
        response=InvitationShown,
        errors=(errors.INVITATION_REFUSED, errors.LOGIN_SLOWED),
        secured=False,
    ),
)
async def look_at_invitation(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Show an invitation to who holds what opens it."""
    wanted = await read(request, InvitationKey, BODY_BYTES_MAX)
    found = await find_invitation(
        context.proving,
        context.pool,
        token=wanted.token,
        login=wanted.login,
        code=wanted.code,
        address=client_address(request),
        now=context.now(),
    )
    shown = InvitationShown(
        found.login, found.name, found.role, found.language, len(found.projects)
    )
    return respond(request, shown, headers=NO_STORE)


@post(
    "/invitations/accept",
    status_code=200,
    limit="login",
    **documented(
        request=AcceptRequest,
        response=LoginAnswer,
        errors=(
            errors.INVITATION_REFUSED,
            errors.LOGIN_SLOWED,
            errors.LOGIN_TAKEN,
            errors.PASSWORD_WEAK,
            errors.ENTRY_INVALID,
        ),
        secured=False,
    ),
)
async def accept_invitation(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Accept an invitation with a password of one's own; this is also the first login."""
    wanted = await read(request, AcceptRequest, BODY_BYTES_MAX)
    answer = await accept(
        context.proving,
        context.sessions,
        context.pool,
        context.intake,
        wanted,
        address=client_address(request),
        now=context.now(),
    )
    return login_response(request, context, answer)


@post(
    "/registrations",
    status_code=202,
    limit="login",
    **documented(
        request=RegisterRequest,
        response=Accepted,
        errors=(errors.REGISTRATION_CLOSED, errors.LOGIN_INVALID, errors.ENTRY_INVALID),
        secured=False,
    ),
)
async def register(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Ask for an account: what follows is sent to the login, and told to nobody else."""
    wanted = await read(request, RegisterRequest, BODY_BYTES_MAX)
    if context.settings.registration != "open":
        raise ProblemError(errors.REGISTRATION_CLOSED)
    login = reachable_login(wanted.login)
    await register_alone(
        context.pool,
        context.proving,
        login=login,
        name=person_name(wanted.name),
        language=wanted.language,
        now=context.now(),
    )
    return respond(request, Accepted(), status=202)


HANDLERS = (
    make_invitation,
    list_invitations,
    withdraw_invitation,
    look_at_invitation,
    accept_invitation,
    register,
)
