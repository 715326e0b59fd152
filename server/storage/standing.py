"""Where the queue stands, for those who look after the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    import asyncpg

_QUEUE = """
    SELECT state, count(*) AS uploads, coalesce(sum(length_bytes), 0)::bigint AS bytes,
        CASE WHEN state IN ('receiving', 'queued', 'storing') THEN
            extract(epoch FROM now() - min(coalesce(received_at, created_at)))::float8
        END AS oldest_seconds
    FROM upload GROUP BY state
    ORDER BY array_position('{receiving,queued,storing,stored,failed}'::text[], state)
"""
_PROBLEMS = """
    SELECT problem, count(*) AS uploads FROM upload
    WHERE problem IS NOT NULL AND state <> 'stored' GROUP BY problem ORDER BY count(*) DESC LIMIT 20
"""
_OBJECTS = "SELECT count(*) AS objects, coalesce(sum(bytes), 0)::bigint AS bytes FROM stored_object"
_RETRY = """
    UPDATE upload SET next_attempt_at = now(), state = 'queued', finished_at = NULL
    WHERE state = 'queued' OR ($1 AND state = 'failed' AND problem LIKE 'spool_%')
"""


class QueueState(Struct, frozen=True):
    """The uploads in one state."""

    state: str
    uploads: int
    bytes: int
    oldest_seconds: float | None
    """Age of the eldest that still waits for something."""


class Problem(Struct, frozen=True):
    """Why uploads wait or failed."""

    problem: str
    uploads: int


class Standing(Struct, frozen=True):
    """The queue and the store at a glance."""

    queue: list[QueueState]
    problems: list[Problem]
    objects: int
    object_bytes: int


async def read_standing(pool: asyncpg.Pool) -> Standing:
    """Return where the queue stands."""
    queue = [QueueState(**one) for one in await pool.fetch(_QUEUE)]
    problems = [Problem(**one) for one in await pool.fetch(_PROBLEMS)]
    objects = await pool.fetchrow(_OBJECTS)
    assert objects is not None  # noqa: S101
    return Standing(queue, problems, objects["objects"], objects["bytes"])


async def retry_uploads(pool: asyncpg.Pool, *, failed: bool = False) -> int:
    """Have waiting uploads tried now, and those whose file was missing; return how many."""
    done = await pool.execute(_RETRY, failed)
    return int(done.rpartition(" ")[2])
