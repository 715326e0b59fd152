"""The processes of an installation, one command each, and the tools beside them."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import click
import msgspec

from server.cli.options import data_option
from server.logs import configure_logging
from server.settings import Settings, load_settings
from server.stack import APP_ROLE, StackError, attach, free_port, postgres_programs
from server.stack.launch import die_with_parent

_APPLICATION = "server.app:create_app_from_environment"
_STOP_SECONDS_MAX = 5
_HEAD_SECONDS_MAX = 20
"""How long a request's head may take: a few hundred bytes, on the poorest link."""
_READ_BYTES_MIN = 128 * 1024
"""Room to read bodies in: less would slow large pushes."""


@click.command()
@data_option
@click.option("--services", help="Services to mount, separated by commas; all by default.")
@click.option("--workers", type=int, help="Processes that serve.")
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=int, help="Port to listen on; 0 takes a free one.")
@click.option("--app", default=_APPLICATION, hidden=True, help="ASGI factory, module:name.")
def serve(
    *,
    data: Path | None,
    services: str | None,
    workers: int | None,
    host: str | None,
    port: int | None,
    app: str,
) -> None:
    """Serve HTTP and WebSocket, with Granian, until a signal."""
    settings = _settings(
        data, services=services, http_workers=workers, http_host=host, http_port=port
    )
    if settings.http_port == 0:
        settings = msgspec.structs.replace(settings, http_port=free_port())
        click.echo(f"Listening on http://{settings.http_host}:{settings.http_port}")
    _publish(settings)
    serve_with_granian(settings, app)


def serve_with_granian(settings: Settings, application: str) -> None:
    """Run Granian on an ASGI factory that reads its settings from the environment."""
    from granian import Granian  # noqa: PLC0415 - heavy, needed only here
    from granian.constants import Interfaces  # noqa: PLC0415
    from granian.http import HTTP1Settings, HTTP2Settings  # noqa: PLC0415
    from granian.log import LogLevels  # noqa: PLC0415

    head_bytes_max = 2 * (settings.request_target_bytes_max + settings.request_headers_bytes_max)
    head_seconds_max = min(_HEAD_SECONDS_MAX, settings.request_stall_seconds_max)
    server = Granian(
        application,
        address=settings.http_host,
        port=settings.http_port,
        interface=Interfaces.ASGI,
        workers=settings.http_workers,
        respawn_failed_workers=True,
        workers_kill_timeout=_STOP_SECONDS_MAX,
        # Before the application sees a request: heads that are endless, or never end.
        http1_settings=HTTP1Settings(
            header_read_timeout=head_seconds_max * 1000,
            max_buffer_size=max(_READ_BYTES_MIN, head_bytes_max),
        ),
        http2_settings=HTTP2Settings(max_headers_size=head_bytes_max, max_concurrent_streams=100),
        log_level=LogLevels.warning,
        log_dictconfig=_granian_logs(),
    )
    loader = partial(load_application, application, os.getpid(), settings)
    server.serve(target_loader=loader, wrap_loader=False)


def load_application(application: str, parent_pid: int, settings: Settings) -> Any:
    """Make the application inside a serving process, which ends with the one that started it."""
    if sys.platform == "linux" and os.getpid() != parent_pid:
        die_with_parent(signal.SIGKILL, parent_pid)
    configure_logging(settings)
    module, _, factory = application.partition(":")
    return getattr(import_module(module), factory)()


@click.command()
@data_option
def worker(data: Path | None) -> None:
    """Work through the queues until a signal."""
    _run_until_signal(data, "server.jobs", "run_worker")


@click.command()
@data_option
def scheduler(data: Path | None) -> None:
    """Run the clocked jobs until a signal; of several schedulers one leads."""
    _run_until_signal(data, "server.jobs", "run_scheduler")


@click.command()
@data_option
def migrate(data: Path | None) -> None:
    """Bring the database's tables up to date, as the role that owns them."""
    settings = _settings(data)
    owner_url = settings.database_owner_url or _database_url(settings)
    application_role = urlsplit(_database_url(settings)).username or APP_ROLE
    import_module("server.store").migrate(owner_url, unquote(application_role))
    click.echo("The database is up to date.")


@click.command(context_settings={"ignore_unknown_options": True})
@data_option
@click.option("--owner", is_flag=True, help="As the role that owns the tables.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(data: Path | None, arguments: tuple[str, ...], *, owner: bool) -> None:
    """Open PostgreSQL's own shell on the database; ARGUMENTS are psql's."""
    settings = _settings(data)
    url = (settings.database_owner_url if owner else None) or _database_url(settings)
    parts = urlsplit(url)
    password = unquote(parts.password or "")
    shown = parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", "@", 1)).geturl()
    program = str(postgres_programs() / "psql")
    # The password travels by the environment: a command line can be read by everyone.
    os.execve(program, [program, shown, *arguments], {**os.environ, "PGPASSWORD": password})  # noqa: S606


def _settings(data: Path | None, **overrides: Any) -> Settings:
    """Read the settings, with the addresses of a stack that `derrick up` runs here."""
    settings = attach(load_settings(os.environ, data_directory=data, **overrides))
    configure_logging(settings)
    return settings


def _database_url(settings: Settings) -> str:
    if settings.database_url is None:
        raise StackError(
            f"No PostgreSQL is known: nothing was started in {settings.data_directory}. "
            "Run derrick up, or set DERRICK_DATABASE_URL."
        )
    return settings.database_url


def _publish(settings: Settings) -> None:
    """Put the resolved settings where the serving processes will read them."""
    from server.settings import settings_environment  # noqa: PLC0415

    os.environ.update(settings_environment(settings))


def _run_until_signal(data: Path | None, module: str, name: str) -> None:
    settings = _settings(data)
    _database_url(settings)
    run: Callable[[Settings], Awaitable[None]] = getattr(import_module(module), name)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_until_signal(run, settings))


async def _until_signal(run: Callable[[Settings], Awaitable[None]], settings: Settings) -> None:
    """Run to the end, or cancel at the first SIGINT or SIGTERM and wait for the clean-up."""
    task = asyncio.ensure_future(run(settings))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):
        await task


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop  # noqa: PLC0415 - not on every platform

    return uvloop.new_event_loop


def _granian_logs() -> dict[str, Any]:
    """Let Granian's events reach our own handler; its start-up chatter stays out."""
    to_root = {"handlers": [], "propagate": True, "level": "WARNING"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "loggers": dict.fromkeys(("granian", "_granian", "granian.access"), to_root),
    }
