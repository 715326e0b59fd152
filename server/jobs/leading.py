"""One leader among any number of processes, by a PostgreSQL advisory lock.

The lock lives as long as the connection that holds it. A leader that loses the connection stops
working at once; when a leader dies, PostgreSQL drops the lock and another takes it within seconds.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg
import structlog

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

log = structlog.get_logger()

LEADER_LOCK = 0x4465_7273

STANDBY_SECONDS = 1.0
"""Pause between two tries for the lock: waiting in it would hold back vacuum."""
HEARTBEAT_SECONDS = 2.0
ANSWER_SECONDS_MAX = 10.0
"""Silence of PostgreSQL after which the leader takes itself for cut off."""

# A leader whose machine vanished is found out, and its lock freed, in about twelve seconds.
_SERVER_SETTINGS = {
    "application_name": "derrick-scheduler",
    "tcp_keepalives_idle": "6",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
}

_LOST = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError)


async def lead(database_url: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do `work` while this process leads, for ever: stand by, lead, and stand by again."""
    while True:
        try:
            connection = await asyncpg.connect(
                database_url,
                timeout=ANSWER_SECONDS_MAX,
                command_timeout=ANSWER_SECONDS_MAX,
                server_settings=_SERVER_SETTINGS,
            )
            try:
                await _stand_by(connection)
                log.info("scheduler_leads")
                await _work_while_connected(connection, work)
            finally:
                connection.terminate()
        except _LOST as error:
            log.warning("scheduler_leads_no_more", error=repr(error))
        await asyncio.sleep(STANDBY_SECONDS)


async def _stand_by(connection: asyncpg.Connection) -> None:
    while True:
        if await connection.fetchval("SELECT pg_try_advisory_lock($1)", LEADER_LOCK):
            return
        await asyncio.sleep(STANDBY_SECONDS)


async def _work_while_connected(
    connection: asyncpg.Connection, work: Callable[[], Awaitable[None]]
) -> None:
    tasks = [asyncio.ensure_future(work()), asyncio.ensure_future(_watch(connection))]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _watch(connection: asyncpg.Connection) -> None:
    """Return or raise as soon as the connection is lost, or PostgreSQL silent."""
    lost = asyncio.Event()
    connection.add_termination_listener(lambda _: lost.set())
    while not lost.is_set():
        await connection.fetchval("SELECT 1")
        try:
            await asyncio.wait_for(lost.wait(), HEARTBEAT_SECONDS)
        except TimeoutError:
            continue
    raise ConnectionError("the connection that holds the leader's lock was lost")
