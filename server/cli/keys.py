"""`derrick keys`: the keys that sign tokens."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path  # noqa: TC003 -- read at run time by click
from typing import TYPE_CHECKING, TypeVar

import click

from server.cli.options import data_option
from server.settings import load_settings
from server.stack import attach
from server.store import open_pool
from server.users import KeyRing, token_secret

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")


@click.group()
def keys() -> None:
    """Show or replace the keys that sign tokens."""


@keys.command(name="list")
@data_option
def list_(data: Path | None) -> None:
    """List the keys that verify, the newest last."""
    for key in sorted(_with_keys(data, lambda ring: ring.published()), key=lambda k: k.signs_from):
        mine = "" if key.private is not None else "  (of another secret: verifies only)"
        click.echo(f"{key.kid}  signs from {key.signs_from:%Y-%m-%d %H:%M:%S} UTC{mine}")


@keys.command()
@data_option
@click.option("--now", is_flag=True, help="Sign with it at once, not in ten minutes.")
def rotate(data: Path | None, *, now: bool) -> None:
    """Make a new key; the old one verifies until all it signed has expired."""
    made = _with_keys(data, lambda ring: ring.rotate(lead_seconds=0) if now else ring.rotate())
    click.echo(made)


@keys.command()
@data_option
@click.argument("kid")
def drop(data: Path | None, kid: str) -> None:
    """Take the key KID away with all it signed: after a leak, once another signs."""
    if not _with_keys(data, lambda ring: ring.drop(kid)):
        raise click.ClickException(f"there is no key {kid} / cette clé n'existe pas")


def _with_keys(data: Path | None, work: Callable[[KeyRing], Awaitable[T]]) -> T:
    settings = attach(load_settings(os.environ, data_directory=data))

    async def run() -> T:
        pool = await open_pool(settings)
        try:
            clock = lambda: time.time_ns() // 1_000_000  # noqa: E731
            return await work(KeyRing(pool, token_secret(settings), clock))
        finally:
            await pool.close()

    return asyncio.run(run())
