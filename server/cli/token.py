"""`derrick token`: an access token for a person of the directory."""

import asyncio
import os
from pathlib import Path

import click

from server.cli.options import data_option
from server.settings import load_settings
from server.stack import attach
from server.users import PersonUnknownError, person_by_login, token_for


@click.command()
@data_option
@click.argument("login")
def token(data: Path | None, login: str) -> None:
    """Print an access token for the person with this LOGIN, from the server's own machine."""
    settings = attach(load_settings(os.environ, data_directory=data))
    try:
        person = asyncio.run(person_by_login(settings, login))
    except PersonUnknownError as error:
        message = f"nobody active has the login {login!r} / personne n'a cet identifiant"
        raise click.ClickException(message) from error
    click.echo(token_for(settings, person))
