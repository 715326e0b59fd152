"""Setting a new password with a link or a code: whoever is logged in with the old one is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from server.errors import ProblemError
from server.users.activity import record_activity
from server.users.credentials import Login, Password, own_words, set_password
from server.users.lockout import charge, forgive, known_device_proof
from server.users.logging_in import Code, Ticket, place_for
from server.users.logins import normalise
from server.users.passwords import check_password
from server.users.resets import Reset, find_by_code, find_by_link, take, void_resets
from server.users.sessions import sign_out_everywhere
from sync import errors

if TYPE_CHECKING:
    import datetime as dt

    import asyncpg

    from server.users.lockout import Place
    from server.users.proving import Proving


class ResetRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A new password, with the token of a link, or with a login and the code told for it."""

    password: Password
    token: Ticket | None = None
    login: Login | None = None
    code: Code | None = None


class ResetAnswer(Struct, frozen=True):
    """The password is changed; the person logs in with it."""

    login: str
    known_device: str
    """To be sent with that login: strangers' attempts do not slow it."""


class Recovered(Struct, frozen=True):
    """What a reset came to."""

    answer: ResetAnswer
    person: str
    ended: list[str]
    """The sessions that it ended."""


async def reset_password(
    proving: Proving,
    pool: asyncpg.Pool,
    wanted: ResetRequest,
    *,
    address: str,
    now: dt.datetime,
) -> Recovered:
    """Set a new password. Raises ProblemError."""
    found = await _find(proving, pool, wanted, address, now)
    words = await own_words(pool, found.person)
    minimum = proving.settings.password_characters_min
    check_password(wanted.password, words, characters_min=minimum)
    password_hash = await proving.hasher.hash(wanted.password)
    place = place_for(proving, found.login, None, address, now)
    async with pool.acquire() as connection, connection.transaction():
        if not await take(connection, found, now):
            raise ProblemError(errors.RESET_REFUSED)
        await set_password(
            connection,
            person=found.person,
            login=found.login,
            password_hash=password_hash,
            now=now,
        )
        await void_resets(connection, found.person)
        await forgive(connection, place)
        await record_activity(
            connection,
            "password_reset",
            person=found.person,
            address=address,
            detail={"form": found.form},
        )
        ended = await sign_out_everywhere(connection, found.person, now, reason="password_reset")
    return Recovered(_answer(proving, found, place, now), found.person, ended)


async def _find(
    proving: Proving, pool: asyncpg.Pool, wanted: ResetRequest, address: str, now: dt.datetime
) -> Reset:
    found = None
    if wanted.token is not None:
        found = await find_by_link(pool, proving, wanted.token, now)
    elif wanted.login is not None and wanted.code is not None:
        place = place_for(proving, wanted.login, None, address, now)
        logins = (normalise(wanted.login), wanted.login)
        async with pool.acquire() as connection:
            await charge(connection, place, now=now, settings=proving.settings)
            found = await find_by_code(connection, proving, logins, wanted.code, now)
            if found is None:
                await record_activity(connection, "reset_refused", address=address)
    else:
        raise ProblemError(errors.REQUEST_MALFORMED, "send a token, or a login and a code")
    if found is None:
        raise ProblemError(errors.RESET_REFUSED)
    return found


def _answer(proving: Proving, found: Reset, place: Place, now: dt.datetime) -> ResetAnswer:
    days = proving.settings.known_device_days
    return ResetAnswer(
        login=found.login,
        known_device=known_device_proof(proving.keys, place, now=now, known_days=days),
    )
