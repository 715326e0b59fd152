"""Grants: what a person gave a client, and the codes and tokens that come from it.

A grant is a family: when its code is replayed, or one of its refresh tokens is used by two, all its
tokens end (RFC 9700, sections 2.1.1 and 4.14.2). Refusals are returned rather than raised, so that
what they end is committed.
"""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
import uuid
from typing import TYPE_CHECKING

from msgspec import UNSET, Struct, UnsetType

from server.users.activity import record_activity
from server.users.oauth_clients import Client, digest
from server.users.oauth_errors import (
    OAuthError,
    invalid_grant,
    unauthorized_client,
)
from server.users.oauth_requests import AuthorizationRequest, challenge_of, is_verifier
from server.users.oauth_scopes import read_scopes
from server.users.refresh_tokens import RefreshToken, first_token, read_token, successor
from server.users.secret import derive
from server.users.tokens import ACCESS_TOKEN_TYPE, access_claims

if TYPE_CHECKING:
    from collections.abc import Mapping

    import asyncpg

    from server.settings import Settings
    from server.store import Connection
    from server.users.keys import KeyRing

CODE_SECONDS = 60
CODE_BYTES = 32
KEPT = dt.timedelta(days=1)
"""How long a grant stays after its end, so that a late replay is still known for what it is."""

_ACTIVE = "person.id IS NOT NULL AND NOT person.deleted AND coalesce(person.active, true)"
_GRANT = f"""
    SELECT one.id::text AS id, one.client_id, one.person_id::text AS person, one.scopes,
        one.expires_at, one.generation, one.rotated_at, one.ended_at, {_ACTIVE} AS active
    FROM oauth_grant AS one LEFT JOIN person ON person.id = one.person_id
    WHERE one.id = $1 FOR UPDATE OF one
"""
_MAKE = """
    INSERT INTO oauth_grant (id, client_id, person_id, scopes, made_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6)
"""
_FORGET = "DELETE FROM oauth_grant WHERE client_id = $1 AND expires_at < $2"
_MAKE_CODE = """
    INSERT INTO oauth_code (digest, grant_id, redirect_uri, challenge, expires_at)
    VALUES ($1, $2, $3, $4, $5)
"""
_CODE = """
    SELECT grant_id::text AS grant, redirect_uri, challenge, expires_at, used_at
    FROM oauth_code WHERE digest = $1 FOR UPDATE
"""
_USE_CODE = "UPDATE oauth_code SET used_at = $2 WHERE digest = $1"
_RENEW = """
    UPDATE oauth_grant SET generation = $2, rotated_at = $3, expires_at = $4 WHERE id = $1
"""
_END = """
    UPDATE oauth_grant SET ended_at = $2, end_reason = $3 WHERE id = $1 AND ended_at IS NULL
"""


class Issued(Struct, frozen=True):
    """An answer of the token endpoint (RFC 6749, section 5.1)."""

    access_token: str
    expires_in: int
    scope: str
    refresh_token: str | UnsetType = UNSET
    token_type: str = "Bearer"  # noqa: S105 -- the scheme's name


class Grants:
    """Issues codes and tokens."""

    def __init__(self, settings: Settings, keys: KeyRing, secret: str) -> None:
        self._settings = settings
        self._keys = keys
        self._chain = derive(secret, "client refresh tokens")

    async def issue_code(
        self, connection: Connection, request: AuthorizationRequest, person: str, now: dt.datetime
    ) -> str:
        """Make a grant and return the code for it: good once, for a minute."""
        grant = str(uuid.uuid4())
        code = secrets.token_urlsafe(CODE_BYTES)
        expires_at = now + dt.timedelta(seconds=CODE_SECONDS)
        await connection.execute(_FORGET, request.client_id, now - KEPT)
        await connection.execute(
            _MAKE, grant, request.client_id, person, list(request.scopes), now, expires_at
        )
        await connection.execute(
            _MAKE_CODE, digest(code), grant, request.redirect_uri, request.challenge, expires_at
        )
        return code

    async def exchange_code(
        self,
        connection: Connection,
        client: Client,
        parameters: Mapping[str, str],
        now: dt.datetime,
    ) -> Issued | OAuthError:
        """Exchange a code for tokens (RFC 6749, section 4.1.3; RFC 7636, section 4.6).

        A code gets one try: whoever held it wrongly has shown that it leaked.
        """
        key = digest(parameters.get("code", ""))
        code = await connection.fetchrow(_CODE, key)
        if code is None:
            return invalid_grant("the code is not known")
        if code["used_at"] is not None:
            await self._end(connection, code["grant"], "code_replayed", now)
            return invalid_grant("the code was used before; what came from it has ended")
        await connection.execute(_USE_CODE, key, now)
        grant = await connection.fetchrow(_GRANT, code["grant"])
        refused = _code_refusal(code, grant, client, parameters, now)
        if refused is not None or grant is None:
            return refused or invalid_grant("the code is not known")
        refresh = first_token(self._chain, grant["id"])
        await connection.execute(_RENEW, grant["id"], 0, now, self._idle_end(now))
        return await self._issue(connection, grant, tuple(grant["scopes"]), now, refresh)

    async def refresh(
        self,
        connection: Connection,
        client: Client,
        parameters: Mapping[str, str],
        now: dt.datetime,
    ) -> Issued | OAuthError:
        """Exchange a refresh token for the next (RFC 6749, section 6).

        The one before still gets the same successor for a short grace: an answer may be lost.
        """
        token = read_token(self._chain, parameters.get("refresh_token", ""))
        if token is None or not token.genuine:
            return invalid_grant("the refresh token is not known")
        grant = await connection.fetchrow(_GRANT, token.session)
        if grant is None or grant["generation"] is None:
            return invalid_grant("the refresh token is not known")
        if grant["client_id"] != client.id:
            await self._end(connection, grant["id"], "refresh_leaked", now)
            return invalid_grant("the refresh token is another client's")
        if not _alive(grant, now):
            return invalid_grant("what was granted has ended")
        try:
            scopes = read_scopes(parameters.get("scope"), grant["scopes"])
        except OAuthError as error:
            return error
        return await self._rotate(connection, grant, token, scopes, now)

    async def _rotate(
        self,
        connection: Connection,
        grant: asyncpg.Record,
        token: RefreshToken,
        scopes: tuple[str, ...],
        now: dt.datetime,
    ) -> Issued | OAuthError:
        grace = dt.timedelta(seconds=self._settings.refresh_grace_seconds)
        steps = grant["generation"] - token.generation
        if steps == 0:
            await connection.execute(
                _RENEW, grant["id"], token.generation + 1, now, self._idle_end(now)
            )
        elif steps != 1 or now > grant["rotated_at"] + grace:
            await self._end(connection, grant["id"], "refresh_reused", now)
            return invalid_grant("the refresh token was used before; its family has ended")
        return await self._issue(connection, grant, scopes, now, successor(self._chain, token))

    async def machine_token(
        self,
        connection: Connection,
        client: Client,
        parameters: Mapping[str, str],
        now: dt.datetime,
    ) -> Issued | OAuthError:
        """Issue a token to a machine, which acts as its service person (RFC 6749, section 4.4)."""
        if client.kind != "machine" or client.person is None:
            return unauthorized_client("this client has no client credentials grant")
        try:
            scopes = read_scopes(parameters.get("scope"), client.scopes)
        except OAuthError as error:
            return error
        await connection.execute(_FORGET, client.id, now - KEPT)
        grant = str(uuid.uuid4())
        expires_at = now + dt.timedelta(seconds=self._settings.access_token_seconds)
        await connection.execute(
            _MAKE, grant, client.id, client.person, list(scopes), now, expires_at
        )
        made = await connection.fetchrow(_GRANT, grant)
        if made is None or not made["active"]:
            return invalid_grant("the service person is not active")
        return await self._issue(connection, made, scopes, now, None)

    async def revoke_refresh_token(
        self, connection: Connection, client: Client, text: str, now: dt.datetime
    ) -> bool:
        """End the grant of a client's refresh token; return whether it was one of its own."""
        token = read_token(self._chain, text)
        if token is None or not token.genuine:
            return False
        return await self.revoke(connection, client, token.session, now)

    async def revoke(
        self, connection: Connection, client: Client, grant: str, now: dt.datetime
    ) -> bool:
        """End a grant, all its tokens with it; return whether it is this client's."""
        found = await connection.fetchrow(_GRANT, grant)
        if found is None or found["client_id"] != client.id:
            return False
        await self._end(connection, grant, "revoked_by_client", now)
        return True

    async def refreshable(
        self, connection: Connection, text: str, now: dt.datetime
    ) -> asyncpg.Record | None:
        """Return the live grant whose current refresh token this is."""
        token = read_token(self._chain, text)
        if token is None or not token.genuine:
            return None
        grant = await connection.fetchrow(_GRANT, token.session)
        if grant is None or grant["generation"] != token.generation:
            return None
        return grant if _alive(grant, now) else None

    def _idle_end(self, now: dt.datetime) -> dt.datetime:
        return now + dt.timedelta(days=self._settings.client_idle_days_max)

    async def _end(self, connection: Connection, grant: str, reason: str, now: dt.datetime) -> None:
        found = await connection.fetchrow(_GRANT, grant)
        if found is None or found["ended_at"] is not None:
            return
        await connection.execute(_END, grant, now, reason)
        await record_activity(
            connection,
            "client_grant_ended",
            person=found["person"],
            detail={"client": found["client_id"], "reason": reason},
        )

    async def _issue(
        self,
        connection: Connection,
        grant: asyncpg.Record,
        scopes: tuple[str, ...],
        now: dt.datetime,
        refresh: str | None,
    ) -> Issued:
        seconds = self._settings.access_token_seconds
        claims = access_claims(
            self._settings,
            subject=grant["person"],
            now=now,
            seconds=seconds,
            scope=" ".join(scopes),
            client=grant["client_id"],
            # The token's id leads to its grant, which may end before the token does.
            more={"jti": f"{grant['id']}.{secrets.token_hex(8)}"},
        )
        access = await self._keys.sign(claims, typ=ACCESS_TOKEN_TYPE, connection=connection)
        return Issued(access, seconds, " ".join(scopes), UNSET if refresh is None else refresh)


def _alive(grant: asyncpg.Record, now: dt.datetime) -> bool:
    return bool(grant["active"] and grant["ended_at"] is None and grant["expires_at"] > now)


def _code_refusal(
    code: asyncpg.Record,
    grant: asyncpg.Record | None,
    client: Client,
    parameters: Mapping[str, str],
    now: dt.datetime,
) -> OAuthError | None:
    """Return why a fresh code is not exchanged, if it is not."""
    if grant is None or grant["client_id"] != client.id:
        return invalid_grant("the code is another client's")
    if code["expires_at"] <= now or not _alive(grant, now):
        return invalid_grant("the code has expired")
    if parameters.get("redirect_uri") != code["redirect_uri"]:
        return invalid_grant("redirect_uri is not the one that the code was sent to")
    verifier = parameters.get("code_verifier", "")
    challenge = challenge_of(verifier) if is_verifier(verifier) else ""
    if not hmac.compare_digest(challenge, code["challenge"]):
        return invalid_grant("code_verifier does not fit code_challenge")
    return None
