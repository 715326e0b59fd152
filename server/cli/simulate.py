"""`derrick simulate`: play a site with many tablets, and prove that nothing was lost."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from server.cli.options import data_option
from server.cli.replicas.opening import TOKEN_VARIABLE, person_of, wall_milliseconds
from server.cli.replicas.saying import Both, Language, language_of
from server.cli.simulate_report import lines
from server.settings import load_settings
from server.simulation import Outcome, Plan, Script, Simulation, SimulationError, simulate
from server.stack import attach, server_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.settings import Settings
    from sync.replica.http import HttpTransport


@click.command(name="simulate")
@data_option
@click.option("--tablets", type=click.IntRange(3, 500), default=8, show_default=True)
@click.option("--days", type=click.IntRange(1, 365), default=7, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Decides everything.")
@click.option("--project", help="Code or id; needed when there are several.")
@click.option("--server", help="Address; by default the server that derrick up runs here.")
@click.option(
    "--token",
    envvar=TOKEN_VARIABLE,
    help="Play with this one login. Without, the key of this installation logs each player in.",
)
@click.option("--no-faults", is_flag=True, help="Sound links, no restores; races all the same.")
@click.option("--trace", type=click.Path(path_type=Path, dir_okay=False), help="Keep the script.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the replicas' files in this empty directory.",
)
@click.option("--language", type=click.Choice(["fr", "en"]), help="By default that of LANG.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def simulate_(
    *,
    data: Path | None,
    tablets: int,
    days: int,
    seed: int,
    project: str | None,
    server: str | None,
    token: str | None,
    no_faults: bool,
    trace: Path | None,
    folder: Path | None,
    language: Language | None,
    as_json: bool,
) -> None:
    """Play a site: crews on tablets that come and go, an office, races, faults; then the proof.

    The script (who wants what, when, with which faults) is a function of seed, tablets, days and
    the project's codes alone: `--trace` keeps it. What the server makes of it over HTTP depends on
    the order in which requests arrive. The exit status is 1 when the proof fails.
    """
    settings = attach(load_settings(os.environ, data_directory=data))
    address = server or server_url(settings)
    start = dt.datetime.now().astimezone().date() - dt.timedelta(days=days)
    plan = Plan(tablets, days, seed, start.isoformat(), project, faults=not no_faults)
    chosen = language or language_of(os.environ)
    outcome = play(
        settings,
        address,
        plan,
        token=token,
        trace=trace,
        folder=folder,
        language=None if as_json else chosen,
    )
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(outcome), indent=2))
    else:
        click.echo("\n".join(lines(outcome, chosen)))
    if not outcome.holds:
        raise SystemExit(1)


def play(
    settings: Settings,
    address: str,
    plan: Plan,
    *,
    token: str | None = None,
    trace: Path | None = None,
    folder: Path | None = None,
    language: Language | None = None,
) -> Outcome:
    """Play against a server over HTTP; progress is shown in `language`, if any.

    Raises click.ClickException with a sentence.
    """
    if folder is not None and folder.exists() and any(folder.iterdir()):
        raise click.ClickException(f"{folder} is not empty.")
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    if token is None and settings.database_url is None:
        raise click.ClickException(
            f"Nothing was started in {settings.data_directory}: run derrick up, "
            "or name a server with --server and --token."
        )
    place = nullcontext(str(folder)) if folder else tempfile.TemporaryDirectory(prefix="derrick-")
    with place as named:
        try:
            return asyncio.run(
                _play(
                    settings,
                    address,
                    plan,
                    token=token,
                    trace=trace,
                    folder=Path(named),
                    language=language,
                )
            )
        except SimulationError as error:
            raise click.ClickException(str(error)) from error


async def _play(
    settings: Settings,
    address: str,
    plan: Plan,
    *,
    token: str | None,
    trace: Path | None,
    folder: Path,
    language: Language | None,
) -> Outcome:
    from server.users import ensure_administrator  # noqa: PLC0415 - needs the database's client

    person = person_of(token) if token else await ensure_administrator(settings)
    made: list[HttpTransport] = []
    simulation = Simulation(
        server=address,
        folder=folder,
        administrator=person,
        connect=_connector(settings, address, token, made),
        clock=wall_milliseconds,
        database_url=None if token else settings.database_url,
        one_login=token is not None,
        on_progress=lambda stage, day: _tell(stage, day, plan, language),
        on_script=lambda script: _keep_trace(trace, script),
    )
    try:
        return await simulate(plan, simulation)
    finally:
        for transport in made:
            await transport.close()


def _connector(
    settings: Settings, address: str, token: str | None, made: list[HttpTransport]
) -> Callable[[str], HttpTransport]:
    """Return what makes a person's way to the server; `made` collects them to be closed."""
    from server.users import token_for  # noqa: PLC0415
    from sync.replica.http import HttpTransport  # noqa: PLC0415 - a third of a second

    def connect(person: str) -> HttpTransport:
        mine = token or token_for(settings, person)
        transport = HttpTransport(address, token=lambda: mine)
        made.append(transport)
        return transport

    return connect


def _tell(stage: str, day: int, plan: Plan, language: Language | None) -> None:
    if language is None:
        return
    said = {
        "day": Both(f"Jour {day} sur {plan.days}", f"Day {day} of {plan.days}"),
        "healing": Both("Toutes les liaisons reviennent", "All links come back"),
        "proof": Both("Preuve", "Proof"),
    }
    if stage == "day" and day == 0:
        said["day"] = Both("Les équipes arrivent", "The crews arrive")
    click.echo(f"  {said[stage].to(language)} ...")


def _keep_trace(path: Path | None, script: Script) -> None:
    """Write the script, one step a line, before it is played: a crash leaves it behind."""
    if path is not None:
        path.write_bytes(b"\n".join(script.lines()) + b"\n")
