"""`derrick app`: build the app that browsers and tablets install from the server."""

import click

from server.cli.progress import step
from server.web import (
    AppBuildError,
    build_app,
    built_directory,
    check_app,
    sources_directory,
    write_generated,
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
