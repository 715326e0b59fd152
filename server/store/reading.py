"""Reading for a person: PostgreSQL itself lets through only the rows that they may see.

The second wall. The first is the handler's own condition; this one stands when that is forgotten.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from server.stack.postgres import READER_ROLE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.store.database import Connection

# Both hold until the transaction ends, whatever happens in it.
_BECOME = "SELECT set_config('derrick.person', $1, true), set_config('role', $2, true)"


@asynccontextmanager
async def reading_as(connection: Connection, person: str) -> AsyncIterator[None]:
    """Open a read-only transaction in which row-level security answers for a person.

    Args:
        connection: of the server's own role, which may become the reader.
        person: their id, as the token proved it.

    """
    async with connection.transaction(readonly=True):
        await connection.execute(_BECOME, person, READER_ROLE)
        yield
