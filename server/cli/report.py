"""`derrick report`: make a report from the server's own machine."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from server.cli.options import data_option
from server.errors import ProblemError
from server.figures import read_tablets
from server.reports import (
    FORMATS,
    REPORTS,
    Asked,
    Made,
    check_rows,
    count_rows,
    open_source,
    render,
)
from server.settings import load_settings
from server.stack import attach
from server.store import open_pool

if TYPE_CHECKING:
    import datetime as dt

    from server.settings import Settings

DAY = click.DateTime(["%Y-%m-%d"])

_FIND = """
    SELECT id::text FROM project
    WHERE NOT deleted AND (code = $1 OR id::text = $1) ORDER BY id LIMIT 2
"""


@click.command()
@data_option
@click.argument("report", type=click.Choice(list(REPORTS)))
@click.argument("project")
@click.option("--format", "form", type=click.Choice(FORMATS), default="pdf", show_default=True)
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True)
@click.option("--at", type=DAY, help="The data date; today by default.")
@click.option("--since", type=DAY, help="First day of the ledger.")
@click.option("--until", type=DAY, help="Last day of the ledger.")
@click.option("--row", help="Id of the daily report; the latest by default.")
@click.option(
    "--output",
    type=click.Path(dir_okay=True, path_type=Path),
    default=Path(),
    help="File or directory to write to; - for the standard output.",
)
def report(data: Path | None, report: str, project: str, output: Path, **given: Any) -> None:
    """Make REPORT of PROJECT, by its code or id, with all amounts: whoever is here sees them."""
    settings = attach(load_settings(os.environ, data_directory=data))
    try:
        made = asyncio.run(_make(settings, report, project, given))
    except ProblemError as problem:
        raise click.ClickException(f"{problem.error.fr} / {problem.error.en}") from problem
    if str(output) == "-":
        click.echo(made.content, nl=False)
        return
    path = output / made.file_name if output.is_dir() else output
    path.write_bytes(made.content)
    click.echo(path)


async def _make(settings: Settings, name: str, project: str, given: dict[str, Any]) -> Made:
    asked = Asked(_date(given["at"]), _date(given["since"]), _date(given["until"]), given["row"])
    pool = await open_pool(settings)
    try:
        async with pool.acquire() as connection:
            found = [one["id"] for one in await connection.fetch(_FIND, project)]
            if len(found) != 1:
                what = "plusieurs projets / several projects" if found else "aucun / none"
                raise click.ClickException(f"{project}: {what}")
            source = await open_source(
                connection,
                found[0],
                asked,
                time.time_ns() // 1_000_000,
                await read_tablets(connection, found[0]),
                finance=True,
            )
            check_rows(await count_rows(source, REPORTS[name]), given["form"], settings)
            content = await REPORTS[name].read(source)
    finally:
        await pool.close()
    return await render(content, given["form"], given["language"])


def _date(moment: dt.datetime | None) -> dt.date | None:
    return None if moment is None else moment.date()
