"""Time-based one-time codes (RFC 6238) and recovery codes: a second proof beside the password.

A code is good once: the step it belongs to is stored, and neither it nor an earlier one is taken
again. A clock may be one step off either way. The secret is sealed; recovery codes are kept as
keyed digests.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any, Literal

import pyotp
import segno
from msgspec import Struct

from server.errors import ProblemError
from server.users.activity import record_activity
from server.users.sealing import heard, new_code
from sync import errors

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    import asyncpg

    from server.store import Connection
    from server.users.sealing import IdentityKeys

STEP_SECONDS = 30
DRIFT_STEPS = 1
CODE_DIGITS = 6
RECOVERY_CODES = 10
RECOVERY_CODE_CHARACTERS = 12
ISSUER = "Derrick"
QR_MODULE_PIXELS = 6

Proof = Literal["one_time_code", "recovery_code"]

REQUIRED = """
    EXISTS (
        SELECT FROM role_requirement AS asked WHERE asked.one_time_codes AND (
            asked.role = person.role OR asked.role IN (
                SELECT member.role FROM member
                WHERE member.person_id = person.id AND NOT member.deleted
            )
        )
    )
"""
"""SQL: whether one of the roles of `person` asks for one-time codes."""

_MAKE = """
    INSERT INTO one_time_code AS code (person_id, secret, made_at) VALUES ($1, $2, $3)
    ON CONFLICT (person_id) DO UPDATE
        SET secret = excluded.secret, made_at = excluded.made_at, last_step = 0
        WHERE code.confirmed_at IS NULL
    RETURNING true
"""
_READ = "SELECT secret, last_step FROM one_time_code WHERE person_id = $1"
_CONFIRMED = f"{_READ} AND confirmed_at IS NOT NULL"
_WAITING = f"{_READ} AND confirmed_at IS NULL FOR UPDATE"
# The condition is what refuses the second of two that come at once with the same code.
_TAKE_STEP = """
    UPDATE one_time_code SET last_step = $2, confirmed_at = coalesce(confirmed_at, $3)
    WHERE person_id = $1 AND last_step < $2 RETURNING true
"""
_TAKE_RECOVERY = """
    UPDATE recovery_code SET used_at = $3
    WHERE person_id = $1 AND digest = $2 AND used_at IS NULL
        AND EXISTS (SELECT FROM one_time_code AS code
            WHERE code.person_id = $1 AND code.confirmed_at IS NOT NULL)
    RETURNING true
"""
_FORGET = """
    WITH recovery AS (DELETE FROM recovery_code WHERE person_id = $1)
    DELETE FROM one_time_code WHERE person_id = $1 RETURNING confirmed_at IS NOT NULL AS held
"""
_STATE = f"""
    SELECT coalesce(code.confirmed_at IS NOT NULL, false) AS enrolled, {REQUIRED} AS required,
        (SELECT count(*) FROM recovery_code AS spare
            WHERE spare.person_id = person.id AND spare.used_at IS NULL) AS recovery_codes_left
    FROM person LEFT JOIN one_time_code AS code ON code.person_id = person.id
    WHERE person.id = $1
"""
_REQUIRE = """
    INSERT INTO role_requirement (role, one_time_codes) VALUES ($1, $2)
    ON CONFLICT (role) DO UPDATE SET one_time_codes = excluded.one_time_codes
        WHERE role_requirement.one_time_codes <> excluded.one_time_codes
    RETURNING true
"""


class Enrolment(Struct, frozen=True):
    """What a person's authenticator app is given, shown once."""

    secret: str
    """Base 32, to be typed in."""
    uri: str
    """`otpauth://`, what the QR code says."""
    qr_svg: str


class CodesState(Struct, frozen=True):
    """How a person stands with one-time codes."""

    enrolled: bool
    required: bool
    recovery_codes_left: int


async def enrol(
    connection: Connection, keys: IdentityKeys, *, person: str, login: str, now: dt.datetime
) -> Enrolment:
    """Make a secret that counts once its first code is shown. Raises ProblemError.

    Codes that are in use are not replaced: they are turned off first, with a code.
    """
    secret = pyotp.random_base32()
    sealed = keys.seal(_use(person), secret.encode())
    if await connection.fetchval(_MAKE, person, sealed, now) is None:
        raise ProblemError(errors.ONE_TIME_CODE_REFUSED, "one-time codes are already in use")
    uri = pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)
    drawn = segno.make(uri, error="m").svg_inline(scale=QR_MODULE_PIXELS)
    return Enrolment(secret, uri, drawn)


async def confirm(
    connection: Connection, keys: IdentityKeys, *, person: str, code: str, now: dt.datetime
) -> list[str] | None:
    """Begin to use a new secret by its first code; return the recovery codes, None if wrong."""
    record = await connection.fetchrow(_WAITING, person)
    step = None if record is None else _step_of(keys, person, record, code, now)
    if step is None or await connection.fetchval(_TAKE_STEP, person, step, now) is None:
        return None
    return await renew_recovery_codes(connection, keys, person)


async def renew_recovery_codes(
    connection: Connection, keys: IdentityKeys, person: str
) -> list[str]:
    """Replace a person's recovery codes; the new ones are shown once."""
    codes = [new_code(RECOVERY_CODE_CHARACTERS) for _ in range(RECOVERY_CODES)]
    await connection.execute("DELETE FROM recovery_code WHERE person_id = $1", person)
    await connection.executemany(
        "INSERT INTO recovery_code (person_id, digest) VALUES ($1, $2)",
        [(person, _recovery_digest(keys, person, code)) for code in codes],
    )
    return codes


async def take_code(
    connection: Connection, keys: IdentityKeys, *, person: str, code: str, now: dt.datetime
) -> Proof | None:
    """Use up a one-time or a recovery code; None when it is wrong or used."""
    plain = heard(code)
    if len(plain) != CODE_DIGITS:
        digest = _recovery_digest(keys, person, code)
        taken = await connection.fetchval(_TAKE_RECOVERY, person, digest, now)
        if taken:
            await record_activity(connection, "recovery_code_used", person=person)
        return "recovery_code" if taken else None
    record = await connection.fetchrow(_CONFIRMED, person)
    step = None if record is None else _step_of(keys, person, record, plain, now)
    if step is None or await connection.fetchval(_TAKE_STEP, person, step, now) is None:
        return None
    return "one_time_code"


async def forget_codes(connection: Connection, person: str) -> bool:
    """Turn a person's one-time codes off; return whether they were in use."""
    return bool(await connection.fetchval(_FORGET, person))


async def codes_state(connection: Connection | asyncpg.Pool, person: str) -> CodesState:
    """Return how a person stands with one-time codes."""
    record = await connection.fetchrow(_STATE, person)
    if record is None:
        return CodesState(enrolled=False, required=False, recovery_codes_left=0)
    return CodesState(**record)


async def require_codes(connection: Connection, role: str, *, required: bool) -> bool:
    """Say whether a role must log in with one-time codes; return whether that is news."""
    return await connection.fetchval(_REQUIRE, role, required) is not None


async def roles_need_codes(connection: Connection, roles: Iterable[str]) -> bool:
    """Whether one of these roles must log in with one-time codes."""
    return not set(roles).isdisjoint(await requiring_roles(connection))


async def requiring_roles(connection: Connection | asyncpg.Pool) -> list[str]:
    """Return the roles that must log in with one-time codes."""
    records = await connection.fetch(
        "SELECT role FROM role_requirement WHERE one_time_codes ORDER BY role"
    )
    return [record["role"] for record in records]


def _use(person: str) -> str:
    return f"one-time codes of {person}"


def _recovery_digest(keys: IdentityKeys, person: str, code: str) -> bytes:
    return keys.digest("recovery code", person, heard(code))


def _step_of(
    keys: IdentityKeys, person: str, record: Any, code: str, now: dt.datetime
) -> int | None:
    """Return the step, not used before, that a code belongs to."""
    secret = keys.unseal(_use(person), record["secret"]).decode()
    totp = pyotp.TOTP(secret)
    present = int(now.timestamp()) // STEP_SECONDS
    for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
        right = hmac.compare_digest(totp.generate_otp(step).encode(), heard(code).encode())
        if right and step > record["last_step"]:
            return step
    return None
