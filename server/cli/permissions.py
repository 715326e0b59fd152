"""`derrick permissions`: who may do what, shown as a table and changed on the server itself."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import click
import msgspec

from server.cli.options import data_option
from server.errors import ProblemError
from server.settings import load_settings
from server.stack import attach
from server.store import open_pool
from server.users import (
    PermissionChange,
    PersonUnknownError,
    change_permissions,
    draw_matrix,
    person_by_login,
    read_permissions,
)

if TYPE_CHECKING:
    from pathlib import Path

    from server.settings import Settings
    from server.users import Cell, Matrix

_SAID = {"yes": True, "no": False, "default": None}


@click.group()
def permissions() -> None:
    """Show or change which role may do what."""


@permissions.command()
@data_option
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def show(data: Path | None, *, as_json: bool) -> None:
    """Show the table: x is allowed, . is not; * stands where an administrator said so."""
    matrix = asyncio.run(_read(_settings(data)))
    if as_json:
        click.echo(msgspec.json.encode(matrix))
    else:
        _show(matrix)


@permissions.command(name="set")
@data_option
@click.option("--by", metavar="LOGIN", help="Who decides it, for the record.")
@click.argument("role")
@click.argument("right")
@click.argument("allowed", type=click.Choice([*_SAID]))
def set_(data: Path | None, by: str | None, role: str, right: str, allowed: str) -> None:
    """Give ROLE the RIGHT, take it away, or leave it to the default."""
    settings = _settings(data)
    try:
        version = asyncio.run(_set(settings, PermissionChange(role, right, _SAID[allowed]), by))
    except ProblemError as problem:
        error = problem.error
        raise click.ClickException(f"{error.en} / {error.fr} ({problem.detail})") from problem
    except PersonUnknownError as error:
        raise click.ClickException(f"nobody active has the login {by!r}") from error
    click.echo(f"{role} {right}: {allowed} (version {version})")


def _settings(data: Path | None) -> Settings:
    return attach(load_settings(os.environ, data_directory=data))


async def _read(settings: Settings) -> Matrix:
    pool = await open_pool(settings)
    try:
        async with pool.acquire() as connection:
            return draw_matrix(*await read_permissions(connection))
    finally:
        await pool.close()


async def _set(settings: Settings, change: PermissionChange, by: str | None) -> int:
    actor = None if by is None else await person_by_login(settings, by)
    pool = await open_pool(settings)
    try:
        async with pool.acquire() as connection:
            version, _ = await change_permissions(connection, [change], actor=actor)
            return version
    finally:
        await pool.close()


def _show(matrix: Matrix) -> None:
    roles = [shown.role for shown in matrix.roles]
    width = max(len(line.right or f"{line.table}.{line.operation}") for line in matrix.lines)
    click.secho(" " * width + "  " + "  ".join(roles), bold=True)
    table: str | None = ""
    for line in matrix.lines:
        if line.table != table:
            table = line.table
            click.secho(table or "organisation", bold=True)
        name = f"{line.table}.read" if line.operation == "read" else line.right
        label = (name or f"{line.table}.{line.operation}").ljust(width)
        marks = (
            _mark(cell).center(len(role)) for role, cell in zip(roles, line.cells, strict=True)
        )
        click.echo(f"{label}  {'  '.join(marks)}  {line.sentence.fr} / {line.sentence.en}".rstrip())


def _mark(cell: Cell) -> str:
    return ("x" if cell.allowed else ".") + ("*" if cell.source == "override" else "")
