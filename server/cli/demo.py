"""`derrick demo`: import a schedule, play a site on tablets, show the project."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import io
import os
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli.demo_project import show_project
from server.cli.demo_stack import demo_stack
from server.cli.progress import elapsed, step
from server.cli.replicas.opening import wall_milliseconds
from server.cli.replicas.saying import Both, Language, language_of
from server.cli.simulate import play
from server.cli.simulate_report import lines
from server.settings import load_settings
from server.simulation import Plan
from server.stack import attach, server_url

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from server.projects.importing import ImportPlan
    from server.settings import Settings

DATA = Path("derrick-demo")
BEGUN_DAYS = 21
"""The demo's schedule began so long ago: some of its work is late, some falls due."""
CURRENCY = "XAF"
"""Of the costs of a file that does not say theirs."""


@click.command()
@click.option(
    "--data", type=click.Path(path_type=Path), default=DATA, show_default=True, help="Kept there."
)
@click.option(
    "--xer",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A Primavera or MS Project file of your own, instead of the demo's well pad.",
)
@click.option("--tablets", type=click.IntRange(3, 100), default=4, show_default=True)
@click.option("--days", type=click.IntRange(1, 60), default=3, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--language", type=click.Choice(["fr", "en"]), help="By default that of LANG.")
def demo(
    *,
    data: Path,
    xer: Path | None,
    tablets: int,
    days: int,
    seed: int,
    language: Language | None,
) -> None:
    """Import a schedule, play a few days of work on a few tablets, and show the project.

    Starts what it needs in --data and stops it at the end; uses a `derrick up` that runs there.
    """
    began = time.monotonic()
    chosen = language or language_of(os.environ)
    with _running(data, chosen) as settings:
        address = server_url(settings)
        with step(Both("Import du planning", "Importing the schedule").to(chosen), done="ok"):
            plan = asyncio.run(import_schedule(settings, address, xer))
        click.echo(_imported(plan, chosen))
        click.echo(Both(f"{days} jours de chantier :", f"{days} days of work:").to(chosen))
        start = dt.datetime.now().astimezone().date() - dt.timedelta(days=days)
        played = play(
            settings,
            address,
            Plan(tablets, days, seed, start.isoformat(), plan.project_id),
            language=chosen,
        )
        click.echo("\n".join(lines(played, chosen)))
        office = Both("Le bureau et la sécurité du chantier", "The office and the site's safety")
        with step(office.to(chosen), done="ok"):
            asyncio.run(_furnish(settings, address, plan.project_id))
        click.echo()
        asyncio.run(show_project(settings, address, plan.project_id, chosen))
    click.echo(_next(data, chosen))
    click.echo(f"({elapsed(began)})")
    if not played.holds:
        raise SystemExit(1)


@contextlib.contextmanager
def _running(data: Path, language: Language) -> Iterator[Settings]:
    """Use the stack that runs on a directory, or start one for the block."""
    settings = attach(load_settings(os.environ, data_directory=data))
    if settings.database_url is not None and _answers(server_url(settings)):
        address = server_url(settings)
        click.echo(Both(f"Serveur en marche : {address}", f"Using {address}").to(language))
        yield settings
        return
    wanted = load_settings(os.environ, data_directory=data, http_port=0)
    with demo_stack(wanted, language) as started:
        yield started


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address + "/health", timeout=2) as response:  # noqa: S310
            return bool(response.status == 200)  # noqa: PLR2004
    except OSError:
        return False


async def _furnish(settings: Settings, address: str, project: str) -> None:
    """Let the office and the safety people do what the play leaves out; once."""
    from server.cli.furnishing import Desks, furnish  # noqa: PLC0415 - only the demo needs it
    from server.users import ensure_administrator  # noqa: PLC0415

    async with Desks(settings, address) as desks:
        await furnish(desks, await ensure_administrator(settings), project)


async def import_schedule(settings: Settings, address: str, file: Path | None) -> ImportPlan:
    """Import a schedule through a replica of the administrator's, as anyone would."""
    from server.projects.importing import (  # noqa: PLC0415 - only the demo's middle needs them
        Choices,
        ImportRefusedError,
        apply_import,
        prepare_import,
    )
    from server.projects.schedules import read_schedule  # noqa: PLC0415
    from server.users import ensure_administrator, token_for  # noqa: PLC0415
    from sync.replica import Replica, synchronise  # noqa: PLC0415
    from sync.replica.http import HttpTransport  # noqa: PLC0415

    schedule, _ = read_schedule(_source(file))
    person = await ensure_administrator(settings)
    token = token_for(settings, person)
    with tempfile.TemporaryDirectory(prefix="derrick-demo-") as folder:
        replica = Replica.create(
            Path(folder) / "bureau.sqlite",
            server=address,
            person=person,
            name="import",
            clock=wall_milliseconds,
            random=os.urandom,
        )
        async with HttpTransport(address, token=lambda: token) as transport:
            with replica:
                await synchronise(replica, transport)
                try:
                    plan = prepare_import(replica, schedule)
                except ImportRefusedError as error:
                    if error.code != "currency_missing":
                        raise click.ClickException(str(error)) from error
                    plan = prepare_import(replica, schedule, choices=Choices(currency=CURRENCY))
                apply_import(replica, plan)
                report = await synchronise(replica, transport)
                if report.error is not None:
                    raise click.ClickException(f"The server does not answer: {report.error}")
                for refused in replica.rejections():
                    said = refused.rejection
                    raise click.ClickException(f"The import was refused: {said}")
    return plan


def _source(file: Path | None) -> str | BinaryIO:
    if file is not None:
        return str(file)
    from server.projects.schedules import well_pad_xer  # noqa: PLC0415

    today = dt.datetime.now().astimezone().date()
    return io.BytesIO(well_pad_xer(today - dt.timedelta(days=BEGUN_DAYS)))


def _imported(plan: ImportPlan, language: Language) -> str:
    said = Both(
        f"{plan.project_code} « {plan.project_name} » : {len(plan.edits)} éléments importés "
        "en une seule saisie.",
        f"{plan.project_code} “{plan.project_name}”: {len(plan.edits)} rows imported as one "
        "user action.",
    )
    return said.to(language)


def _next(data: Path, language: Language) -> str:
    french = (
        f"\nÀ essayer ensuite :\n"
        f"  derrick up --data {data}            # tout démarrer sur ces données\n"
        f"  derrick replica init --server http://127.0.0.1:8000 "
        f'--token "$(cat {data}/administrator.token)"\n'
        "  derrick replica list task --where status=blocked\n"
        f"  derrick simulate --data {data} --tablets 12 --days 28 --seed 7"
    )
    english = (
        f"\nWhat to try next:\n"
        f"  derrick up --data {data}            # start everything on this data\n"
        f"  derrick replica init --server http://127.0.0.1:8000 "
        f'--token "$(cat {data}/administrator.token)"\n'
        "  derrick replica list task --where status=blocked\n"
        f"  derrick simulate --data {data} --tablets 12 --days 28 --seed 7"
    )
    return Both(french, english).to(language)
