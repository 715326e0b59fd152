"""Accepting an invitation: it becomes a person, through the merge, who is logged in at once."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct

from server.errors import ProblemError
from server.users.access import load_access
from server.users.activity import record_activity
from server.users.credentials import Login, Password, set_password
from server.users.invitations import (
    Invitation,
    check_giving,
    find_by_code,
    find_by_link,
    login_is_held,
    take,
)
from server.users.lockout import charge
from server.users.logging_in import (
    Code,
    LoginAnswer,
    Ticket,
    enrolment_ticket,
    open_for,
    place_for,
)
from server.users.logins import is_phone, normalise, person_name, phone_number
from server.users.one_time_codes import roles_need_codes
from server.users.passwords import check_password
from server.users.sessions import DeviceClaim  # noqa: TC001 -- read at run time
from sync import errors

if TYPE_CHECKING:
    import datetime as dt

    import asyncpg

    from server.intake import Intake, MergeTransaction
    from server.users.proving import Proving
    from server.users.sessions import Sessions

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Language = Literal["fr", "en"]


class AcceptRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """What a person brings to an invitation: its link's token, or their login and its code."""

    password: Password
    device: DeviceClaim
    token: Ticket | None = None
    login: Login | None = None
    code: Code | None = None
    name: Name | None = None
    """When they write it otherwise than who invited them."""
    phone: Annotated[str, Meta(max_length=40)] | None = None
    language: Language | None = None


async def find_invitation(
    proving: Proving,
    pool: asyncpg.Pool,
    *,
    token: str | None,
    login: str | None,
    code: str | None,
    address: str,
    now: dt.datetime,
) -> Invitation:
    """Return the invitation that a link's token, or a login and a code, open.

    Raises ProblemError: no such, or no longer; which of the two, is not told.
    """
    found = None
    if token is not None:
        found = await find_by_link(pool, proving, token, now)
    elif login is not None and code is not None:
        place = place_for(proving, login, None, address, now)
        async with pool.acquire() as connection:
            await charge(connection, place, now=now, settings=proving.settings)
            found = await find_by_code(connection, proving, normalise(login), code, now)
            if found is None:
                await record_activity(connection, "invitation_refused", address=address)
    else:
        raise ProblemError(errors.REQUEST_MALFORMED, "send a token, or a login and a code")
    if found is None:
        raise ProblemError(errors.INVITATION_REFUSED)
    return found


async def accept(
    proving: Proving,
    sessions: Sessions,
    pool: asyncpg.Pool,
    intake: Intake,
    wanted: AcceptRequest,
    *,
    address: str,
    now: dt.datetime,
) -> LoginAnswer:
    """Make the person of an invitation, with their memberships, and log them in.

    Raises ProblemError.
    """
    phone = None if not wanted.phone else phone_number(wanted.phone)
    name = None if wanted.name is None else person_name(wanted.name)
    found = await find_invitation(
        proving,
        pool,
        token=wanted.token,
        login=wanted.login,
        code=wanted.code,
        address=address,
        now=now,
    )
    check_password(
        wanted.password,
        (found.login, found.name, name or ""),
        characters_min=proving.settings.password_characters_min,
    )
    password_hash = await proving.hasher.hash(wanted.password)
    person = str(uuid.uuid4())
    scopes = ["org", *(f"project:{project}" for project in found.projects)]
    async with intake.server_transaction(scopes) as transaction:
        connection = transaction.connection
        await _take(transaction, found, person, now)
        _write_person(transaction, found, wanted, person=person, name=name, phone=phone)
        await _write_members(transaction, found, person)
        await set_password(
            connection, person=person, login=found.login, password_hash=password_hash, now=now
        )
        await record_activity(
            connection,
            "invitation_accepted",
            person=person,
            actor=found.invited_by,
            address=address,
            detail={"invitation": found.id},
        )
        if await roles_need_codes(connection, {found.role, *found.projects.values()}):
            ticket = enrolment_ticket(proving, person, now)
            return LoginAnswer(status="enrolment_required", ticket=ticket)
        return await open_for(
            proving,
            sessions,
            connection,
            person=person,
            device=wanted.device,
            method="invitation",
            place=place_for(proving, found.login, None, address, now),
            address=address,
            now=now,
        )


async def _take(
    transaction: MergeTransaction, found: Invitation, person: str, now: dt.datetime
) -> None:
    """Use the invitation up, if who made it may still give what it gives. Raises ProblemError."""
    connection = transaction.connection
    if not await take(connection, found, person, now):
        raise ProblemError(errors.INVITATION_REFUSED)
    if found.invited_by is not None:
        access = await load_access(connection, [found.invited_by])
        try:
            check_giving(access[found.invited_by], found.role, found.projects)
        except ProblemError as problem:
            raise ProblemError(errors.INVITATION_REFUSED) from problem
    if await login_is_held(connection, found.login):
        raise ProblemError(errors.LOGIN_TAKEN)


def _write_person(
    transaction: MergeTransaction,
    found: Invitation,
    wanted: AcceptRequest,
    *,
    person: str,
    name: str | None,
    phone: str | None,
) -> None:
    values = {
        "name": name or found.name,
        "login": found.login,
        "role": found.role,
        "phone": phone or (found.login if is_phone(found.login) else None),
        "language": wanted.language or found.language,
        "active": True,
    }
    known = {name: value for name, value in values.items() if value is not None}
    transaction.workspace.write("org", "person", person, known, intent="invitation.accept")


async def _write_members(transaction: MergeTransaction, found: Invitation, person: str) -> None:
    """Make the person a member of the projects that are still there."""
    workspace = transaction.workspace
    for project, role in found.projects.items():
        scope = f"project:{project}"
        if scope not in workspace.scopes:
            continue
        await transaction.load(scope, [project])
        row = workspace.row(scope, project)
        if row is None or row.deleted:
            continue
        values = {"project_id": project, "person_id": person, "role": role}
        workspace.write(scope, "member", str(uuid.uuid4()), values, intent="invitation.accept")
