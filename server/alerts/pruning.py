"""Forgets what was told so long ago that it cannot come up again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    import asyncpg

TOLD_DAYS = 800
"""No deadline is told more than a year ahead, and none falls due twice."""

_FORGET = "DELETE FROM notice_told WHERE told_at < $1::timestamptz - $2 * interval '1 day'"


async def forget_told(pool: asyncpg.Pool, now: dt.datetime) -> int:
    """Drop the names of what was told years ago; return how many."""
    status = await pool.execute(_FORGET, now, TOLD_DAYS)
    return int(status.rpartition(" ")[2])
