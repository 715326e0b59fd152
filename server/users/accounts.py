"""What administrators do with accounts: add, activate, deactivate, give a role.

The directory changes through the merge, so that every tablet learns of it; what goes with it
(sessions, codes) is done in the same transaction. An installation never loses its last
administrator.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 -- read at run time
import uuid
from typing import TYPE_CHECKING

from msgspec import Struct

from server.errors import ProblemError
from server.users.activity import record_activity
from server.users.following import end_access, follow_people
from server.users.invitations import login_is_held
from sync import errors

if TYPE_CHECKING:
    import asyncpg

    from server.intake import Intake, MergeTransaction
    from server.store import Connection
    from sync.merge import Row

_OTHER_ADMINISTRATOR = """
    SELECT true FROM person WHERE role = 'administrator' AND coalesce(active, true)
        AND NOT deleted AND id <> $1 LIMIT 1
"""
_DIRECTORY = """
    SELECT person.id::text AS person, person.login, person.name, person.role,
        coalesce(person.active, true) AS active,
        credential.person_id IS NOT NULL AS has_password,
        coalesce(code.confirmed_at IS NOT NULL, false) AS has_codes,
        last.opened_at AS last_login_at
    FROM person LEFT JOIN credential ON credential.person_id = person.id
    LEFT JOIN one_time_code AS code ON code.person_id = person.id
    LEFT JOIN LATERAL (
        SELECT opened_at FROM session WHERE session.person_id = person.id
        ORDER BY opened_at DESC LIMIT 1
    ) AS last ON true
    WHERE NOT person.deleted
        AND ($1::text IS NULL OR person.login IN ($1, $2) OR credential.login = $2)
    ORDER BY person.login, person.id
"""


class DirectoryEntry(Struct, frozen=True):
    """A person, as an administrator sees them."""

    person: str
    login: str
    name: str
    role: str
    active: bool
    has_password: bool
    has_codes: bool
    last_login_at: dt.datetime | None


async def directory(
    connection: Connection | asyncpg.Pool, login: str | None = None, normalised: str | None = None
) -> list[DirectoryEntry]:
    """Return everyone, or whoever has a login."""
    records = await connection.fetch(_DIRECTORY, login, normalised)
    return [DirectoryEntry(**record) for record in records]


async def add_person(
    intake: Intake, *, login: str, name: str, role: str, language: str | None, by: str | None
) -> str:
    """Make a person who has no password yet; return their id. Raises ProblemError."""
    person = str(uuid.uuid4())
    values = {"name": name, "login": login, "role": role, "language": language, "active": True}
    known = {field: value for field, value in values.items() if value is not None}
    async with intake.server_transaction(["org"]) as transaction:
        if await login_is_held(transaction.connection, login):
            raise ProblemError(errors.LOGIN_TAKEN, field="login")
        transaction.workspace.write("org", "person", person, known, intent="person.add")
        detail = {"role": role}
        await record_activity(
            transaction.connection, "person_added", person=person, actor=by, detail=detail
        )
    return person


async def deactivate(
    intake: Intake, person: str, *, by: str | None, address: str | None, now: dt.datetime
) -> list[str]:
    """Take a person's access away, at once and everywhere; nothing of theirs is deleted.

    Returns the ended sessions. Raises ProblemError.
    """
    async with intake.server_transaction(["org"]) as transaction:
        row = await _person(transaction, person)
        connection = transaction.connection
        await _keep_an_administrator(connection, row)
        if row.values.get("active") is not False:
            transaction.workspace.write(
                "org", "person", person, {"active": False}, intent="person.deactivate"
            )
            await record_activity(
                connection, "person_deactivated", person=person, actor=by, address=address
            )
        # Said again of someone who is out already, it still leaves no session behind.
        await end_access(transaction, [person], now)
        return [*transaction.workspace.ended_sessions]


async def activate(intake: Intake, person: str, *, by: str | None, address: str | None) -> None:
    """Let a person in again, with the password and the codes they had. Raises ProblemError."""
    async with intake.server_transaction(["org"]) as transaction:
        row = await _person(transaction, person)
        if row.values.get("active") is False:
            transaction.workspace.write(
                "org", "person", person, {"active": True}, intent="person.activate"
            )
            await record_activity(
                transaction.connection,
                "person_activated",
                person=person,
                actor=by,
                address=address,
            )


async def set_role(
    intake: Intake,
    person: str,
    role: str,
    *,
    by: str | None,
    address: str | None,
    grace_hours: int,
) -> None:
    """Give a person another role in the organisation. Raises ProblemError."""
    async with intake.server_transaction(["org"]) as transaction:
        row = await _person(transaction, person)
        before = row.values.get("role")
        if before == role:
            return
        await _keep_an_administrator(transaction.connection, row)
        transaction.workspace.write("org", "person", person, {"role": role}, intent="person.role")
        await record_activity(
            transaction.connection,
            "role_changed",
            person=person,
            actor=by,
            address=address,
            detail={"before": before, "after": role},
        )
        await follow_people(transaction, grace_hours=grace_hours)


async def _person(transaction: MergeTransaction, person: str) -> Row:
    await transaction.load("org", [person])
    row = transaction.workspace.row("org", person)
    if row is None or row.deleted or row.table != "person":
        raise ProblemError(errors.NOT_FOUND)
    return row


async def _keep_an_administrator(connection: Connection, row: Row) -> None:
    """Refuse to lose the last one; the scope is locked, so two cannot go at once."""
    if row.values.get("role") != "administrator" or row.values.get("active") is False:
        return
    if await connection.fetchval(_OTHER_ADMINISTRATOR, row.id) is None:
        raise ProblemError(errors.LAST_ADMINISTRATOR)
