"""What the demo needs running, for the length of a block: PostgreSQL, Valkey, and the server."""

from __future__ import annotations

import os
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from server.cli.progress import step
from server.cli.replicas.saying import Both, Language
from server.settings import Settings, settings_environment
from server.stack import APP_ROLE, Stack, free_port, parts_needed
from server.stack.child import Child, ChildSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

_READY_SECONDS_MAX = 60.0


@contextmanager
def demo_stack(settings: Settings, language: Language) -> Iterator[Settings]:
    """Start a stack without S3 and a server on a free port; yield the settings that reach them."""
    settings = msgspec.structs.replace(
        settings,
        data_directory=settings.data_directory.resolve(),
        http_port=settings.http_port or free_port(),
    )
    place = settings.data_directory
    starting = Both(
        f"Démarrage de PostgreSQL et Valkey dans {place}",
        f"Starting PostgreSQL and Valkey in {place}",
    )
    with step(starting.to(language), done="ok"):
        stack = Stack(settings, parts=parts_needed(settings, objects=False)).start()
    try:
        resolved = stack.resolved_settings
        child = _server(resolved)
        try:
            serving = Both(
                "Préparation de la base et démarrage du serveur",
                "Preparing the database and starting the server",
            )
            with step(serving.to(language), done="ok"):
                _migrate(resolved)
                child.start()
                child.wait_until(lambda: _healthy(resolved), _READY_SECONDS_MAX)
            stack.tell_server(resolved.http_url)
            yield resolved
        finally:
            child.stop()
    finally:
        stack.stop()


def _migrate(settings: Settings) -> None:
    from server.store import migrate  # noqa: PLC0415 - a second, only where a stack is started
    from server.users import bootstrap  # noqa: PLC0415

    url = settings.database_owner_url or settings.database_url
    assert url is not None  # noqa: S101 - the stack was started
    migrate(url, APP_ROLE)
    bootstrap(settings)


def _server(settings: Settings) -> Child:
    others = {name: value for name, value in os.environ.items() if not name.startswith("DERRICK_")}
    return Child(
        ChildSpec(
            name="derrick serve",
            command=(sys.executable, "-m", "server.cli", "serve"),
            directory=Path.cwd(),
            log=settings.data_directory / "logs" / "server.log",
            environment=others | settings_environment(settings),
        )
    )


def _healthy(settings: Settings) -> bool:
    try:
        with urllib.request.urlopen(settings.http_url + "/health", timeout=2) as response:  # noqa: S310
            return bool(response.status == 200)  # noqa: PLR2004
    except OSError:
        return False
