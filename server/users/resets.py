"""New passwords for those who lost theirs: by a link they ask for, or a code they are told.

A link is sent to the login itself. A code is for people without a mailbox: an administrator makes
it and reads it to them; it is short, so it takes few tries and is entered with the login.
"""

from __future__ import annotations

import datetime as dt
import hmac
import uuid
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from server.users.activity import record_activity
from server.users.outbox import QUIET, sealed_link
from server.users.sealing import heard, new_code, new_link_token

if TYPE_CHECKING:
    import asyncpg

    from server.store import Connection
    from server.users.proving import Proving

RESET_PATH = "reset"
CODE_CHARACTERS = 8
CODE_TRIES = 10

Form = Literal["link", "code"]

_PUT = """
    INSERT INTO password_reset (id, person_id, form, digest, made_by, made_at, expires_at,
        tries_left)
    {source}
    ON CONFLICT (person_id, form) DO UPDATE SET id = excluded.id, digest = excluded.digest,
        made_by = excluded.made_by, made_at = excluded.made_at, expires_at = excluded.expires_at,
        tries_left = excluded.tries_left, used_at = NULL
"""
# One statement for logins that are known and that are not: it costs and says the same. Whom a
# password is kept for is found by it; others, by the login that the directory has.
_ASK = f"""
    WITH account AS (
        SELECT person.id, person.language FROM person
        LEFT JOIN credential ON credential.person_id = person.id
        WHERE person.id IN (
                SELECT person_id FROM credential WHERE login = $3
                UNION ALL SELECT id FROM person AS named WHERE named.login IN ($3, $10)
            )
            AND coalesce(credential.login, person.login) IN ($3, $10)
            AND coalesce(person.active, true) AND NOT person.deleted
            AND NOT EXISTS (SELECT FROM message_outbox
                WHERE login = $3 AND made_at > $8 AND kind = 'password_reset')
        ORDER BY credential.person_id NULLS LAST, person.id LIMIT 1
    ), made AS (
        {_PUT.format(source="SELECT $1::uuid, id, 'link', $2, NULL, $4, $5, $6::int FROM account")}
    ), recorded AS (
        INSERT INTO activity (kind, person_id, address)
        SELECT 'password_reset_asked', (SELECT id FROM account), $9
    )
    INSERT INTO message_outbox (kind, login, language, secret, made_at, expires_at)
    SELECT 'password_reset', $3, language, $7, $4, $5 FROM account
"""
_MAKE_CODE = _PUT.format(source="VALUES ($1, $2, 'code', $3, $4, $5, $6, $7)")
_OPEN = "used_at IS NULL AND expires_at > $2"
_FOUND = "reset.id::text AS id, reset.person_id::text AS person, reset.form, reset.digest"
_USABLE = "coalesce(person.active, true) AND NOT person.deleted"
_BY_LINK = f"""
    SELECT {_FOUND}, person.login FROM password_reset AS reset
    JOIN person ON person.id = reset.person_id AND {_USABLE}
    WHERE reset.digest = $1 AND reset.form = 'link' AND {_OPEN}
"""
# A try is spent before the code is compared: many at once spend many.
_BY_CODE = f"""
    UPDATE password_reset AS reset SET tries_left = tries_left - 1
    FROM person LEFT JOIN credential ON credential.person_id = person.id
    WHERE person.id = reset.person_id AND {_USABLE} AND reset.form = 'code'
        AND reset.tries_left > 0 AND {_OPEN}
        AND reset.person_id IN (
            SELECT person_id FROM credential WHERE login = $1
            UNION ALL SELECT id FROM person AS named WHERE named.login = ANY($3::text[])
        )
    RETURNING {_FOUND}, person.login
"""
_TAKE = f"""
    UPDATE password_reset SET used_at = $2 WHERE id = $1 AND {_OPEN} RETURNING true
"""


class Reset(Struct, frozen=True):
    """A reset that waits."""

    id: str
    person: str
    login: str
    """As the directory has it."""
    form: Form


class ResetCode(Struct, frozen=True):
    """A code to be read to a person, who enters it with their login: shown once."""

    code: str
    login: str
    expires_at: dt.datetime


async def ask_reset(
    connection: Connection | asyncpg.Pool,
    proving: Proving,
    *,
    login: str,
    typed: str,
    address: str,
    now: dt.datetime,
) -> None:
    """Send a link to a login, normalised and as it was typed, if somebody has it."""
    token = new_link_token()
    await connection.execute(
        _ASK,
        str(uuid.uuid4()),
        proving.keys.digest("reset link", token),
        login,
        now,
        now + dt.timedelta(minutes=proving.settings.reset_link_minutes),
        1,
        sealed_link(proving.keys, proving.link(RESET_PATH, token)),
        now - QUIET,
        address,
        typed,
    )


async def make_reset_code(
    connection: Connection,
    proving: Proving,
    *,
    person: str,
    login: str,
    by: str | None,
    address: str | None,
    now: dt.datetime,
) -> ResetCode:
    """Make a code for a person; an earlier one is void."""
    code = new_code(CODE_CHARACTERS)
    expires_at = now + dt.timedelta(hours=proving.settings.reset_code_hours)
    await connection.execute(
        _MAKE_CODE,
        str(uuid.uuid4()),
        person,
        _code_digest(proving, person, code),
        by,
        now,
        expires_at,
        CODE_TRIES,
    )
    await record_activity(connection, "reset_code_made", person=person, actor=by, address=address)
    return ResetCode(code, login, expires_at)


async def find_by_link(
    connection: Connection | asyncpg.Pool, proving: Proving, token: str, now: dt.datetime
) -> Reset | None:
    """Return the open reset of a link."""
    digest = proving.keys.digest("reset link", token)
    record = await connection.fetchrow(_BY_LINK, digest, now)
    if record is None:
        return None
    return Reset(record["id"], record["person"], record["login"], "link")


async def find_by_code(
    connection: Connection, proving: Proving, logins: tuple[str, str], code: str, now: dt.datetime
) -> Reset | None:
    """Return the open reset of a login, if the code is its; each look costs a try.

    Args:
        connection: outside any transaction, so that a try stays spent.
        proving: the parts.
        logins: the login, normalised and as it was typed.
        code: the code, however it was written.
        now: the time.

    """
    for record in await connection.fetch(_BY_CODE, logins[0], now, list(logins)):
        if hmac.compare_digest(record["digest"], _code_digest(proving, record["person"], code)):
            return Reset(record["id"], record["person"], record["login"], "code")
    return None


async def take(connection: Connection, reset: Reset, now: dt.datetime) -> bool:
    """Use a reset up; False when it was used meanwhile."""
    return await connection.fetchval(_TAKE, reset.id, now) is not None


async def void_resets(connection: Connection, person: str) -> None:
    """Void what waits for a person."""
    await connection.execute("DELETE FROM password_reset WHERE person_id = $1", person)


def _code_digest(proving: Proving, person: str, code: str) -> bytes:
    return proving.keys.digest("reset code", person, heard(code))
