"""A whole installation to measure: durable PostgreSQL, Valkey, and the server beside them."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import msgspec
from msgspec import Struct

from server.settings import load_settings, settings_environment
from server.stack import APP_ROLE, Stack, free_port
from server.store import migrate
from server.users import bootstrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.settings import Settings

UNREACHED = 1_000_000
START_SECONDS_MAX = 180
OPEN_APP = "tests.bench.open_server:create_open_app"
_ROOT = Path(__file__).resolve().parents[2]


class Installation(Struct, frozen=True):
    """Where the parts are."""

    server_url: str
    open_url: str
    """The same server on the same database, without access checks: a stand-in to measure by."""
    database_url: str
    redis_url: str
    token: str
    """The administrator's."""
    owner_url: str = ""
    """A superuser's, for ANALYZE and CHECKPOINT before a measure."""


@contextmanager
def installation(folder: Path | None = None) -> Iterator[Installation]:
    """Start everything on a data directory of its own, and take it away afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="derrick-bench-", dir=folder))
    directory.chmod(0o711)
    settings = load_settings({}, data_directory=directory / "data")
    try:
        with Stack(settings, parts=["postgres", "valkey"]) as stack:
            migrate(stack.postgres_owner_url, APP_ROLE)
            resolved = load_settings(
                {},
                data_directory=directory / "data",
                database_url=stack.postgres_app_url,
                redis_url=stack.redis_url,
                http_port=free_port(),
                token_secret=secrets.token_hex(32),
                # Requests are counted, as always; what is measured is not how soon that is enough.
                address_requests_per_minute_max=UNREACHED,
                account_requests_per_minute_max=UNREACHED,
                push_requests_per_minute_max=UNREACHED,
            )
            bootstrap(resolved)
            unchecked = msgspec.structs.replace(resolved, http_port=free_port())
            with (
                _served(resolved, directory / "server.log") as url,
                _served(unchecked, directory / "open.log", app=OPEN_APP) as open_url,
            ):
                yield Installation(
                    url,
                    open_url,
                    stack.postgres_app_url,
                    stack.redis_url,
                    (directory / "data" / "administrator.token").read_text(),
                    stack.postgres_superuser_url,
                )
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def _served(settings: Settings, log: Path, *, app: str | None = None) -> Iterator[str]:
    more = [] if app is None else ["--app", app]
    with log.open("wb") as output:
        server = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "server.cli", "serve", *more],
            env={**os.environ, **settings_environment(settings)},
            cwd=_ROOT,
            stdout=output,
            stderr=output,
        )
        try:
            _wait(settings.http_url, log)
            yield settings.http_url
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()


def _wait(url: str, log: Path) -> None:
    until = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < until:
        try:
            if httpx.get(f"{url}/health").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError(f"the server did not start: {log.read_text()[-2000:]}")
