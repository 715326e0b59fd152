"""A login, from what a person types to an open session.

Whatever is wrong, the answer and its cost are the same for accounts that exist and that do not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from server.errors import ProblemError
from server.users.activity import record_activity
from server.users.credentials import (
    Account,
    Login,
    Password,
    account_by_login,
    account_of,
    hold_account,
    keep_fresh_hash,
)
from server.users.lockout import Place, charge, forgive, known_device_proof, place_of
from server.users.logins import normalise
from server.users.one_time_codes import take_code
from server.users.sealing import SealBrokenError
from server.users.sessions import DeviceClaim, SessionTokens  # noqa: TC001 -- read at run time
from sync import errors

if TYPE_CHECKING:
    import datetime as dt

    import asyncpg

    from server.store import Connection
    from server.users.proving import Proving
    from server.users.sessions import Sessions

TICKET_SECONDS = 600
_ENROLMENT = "enrolment"

Code = Annotated[str, Meta(min_length=1, max_length=64)]
Ticket = Annotated[str, Meta(min_length=1, max_length=2_048)]


class LoginRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """What a person logs in with."""

    login: Login
    """An e-mail address, a phone number, or the plain name they were given."""
    password: Password
    device: DeviceClaim
    code: Code | None = None
    """A one-time or recovery code, once the answer was `code_required`."""
    known_device: Ticket | None = None
    """What this device was given at its last login: it is not slowed by others' attempts."""


class LoginAnswer(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a login comes to: a session, or what is still asked for."""

    status: Literal["open", "code_required", "enrolment_required"]
    """`code_required`: send the same again with a code. `enrolment_required`: the person's role
    asks for one-time codes, and they have none yet: enrol with `ticket`."""
    session: SessionTokens | None = None
    known_device: str | None = None
    """To be kept on the device and sent with its next login."""
    ticket: str | None = None


async def log_in(
    proving: Proving,
    sessions: Sessions,
    pool: asyncpg.Pool,
    wanted: LoginRequest,
    *,
    address: str,
    now: dt.datetime,
) -> LoginAnswer:
    """Check a password, and a code where one is asked for; open a session.

    Raises ProblemError: wrong, or too early after others that were wrong.
    """
    place = place_for(proving, wanted.login, wanted.known_device, address, now)
    async with pool.acquire() as connection:
        await charge(connection, place, now=now, settings=proving.settings)
        account = await account_by_login(connection, normalise(wanted.login))
    # No connection is held while the password is computed.
    kept = None if account is None else account.password_hash
    verified = await proving.hasher.verify(kept, wanted.password)
    if account is None or not verified.right:
        async with pool.acquire() as connection:
            await record_failure(connection, account, address, "password")
        raise ProblemError(errors.LOGIN_REFUSED)
    async with pool.acquire() as connection, connection.transaction():
        outcome = await _finish(
            proving, sessions, connection, account, wanted, place=place, address=address, now=now
        )
    if isinstance(outcome, ProblemError):
        raise outcome
    if verified.stale:
        fresh = await proving.hasher.hash(wanted.password)
        await keep_fresh_hash(pool, account.person, account.password_hash, fresh)
    return outcome


def place_for(
    proving: Proving, login: str, proof: str | None, address: str, now: dt.datetime
) -> Place:
    """Return the account and the place of an attempt, as the brake counts it."""
    return place_of(
        proving.keys,
        normalise(login),
        address=address,
        proof=proof,
        now=now,
        known_days=proving.settings.known_device_days,
    )


async def _finish(
    proving: Proving,
    sessions: Sessions,
    connection: Connection,
    account: Account,
    wanted: LoginRequest,
    *,
    place: Place,
    address: str,
    now: dt.datetime,
) -> LoginAnswer | ProblemError:
    """Do what follows a right password; a refusal is returned, so that its record is kept."""
    if not await hold_account(connection, account):
        return ProblemError(errors.LOGIN_REFUSED)
    method = "password"
    if account.enrolled:
        if wanted.code is None:
            return LoginAnswer(status="code_required")
        proof = await take_code(
            connection, proving.keys, person=account.person, code=wanted.code, now=now
        )
        if proof is None:
            await record_failure(connection, account, address, "code")
            return ProblemError(errors.ONE_TIME_CODE_REFUSED, field="code")
        method = f"password+{proof}"
    elif account.required:
        return LoginAnswer(
            status="enrolment_required", ticket=enrolment_ticket(proving, account.person, now)
        )
    return await open_for(
        proving,
        sessions,
        connection,
        person=account.person,
        device=wanted.device,
        method=method,
        place=place,
        address=address,
        now=now,
    )


async def open_for(
    proving: Proving,
    sessions: Sessions,
    connection: Connection,
    *,
    person: str,
    device: DeviceClaim,
    method: str,
    place: Place,
    address: str,
    now: dt.datetime,
) -> LoginAnswer:
    """Open a session for a person who has proved who they are, and take their brake off."""
    await forgive(connection, place)
    tokens = await sessions.open_session(
        connection, person=person, device=device, method=method, now=now, address=address
    )
    await record_activity(
        connection,
        "login",
        person=person,
        device=tokens.device,
        address=address,
        detail={"method": method},
    )
    return LoginAnswer(
        status="open",
        session=tokens,
        known_device=known_device_proof(
            proving.keys, place, now=now, known_days=proving.settings.known_device_days
        ),
    )


async def record_failure(
    connection: Connection, account: Account | None, address: str, what: str
) -> None:
    """Record a failed login; for a login that nobody has, too."""
    person = None if account is None else account.person
    await record_activity(
        connection, "login_failed", person=person, address=address, detail={"wrong": what}
    )


async def prove_again(
    proving: Proving,
    pool: asyncpg.Pool,
    person: str,
    password: str,
    *,
    address: str,
    now: dt.datetime,
) -> Account:
    """Return the account of a logged-in person who shows their password once more.

    Raises ProblemError when it is wrong: a borrowed session guesses no faster than a stranger.
    """
    place = Place(proving.keys.digest("person", person), "session", known=True)
    async with pool.acquire() as connection:
        await charge(connection, place, now=now, settings=proving.settings)
        account = await account_of(connection, person)
    kept = None if account is None else account.password_hash
    verified = await proving.hasher.verify(kept, password)
    async with pool.acquire() as connection:
        if account is None or not verified.right:
            await record_failure(connection, account, address, "password")
            raise ProblemError(errors.LOGIN_REFUSED)
        await forgive(connection, place)
    return account


def enrolment_ticket(proving: Proving, person: str, now: dt.datetime) -> str:
    """Return what lets a person enrol with one-time codes before their first session."""
    return proving.keys.ticket(_ENROLMENT, (person, now.timestamp() + TICKET_SECONDS))


def enrolling_person(proving: Proving, ticket: str, now: dt.datetime) -> str:
    """Return whose ticket it is. Raises ProblemError when it is worth nothing, or too old."""
    try:
        person, until = msgspec.convert(
            proving.keys.read_ticket(_ENROLMENT, ticket), tuple[str, float]
        )
    except (SealBrokenError, msgspec.MsgspecError) as error:
        raise ProblemError(errors.LOGIN_REFUSED, "the ticket is not valid") from error
    if until <= now.timestamp():
        raise ProblemError(errors.LOGIN_REFUSED, "the ticket has expired")
    return person
