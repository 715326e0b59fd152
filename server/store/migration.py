"""Brings a database to the schema that this version of the code needs.

One process migrates at a time (advisory lock); a statement that cannot get its lock gives up rather
than stand in the way of those who work.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from server.stack.errors import StackError
from server.stack.postgres import READER_ROLE

ADVISORY_LOCK = 0x44657272
"""The lock's number: the first letters of our name."""

LOCK_TIMEOUT = "10s"
STATEMENT_TIMEOUT = "15min"


def sqlalchemy_url(url: str) -> str:
    """Return a PostgreSQL URL as SQLAlchemy's asyncpg dialect wants it."""
    return re.sub(r"^postgres(ql)?://", "postgresql+asyncpg://", url)


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    return config


def newest_revision() -> str:
    """Return the revision that this version of the code needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise RuntimeError("there are no migrations")
    return head


def _upgrade(connection: Connection, revision: str, *, down: bool) -> None:
    connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))
    connection.execute(text("SELECT pg_advisory_lock(:number)"), {"number": ADVISORY_LOCK})
    connection.commit()
    (command.downgrade if down else command.upgrade)(_config(connection), revision)
    connection.commit()


def _ensure_reader(connection: Connection, role: str | None) -> None:
    """Make the role that row-level security is written for; let the server become it.

    Raises StackError when it is missing and the owner may not make it.
    """
    name = connection.dialect.identifier_preparer.quote(role) if role else "CURRENT_USER"
    try:
        connection.execute(text(_MAKE_READER))
        member = text(
            "SELECT pg_has_role(coalesce(CAST(:role AS name), current_user), :reader, 'MEMBER')"
        )
        if not connection.scalar(member, {"role": role, "reader": READER_ROLE}):
            connection.execute(text(f"GRANT {READER_ROLE} TO {name}"))
        connection.commit()
    except DBAPIError as error:
        wanted = role or connection.engine.url.username
        raise StackError(
            f"Row-level security needs the role {READER_ROLE}, which this one may not make or "
            f"give. As an administrator of PostgreSQL, run: CREATE ROLE {READER_ROLE} NOLOGIN; "
            f"GRANT {READER_ROLE} TO {wanted};"
        ) from error


_MAKE_READER = f"""
    DO $$ BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{READER_ROLE}') THEN
            CREATE ROLE {READER_ROLE} NOLOGIN;
        END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL; -- another database of this server made it just now
    END $$
"""

_IS_READER = "SELECT pg_has_role(coalesce(CAST(:role AS name), current_user), :reader, 'MEMBER')"

_UNTRUSTED = """
    SELECT oid::regclass::text FROM pg_class
    WHERE relrowsecurity AND relnamespace = 'public'::regnamespace
        AND NOT pg_has_role(CAST(:role AS name), relowner, 'USAGE')
        AND NOT EXISTS (SELECT FROM pg_policy
            WHERE polrelid = pg_class.oid AND polname = CAST(:policy AS name))
    ORDER BY 1
"""


def _grant(connection: Connection, role: str) -> None:
    """Let the application role read and write, and nothing more.

    The merge and the pull are trusted: row-level security lets this role pass, and binds the one
    that it becomes to read for a person (`server.store.reading`).
    """
    name = connection.dialect.identifier_preparer.quote(role)
    for statement in (
        f"GRANT USAGE ON SCHEMA public TO {name}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}",
        f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {name}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name}",
        f"""ALTER DEFAULT PRIVILEGES IN SCHEMA public
            GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {name}""",
    ):
        connection.execute(text(statement))
    if connection.scalar(text("SELECT to_regprocedure('purge_activity(timestamptz)') IS NOT NULL")):
        # Append-only: what is past its time leaves through the function alone.
        connection.execute(text(f"REVOKE UPDATE, DELETE ON activity FROM {name}"))
        connection.execute(text(f"GRANT EXECUTE ON FUNCTION purge_activity(timestamptz) TO {name}"))
    policy = f"trusted_{role}"[:63]
    quoted = connection.dialect.identifier_preparer.quote(policy)
    found = connection.execute(text(_UNTRUSTED), {"role": role, "policy": policy})
    for table in found.scalars().all():
        connection.execute(
            text(f"CREATE POLICY {quoted} ON {table} TO {name} USING (true) WITH CHECK (true)")
        )
    connection.commit()


async def migrate_async(
    owner_url: str, app_role: str | None, *, revision: str = "head", down: bool = False
) -> None:
    """Migrate as the owner of the tables, then let the application role work with them.

    Args:
        owner_url: PostgreSQL URL of the role that owns the tables.
        app_role: the role that the server works as; None when it is the owner itself.
        revision: where to go.
        down: go back to an older revision: for tests, and for those who know.

    """
    engine = create_async_engine(sqlalchemy_url(owner_url), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_ensure_reader, app_role)
            await connection.run_sync(_upgrade, revision, down=down)
            if app_role is not None and not down:
                await connection.run_sync(_grant, app_role)
    finally:
        await engine.dispose()


def migrate(owner_url: str, app_role: str | None) -> None:
    """Migrate to the newest revision; for callers without an event loop."""
    asyncio.run(migrate_async(owner_url, app_role))


async def current_revision(url: str) -> str | None:
    """Return the revision a database is at, or None when it is empty."""
    engine = create_async_engine(sqlalchemy_url(url), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(
                lambda plain: MigrationContext.configure(plain).get_current_revision()
            )
    finally:
        await engine.dispose()
