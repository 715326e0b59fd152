"""Sessions: one login of one person on one device, and its family of refresh tokens.

A refresh token is good once. Whoever comes with the one before gets the same successor while
nothing shows that it arrived: a device whose answer was lost comes back after weeks. Once
it is shown (by the use of an access token that came with it) and the grace has passed, the earlier
token in someone's hands means that two hold the family: it ends, and no other.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta, Struct, structs

from server.errors import ProblemError
from server.users.activity import record_activity
from server.users.one_time_codes import REQUIRED
from server.users.refresh_tokens import RefreshToken, digest_of, first_token, read_token, successor
from server.users.secret import derive
from server.users.tokens import ACCESS_TOKEN_TYPE, HAND_OVER_SCOPE, access_claims
from sync import errors
from sync.schema import UUID_PATTERN

if TYPE_CHECKING:
    import asyncpg

    from server.settings import Settings
    from server.store import Connection
    from server.users.keys import KeyRing

ROTATIONS_KEPT = 20
"""Exchanges whose moments are remembered: more within one grace is no honest client."""

DeviceId = Annotated[str, Meta(pattern=UUID_PATTERN)]

_KNOWN_DEVICE = "SELECT revoked_at IS NOT NULL AS revoked FROM device WHERE id = $1 FOR UPDATE"
_MAKE_DEVICE = """
    INSERT INTO device (id, name, platform, app_version, registered_at, registered_by, replaces,
        last_seen_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $5) ON CONFLICT (id) DO NOTHING RETURNING id
"""
_SEE_DEVICE = """
    UPDATE device SET platform = coalesce(nullif($2, ''), platform),
        app_version = coalesce(nullif($3, ''), app_version), last_seen_at = $4
    WHERE id = $1
"""
_SEE_PERSON = """
    INSERT INTO device_person (device_id, person_id, first_at, last_at) VALUES ($1, $2, $3, $3)
    ON CONFLICT (device_id, person_id) DO UPDATE SET last_at = excluded.last_at
"""
_OPEN = """
    INSERT INTO session (id, person_id, device_id, method, address, opened_at, expires_at,
        refreshed_at, refresh_digest)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $6, $8)
"""
_LOCK = f"""
    SELECT session.id::text AS id, session.person_id::text AS person,
        session.device_id::text AS device, session.generation, session.confirmed,
        session.rotations, session.refresh_digest, session.expires_at, session.refreshed_at,
        session.ended_at, device.revoked_at,
        (extract(epoch FROM here.pin_reset_at) * 1000)::bigint AS pin_reset_at,
        person.id IS NOT NULL AND NOT person.deleted AND coalesce(person.active, true) AS active,
        CASE WHEN session.prove_by IS NOT NULL AND {REQUIRED} THEN session.prove_by END AS prove_by
    FROM session JOIN device ON device.id = session.device_id
    LEFT JOIN person ON person.id = session.person_id
    LEFT JOIN device_person AS here
        ON here.device_id = session.device_id AND here.person_id = session.person_id
    WHERE session.id = $1 FOR UPDATE OF session
"""
# Who revokes the device holds it and waits for its sessions: this must not wait the other way.
_ROTATE = """
    WITH seen AS (
        UPDATE device SET last_seen_at = $5 WHERE id = (
            SELECT id FROM device WHERE id = $6 FOR UPDATE SKIP LOCKED
        )
    )
    UPDATE session SET generation = $2, refresh_digest = $3, rotations = $4, refreshed_at = $5
    WHERE id = $1
"""
_SEE_AGAIN = "UPDATE session SET refreshed_at = $2 WHERE id = $1"
_END = "UPDATE session SET ended_at = $1, end_reason = $2 WHERE ended_at IS NULL AND {which}"
_SIGN_OUT = """
    INSERT INTO person_sign_out (person_id, before) VALUES ($1, $2)
    ON CONFLICT (person_id) DO UPDATE SET before = excluded.before
"""


class DeviceClaim(Struct, frozen=True, forbid_unknown_fields=True):
    """What a device says of itself at a login; without an id it is a new one."""

    name: Annotated[str, Meta(min_length=1, max_length=80)]
    id: DeviceId | None = None
    platform: Annotated[str, Meta(max_length=80)] = ""
    app_version: Annotated[str, Meta(max_length=80)] = ""


class SessionTokens(Struct, frozen=True):
    """What a login or a refresh gives."""

    access_token: str
    refresh_token: str | None
    """None where it travels as a cookie."""
    expires_in: int
    """Seconds that the access token lives."""
    session: str
    device: str
    person: str
    token_type: str = "Bearer"  # noqa: S105 -- the scheme's name
    pin_reset_at: int | None = None
    """A PIN set on the device before this moment (milliseconds) is void: it was reset."""
    prove_by: int | None = None
    """When the session ends (milliseconds) unless a one-time code is shown in it before."""


class HandOverToken(Struct, frozen=True):
    """Lets a revoked device hand in its work and say that it wiped itself."""

    access_token: str
    expires_in: int
    token_type: str = "Bearer"  # noqa: S105 -- the scheme's name


class RefreshResult(Struct, frozen=True):
    """What became of a refresh; a refusal may have ended the session, so it is no exception."""

    tokens: SessionTokens | None = None
    refused: ProblemError | None = None
    ended: list[str] = []


class Sessions:
    """Opens, refreshes and ends sessions."""

    def __init__(self, settings: Settings, keys: KeyRing, secret: str) -> None:
        self._settings = settings
        self._keys = keys
        self._chain = derive(secret, "refresh tokens")

    async def open_session(
        self,
        connection: Connection,
        *,
        person: str,
        device: DeviceClaim,
        method: str,
        now: dt.datetime,
        address: str | None = None,
    ) -> SessionTokens:
        """Open a session for a person who has proved who they are.

        Args:
            connection: of the transaction that records the login.
            person: who logs in.
            device: on what; a revoked device comes back as a new one.
            method: how they proved it: `password`, `reset_link`, `oidc`, ...
            now: the wall clock's time.
            address: the network address it came from.

        """
        place = await _device(connection, device, person, now)
        await connection.execute(_SEE_PERSON, place, person, now)
        # One session of a person on a device: the login before has lost its tokens, or is left.
        await end_sessions(connection, "replaced", now, person=person, device=place)
        session = str(uuid.uuid4())
        refresh = first_token(self._chain, session)
        expires_at = None
        if self._settings.session_days_max is not None:
            expires_at = now + dt.timedelta(days=self._settings.session_days_max)
        await connection.execute(
            _OPEN, session, person, place, method, address, now, expires_at, digest_of(refresh)
        )
        return await self._tokens(
            connection, session, person, place, generation=0, refresh=refresh, now=now
        )

    async def refresh(self, connection: Connection, text: str, now: dt.datetime) -> RefreshResult:
        """Exchange a refresh token, inside a transaction that the caller commits."""
        token = read_token(self._chain, text)
        record = None if token is None else await connection.fetchrow(_LOCK, token.session)
        unknown = RefreshResult(refused=_ended("the refresh token is not known"))
        if token is None or record is None:
            return unknown
        steps = record["generation"] - token.generation
        present = record["refresh_digest"] == digest_of(text)
        if not present and not (token.genuine and steps > 0):
            return unknown
        refused = self._refusal(record, now)
        if refused is not None:
            return RefreshResult(refused=refused)
        if present:
            return await self._rotate(connection, token, record, now)
        if self._is_retry(record, steps, now):
            return await self._repeat(connection, token, record, steps, now)
        return await _end_family(connection, record, now)

    async def hand_over(
        self, connection: Connection, text: str, now: dt.datetime
    ) -> HandOverToken | None:
        """Return a token to hand in work with, for a refresh token of a revoked device."""
        token = read_token(self._chain, text)
        record = None if token is None else await connection.fetchrow(_LOCK, token.session)
        if token is None or record is None or record["revoked_at"] is None:
            return None
        if not token.genuine and record["refresh_digest"] != digest_of(text):
            return None
        more = {"sid": record["id"], "device": record["device"]}
        access, seconds = await self._access(
            connection, record["person"], now, scope=HAND_OVER_SCOPE, more=more
        )
        return HandOverToken(access, seconds)

    def named_by(self, text: str) -> str | None:
        """Return the session that a refresh token of ours belongs to, whatever became of it."""
        token = read_token(self._chain, text)
        return token.session if token is not None and token.genuine else None

    def _refusal(self, record: asyncpg.Record, now: dt.datetime) -> ProblemError | None:
        idle = dt.timedelta(days=self._settings.session_idle_days_max)
        if record["revoked_at"] is not None:
            return ProblemError(errors.DEVICE_REVOKED)
        if record["ended_at"] is not None or not record["active"]:
            return _ended("the session was ended")
        expires_at = record["expires_at"]
        if (expires_at is not None and expires_at <= now) or record["refreshed_at"] + idle <= now:
            return _ended("the session has expired")
        if record["prove_by"] is not None and record["prove_by"] <= now:
            return _ended("the person's role asks for one-time codes: log in with one")
        return None

    def _is_retry(self, record: asyncpg.Record, steps: int, now: dt.datetime) -> bool:
        """Whether an earlier token is that of a client whose answer was lost, or of its twin."""
        if steps == 1 and record["confirmed"] < record["generation"]:
            return True
        if steps > len(record["rotations"]):
            return False
        age_ms = int(now.timestamp() * 1000) - int(record["rotations"][-steps])
        return age_ms <= self._settings.refresh_grace_seconds * 1000

    async def _rotate(
        self, connection: Connection, token: RefreshToken, record: asyncpg.Record, now: dt.datetime
    ) -> RefreshResult:
        generation = record["generation"] + 1
        refresh = successor(self._chain, token)
        moments = [*record["rotations"], int(now.timestamp() * 1000)][-ROTATIONS_KEPT:]
        await connection.execute(
            _ROTATE, record["id"], generation, digest_of(refresh), moments, now, record["device"]
        )
        return await self._answer(connection, record, generation, refresh, now)

    async def _repeat(
        self,
        connection: Connection,
        token: RefreshToken,
        record: asyncpg.Record,
        steps: int,
        now: dt.datetime,
    ) -> RefreshResult:
        """Give the newest token again to one that comes with an earlier one."""
        head = successor(self._chain, token, steps)
        if digest_of(head) != record["refresh_digest"]:
            return RefreshResult(refused=_ended("the installation's secret was changed"))
        await connection.execute(_SEE_AGAIN, record["id"], now)
        return await self._answer(connection, record, record["generation"], head, now)

    async def _answer(
        self,
        connection: Connection,
        record: asyncpg.Record,
        generation: int,
        refresh: str,
        now: dt.datetime,
    ) -> RefreshResult:
        tokens = await self._tokens(
            connection,
            record["id"],
            record["person"],
            record["device"],
            generation=generation,
            refresh=refresh,
            now=now,
            pin_reset_at=record["pin_reset_at"],
        )
        prove_by = record["prove_by"]
        if prove_by is not None:
            tokens = structs.replace(tokens, prove_by=int(prove_by.timestamp() * 1000))
        return RefreshResult(tokens)

    async def _tokens(
        self,
        connection: Connection,
        session: str,
        person: str,
        device: str,
        *,
        generation: int,
        refresh: str,
        now: dt.datetime,
        pin_reset_at: int | None = None,
    ) -> SessionTokens:
        more = {"sid": session, "device": device, "generation": generation}
        access, seconds = await self._access(connection, person, now, more=more)
        return SessionTokens(
            access, refresh, seconds, session, device, person, pin_reset_at=pin_reset_at
        )

    async def _access(
        self, connection: Connection, person: str, now: dt.datetime, **claims: Any
    ) -> tuple[str, int]:
        seconds = self._settings.access_token_seconds
        made = access_claims(self._settings, subject=person, now=now, seconds=seconds, **claims)
        token = await self._keys.sign(made, typ=ACCESS_TOKEN_TYPE, connection=connection)
        return token, seconds


async def end_sessions(
    connection: Connection,
    reason: str,
    now: dt.datetime,
    *,
    session: str | None = None,
    person: str | None = None,
    device: str | None = None,
    keep: str | None = None,
) -> list[str]:
    """End the open sessions that fit all that is named; return their ids, to announce them.

    Args:
        connection: of the transaction that says why.
        reason: a static name: `logged_out`, `device_revoked`, ...
        now: the wall clock's time.
        session: this one alone.
        person: of this person.
        device: on this device.
        keep: but not this one.

    """
    named = {"id": session, "person_id": person, "device_id": device}
    given = {column: value for column, value in named.items() if value is not None}
    if not given:
        raise ValueError("name which sessions to end")
    which = [f"{column} = ${number}" for number, column in enumerate(given, 3)]
    values = [*given.values()]
    if keep is not None:
        values.append(keep)
        which.append(f"id <> ${len(values) + 2}")
    statement = _END.format(which=" AND ".join(which)) + " RETURNING id::text AS id"
    return [record["id"] for record in await connection.fetch(statement, now, reason, *values)]


async def sign_out_everywhere(
    connection: Connection, person: str, now: dt.datetime, *, reason: str, keep: str | None = None
) -> list[str]:
    """End all sessions of a person, but one to keep, and void their tokens without a session."""
    await connection.execute(_SIGN_OUT, person, now)
    return await end_sessions(connection, reason, now, person=person, keep=keep)


async def _device(connection: Connection, claim: DeviceClaim, person: str, now: dt.datetime) -> str:
    """Return the id of the device that a login comes from, made or seen again."""
    known = None if claim.id is None else await connection.fetchrow(_KNOWN_DEVICE, claim.id)
    if claim.id is not None and known is not None and not known["revoked"]:
        await connection.execute(_SEE_DEVICE, claim.id, claim.platform, claim.app_version, now)
        return claim.id
    replaces = claim.id if known is not None else None
    made = str(uuid.uuid4()) if claim.id is None or replaces is not None else claim.id
    # Two who log in at once on a device that chose its own id make one.
    new = await connection.fetchval(
        _MAKE_DEVICE, made, claim.name, claim.platform, claim.app_version, now, person, replaces
    )
    if new is not None:
        await record_activity(connection, "device_registered", person=person, device=made)
    return made


async def _end_family(
    connection: Connection, record: asyncpg.Record, now: dt.datetime
) -> RefreshResult:
    ended = await end_sessions(connection, "refresh_reused", now, session=record["id"])
    await record_activity(
        connection,
        "refresh_reused",
        person=record["person"],
        device=record["device"],
        detail={"session": record["id"]},
    )
    refused = _ended("its refresh token was used twice")
    return RefreshResult(refused=refused, ended=ended)


def _ended(why: str) -> ProblemError:
    return ProblemError(errors.SESSION_ENDED, why)
