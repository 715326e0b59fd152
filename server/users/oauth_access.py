"""What a client's token opens: never more than its scopes, nor than the person's own access."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from server.errors import ProblemError
from server.users.oauth_scopes import kinds_of
from server.users.tokens import APP_SCOPE
from sync import errors

if TYPE_CHECKING:
    from collections.abc import Collection

    import asyncpg

    from server.intake import Access
    from server.store import Connection
    from server.users.tokens import AccessClaims

READ = "read"
"""The door of reading: any scope that reads something opens it, for as much as it reads."""

_LIVE = """
    SELECT client.name FROM oauth_grant AS given
    JOIN oauth_client AS client ON client.id = given.client_id
    JOIN person ON person.id = given.person_id
    WHERE given.id = $1::text::uuid AND given.client_id = $2 AND given.person_id = $3
        AND given.ended_at IS NULL AND client.removed_at IS NULL
        AND NOT person.deleted AND coalesce(person.active, true)
"""
_REPLICA_OF = "SELECT client_id FROM replica WHERE id = $1"


def allows(scopes: Collection[str], door: str) -> bool:
    """Whether a token's scopes open a door; our own apps' open all."""
    if APP_SCOPE in scopes:
        return True
    return bool(kinds_of(scopes)) if door == READ else door in scopes


def is_clients(claims: AccessClaims) -> bool:
    """Whether a token is another system's."""
    return APP_SCOPE not in claims.scopes


def grant_of(claims: AccessClaims) -> str:
    """Return the grant that a client's token came from."""
    return claims.token.partition(".")[0]


async def is_granted(source: Connection | asyncpg.Pool, claims: AccessClaims) -> bool:
    """Whether what a client's token came from still stands."""
    grant = grant_of(claims)
    return await source.fetchval(_LIVE, grant, claims.client, claims.person) is not None


async def check_grant(source: Connection | asyncpg.Pool, claims: AccessClaims) -> None:
    """Refuse a client's token once its grant has ended. Raises ProblemError."""
    if is_clients(claims) and not await is_granted(source, claims):
        raise ProblemError(errors.UNAUTHENTICATED, "what this client was granted has ended")


async def check_client(source: Connection | asyncpg.Pool, claims: AccessClaims, door: str) -> None:
    """Refuse a client's token that does not open a door, or no longer. Raises ProblemError."""
    if not allows(claims.scopes, door):
        raise ProblemError(errors.FORBIDDEN, f"the token does not allow {door}")
    await check_grant(source, claims)


async def check_client_replica(
    source: Connection | asyncpg.Pool, claims: AccessClaims, replica: str
) -> None:
    """Keep a client to the replicas that it registered: never a tablet's. Raises ProblemError."""
    if await source.fetchval(_REPLICA_OF, replica) != claims.client:
        raise ProblemError(errors.REPLICA_UNKNOWN, field="replica")


def narrowed(access: Access, scopes: Collection[str]) -> Access:
    """Return a person's access as far as a token's scopes reach."""
    if APP_SCOPE in scopes:
        return access
    return structs.replace(access, kinds=kinds_of(scopes))
