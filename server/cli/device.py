"""`derrick device`: the devices of an installation, listed and revoked on the server itself."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from pathlib import Path  # noqa: TC003 -- read at run time by click
from typing import TYPE_CHECKING

import click
import msgspec

from server.cli.options import data_option
from server.errors import ProblemError
from server.feed.live import LiveHub
from server.settings import load_settings
from server.stack import attach
from server.store import open_pool
from server.users import PersonUnknownError, person_by_login, read_devices, revoke_device
from sync import errors

if TYPE_CHECKING:
    from server.settings import Settings
    from server.users import DeviceView


@click.group()
def device() -> None:
    """List or revoke devices."""


@device.command(name="list")
@data_option
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_(data: Path | None, *, as_json: bool) -> None:
    """List the devices, the last seen first."""
    found = asyncio.run(_read(attach(load_settings(os.environ, data_directory=data))))
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    for one in found:
        state = "wiped" if one.wiped_at else "revoked" if one.revoked_at else "in use"
        people = ", ".join(person.name or person.person for person in one.people)
        click.echo(
            f"{one.id}  {one.name}  {state}  {one.waiting_change_sets} unsent"
            f"  seen {_day(one.last_seen_at)}  {people}"
        )


@device.command()
@data_option
@click.option("--by", metavar="LOGIN", default="admin", help="Who decides it, for the record.")
@click.argument("device_id", metavar="DEVICE", type=click.UUID)
def revoke(data: Path | None, by: str, device_id: object) -> None:
    """Revoke DEVICE: its tokens die at once, and it is told to wipe itself."""
    settings = attach(load_settings(os.environ, data_directory=data))
    try:
        ended = asyncio.run(_revoke(settings, str(device_id), by))
    except ProblemError as error:
        raise click.ClickException(
            f"there is no such device / appareil inconnu: {device_id}"
        ) from error
    except PersonUnknownError as error:
        message = f"nobody active has the login {by!r} / personne n'a cet identifiant"
        raise click.ClickException(message) from error
    click.echo(f"{ended} sessions ended / sessions terminées")


async def _read(settings: Settings) -> list[DeviceView]:
    pool = await open_pool(settings)
    try:
        return await read_devices(pool)
    finally:
        await pool.close()


async def _revoke(settings: Settings, device_id: str, login: str) -> int:
    person = await person_by_login(settings, login)
    pool = await open_pool(settings)
    hub = LiveHub(settings.redis_url)
    try:
        async with pool.acquire() as connection, connection.transaction():
            ended = await revoke_device(connection, device_id, person, dt.datetime.now(dt.UTC))
        await hub.tell_ended(ended, errors.DEVICE_REVOKED.code)
    finally:
        await hub.stop()
        await pool.close()
    return len(ended)


def _day(milliseconds: int) -> str:
    return f"{dt.datetime.fromtimestamp(milliseconds / 1000, tz=dt.UTC):%Y-%m-%d %H:%M}"
