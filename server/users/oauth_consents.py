"""Consents: which scopes a person has allowed a client, until they take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from server.users.activity import record_activity

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    from server.store import Connection

_READ = "SELECT scopes FROM oauth_consent WHERE person_id = $1 AND client_id = $2"
_GIVE = """
    INSERT INTO oauth_consent (person_id, client_id, scopes, given_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (person_id, client_id) DO UPDATE SET given_at = excluded.given_at, scopes = ARRAY(
        SELECT DISTINCT one FROM unnest(oauth_consent.scopes || excluded.scopes) AS one ORDER BY one
    )
"""
_LIST = """
    SELECT client.id AS client, client.name, consent.scopes,
        (extract(epoch FROM consent.given_at) * 1000)::bigint AS given_at
    FROM oauth_consent AS consent JOIN oauth_client AS client ON client.id = consent.client_id
    WHERE consent.person_id = $1 AND client.removed_at IS NULL ORDER BY consent.given_at DESC
"""
_FORGET = """
    DELETE FROM oauth_consent WHERE person_id = $1 AND client_id = $2 RETURNING client_id
"""
_END_GRANTS = """
    UPDATE oauth_grant SET ended_at = $3, end_reason = 'consent_revoked'
    WHERE person_id = $1 AND client_id = $2 AND ended_at IS NULL RETURNING id
"""


class Consent(Struct, frozen=True):
    """What a person allowed a client."""

    client: str
    name: str
    scopes: list[str]
    given_at: int
    """Milliseconds since 1970."""


async def is_allowed(
    connection: Connection, person: str, client: str, scopes: Collection[str]
) -> bool:
    """Whether the person has allowed the client all these scopes before."""
    given = await connection.fetchval(_READ, person, client)
    return given is not None and {*scopes} <= {*given}


async def allow(
    connection: Connection, person: str, client: str, scopes: Collection[str], now: dt.datetime
) -> None:
    """Remember that the person allowed a client these scopes, beside those allowed before."""
    await connection.execute(_GIVE, person, client, list(scopes), now)
    detail = {"client": client, "scopes": list(scopes)}
    await record_activity(connection, "client_allowed", person=person, detail=detail)


async def list_consents(connection: Connection, person: str) -> list[Consent]:
    """Return what a person has allowed, newest first."""
    return [Consent(**record) for record in await connection.fetch(_LIST, person)]


async def take_back(connection: Connection, person: str, client: str, now: dt.datetime) -> bool:
    """End what a person allowed a client, its tokens with it; return whether there was anything."""
    forgotten = await connection.fetchval(_FORGET, person, client)
    ended = await connection.fetch(_END_GRANTS, person, client, now)
    if forgotten is None and not ended:
        return False
    await record_activity(connection, "client_disallowed", person=person, detail={"client": client})
    return True
