"""`derrick up`: the whole of Derrick on one machine, under one supervisor."""

import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import msgspec

from server.cli.options import data_option
from server.cli.progress import elapsed, step
from server.cli.supervise import Supervisor, interruptible, undisturbed
from server.settings import Settings, load_settings, settings_environment
from server.stack import APP_ROLE, Stack, StackError, free_port, parts_needed, port_is_free
from server.stack.child import Child, ChildSpec

_SERVE_SECONDS_MAX = 60.0
_TITLES = {"postgres": "PostgreSQL", "valkey": "Valkey", "objects": "Files (S3)"}


@click.command()
@data_option
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=int, help="Port to listen on; 0 takes a free one.")
@click.option("--no-s3", is_flag=True, help="Do not start the S3 server; uploads wait on disk.")
def up(data: Path | None, host: str | None, port: int | None, *, no_s3: bool) -> None:
    """Start the embedded servers, migrate, serve, and run the worker and the scheduler.

    Ctrl-C stops all of it. What the DERRICK_* settings point elsewhere is not started here.
    """
    settings = load_settings(os.environ, data_directory=data, http_host=host, http_port=port)
    settings = msgspec.structs.replace(
        _with_free_port(settings), data_directory=settings.data_directory.resolve()
    )
    stack = Stack(settings, parts=parts_needed(settings, objects=not no_s3))
    supervisor = Supervisor()
    try:
        with interruptible():
            resolved = _start(stack, supervisor)
            stack.tell_server(resolved.http_url)
            click.echo(f"\nDerrick is at {resolved.http_url}")
            click.echo(_how_to_log_in(resolved))
            click.echo(f"Data is kept in {stack.directory.root}. Ctrl-C stops everything.\n")
            _announce_objects(stack)
        supervisor.run()
    except KeyboardInterrupt:
        click.echo("\nInterrupted while starting.")
        raise SystemExit(130) from None
    finally:
        with undisturbed():
            _stop(stack, supervisor)


def _start(stack: Stack, supervisor: Supervisor) -> Settings:
    """Start everything in order and return the settings with all addresses known."""
    with step("Preparing " + str(stack.directory.root), done="done"):
        stack.launch()
    for name in stack.parts:
        if name != "objects":  # the slowest, and nothing needs it to take a push
            with step(f"Starting {_TITLES[name]}"):
                stack.wait_ready(name)
    resolved = stack.resolved_settings
    with step("Migrating the database", done="done"):
        migrate = _hook("server.store", "migrate")
        migrate(resolved.database_owner_url or resolved.database_url, APP_ROLE)
    for name, part in stack.parts.items():
        supervisor.watch(part.child, partial(stack.restart, name))
    serving = _derrick_child("serve", resolved)
    with step("Starting the server, the worker and the scheduler"):
        for child in (serving, _derrick_child("worker", resolved)):
            supervisor.add(child)
        supervisor.add(_derrick_child("scheduler", resolved))
        serving.wait_until(lambda: _listens(resolved), _SERVE_SECONDS_MAX)
    return resolved


def _stop(stack: Stack, supervisor: Supervisor) -> None:
    started = time.monotonic()
    if supervisor.has_children:
        with step("\nStopping the server, the worker and the scheduler", done="done"):
            supervisor.stop()
    any_stopped = stack.stop(report=lambda name: click.echo(f"Stopping {name} ..."))
    if any_stopped:
        click.echo(f"All stopped ({elapsed(started)}).")


def _announce_objects(stack: Stack) -> None:
    """Wait for the S3 server beside the watching, and say when files can be stored."""
    if "objects" not in stack.parts:
        return
    started = time.monotonic()

    def wait() -> None:
        try:
            stack.wait_ready("objects")
        except StackError as error:
            click.echo(f"Files (S3): {error}", err=True)
            return
        click.echo(f"Files (S3) ready ({elapsed(started)} more).")

    click.echo("Starting Files (S3); uploads wait on disk until then.")
    threading.Thread(target=wait, name="objects-ready", daemon=True).start()


def _with_free_port(settings: Settings) -> Settings:
    if settings.http_port == 0:
        return msgspec.structs.replace(settings, http_port=free_port())
    if not port_is_free(settings.http_port, settings.http_host):
        raise StackError(
            f"Port {settings.http_port} on {settings.http_host} is taken by another program. "
            "Choose another with --port or DERRICK_HTTP_PORT; 0 takes a free one."
        )
    return settings


def _derrick_child(command: str, settings: Settings) -> Child:
    """Return one of our own processes, given the settings through its environment."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("DERRICK_")}
    return Child(
        ChildSpec(
            name=f"derrick {command}",
            command=(sys.executable, "-m", "server.cli", command),
            directory=Path.cwd(),
            log=None,
            environment=others | settings_environment(settings),
        )
    )


def _listens(settings: Settings) -> bool:
    place = urlsplit(settings.http_url)
    try:
        with socket.create_connection((place.hostname, place.port), timeout=1.0):
            return True
    except OSError:
        return False


def _how_to_log_in(settings: Settings) -> str:
    bootstrap: Callable[[Settings], str] = _hook("server.users", "bootstrap")
    return bootstrap(settings)


def _hook(module: str, name: str) -> Callable[..., Any]:
    """Return another part's function, imported when it is needed."""
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function
