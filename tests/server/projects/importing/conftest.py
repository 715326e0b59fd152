"""Fixtures of the import's tests: a replica without a server, and a served Derrick."""

from __future__ import annotations

import asyncio
import itertools
import os
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from msgspec import Struct

from server.settings import settings_environment
from server.stack import free_port
from server.users import ensure_administrator, token_for
from sync.replica import Replica

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from server.settings import Settings

_START_SECONDS_MAX = 60.0


class Served(Struct, frozen=True):
    """A running server, and a token of its administrator."""

    url: str
    token: str
    settings: Settings


@pytest.fixture
def replica(tmp_path: Path) -> Iterator[Replica]:
    """Make a replica that never meets a server; its clock moves by itself."""
    ticks = itertools.count(1_770_000_000_000)
    made = Replica.create(
        tmp_path / "replica.sqlite",
        server="http://nowhere.invalid",
        person="someone",
        name="test",
        clock=lambda: next(ticks),
        random=os.urandom,
    )
    with closing(made):
        yield made


@pytest.fixture
def served(settings: Settings) -> Iterator[Served]:
    """Serve the real application, in a process of its own, on a database of the test's own."""
    import msgspec  # noqa: PLC0415 - for this alone

    settings = msgspec.structs.replace(settings, http_port=free_port())
    person = asyncio.run(ensure_administrator(settings))
    others = {name: value for name, value in os.environ.items() if not name.startswith("DERRICK_")}
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "server.cli", "serve", "--port", str(settings.http_port)],
        env=others | settings_environment(settings),
    ) as process:
        try:
            _wait(settings.http_url, process)
            yield Served(settings.http_url, token_for(settings, person), settings)
        finally:
            process.terminate()


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until the server answers."""
    end = time.monotonic() + _START_SECONDS_MAX
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5) as response:  # noqa: S310
                if response.status == 200:
                    return
        except OSError:
            time.sleep(0.05)
    pytest.fail("the server did not start")
