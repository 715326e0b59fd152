"""Invitations: a link or a code that is good once, and becomes a person with a role and projects.

Nobody gives more than they hold, neither when they invite nor when the invitation is accepted.
Someone who registers alone gets an invitation too, sent to the login they named: only its owner can
accept it, and whoever asked learns nothing of who is registered.
"""

from __future__ import annotations

import datetime as dt
import hmac
import uuid
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import Struct

from server.errors import ProblemError
from server.users.activity import record_activity
from server.users.outbox import QUIET, put_message, sealed_link
from server.users.sealing import heard, new_code, new_link_token
from sync import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    import asyncpg

    from server.intake import Access
    from server.store import Connection
    from server.users.proving import Proving

INVITATION_PATH = "invitation"
CODE_CHARACTERS = 8
CODE_TRIES = 10
REGISTERED_ROLE = "employee"

MANAGING = frozenset({"administrator", "manager"})
GIVEN_BY_MANAGERS = frozenset({"manager", "supervisor", "employee"})
"""Roles in the organisation that its managers give; administrators give all."""
GIVEN_IN_PROJECTS = frozenset({"manager", "supervisor", "accountant", "employee", "auditor"})
"""Roles that the managers of a project give in it."""

Form = Literal["link", "code"]

LOGIN_HELD = """
    EXISTS (SELECT FROM credential WHERE credential.login = {login})
    OR EXISTS (SELECT FROM person WHERE person.login = {login} AND NOT person.deleted)
"""
"""SQL: whether somebody has a login."""

_HELD = f"SELECT {LOGIN_HELD.format(login='$1')}"
_MAKE = """
    INSERT INTO invitation (id, form, digest, login, name, role, language, projects, invited_by,
        made_at, expires_at, tries_left)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text::jsonb, $9, $10, $11, $12)
"""
_REPLACE = """
    UPDATE invitation SET withdrawn_at = $2
    WHERE login = $1 AND accepted_at IS NULL AND withdrawn_at IS NULL
"""
_OPEN = "accepted_at IS NULL AND withdrawn_at IS NULL AND expires_at > $2"
_COLUMNS = """id::text, form, digest, login, name, role, language, projects,
    invited_by::text, made_at, expires_at"""
_BY_LINK = f"""
    SELECT {_COLUMNS} FROM invitation WHERE digest = $1 AND form = 'link' AND {_OPEN}
"""
# A try is spent before the code is compared: many at once spend many.
_BY_CODE = f"""
    UPDATE invitation SET tries_left = tries_left - 1
    WHERE login = $1 AND form = 'code' AND tries_left > 0 AND {_OPEN}
    RETURNING {_COLUMNS}
"""
_GIVE_TRY_BACK = "UPDATE invitation SET tries_left = tries_left + 1 WHERE id = $1"
_TAKE = f"""
    UPDATE invitation SET accepted_at = $2, person_id = $3 WHERE id = $1 AND {_OPEN} RETURNING true
"""
_LIST = f"""
    SELECT {_COLUMNS} FROM invitation
    WHERE accepted_at IS NULL AND withdrawn_at IS NULL
    ORDER BY made_at DESC, id LIMIT 500
"""
_ONE = f"SELECT {_COLUMNS} FROM invitation WHERE id = $1"
_WITHDRAW = """
    UPDATE invitation SET withdrawn_at = $2
    WHERE id = $1 AND accepted_at IS NULL AND withdrawn_at IS NULL RETURNING true
"""
# One statement for logins that are held and that are not: it costs and says the same.
_REGISTER = f"""
    WITH asked AS (
        SELECT {LOGIN_HELD.format(login="$4::text")} AS held,
            EXISTS (SELECT FROM message_outbox WHERE login = $4 AND made_at > $12
                AND kind IN ('registration', 'already_registered')) AS quiet
    ), made AS (
        INSERT INTO invitation (id, form, digest, login, name, role, language, projects, made_at,
            expires_at, tries_left)
        SELECT $1, $2, $3, $4, $5, $6, $7, '{{}}'::jsonb, $8, $9, $10
        FROM asked WHERE NOT held AND NOT quiet
    )
    INSERT INTO message_outbox (kind, login, language, secret, made_at, expires_at)
    SELECT CASE WHEN held THEN 'already_registered' ELSE 'registration' END, $4, $7,
        CASE WHEN held THEN NULL ELSE $11::bytea END, $8, $9
    FROM asked WHERE NOT quiet
"""


class Invitation(Struct, frozen=True):
    """An invitation that waits; `projects` is project id -> role in it."""

    id: str
    login: str
    name: str
    role: str
    language: str | None
    projects: dict[str, str]
    form: Form
    invited_by: str | None
    """None for someone who registers alone, and from the console."""
    made_at: dt.datetime
    expires_at: dt.datetime


class Invited(Struct, frozen=True, omit_defaults=True):
    """A fresh invitation, with what is to be passed on: shown once."""

    id: str
    login: str
    expires_at: dt.datetime
    link: str | None = None
    code: str | None = None
    """To be entered with the login."""


def check_giving(giver: Access, role: str, projects: Mapping[str, str]) -> None:
    """Refuse to give more than one holds. Raises ProblemError."""
    if giver.active and giver.role == "administrator":
        return
    everywhere = giver.active and giver.role == "manager"
    mine = {project for project, held in giver.projects.items() if held in MANAGING}
    if not giver.active or not (everywhere or mine):
        raise ProblemError(errors.FORBIDDEN)
    if role not in (GIVEN_BY_MANAGERS if everywhere else {REGISTERED_ROLE}):
        raise ProblemError(errors.FORBIDDEN, f"you may not give the role {role}", field="role")
    if not everywhere and not projects:
        raise ProblemError(errors.FORBIDDEN, "name a project of yours", field="projects")
    for project, given in projects.items():
        if given not in GIVEN_IN_PROJECTS or not (everywhere or project in mine):
            raise ProblemError(errors.FORBIDDEN, "not yours to give", field="projects")


async def invite(
    connection: Connection,
    proving: Proving,
    *,
    login: str,
    name: str,
    role: str,
    language: str | None,
    projects: Mapping[str, str],
    form: Form,
    by: str | None,
    address: str | None,
    now: dt.datetime,
) -> Invited:
    """Make an invitation; an earlier one for the same login is withdrawn.

    Raises ProblemError when somebody has the login.
    """
    if await connection.fetchval(_HELD, login):
        raise ProblemError(errors.LOGIN_TAKEN, field="login")
    invitation = str(uuid.uuid4())
    expires_at = now + dt.timedelta(hours=proving.settings.invitation_hours)
    secret = new_link_token() if form == "link" else new_code(CODE_CHARACTERS)
    await connection.execute(_REPLACE, login, now)
    await connection.execute(
        _MAKE,
        invitation,
        form,
        _digest(proving, form, login, secret),
        login,
        name,
        role,
        language,
        msgspec.json.encode(dict(projects)).decode(),
        by,
        now,
        expires_at,
        CODE_TRIES,
    )
    detail = {"invitation": invitation, "role": role, "projects": dict(projects)}
    await record_activity(connection, "invited", actor=by, address=address, detail=detail)
    if form == "code":
        return Invited(invitation, login, expires_at, code=secret)
    link = proving.link(INVITATION_PATH, secret)
    await put_message(
        connection,
        proving.keys,
        "invitation",
        login=login,
        language=language,
        link=link,
        now=now,
        expires_at=expires_at,
    )
    return Invited(invitation, login, expires_at, link=link)


async def register_alone(
    connection: Connection | asyncpg.Pool,
    proving: Proving,
    *,
    login: str,
    name: str,
    language: str | None,
    now: dt.datetime,
) -> None:
    """Send someone who asks for an account a link, or the news that they have one."""
    secret = new_link_token()
    await connection.execute(
        _REGISTER,
        str(uuid.uuid4()),
        "link",
        _digest(proving, "link", login, secret),
        login,
        name,
        REGISTERED_ROLE,
        language,
        now,
        now + dt.timedelta(hours=proving.settings.invitation_hours),
        CODE_TRIES,
        sealed_link(proving.keys, proving.link(INVITATION_PATH, secret)),
        now - QUIET,
    )


async def find_by_link(
    connection: Connection | asyncpg.Pool, proving: Proving, token: str, now: dt.datetime
) -> Invitation | None:
    """Return the open invitation of a link."""
    digest = _digest(proving, "link", "", token)
    record = await connection.fetchrow(_BY_LINK, digest, now)
    return None if record is None else _invitation(record)


async def find_by_code(
    connection: Connection, proving: Proving, login: str, code: str, now: dt.datetime
) -> Invitation | None:
    """Return the open invitation of a login, if the code is its; a wrong one costs a try."""
    digest = _digest(proving, "code", login, code)
    for record in await connection.fetch(_BY_CODE, login, now):
        if hmac.compare_digest(record["digest"], digest):
            await connection.execute(_GIVE_TRY_BACK, record["id"])
            return _invitation(record)
    return None


async def take(
    connection: Connection, invitation: Invitation, person: str, now: dt.datetime
) -> bool:
    """Use an invitation up for a person; False when it was used or withdrawn meanwhile."""
    return await connection.fetchval(_TAKE, invitation.id, now, person) is not None


async def login_is_held(connection: Connection, login: str) -> bool:
    """Whether somebody has a login."""
    return bool(await connection.fetchval(_HELD, login))


async def open_invitations(connection: Connection | asyncpg.Pool) -> list[Invitation]:
    """Return the invitations that wait, those that are too old among them, newest first."""
    return [_invitation(record) for record in await connection.fetch(_LIST)]


async def invitation_of(connection: Connection, invitation: str) -> Invitation | None:
    """Return an invitation by its id."""
    record = await connection.fetchrow(_ONE, invitation)
    return None if record is None else _invitation(record)


async def withdraw(
    connection: Connection, invitation: str, *, by: str, address: str | None, now: dt.datetime
) -> bool:
    """Withdraw an invitation; False when it does not wait any more."""
    withdrawn = await connection.fetchval(_WITHDRAW, invitation, now) is not None
    if withdrawn:
        detail = {"invitation": invitation}
        await record_activity(
            connection, "invitation_withdrawn", actor=by, address=address, detail=detail
        )
    return withdrawn


def _digest(proving: Proving, form: Form, login: str, secret: str) -> bytes:
    if form == "link":
        return proving.keys.digest("invitation link", secret)
    return proving.keys.digest("invitation code", login, heard(secret))


def _invitation(record: Any) -> Invitation:
    values = {name: record[name] for name in Invitation.__struct_fields__ if name != "projects"}
    projects = msgspec.json.decode(record["projects"], type=dict[str, str])
    return Invitation(projects=projects, **values)
