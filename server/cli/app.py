"""`derrick app`: build the app that browsers and tablets install from the server."""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from server.cli.progress import elapsed, step
from server.web import (
    AppBuildError,
    build_app,
    built_directory,
    check_app,
    sources_directory,
    write_generated,
)

_data_option = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the demo there; the next time it is only started.",
)


@click.group()
def app() -> None:
    """Build the app that browsers and tablets install from this server."""


@app.command()
@click.option("--force", is_flag=True, help="Build even if no source has changed.")
def build(*, force: bool) -> None:
    """Build the app where a source changed since; the first time takes a minute."""
    try:
        with step("Building the app", done="done"):
            built = build_app(sources_directory(), force=force)
    except AppBuildError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{'Built' if built else 'Up to date'}: {built_directory()}")


@app.command()
def check() -> None:
    """Lint, type and test the app's sources."""
    try:
        click.echo(check_app(sources_directory()))
    except AppBuildError as error:
        raise click.ClickException(str(error)) from error


@app.command()
def types() -> None:
    """Write the types that come from the declared tables, for an editor's sake."""
    write_generated(sources_directory())


@app.command()
@click.argument(
    "directory", type=click.Path(path_type=Path, file_okay=False), default="screenshots"
)
@click.option("--only", multiple=True, metavar="SCREEN", help="These alone: today, tasks_task ...")
@_data_option
@click.option("--sheets", is_flag=True, help="Lay those of a screen side by side as well.")
def screenshots(directory: Path, only: tuple[str, ...], data: Path | None, *, sheets: bool) -> None:
    """Photograph every screen on a demo: phone, tablet, desktop; French, English; day, night."""
    from server.cli.screens import open_demo_site  # noqa: PLC0415 - a browser, for developers
    from server.cli.screens.shooting import shoot  # noqa: PLC0415

    began = time.monotonic()
    _build_first()
    directory.mkdir(parents=True, exist_ok=True)
    with _demo_folder(data) as folder, open_demo_site(folder) as site:
        made = asyncio.run(shoot(site, directory, only, lambda name: click.echo(f"  {name}")))
    if sheets:
        from server.cli.screens.sheets import lay_out  # noqa: PLC0415

        lay_out(directory, sorted({one.name.rsplit("-", 3)[0] for one in made}))
    click.echo(f"{len(made)} pictures in {directory} ({elapsed(began)})")


@app.command()
@_data_option
def lighthouse(data: Path | None) -> None:
    """Measure by Lighthouse: a crew's Today, the office's dashboard, the login."""
    from server.cli.screens import open_demo_site  # noqa: PLC0415 - a browser, for developers
    from server.cli.screens.lighthouse import measure  # noqa: PLC0415

    _build_first()
    with (
        tempfile.TemporaryDirectory(prefix="derrick-lighthouse-") as profiles,
        _demo_folder(data) as folder,
        open_demo_site(folder) as site,
    ):
        measured = asyncio.run(measure(site, Path(profiles)))
    for one in measured:
        scores = "  ".join(f"{name} {score}" for name, score in one.scores.items())
        metrics = "  ".join(f"{name} {value}" for name, value in one.metrics.items())
        click.echo(f"{one.name:<10} {scores}\n{'':<10} {metrics}  machine {one.machine}")
        for fault in one.faults:
            click.echo(f"{'':<10} ! {fault}")


def _build_first() -> None:
    try:
        with step("Building the app", done="done"):
            build_app(sources_directory())
    except AppBuildError as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def _demo_folder(data: Path | None) -> Iterator[Path]:
    """Return where the demo lies: a folder that is kept, or one for this time alone."""
    if data is not None:
        yield data
        return
    with tempfile.TemporaryDirectory(prefix="derrick-screens-") as folder:
        yield Path(folder)
