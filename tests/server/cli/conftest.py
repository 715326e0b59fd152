"""Fixtures of the command line's tests."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from server.settings import Settings
from server.stack import Stack
from tests.server.cli.office import Office
from tests.simulation.serving import Server


@pytest.fixture
def stack_variables(stack: Stack) -> dict[str, str]:
    """Point the variables at the session's servers, as both roles."""
    return {
        "DERRICK_DATABASE_URL": stack.postgres_app_url,
        "DERRICK_DATABASE_OWNER_URL": stack.postgres_owner_url,
        "DERRICK_REDIS_URL": stack.redis_url,
    }


@pytest.fixture
def short(settings: Settings) -> Settings:
    """Let access tokens live for a second, beside the leeway of clocks; passwords cost little."""
    return msgspec.structs.replace(
        settings,
        access_token_seconds=1,
        password_hash_memory_kib=64,
        password_hash_passes=1,
        login_requests_per_minute_max=0,
    )


@pytest.fixture
def server(short: Settings, tmp_path: Path) -> Iterator[Server]:
    """Run a real server."""
    made = Server(short, tmp_path / "server.log")
    made.start()
    try:
        asyncio.run(made.ready())
        yield made
    finally:
        made.kill()


@pytest.fixture
def office(short: Settings, server: Server) -> Iterator[Office]:
    """Sit an administrator at the server."""
    made = Office(short, server.url)
    yield made
    made.close()
