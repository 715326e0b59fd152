"""`derrick doctor`: which parts are reachable, at which version, and what is wrong."""

import asyncio
import os
import platform
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import click
import msgspec

from server.cli.diagnosis import Check, check_database, check_objects, check_redis
from server.cli.options import data_option
from server.settings import Settings, load_settings
from server.stack import attach, server_url

if TYPE_CHECKING:
    from collections.abc import Callable

_MARKS: dict[str, tuple[str, str]] = {
    "ok": ("ok", "green"),
    "warning": ("look", "yellow"),
    "failed": ("WRONG", "red"),
    "off": ("off", "bright_black"),
}


class Diagnosis(msgspec.Struct, frozen=True):
    """Every part's check; healthy when nothing that is needed is wrong."""

    healthy: bool
    checks: list[Check]


@click.command()
@data_option
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def doctor(data: Path | None, *, as_json: bool) -> None:
    """Say which parts are reachable, at which version, and what is wrong.

    The exit status is 1 when something that is needed is wrong.
    """
    diagnosis = diagnose(attach(load_settings(os.environ, data_directory=data)))
    if as_json:
        click.echo(msgspec.json.encode(diagnosis))
    else:
        for check in diagnosis.checks:
            _show(check)
        click.echo("\nAll is well." if diagnosis.healthy else "\nSomething needed is wrong.")
    raise SystemExit(0 if diagnosis.healthy else 1)


def diagnose(settings: Settings) -> Diagnosis:
    """Look at every part that the settings name."""
    looks: list[Callable[[Settings], Check]] = [
        _check_python,
        _check_data_directory,
        lambda settings: asyncio.run(check_database(settings)),
        check_redis,
        check_objects,
        _check_server,
    ]
    checks = [look(settings) for look in looks]
    return Diagnosis(healthy=all(check.state != "failed" for check in checks), checks=checks)


def _show(check: Check) -> None:
    mark, colour = _MARKS[check.state]
    click.secho(f"{mark:>6}", fg=colour, nl=False)
    click.echo(f"  {check.part:<16} {check.version or '-':<10} {check.sentence}")


def _check_python(_: Settings) -> Check:
    return Check(
        part="Python",
        state="ok",
        version=platform.python_version(),
        sentence=f"{platform.system()} on {platform.machine()}.",
    )


def _check_data_directory(settings: Settings) -> Check:
    directory = settings.data_directory.resolve()
    part = "Data directory"
    if not directory.exists():
        sentence = f"{directory} does not exist yet; the first derrick up makes it."
        return Check(part=part, state="off", sentence=sentence)
    if not os.access(directory, os.R_OK | os.W_OK | os.X_OK):
        sentence = f"{directory} may not be written by this user."
        return Check(part=part, state="failed", sentence=sentence)
    status = os.statvfs(directory)
    free_gigabytes = status.f_bavail * status.f_frsize / 1024**3
    state: Literal["ok", "warning"] = "ok" if free_gigabytes >= 1 else "warning"
    sentence = f"{directory}, {free_gigabytes:.1f} GB free."
    return Check(part=part, state=state, sentence=sentence)


def _check_server(settings: Settings) -> Check:
    url = server_url(settings)
    place = urlsplit(url)
    try:
        with socket.create_connection((place.hostname, place.port), timeout=2.0):
            return Check(part="Server", state="ok", sentence=f"It listens at {url}.")
    except OSError:
        sentence = f"Nothing listens at {url}; derrick up or derrick serve starts it."
        return Check(part="Server", state="off", sentence=sentence)
