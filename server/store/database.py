"""The connections: an asyncpg pool for the merge and the pull, made at start and closed at stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
from asyncpg.pool import PoolConnectionProxy

if TYPE_CHECKING:
    from server.settings import Settings

Connection = asyncpg.Connection | PoolConnectionProxy
"""A connection, of its own or lent by a pool."""

STATEMENT_CACHE_SIZE = 256
COMMAND_TIMEOUT_SECONDS = 60


BY_KEY = {"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off"}
"""The merge reads and writes rows by their keys alone, whatever the statistics say of the tables:
on a table that has just grown, they would have it scanned."""


async def _keep_as_it_is(connection: asyncpg.Connection) -> None:
    """Spare the merge a round trip: its transactions leave nothing behind in the session."""


async def open_pool(settings: Settings, *, by_key: bool = False) -> asyncpg.Pool:
    """Open a pool. Connections are made as they are needed, so the database may come up later.

    Args:
        settings: where the database is, and how many connections to hold.
        by_key: plan every statement as a walk along keys: for the merge.

    """
    if settings.database_url is None:
        raise RuntimeError("no database: DERRICK_DATABASE_URL is not set and no stack was started")
    return await asyncpg.create_pool(
        settings.database_url,
        min_size=0,
        max_size=settings.database_pool_size_max,
        statement_cache_size=STATEMENT_CACHE_SIZE,
        command_timeout=COMMAND_TIMEOUT_SECONDS,
        # A connection made anew in mid-shift is a push that waits for it.
        max_inactive_connection_lifetime=0,
        reset=_keep_as_it_is if by_key else None,
        # Generic plans: the same few statements run for ever, each by its primary key.
        server_settings={
            "application_name": "derrick",
            "plan_cache_mode": "force_generic_plan",
            **(BY_KEY if by_key else {}),
        },
    )


def unreachable(error: BaseException) -> bool:
    """Whether an error says that PostgreSQL cannot be reached, or not for now."""
    return isinstance(
        error,
        OSError
        | TimeoutError
        | asyncpg.InterfaceError
        | asyncpg.PostgresConnectionError
        | asyncpg.OperatorInterventionError
        | asyncpg.InsufficientResourcesError
        | asyncpg.TransactionRollbackError
        | asyncpg.LockNotAvailableError,
    )
