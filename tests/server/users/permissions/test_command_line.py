"""The table and the reader's role from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec
import pytest

from server.stack import APP_ROLE
from server.stack.errors import StackError
from server.store import migrate_async
from tests.conftest import run_sql
from tests.server.cli.running import derrick

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Database

OUTSIDER = "outsider_of_a_test"


@pytest.fixture
def variables(database: Database, redis_url: str, tmp_path: Path) -> dict[str, str]:
    return {
        "DERRICK_DATABASE_URL": database.app_url,
        "DERRICK_REDIS_URL": redis_url,
        "DERRICK_DATA_DIRECTORY": str(tmp_path),
    }


@pytest.fixture
def outsider(database: Database) -> Iterator[str]:
    """Make a role that is not given derrick_reader, and return its URL on the test's database."""
    run_sql(database.superuser_url, f"CREATE ROLE {OUTSIDER} LOGIN PASSWORD 'x'")
    parts = urlsplit(database.app_url)
    yield parts._replace(netloc=f"{OUTSIDER}:x@127.0.0.1:{parts.port}").geturl()
    run_sql(database.superuser_url, f"DROP OWNED BY {OUTSIDER}")
    run_sql(database.superuser_url, f"DROP ROLE {OUTSIDER}")


def test_the_table_is_shown_and_changed(database: Database, variables: dict[str, str]) -> None:
    """A right given on the server's machine shows as an override, is recorded, and goes again."""
    done = derrick("permissions", "set", "employee", "task.create", "yes", **variables)
    assert done.returncode == 0, done.stderr
    shown = derrick("permissions", "show", **variables).stdout
    (line,) = [one for one in shown.splitlines() if one.startswith("task.create ")]
    assert line.split()[1:7] == ["x", "x", ".", "x", "x*", "."]
    assert "Saisir les tâches. / Add tasks." in line
    recorded = "SELECT count(*) FROM activity WHERE kind = 'permission_changed'"
    assert run_sql(database.owner_url, recorded) == "1"
    derrick("permissions", "set", "employee", "task.create", "default", **variables)
    matrix = msgspec.json.decode(derrick("permissions", "show", "--json", **variables).stdout)
    assert matrix["version"] == 3
    sources = {cell["source"] for line in matrix["lines"] for cell in line["cells"]}
    assert sources == {"default"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("administrator", "permission.update", "no"), "cannot be changed for this role"),
        (("employee", "task.burn", "yes"), "task.burn"),
        (("boss", "task.create", "yes"), "boss"),
    ],
)
def test_a_change_that_makes_no_sense_is_one_sentence(
    variables: dict[str, str], arguments: tuple[str, ...], sentence: str
) -> None:
    """What cannot be changed is said in a sentence, with exit status 1."""
    done = derrick("permissions", "set", *arguments, **variables)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


async def test_a_role_that_cannot_become_the_reader_is_named(
    database: Database, outsider: str, variables: dict[str, str]
) -> None:
    """Where the owner may not give the reader's role, migrate and doctor say what to run."""
    with pytest.raises(StackError, match=f"GRANT derrick_reader TO {OUTSIDER};"):
        await migrate_async(database.owner_url, OUTSIDER)
    run_sql(database.superuser_url, f"GRANT ALL ON DATABASE {database.name} TO {OUTSIDER}")
    done = derrick("doctor", **variables | {"DERRICK_DATABASE_URL": outsider})
    assert done.returncode == 1
    assert f"The role {OUTSIDER} may not become derrick_reader" in done.stdout
    run_sql(database.superuser_url, f"GRANT derrick_reader TO {OUTSIDER}")
    await migrate_async(database.owner_url, OUTSIDER)
    policies = f"SELECT count(*) FROM pg_policies WHERE policyname = 'trusted_{OUTSIDER}'"
    assert int(run_sql(database.owner_url, policies)) > 0
    await migrate_async(database.owner_url, APP_ROLE)
