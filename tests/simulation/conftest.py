"""Options and places of the plays: a few seeds in the suite, many in a campaign."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec
import pytest

from server.stack import OWNER_ROLE
from tests.conftest import run_sql

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from server.settings import Settings
    from server.stack import Stack

SEEDS_VARIABLE = "SIMULATION_SEEDS"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--seeds N`, which runs seeds 1 to N for each kind of fault; for long campaigns."""
    parser.addoption("--seeds", type=int, default=None, help="seeds per fault: 1 to N")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark."""
    config.addinivalue_line("markers", "seeds(*numbers): the seeds that the suite runs")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that asks for a `seed` those of its mark, or those of the campaign."""
    if "seed" not in metafunc.fixturenames:
        return
    asked = metafunc.config.getoption("--seeds", default=None) or os.environ.get(SEEDS_VARIABLE)
    mark = metafunc.definition.get_closest_marker("seeds")
    few = mark.args if mark is not None else (1,)
    metafunc.parametrize("seed", range(1, int(asked) + 1) if asked else few)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make the empty folder of a play's replicas; its parent takes the servers' logs."""
    made = tmp_path / "play"
    made.mkdir()
    return made


@pytest.fixture
def twin_settings(
    settings: Settings, stack: Stack, template_database: str, tmp_path: Path
) -> Iterator[Settings]:
    """Point at a second database of the test's own, as fresh as the first."""
    assert settings.database_url is not None
    name = settings.database_url.rpartition("/")[2] + "_twin"
    run_sql(
        stack.postgres_superuser_url,
        f"CREATE DATABASE {name} TEMPLATE {template_database} OWNER {OWNER_ROLE}",
    )
    yield msgspec.structs.replace(
        settings,
        data_directory=tmp_path / "twin",
        database_url=f"{settings.database_url.rpartition('/')[0]}/{name}",
    )
    run_sql(stack.postgres_superuser_url, f"DROP DATABASE {name} WITH (FORCE)")
