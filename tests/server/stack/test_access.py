"""Who may start the servers, who may enter them, and who may read their secrets."""

import stat
from pathlib import Path

import asyncpg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from server.settings import load_settings
from server.stack import APP_ROLE, OWNER_ROLE, Stack, StackError, attach, keep_secret, parts_needed
from server.stack.directory import DataDirectory
from tests.conftest import run_sql


def test_a_second_start_is_refused(stack: Stack) -> None:
    """Two starts on one data directory: the second says who has it and what to do."""
    second = Stack(stack.settings, parts=["postgres"], durable=False)
    with pytest.raises(StackError, match=r"is in use by process \d+\. Stop that one first"):
        second.start()
    assert run_sql(stack.postgres_app_url, "SELECT 1") == "1"


def test_a_directory_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """A data directory below a file is one sentence, not a traceback."""
    (tmp_path / "file").write_text("")
    settings = load_settings({}, data_directory=tmp_path / "file" / "data")
    with pytest.raises(StackError, match=r"data directory .* cannot be used"):
        Stack(settings, parts=["valkey"]).start()


def test_secrets_are_private(stack: Stack) -> None:
    """Every secret lies in a file, in a directory, that only the owner may read."""
    directory = stack.directory.secrets
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    files = list(directory.iterdir())
    assert files
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    """A secret asked for again is the same; another name is another secret."""
    directory = DataDirectory(tmp_path)
    assert keep_secret(directory, "token") == keep_secret(directory, "token")
    assert keep_secret(directory, "token") != keep_secret(directory, "other")
    assert len(keep_secret(directory, "token")) >= 64


@pytest.mark.parametrize("role", [OWNER_ROLE, APP_ROLE])
def test_roles_are_ordinary(stack: Stack, role: str) -> None:
    """Neither role is a superuser, makes roles or databases, or passes row-level security."""
    rights = run_sql(
        stack.postgres_superuser_url,
        f"""SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls
            FROM pg_roles WHERE rolname = '{role}'""",
    )
    assert rights == "f"


def test_the_database_sorts_by_code_point(stack: Stack) -> None:
    """Text sorts the same on every machine, and upper case knows accents."""
    sql = "SELECT string_agg(x, '' ORDER BY x) || upper('é') FROM unnest('{é,a,Z}'::text[]) x"
    assert run_sql(stack.postgres_app_url, sql) == "ZaéÉ"
    assert run_sql(stack.postgres_app_url, "SHOW server_encoding") == "UTF8"


async def test_a_wrong_password_is_refused(stack: Stack) -> None:
    """Local programs that do not know the passwords are kept out of both servers."""
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(stack.postgres_app_url, password="wrong")
    port = int(stack.redis_url.rpartition(":")[2].partition("/")[0])
    with (
        redis.Redis(port=port, retry=Retry(NoBackoff(), 0)) as client,
        pytest.raises(redis.AuthenticationError),
    ):
        client.ping()


def test_a_durable_stack_forces_writes_to_disk(tmp_path: Path) -> None:
    """By default commits wait for the disk; only tests may ask for less."""
    settings = load_settings({}, data_directory=tmp_path)
    with Stack(settings, parts=["postgres"]) as durable:
        shown = run_sql(
            durable.postgres_app_url,
            """SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings
               WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes', 'jit')""",
        )
    assert shown == "fsync=on full_page_writes=on jit=off synchronous_commit=on"


def test_any_directory_will_do(tmp_path: Path) -> None:
    """Spaces, quotes, commas, accents and length in the directory's name are no obstacle."""
    settings = load_settings({}, data_directory=tmp_path / """l'été, "ici" """ / ("x" * 100))
    with Stack(settings, parts=["postgres", "valkey"], durable=False) as odd:
        assert run_sql(odd.postgres_app_url, "SELECT 1") == "1"


def test_only_what_is_missing_is_started() -> None:
    """What the settings point elsewhere is not started here; S3 can be left out."""
    assert parts_needed(load_settings({})) == ("postgres", "valkey", "objects")
    assert parts_needed(load_settings({}), objects=False) == ("postgres", "valkey")
    elsewhere = load_settings(
        {}, database_url="postgresql://host/name", s3_endpoint_url="http://host:9000"
    )
    assert parts_needed(elsewhere) == ("valkey",)


def test_commands_beside_the_stack_find_it(stack: Stack) -> None:
    """Settings that name only the data directory are filled with the running servers'."""
    attached = attach(stack.settings)
    assert attached.database_url == stack.postgres_app_url
    assert attached.database_owner_url == stack.postgres_owner_url
    assert attached.redis_url == stack.redis_url
    assert attached.s3_endpoint_url is None
