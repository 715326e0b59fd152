"""Of several schedulers one leads; when it dies the next takes over; no slot runs twice."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest
from msgspec.structs import replace

from server.settings import settings_environment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from server.settings import Settings
    from tests.conftest import Database

_ROOT = Path(__file__).resolve().parents[3]
SECONDS_MAX = 40


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.superuser_url)
    await connection.execute(
        "CREATE TABLE ticks (process integer, at timestamptz DEFAULT clock_timestamp());"
        "GRANT ALL ON ticks TO PUBLIC"
    )
    yield connection
    await connection.close()


@contextmanager
def _scheduler(
    settings: Settings, *command: str, log: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("DERRICK_")},
        **settings_environment(settings),
        "PYTHONPATH": str(_ROOT),
    }
    arguments = [sys.executable, "-m", *(command or ("tests.server.jobs.ticking",))]
    with ExitStack() as stack:
        output = None if log is None else stack.enter_context(log.open("wb"))
        process = subprocess.Popen(arguments, env=environment, cwd=_ROOT, stderr=output)  # noqa: S603
        try:
            yield process
        finally:
            process.kill()
            process.wait()


async def _ticks(connection: asyncpg.Connection, process: int) -> int:
    found = await connection.fetchval("SELECT count(*) FROM ticks WHERE process = $1", process)
    return int(found)


async def _until(connection: asyncpg.Connection, process: int, more_than: int) -> None:
    async with asyncio.timeout(SECONDS_MAX):
        while True:
            if await _ticks(connection, process) > more_than:
                return
            await asyncio.sleep(0.1)


async def test_one_of_two_schedulers_leads_and_the_other_takes_over(
    settings: Settings, connection: asyncpg.Connection
) -> None:
    """Each slot runs once though two processes are up; after kill -9 the other goes on."""
    with _scheduler(settings) as first:
        await _until(connection, first.pid, 0)
        with _scheduler(settings) as second:
            await _until(connection, first.pid, await _ticks(connection, first.pid) + 3)
            assert await _ticks(connection, second.pid) == 0
            first.kill()
            first.wait()
            await _until(connection, second.pid, 2)
    per_second = await connection.fetch(
        "SELECT date_trunc('second', at), count(*) FROM ticks GROUP BY 1 HAVING count(*) > 1"
    )
    # A slot that was missed while nobody led is caught up next to the slot that follows it.
    assert len(per_second) <= 2


async def test_a_leader_whose_connection_is_cut_stops_and_leads_again(
    settings: Settings, connection: asyncpg.Connection
) -> None:
    """Losing the lock's connection stops the work; once it is back, so is the work."""
    with _scheduler(settings) as only:
        await _until(connection, only.pid, 0)
        cut = await connection.fetchval(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE application_name = 'derrick-scheduler' AND datname = current_database()"
        )
        assert cut == 1
        await _until(connection, only.pid, await _ticks(connection, only.pid) + 2)
        assert only.poll() is None


async def test_a_scheduler_outlives_an_absent_database(settings: Settings) -> None:
    """A scheduler that cannot reach PostgreSQL waits for it, and stops when told to."""
    unreachable = replace(settings, database_url="postgresql://nobody@127.0.0.1:1/none")
    with _scheduler(unreachable) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            await asyncio.to_thread(process.wait, 3)
        process.terminate()
        assert await asyncio.to_thread(process.wait, SECONDS_MAX) != 1


@pytest.mark.parametrize(
    ("name", "event"), [("scheduler", b"scheduler_leads"), ("worker", b"worker_started")]
)
async def test_the_processes_stop_cleanly_when_told_to(
    settings: Settings, tmp_path: Path, name: str, event: bytes
) -> None:
    """SIGTERM ends the scheduler and the worker at once, without a complaint."""
    log = tmp_path / "log"
    with _scheduler(settings, "server.cli", name, log=log) as process:
        async with asyncio.timeout(SECONDS_MAX):
            while True:
                if event in log.read_bytes():
                    break
                await asyncio.sleep(0.1)
        process.terminate()
        assert await asyncio.to_thread(process.wait, SECONDS_MAX) == 0
    assert b"Traceback" not in log.read_bytes()
