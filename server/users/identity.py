"""Who is behind a request: the token's word, held against what became of the session since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from server.errors import ProblemError
from server.users.oauth_access import allows, check_grant
from server.users.tokens import APP_SCOPE, HAND_OVER_SCOPE
from sync import errors

if TYPE_CHECKING:
    import asyncpg

    from server.store import Connection
    from server.users.tokens import AccessClaims

_WHO = """
    SELECT person.role,
        person.id IS NOT NULL AND NOT person.deleted AND coalesce(person.active, true) AS active,
        session.id IS NOT NULL AS known, session.ended_at IS NOT NULL AS ended,
        device.revoked_at IS NOT NULL AS revoked, extract(epoch FROM sign_out.before) AS void_before
    FROM (SELECT $1::uuid AS person, $2::uuid AS session) AS asked
    LEFT JOIN person ON person.id = asked.person
    LEFT JOIN session ON session.id = asked.session AND session.person_id = asked.person
    LEFT JOIN device ON device.id = session.device_id
    LEFT JOIN person_sign_out AS sign_out ON sign_out.person_id = asked.person
"""
_CONFIRM = "UPDATE session SET confirmed = $2 WHERE id = $1 AND confirmed < $2"
CONFIRMED_MAX = 50_000


class Identity(Struct, frozen=True):
    """An active person with a live session, or a token that needs none."""

    person: str
    role: str | None
    """Their role in the whole organisation."""
    session: str | None
    device: str | None
    scopes: frozenset[str]
    client: str | None


async def identify(
    source: Connection | asyncpg.Pool, claims: AccessClaims, *, scope: str = APP_SCOPE
) -> Identity:
    """Return who a token stands for now.

    Args:
        source: where to ask.
        claims: what the verified token says.
        scope: what the token must allow.

    Raises ProblemError: the session or the person's account has ended, the device was revoked, or
    the token does not allow this.

    """
    if HAND_OVER_SCOPE in claims.scopes:
        raise ProblemError(errors.DEVICE_REVOKED)
    if not allows(claims.scopes, scope):
        raise ProblemError(errors.FORBIDDEN, f"the token does not allow {scope}")
    record = await source.fetchrow(_WHO, claims.person, claims.session)
    assert record is not None  # noqa: S101
    if record["revoked"]:
        raise ProblemError(errors.DEVICE_REVOKED)
    void = record["void_before"]
    if claims.session is None:
        ended = void is not None and claims.issued_at < void
    else:
        ended = record["ended"] or not record["known"]
    if ended or not record["active"]:
        raise ProblemError(errors.SESSION_ENDED)
    await check_grant(source, claims)
    return Identity(
        claims.person,
        record["role"],
        claims.session,
        claims.device,
        claims.scopes,
        claims.client,
    )


class Confirmations:
    """Notes which refresh tokens arrived: whoever shows an access token has its sister too."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._known: dict[str, int] = {}

    async def note(self, claims: AccessClaims) -> None:
        """Remember the generation that a token came with: one statement per refresh and server."""
        session, generation = claims.session, claims.generation
        if session is None or self._known.get(session, 0) >= generation:
            return
        await self._pool.execute(_CONFIRM, session, generation)
        if len(self._known) >= CONFIRMED_MAX:
            self._known.clear()
        self._known[session] = generation
