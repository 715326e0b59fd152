"""`derrick client`: other systems that may ask for access, from the server's own machine."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path  # noqa: TC003 -- click's callbacks are typed with it
from typing import TYPE_CHECKING, TypeVar

import click

from server.cli.options import data_option
from server.settings import load_settings
from server.stack import attach
from server.users import CLIENT_SCOPES, ClientInvalidError, ClientRegistry, open_registry
from sync.tables.people import ROLES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from server.users import ClientKind

T = TypeVar("T")

KEEP = "Notez-le : il ne sera plus montré. / Keep it: it will not be shown again."


@click.group()
@data_option
@click.pass_context
def client(context: click.Context, data: Path | None) -> None:
    """Other systems: register, list, give a new secret, remove."""
    context.obj = data


@client.command()
@click.argument("name")
@click.option("--redirect", "redirects", multiple=True, help="Where people return; several ones.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice(list(CLIENT_SCOPES)),
    help="The most it may ask for; several ones.",
)
@click.option("--public", is_flag=True, help="An app on people's devices: it keeps no secret.")
@click.option("--machine", is_flag=True, help="Acts for no one: as a service person of its own.")
@click.option("--role", type=click.Choice(ROLES), help="Role of a machine's service person.")
@click.pass_obj
def add(
    data: Path | None,
    name: str,
    *,
    redirects: tuple[str, ...],
    scopes: tuple[str, ...],
    public: bool,
    machine: bool,
    role: str | None,
) -> None:
    """Register the system that people will know as NAME; print its id and its secret."""
    if public and machine:
        raise click.UsageError("--public / --machine")
    kind: ClientKind = "machine" if machine else "public" if public else "confidential"
    made = _run(
        data,
        lambda registry: registry.add(
            name, kind, redirect_uris=redirects, scopes=scopes, role=role
        ),
    )
    click.echo(f"client_id\t{made.client.id}")
    if made.client.person is not None:
        click.echo(f"person\t{made.client.person}")
    if made.secret is not None:
        click.echo(f"client_secret\t{made.secret}")
        click.echo(KEEP, err=True)


@client.command("list")
@click.pass_obj
def list_(data: Path | None) -> None:
    """List the systems: id, kind, name, scopes, addresses."""
    for one in _run(data, lambda registry: registry.clients()):
        scopes, addresses = " ".join(one.scopes), " ".join(one.redirect_uris)
        click.echo(f"{one.id}\t{one.kind}\t{one.name}\t{scopes}\t{addresses}".rstrip())


@client.command("rotate-secret")
@click.argument("client_id")
@click.pass_obj
def rotate_secret(data: Path | None, client_id: str) -> None:
    """Print a new secret for CLIENT_ID; the one before is worth nothing any more."""
    click.echo(_run(data, lambda registry: registry.rotate_secret(client_id)))
    click.echo(KEEP, err=True)


@client.command()
@click.argument("client_id")
@click.pass_obj
def remove(data: Path | None, client_id: str) -> None:
    """Remove CLIENT_ID; all that people granted it ends at once."""
    _run(data, lambda registry: registry.remove(client_id))


def _run(data: Path | None, work: Callable[[ClientRegistry], Awaitable[T]]) -> T:
    settings = attach(load_settings(os.environ, data_directory=data))

    async def run() -> T:
        async with open_registry(settings) as registry:
            return await work(registry)

    try:
        return asyncio.run(run())
    except ClientInvalidError as error:
        raise click.ClickException(str(error)) from error
