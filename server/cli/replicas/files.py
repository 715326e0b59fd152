"""Files on the command line: attach one to a row, see what waits, fetch one."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from server.cli.replicas.finding import find_project, find_row
from server.cli.replicas.saying import LOGIN_NEEDED, MISTAKE, Both, Mistake
from sync.replica import (
    NewFile,
    attach,
    author_of,
    fetch_file,
    send_files,
    waiting_files,
)

if TYPE_CHECKING:
    from server.cli.replicas.desk import Desk
    from sync.replica import FilesReport, Replica, WaitingFile
    from sync.replica.http import HttpTransport


def attach_file(desk: Desk, path: Path, given: dict[str, str | None]) -> dict[str, Any]:
    """Attach a file, as a new document or a version of one; return the ids."""
    with desk.open() as replica:
        author = author_of(replica)
        if not author:
            raise Mistake(
                Both("Connectez-vous une première fois.", "Log in a first time."), LOGIN_NEEDED
            )
        subject = document = None
        scope = ""
        if given["version_of"] is not None:
            document = find_row(replica, given["version_of"], ("document",))
            scope, project = document.scope, str(document.values["project_id"])
        elif given["to"] is not None:
            row = find_row(replica, given["to"])
            subject, scope = (row.table, row.row), row.scope
            project = str(row.values.get("project_id") or row.row)
        else:
            project = find_project(replica, given["project"]).row
        made = attach(
            replica,
            path,
            NewFile(
                project=project,
                title=given["title"] or path.name,
                author=author,
                scope=scope,
                document=None if document is None else document.row,
                subject=subject,
                purpose=given["purpose"],
                comment=given["comment"],
            ),
        )
    return msgspec.structs.asdict(made)


def show_files(desk: Desk) -> None:
    """List the files that the server does not hold whole."""
    with desk.open() as replica:
        files = waiting_files(replica)
    if desk.as_json:
        desk.give([msgspec.structs.asdict(one) for one in files])
        return
    for one in files:
        trouble = "" if one.problem is None else f"  {one.problem}"
        click.echo(f"{one.id[:8]}  {one.file_name}  {one.sent}/{one.size}  {one.state}{trouble}")


def download_file(desk: Desk, row: str, output: Path | None) -> Path:
    """Fetch a document's newest version, or a version, unless it is here; return where it is."""
    with desk.open() as replica:
        shown = find_row(replica, row, ("document", "document_version"))
        version = shown.values.get("version_id") if shown.table == "document" else shown.row
        found = None if version is None else replica.row(str(version))
        if found is None:
            raise Mistake(
                Both("Son contenu n'est pas encore arrivé.", "Its content has not arrived yet."),
                MISTAKE,
            )
        name = Path(str(found.values["file_name"])).name

    async def work(replica: Replica, transport: HttpTransport) -> Path:
        return await fetch_file(replica, transport, str(version))

    kept = desk.online(work)
    target = output or Path(name)
    shutil.copyfile(kept, target)
    return target


async def send_waiting_files(
    desk: Desk, replica: Replica, transport: HttpTransport
) -> FilesReport | None:
    """Send what waits, and say how it goes; a link that breaks leaves the rest for next time."""
    if not waiting_files(replica):
        return None
    told: dict[str, int] = {}

    def show(file: WaitingFile, sent: int) -> None:
        percent = 100 * sent // max(1, file.size)
        if told.get(file.id) != percent // 10:
            told[file.id] = percent // 10
            click.echo(f"{file.file_name}: {sent}/{file.size} ({percent} %)", err=True)

    report = await send_files(
        replica, transport, progress=(lambda *_: None) if desk.as_json else show
    )
    if not desk.as_json and report.error is not None:
        said = Both(
            f"{report.waiting} fichier(s) attendent encore ({report.waiting_bytes} octets).",
            f"{report.waiting} file(s) still wait ({report.waiting_bytes} bytes).",
        )
        click.echo(said.to(desk.language), err=True)
    return report
