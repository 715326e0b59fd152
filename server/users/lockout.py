"""Slows the guessing of passwords and codes, without letting a stranger lock a colleague out.

Failures are counted for each pair of account and place, so a stranger elsewhere costs the owner
nothing. Beside it a slower brake counts the failures of an account from everywhere: it lets an
attempt through every few seconds, however many addresses a guesser has. A device that has logged
in before shows a proof of it, and is then a place of its own which the slower brake leaves alone.

Accounts that do not exist are counted in the same way, so the brake tells nobody which do. An
attempt is counted before its password is computed, so that many at once gain nothing.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import math
import secrets
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from server.errors import ProblemError
from server.users.sealing import SealBrokenError
from sync import errors

if TYPE_CHECKING:
    from server.settings import Settings
    from server.store import Connection
    from server.users.sealing import IdentityKeys

EVERYWHERE = "*"
FORGOTTEN_AFTER = dt.timedelta(hours=24)
IPV6_NETWORK_BITS = 64
"""What one subscriber is given: single addresses of it are free to take."""

_KNOWN_DEVICE = "known device"

# One row for each place: counted, with the time of the next attempt. No row comes back when it is
# too early for one. $4: failures that are free; $5: the longest delay in seconds.
_CHARGE = """
    INSERT INTO login_brake AS brake (account, source, failures, last_at, next_at)
    VALUES ($1, $2, 1, $3, $3)
    ON CONFLICT (account, source) DO UPDATE SET
        failures = CASE WHEN brake.last_at < $6 THEN 1 ELSE brake.failures + 1 END,
        last_at = $3,
        next_at = CASE
            WHEN brake.last_at < $6 OR brake.failures + 1 < $4 THEN $3
            ELSE $3 + least($5::float8, power(2, least(brake.failures + 1 - $4, 30)))
                * interval '1 second'
        END
        WHERE brake.next_at <= $3
    RETURNING failures
"""

_NEXT = "SELECT next_at FROM login_brake WHERE account = $1 AND source = $2"

# What was charged to this place was its owner's own: the brake on all places takes it back too.
_FORGIVE = """
    WITH own AS (
        DELETE FROM login_brake WHERE account = $1 AND source = $2 RETURNING failures
    )
    UPDATE login_brake AS brake
    SET failures = greatest(0, brake.failures - own.failures), next_at = brake.last_at
    FROM own WHERE brake.account = $1 AND brake.source = '*' AND $3
"""


class Place(Struct, frozen=True):
    """An account as it was named, and where from."""

    account: bytes
    source: str
    known: bool
    """Whether the place is a device that has logged in to this account before."""


class Brake(Struct, frozen=True):
    """How many failures cost nothing, and how long the wait becomes after them."""

    failures_free: int
    delay_seconds_max: int


BRAKE_EVERYWHERE = Brake(failures_free=50, delay_seconds_max=10)


def network_of(address: str) -> str:
    """Return the network that a brake counts: one IPv4 address, or a subscriber's IPv6 network."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, IPV6_NETWORK_BITS), strict=False))
    return str(parsed)


def place_of(
    keys: IdentityKeys,
    login: str,
    *,
    address: str,
    proof: str | None,
    now: dt.datetime,
    known_days: int,
) -> Place:
    """Return the place of an attempt.

    Args:
        keys: the installation's.
        login: the account, normalised.
        address: the network address the attempt comes from.
        proof: what a device was given when it logged in before.
        now: the time.
        known_days: how long a proof is good.

    """
    account = keys.digest("account", login)
    device = None if proof is None else _known_device(keys, account, proof, now, known_days)
    if device is not None:
        return Place(account, f"device:{device}", known=True)
    return Place(account, network_of(address), known=False)


def _known_device(
    keys: IdentityKeys, account: bytes, proof: str, now: dt.datetime, known_days: int
) -> str | None:
    """Return a device's name from its proof for this account, None when that is worth nothing."""
    try:
        owner, device, until = msgspec.convert(
            keys.read_ticket(_KNOWN_DEVICE, proof), tuple[bytes, str, float]
        )
    except (SealBrokenError, msgspec.MsgspecError):
        return None
    # `until` is checked against today's setting too, which may have become shorter.
    good = owner == account and now.timestamp() < until <= now.timestamp() + known_days * 86_400
    return device if good else None


def known_device_proof(
    keys: IdentityKeys, place: Place, *, now: dt.datetime, known_days: int
) -> str:
    """Return the proof that a device has logged in; one that has a proof keeps its name."""
    device = place.source.removeprefix("device:") if place.known else secrets.token_hex(8)
    until = now.timestamp() + known_days * 86_400
    return keys.ticket(_KNOWN_DEVICE, (place.account, device, until))


async def charge(
    connection: Connection, place: Place, *, now: dt.datetime, settings: Settings
) -> None:
    """Count an attempt as failed until `forgive` says otherwise.

    Raises ProblemError when it comes too early; it is not counted then.
    """
    async with connection.transaction():
        here = Brake(settings.login_failures_free, settings.login_delay_seconds_max)
        await _charge(connection, place.account, place.source, now, here)
        if not place.known:
            await _charge(connection, place.account, EVERYWHERE, now, BRAKE_EVERYWHERE)


async def _charge(
    connection: Connection, account: bytes, source: str, now: dt.datetime, brake: Brake
) -> None:
    forgotten = now - FORGOTTEN_AFTER
    longest = float(brake.delay_seconds_max)
    counted = await connection.fetchval(
        _CHARGE, account, source, now, brake.failures_free, longest, forgotten
    )
    if counted is None:
        later = await connection.fetchval(_NEXT, account, source)
        wait = 1.0 if later is None else (later - now).total_seconds()
        raise ProblemError(errors.LOGIN_SLOWED, retry_after_seconds=max(1, math.ceil(wait)))


async def forgive(connection: Connection, place: Place) -> None:
    """Take back what was counted at a place: its person has proved who they are."""
    await connection.execute(_FORGIVE, place.account, place.source, not place.known)


async def release(connection: Connection, account: bytes) -> int:
    """Take all brakes off an account, as an administrator may; return how many there were."""
    status = await connection.execute("DELETE FROM login_brake WHERE account = $1", account)
    return int(status.rpartition(" ")[2])


async def forget_old_brakes(connection: Connection, now: dt.datetime) -> int:
    """Delete the brakes that hold nobody back any more; return how many."""
    status = await connection.execute(
        "DELETE FROM login_brake WHERE last_at < $1", now - FORGOTTEN_AFTER
    )
    return int(status.rpartition(" ")[2])
