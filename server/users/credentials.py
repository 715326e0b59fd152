"""Logins and passwords: who is meant by a login, what their password is, and when it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import asyncpg
from msgspec import Meta, Struct

from server.errors import ProblemError
from server.users.activity import record_activity
from server.users.logins import normalise
from server.users.one_time_codes import REQUIRED
from server.users.sessions import sign_out_everywhere
from sync import errors

if TYPE_CHECKING:
    import datetime as dt

    from server.store import Connection

Login = Annotated[str, Meta(min_length=1, max_length=200)]
Password = Annotated[str, Meta(min_length=1, max_length=1_024)]
"""As it is sent: what is accepted as a new one is `passwords.check_password`'s to say."""

_ACCOUNT = f"""
    SELECT person.id::text AS person, credential.password_hash,
        coalesce(code.confirmed_at IS NOT NULL, false) AS enrolled, {REQUIRED} AS required
    FROM credential JOIN person ON person.id = credential.person_id
    LEFT JOIN one_time_code AS code ON code.person_id = person.id
    WHERE {{which}} AND coalesce(person.active, true) AND NOT person.deleted
"""
_BY_LOGIN = _ACCOUNT.format(which="credential.login = $1")
_BY_PERSON = _ACCOUNT.format(which="credential.person_id = $1")

# The row is held until the session is stored: a new password or a deactivation comes before it, and
# then this finds nothing, or after it, and then ends the session.
_STILL = """
    SELECT true FROM credential JOIN person ON person.id = credential.person_id
    WHERE credential.person_id = $1 AND credential.password_hash = $2
        AND coalesce(person.active, true) AND NOT person.deleted
    FOR SHARE
"""
_SET = """
    INSERT INTO credential AS known (person_id, login, password_hash, password_changed_at)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (person_id) DO UPDATE SET login = excluded.login,
        password_hash = excluded.password_hash, password_changed_at = excluded.password_changed_at
"""
_REPLACE_HASH = """
    UPDATE credential SET password_hash = $3 WHERE person_id = $1 AND password_hash = $2
"""
_OWN_WORDS = "SELECT login, name FROM person WHERE id = $1"


class Account(Struct, frozen=True):
    """An account in use, as a login finds it."""

    person: str
    password_hash: str
    enrolled: bool
    """Whether a one-time code is asked for."""
    required: bool
    """Whether the person's role asks for one-time codes."""


async def account_by_login(connection: Connection, login: str) -> Account | None:
    """Return the active account of a normalised login."""
    record = await connection.fetchrow(_BY_LOGIN, login)
    return None if record is None else Account(**record)


async def account_of(connection: Connection, person: str) -> Account | None:
    """Return the active account of a person."""
    record = await connection.fetchrow(_BY_PERSON, person)
    return None if record is None else Account(**record)


async def hold_account(connection: Connection, account: Account) -> bool:
    """Hold an account until the transaction ends; return whether it is still as it was read."""
    found = await connection.fetchval(_STILL, account.person, account.password_hash)
    return found is not None


async def set_password(
    connection: Connection, *, person: str, login: str, password_hash: str, now: dt.datetime
) -> None:
    """Give a person a password. Raises ProblemError when another person has the login."""
    try:
        async with connection.transaction():
            await connection.execute(_SET, person, normalise(login), password_hash, now)
    except asyncpg.UniqueViolationError as error:
        raise ProblemError(errors.LOGIN_TAKEN) from error


async def keep_fresh_hash(
    connection: Connection | asyncpg.Pool, person: str, old_hash: str, new_hash: str
) -> None:
    """Keep the same password under today's parameters."""
    await connection.execute(_REPLACE_HASH, person, old_hash, new_hash)


async def own_words(connection: Connection | asyncpg.Pool, person: str) -> tuple[str, ...]:
    """Return what everybody knows of a person, and so is no password."""
    record = await connection.fetchrow(_OWN_WORDS, person)
    return () if record is None else (record["login"], record["name"])


async def change_password(
    connection: Connection,
    *,
    account: Account,
    password_hash: str,
    keep_session: str | None,
    address: str | None,
    now: dt.datetime,
) -> list[str] | None:
    """Replace a password that its owner has shown; end the other sessions.

    Returns the ended sessions; None when the account changed meanwhile, and then nothing is done.
    """
    changed = await connection.fetchval(
        "UPDATE credential SET password_hash = $3, password_changed_at = $4 "
        "WHERE person_id = $1 AND password_hash = $2 RETURNING true",
        account.person,
        account.password_hash,
        password_hash,
        now,
    )
    if changed is None:
        return None
    await record_activity(connection, "password_changed", person=account.person, address=address)
    return await sign_out_everywhere(
        connection, account.person, now, reason="password_changed", keep=keep_session
    )
