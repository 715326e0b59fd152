"""Fixtures that every test may use: real servers, a fresh database, the real data."""

import itertools
import logging
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
import redis
import structlog

from server.settings import Settings, load_settings
from server.stack import APP_ROLE, OWNER_ROLE, Stack, postgres_programs

_ROOT = Path(__file__).resolve().parent.parent
_TEMPLATE = "derrick_template"
_database_numbers = itertools.count(1)


class Database(msgspec.Struct, frozen=True):
    """A migrated database of one test's own."""

    name: str
    owner_url: str
    app_url: str
    superuser_url: str


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """Undo what a test that configured logging did: its stream ends with the test."""
    root = logging.getLogger()
    before, level, events = {*root.handlers}, root.level, structlog.get_config()
    yield
    structlog.configure(**events)
    for handler in {*root.handlers} - before:
        if type(handler) is logging.StreamHandler:
            root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """PostgreSQL and Valkey, once per session and worker; not durable, so that starts are cheap."""
    # Not below pytest's own directory: as root, the servers' user could not enter that.
    directory = Path(tempfile.mkdtemp(prefix="derrick-test-"))
    if os.geteuid() == 0:
        directory.chmod(0o711)
    settings = load_settings({}, data_directory=directory / "data")
    try:
        with Stack(settings, parts=["postgres", "valkey"], durable=False) as started:
            yield started
    finally:
        shutil.rmtree(directory)


@pytest.fixture(scope="session")
def template_database(stack: Stack) -> str:
    """Name a migrated database, from which each test's own is copied."""
    run_sql(stack.postgres_superuser_url, f"CREATE DATABASE {_TEMPLATE} OWNER {OWNER_ROLE}")
    from server.store import migrate  # noqa: PLC0415 - a second, only where a database is needed

    migrate(_in_database(stack.postgres_owner_url, _TEMPLATE), APP_ROLE)
    return _TEMPLATE


@pytest.fixture
def database(stack: Stack, template_database: str) -> Iterator[Database]:
    """Make a fresh, migrated database, dropped after the test."""
    with copied_database(stack, template_database) as made:
        yield made


@contextmanager
def copied_database(stack: Stack, template: str) -> Iterator[Database]:
    """Copy the migrated database; the copy is dropped when the block ends."""
    name = f"test_{next(_database_numbers)}"
    superuser_url = stack.postgres_superuser_url
    run_sql(superuser_url, f"CREATE DATABASE {name} TEMPLATE {template} OWNER {OWNER_ROLE}")
    yield Database(
        name=name,
        owner_url=_in_database(stack.postgres_owner_url, name),
        app_url=_in_database(stack.postgres_app_url, name),
        superuser_url=_in_database(superuser_url, name),
    )
    run_sql(superuser_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def redis_url(stack: Stack) -> str:
    """Empty the Valkey that a worker's tests share, one after the other."""
    with redis.Redis.from_url(stack.redis_url) as client:
        client.flushall()
    return stack.redis_url


@pytest.fixture
def settings(database: Database, redis_url: str, tmp_path: Path) -> Settings:
    """Point the settings at the test's own database, with S3 left out."""
    return settings_on(database, redis_url, tmp_path)


def settings_on(database: Database, redis_url: str, directory: Path) -> Settings:
    """Return the settings of a server over a database, with S3 left out."""
    return load_settings(
        {},
        data_directory=directory,
        database_url=database.app_url,
        database_owner_url=database.owner_url,
        redis_url=redis_url,
        token_secret="a-secret-for-tests-of-thirty-two-bytes-or-more",
        http_port=0,
        app_directory=directory / "no-app",
    )


@pytest.fixture(scope="session")
def realdata() -> Path:
    """Find the folder of real schedules and site records beside the checkout."""
    folder = _ROOT.parent / "shared" / "realdata"
    if not folder.is_dir():
        pytest.skip("the real data is not beside this checkout")
    return folder


def run_sql(url: str, sql: str) -> str:
    """Run statements through psql, outside any event loop, and return what they print."""
    done = subprocess.run(  # noqa: S603
        [postgres_programs() / "psql", "-XqtA", "-v", "ON_ERROR_STOP=1", url, "-c", sql],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _in_database(url: str, name: str) -> str:
    return f"{url.rpartition('/')[0]}/{name}"
