"""Other systems from the server's own machine: what `derrick client` does.

A machine acts as a service person of its own, who has a role like anyone else and can be made a
member of projects; nobody can log in as them, and they leave with their client.
"""

from __future__ import annotations

import datetime as dt
import secrets
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from msgspec import Struct

from server.intake import Intake, Rules
from server.store import open_pool
from server.users.access import load_access
from server.users.accounts import add_person, deactivate
from server.users.activity import record_activity
from server.users.oauth_clients import (
    Client,
    ClientInvalidError,
    find_client,
    keep_client,
    list_clients,
    new_client,
    remove_client,
    rotate_secret,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Mapping, Sequence

    import asyncpg

    from server.settings import Settings
    from server.users.oauth_clients import ClientKind


class Registered(Struct, frozen=True):
    """A client that was made, and its secret: shown now, and never again."""

    client: Client
    secret: str | None


class ClientRegistry:
    """The clients of an installation. Raises ClientInvalidError."""

    def __init__(self, pool: asyncpg.Pool, intake: Intake) -> None:
        self._pool = pool
        self._intake = intake

    async def add(
        self,
        name: str,
        kind: ClientKind,
        *,
        redirect_uris: Sequence[str] = (),
        scopes: Sequence[str],
        role: str | None = None,
    ) -> Registered:
        """Register a client.

        Args:
            name: what people read when they are asked.
            kind: confidential, public, or machine.
            redirect_uris: where people are sent back to, exactly as they will be named.
            scopes: the most that the client may ask for.
            role: of a machine's service person.

        """
        if (kind == "machine") != (role is not None):
            raise ClientInvalidError("a machine has a role, and no other client has one")
        # Judged before its person is made.
        stand_in = None if role is None else "a person"
        new_client(name, kind, redirect_uris=redirect_uris, scopes=scopes, person=stand_in)
        person = None
        if role is not None:
            login = f"client-{secrets.token_hex(6)}"
            person = await add_person(
                self._intake, login=login, name=name.strip(), role=role, language=None, by=None
            )
        client, secret = new_client(
            name, kind, redirect_uris=redirect_uris, scopes=scopes, person=person
        )
        async with self._pool.acquire() as connection, connection.transaction():
            await keep_client(connection, client, _now())
            detail = {"client": client.id, "kind": kind, "scopes": list(client.scopes)}
            await record_activity(connection, "client_added", person=person, detail=detail)
        return Registered(client, secret)

    async def clients(self) -> list[Client]:
        """Return all clients, the oldest first."""
        return await list_clients(self._pool)

    async def rotate_secret(self, client: str) -> str:
        """Replace a client's secret at once, and return it."""
        async with self._pool.acquire() as connection, connection.transaction():
            secret = await rotate_secret(connection, client)
            if secret is None:
                raise ClientInvalidError(f"no client {client!r} has a secret")
            await record_activity(connection, "client_secret_rotated", detail={"client": client})
        return secret

    async def remove(self, client: str) -> None:
        """End a client, everything granted to it, and its service person's access."""
        known = await find_client(self._pool, client)
        if known is None:
            raise ClientInvalidError(f"there is no client {client!r}")
        async with self._pool.acquire() as connection, connection.transaction():
            await remove_client(connection, client, _now())
            await record_activity(connection, "client_removed", detail={"client": client})
        if known.person is not None:
            await deactivate(self._intake, known.person, by=None, address=None, now=_now())


@asynccontextmanager
async def open_registry(settings: Settings) -> AsyncIterator[ClientRegistry]:
    """Open the registry; the database must be there, a server need not."""
    pool = await open_pool(settings)
    try:
        intake = Intake(
            pool,
            Rules(guards={}, effects=(), load_access=load_access),
            settings,
            announce=_silent,
            wall_ms=lambda: time.time_ns() // 1_000_000,
        )
        yield ClientRegistry(pool, intake)
    finally:
        await pool.close()


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _silent(heads: Mapping[str, int], *, access_changed: bool, ended: Collection[str]) -> None:
    """Tell nobody: the apps learn of it at their next pull."""
