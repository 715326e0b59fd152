"""`derrick replica attach`, `files`, `download`."""

from __future__ import annotations

from pathlib import Path

import click

from server.cli.replicas.desk import current_desk
from server.cli.replicas.files import attach_file, download_file, show_files

_json_option = click.option("--json", "as_json", is_flag=True, help="For programs.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--to", help="The row that it belongs to: its code, its id, or the id's beginning.")
@click.option("--version-of", help="The document that it is a new version of.")
@click.option("--title", help="The file's name by default.")
@click.option("--purpose", help="What it is to the row: receipt, photo_before, photo_after.")
@click.option("--comment", help="Why there is a new version.")
@click.option("--project", help="Code or id; needed when there are several and no row.")
@_json_option
def attach(file: Path, *, as_json: bool, **given: str | None) -> None:
    """Give a row, or a project, a file; it is copied here, and sent after the rows."""
    desk = current_desk(json_flag=as_json)
    made = attach_file(desk, file, given)
    desk.say(
        f"{file.name} est gardé ici : document {made['document'][:8]}.",
        f"{file.name} is kept here: document {made['document'][:8]}.",
    )
    if desk.as_json:
        desk.give(made)


@click.command()
@_json_option
def files(*, as_json: bool) -> None:
    """List the files that the server does not hold whole, and how far each has come."""
    show_files(current_desk(json_flag=as_json))


@click.command()
@click.argument("row")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Where to.")
@_json_option
def download(row: str, *, output: Path | None, as_json: bool) -> None:
    """Fetch a document's newest version, or a version; what was fetched once is kept here."""
    desk = current_desk(json_flag=as_json)
    target = download_file(desk, row, output)
    desk.say(f"Écrit dans {target}.", f"Written to {target}.")
    if desk.as_json:
        desk.give({"path": str(target)})


FILE_COMMANDS = (attach, files, download)
