"""`derrick storage`: where uploads stand, trying them again, and the audit of the object store."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path  # noqa: TC003 -- read at run time by click
from typing import TYPE_CHECKING, TypeVar

import click
import msgspec

from server.cli.options import data_option
from server.settings import load_settings
from server.stack import attach
from server.storage import ObjectStore, audit, read_standing, retry_uploads
from server.store import open_pool

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import asyncpg

    from server.storage import Audit

T = TypeVar("T")
UNSOUND = 1

json_option = click.option("--json", "as_json", is_flag=True, help="For programs.")


@click.group()
def storage() -> None:
    """Where uploads stand, trying them again, checking the object store."""


@storage.command()
@data_option
@json_option
def status(data: Path | None, *, as_json: bool) -> None:
    """Show what waits, since when, what failed, and how much the projects keep."""
    standing = _with_parts(data, lambda pool, _: read_standing(pool))
    if as_json:
        click.echo(msgspec.json.encode(standing))
        return
    for one in standing.queue:
        since = "" if one.oldest_seconds is None else f"  depuis/since {one.oldest_seconds:.0f} s"
        click.echo(f"{one.state:<10}  {one.uploads:>7}  {one.bytes:>16} B{since}")
    for failed in standing.problems:
        click.echo(f"  {failed.uploads} × {failed.problem}")
    click.echo(f"objects     {standing.objects:>7}  {standing.object_bytes:>16} B")


@storage.command()
@data_option
@click.option(
    "--failed", is_flag=True, help="Those that failed for good too, if their file is here."
)
def retry(data: Path | None, *, failed: bool) -> None:
    """Have what waits for its next attempt tried now."""
    count = _with_parts(data, lambda pool, _: retry_uploads(pool, failed=failed))
    click.echo(f"{count} envoi(s) repris / upload(s) to be tried")


@storage.command()
@data_option
@click.option("--sizes", is_flag=True, help="Compare sizes alone, without reading every object.")
@click.option("--repair", is_flag=True, help="Delete what the store holds and no row names.")
@json_option
def verify(data: Path | None, *, sizes: bool, repair: bool, as_json: bool) -> None:
    """Hold every stored object against its hash, and the table against the store."""

    async def work(pool: asyncpg.Pool, store: ObjectStore) -> Audit:
        started = time.time()
        found = await audit(pool, store, read=not sizes)
        if repair and found.orphaned:
            # Only what is still orphaned after a second look: a worker may just be storing.
            again = await audit(pool, store, read=False)
            gone = sorted({*found.orphaned} & {*again.orphaned})
            await asyncio.to_thread(store.delete, *gone)
            click.echo(f"{len(gone)} effacé(s) / deleted ({time.time() - started:.0f} s)", err=True)
            found = await audit(pool, store, read=False)
        return found

    found = _with_parts(data, work)
    if as_json:
        click.echo(msgspec.json.encode(found))
    else:
        click.echo(f"objets/objects {found.objects}")
        for word, names in (
            ("manquant/missing", found.missing),
            ("orphelin/orphaned", found.orphaned),
            ("abîmé/damaged", found.damaged),
        ):
            for name in names:
                click.echo(f"{word}  {name}")
        if found.transfers:
            click.echo(f"transferts abandonnés/abandoned transfers  {found.transfers}")
    if not found.sound:
        raise SystemExit(UNSOUND)


def _with_parts(data: Path | None, work: Callable[[asyncpg.Pool, ObjectStore], Awaitable[T]]) -> T:
    settings = attach(load_settings(os.environ, data_directory=data))

    async def run() -> T:
        pool = await open_pool(settings)
        store = ObjectStore(settings)
        try:
            return await work(pool, store)
        finally:
            store.close()
            await pool.close()

    return asyncio.run(run())
