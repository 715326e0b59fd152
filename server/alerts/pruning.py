"""Forgets what was told so long ago that it cannot come up again, and what was read long ago."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    import asyncpg

    from server.intake import Intake

TOLD_DAYS = 800
"""No deadline is told more than a year ahead, and none falls due twice."""

_FORGET = "DELETE FROM notice_told WHERE told_at < $1::timestamptz - $2 * interval '1 day'"


async def forget_told(pool: asyncpg.Pool, now: dt.datetime) -> int:
    """Drop the names of what was told years ago; return how many."""
    status = await pool.execute(_FORGET, now, TOLD_DAYS)
    return int(status.rpartition(" ")[2])


NOTICES_BATCH = 1_000
"""Notices that are looked for at once."""

# An urgent one stays until it was acknowledged, whoever read it.
_READ_LONG_AGO = """
    SELECT person_id::text AS person, id::text FROM notification
    WHERE NOT deleted AND read_at IS NOT NULL AND made_at < $1
        AND (urgent IS NOT TRUE OR acknowledged_at IS NOT NULL)
    ORDER BY person_id, id LIMIT $2
"""


async def prune_notices(intake: Intake, pool: asyncpg.Pool, before_ms: int) -> int:
    """Delete the notices that were made before a moment and have been read; return how many.

    People's devices drop them as they drop any deleted row.
    """
    pruned = 0
    while True:
        records = await pool.fetch(_READ_LONG_AGO, before_ms, NOTICES_BATCH)
        for person, group in itertools.groupby(records, lambda one: str(one["person"])):
            scope, rows = f"user:{person}", [str(one["id"]) for one in group]
            async with intake.server_transaction([scope]) as transaction:
                await transaction.load(scope, rows)
                for row in rows:
                    transaction.workspace.remove(scope, "notification", row, intent="notice.prune")
        pruned += len(records)
        if len(records) < NOTICES_BATCH:
            return pruned
