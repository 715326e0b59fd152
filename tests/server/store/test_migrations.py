"""The migrations make what the declarations say, and can be walked up, down and up again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg
import pytest

from server.stack import APP_ROLE
from server.store import current_revision, migrate_async, newest_revision
from server.store.ddl import statements
from server.store.metadata import METADATA
from server.store.tables import HASH_PARTITIONS, LARGE_TABLES
from tests.conftest import run_sql
from tests.serving import new_id, project_created, serve_here, task_created

if TYPE_CHECKING:
    from server.settings import Settings
    from tests.conftest import Database

_COLUMNS = """
    SELECT c.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
        AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
"""


async def _structure(url: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return sorted(tuple(one) for one in await connection.fetch(_COLUMNS))
    finally:
        await connection.close()


async def test_up_down_and_up_again(database: Database) -> None:
    """Down to nothing and up again leaves the same tables."""
    before = await _structure(database.owner_url)
    assert await current_revision(database.owner_url) == newest_revision()
    await migrate_async(database.owner_url, APP_ROLE, revision="base", down=True)
    left = {str(one[0]).partition(".")[0] for one in await _structure(database.owner_url)}
    assert left <= {"alembic_version"}
    await migrate_async(database.owner_url, APP_ROLE)
    assert await _structure(database.owner_url) == before


async def test_a_second_migration_at_once_does_nothing(database: Database) -> None:
    """Two processes that start together migrate once."""
    await migrate_async(database.owner_url, APP_ROLE, revision="base", down=True)
    await asyncio.gather(*(migrate_async(database.owner_url, APP_ROLE) for _ in range(2)))
    assert await current_revision(database.owner_url) == newest_revision()


async def test_the_database_has_the_declared_columns(database: Database) -> None:
    """Every declared column is there, and no table has another."""
    found = {str(one[0]) for one in await _structure(database.owner_url)}
    assert statements()  # draws from every module that declares tables
    declared = {
        f"{table.name}.{column.name}"
        for table in METADATA.tables.values()
        for column in table.columns
    }
    assert found - {"alembic_version.version_num"} == declared


def test_large_tables_are_partitioned(database: Database) -> None:
    """Each large table has its hash partitions, the change log its months and a default."""
    for name in LARGE_TABLES:
        count = run_sql(
            database.owner_url,
            f"SELECT count(*) FROM pg_inherits WHERE inhparent = '{name}'::regclass",
        )
        assert int(count) == HASH_PARTITIONS
    months = run_sql(
        database.owner_url,
        "SELECT count(*) FROM pg_inherits WHERE inhparent = 'change_log'::regclass",
    )
    assert int(months) >= 4


def test_every_index_says_which_question_it_answers(database: Database) -> None:
    """An index that is no key's has a comment."""
    silent = run_sql(
        database.owner_url,
        """
        SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition
            AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid)
            AND obj_description(c.oid, 'pg_class') IS NULL
        """,
    )
    assert silent == ""


async def test_the_application_works_and_alters_nothing(database: Database) -> None:
    """The role that serves reads and writes rows; it makes, alters and drops no table."""
    connection = await asyncpg.connect(database.app_url)
    try:
        await connection.fetchval("SELECT count(*) FROM task")
        for statement in (
            "CREATE TABLE mine (one int)",
            "ALTER TABLE task ADD COLUMN mine int",
            "DROP TABLE task",
            "TRUNCATE task",
            "UPDATE alembic_version SET version_num = 'x'",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
        assert await connection.fetchval("SELECT make_change_log_month('2031-05-05')")
    finally:
        await connection.close()


async def test_a_populated_database_is_migrated_under_a_reader(settings: Settings) -> None:
    """Migrating again while people read and write changes nothing and stops nobody."""
    async with serve_here(settings) as service:
        tablet = await service.tablet()
        project = new_id()
        await tablet.must(project_created(project))
        done = asyncio.Event()

        async def read() -> int:
            turns = 0
            while not done.is_set():
                await tablet.must(task_created(project))
                await tablet.pull()
                turns += 1
            return turns

        reading = asyncio.create_task(read())
        assert settings.database_owner_url is not None
        await migrate_async(settings.database_owner_url, APP_ROLE)
        done.set()
        turns = await reading
        tablet.assert_sums()
        assert len(tablet.live(f"project:{project}")) == turns + 1
