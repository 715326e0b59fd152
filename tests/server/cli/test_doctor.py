"""`derrick doctor`: one sentence for each part, and an exit status for programs."""

import json
from pathlib import Path

import pytest

from server.stack import Stack
from tests.server.cli.running import derrick


def test_all_well(stack: Stack, tmp_path: Path) -> None:
    """With reachable servers it names their versions and exits with 0."""
    done = derrick("doctor", "--json", **_variables(stack, tmp_path))
    diagnosis = json.loads(done.stdout)
    assert done.returncode == 0, done.stdout
    assert diagnosis["healthy"]
    checks = {check["part"]: check for check in diagnosis["checks"]}
    assert checks["PostgreSQL"]["version"].startswith("18.")
    assert checks["Redis"]["sentence"].startswith("Valkey at 127.0.0.1:")
    assert checks["Files (S3)"]["state"] == "off"


def test_nothing_started(tmp_path: Path) -> None:
    """Before the first start it says what to run, and exits with 1."""
    done = derrick("doctor", "--data", str(tmp_path / "none"))
    assert done.returncode == 1
    assert "derrick up starts one here" in done.stdout
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("variable", "change", "sentence"),
    [
        ("DERRICK_DATABASE_URL", ("derrick_app:", "derrick_app:x"), "refuses the role derrick_app"),
        ("DERRICK_DATABASE_URL", ("/derrick", "/absent"), "has no database absent"),
        ("DERRICK_DATABASE_URL", ("@127.0.0.1:", "@127.0.0.1:1"), "does not answer at 127.0.0.1"),
        ("DERRICK_DATABASE_URL", ("@127.0.0.1:", "@host.invalid:"), "host.invalid, is not known"),
        ("DERRICK_REDIS_URL", ("redis://:", "redis://:x"), "refuses the password"),
        (
            "DERRICK_REDIS_URL",
            ("@127.0.0.1:", "@127.0.0.1:1"),
            "Redis does not answer at 127.0.0.1",
        ),
    ],
)
def test_what_is_wrong_is_a_sentence(
    stack: Stack, tmp_path: Path, variable: str, change: tuple[str, str], sentence: str
) -> None:
    """Each way in which a server cannot be used has its sentence, without the password."""
    variables = _variables(stack, tmp_path)
    old, new = change
    head, found, tail = variables[variable].rpartition(old)
    assert found
    done = derrick("doctor", **variables | {variable: _with_port_in_range(head + new + tail)})
    assert done.returncode == 1, done.stdout
    assert sentence in done.stdout
    for secret in (variables["DERRICK_DATABASE_URL"], variables["DERRICK_REDIS_URL"]):
        assert secret.split("@")[0].rpartition(":")[2] not in done.stdout


def test_s3_without_keys(stack: Stack, tmp_path: Path) -> None:
    """An S3 address without keys names the two variables that are missing."""
    variables = _variables(stack, tmp_path) | {"DERRICK_S3_ENDPOINT_URL": "http://127.0.0.1:9"}
    done = derrick("doctor", **variables)
    assert done.returncode == 1
    assert "DERRICK_S3_ACCESS_KEY and DERRICK_S3_SECRET_KEY are needed" in done.stdout


def test_an_unsafe_database_is_pointed_out(stack: Stack, tmp_path: Path) -> None:
    """A database that does not force commits to disk is reachable, but not passed as well."""
    done = derrick("doctor", **_variables(stack, tmp_path))
    assert "a crash may lose acknowledged work" in done.stdout


def _variables(stack: Stack, tmp_path: Path) -> dict[str, str]:
    return {
        "DERRICK_DATABASE_URL": stack.postgres_app_url,
        "DERRICK_REDIS_URL": stack.redis_url,
        "DERRICK_DATA_DIRECTORY": str(tmp_path),
    }


def _with_port_in_range(url: str) -> str:
    """Cut a port that grew a digit back to one on which nothing of ours listens."""
    place, found, rest = url.rpartition("127.0.0.1:1")
    return f"{place}127.0.0.1:1/{rest.partition('/')[2]}" if found else url
