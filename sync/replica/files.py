"""The lane of files: bytes that wait on the device, apart from rows, one file at a time.

    attach(replica, path, NewFile(...))          # copied and on the disk when it returns
    await send_files(replica, transport)         # goes on where the last attempt, or day, stopped
    await fetch_file(replica, transport, version)

A file is copied beside the replica's own before it is promised, so that the camera's may go. It
leaves the device's queue only when the server holds its last byte.
"""

from __future__ import annotations

import hashlib
import os
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

from sync.replica import identity, view
from sync.replica.editing import Edit
from sync.replica.transport import RefusedByServerError, TransportError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
    from pathlib import Path

    from sync.replica.replica import Replica

PIECE_BYTES = 64 * 1024
UPLOADS = "/api/storage/uploads"
RESTARTS_MAX = 2
"""Times that one pass begins an upload anew which the server has let go."""
FOR_GOOD = frozenset({"file_type_refused", "upload_too_large", "forbidden", "request_malformed"})
"""Refusals that another attempt will meet again."""

_INSERT = """
    INSERT INTO sync_upload (id, version, file_name, size, sha256, sent, state, made_at)
    VALUES (?, ?, ?, ?, ?, 0, 'waiting', ?)
"""
_READ = "SELECT id, version, file_name, size, sha256, sent, state, problem FROM sync_upload"


class WaitingFile(Struct, frozen=True):
    """A file on this device, and how far it has got."""

    id: str
    version: str
    file_name: str
    size: int
    sha256: str
    sent: int
    """Bytes that the server holds for sure."""
    state: str
    """`waiting`, or `refused` for good."""
    problem: str | None
    """Why it could not be sent so far, as a code of the catalogue."""


class NewFile(Struct, frozen=True, kw_only=True):
    """What a file is attached as."""

    project: str
    title: str
    author: str
    scope: str = ""
    """Where the document lives; the project's own scope when empty."""
    document: str | None = None
    """The document that it is a new version of; None makes one."""
    folder: str | None = None
    subject: tuple[str, str] | None = None
    """The row (table, id) that it belongs to."""
    purpose: str | None = None
    comment: str | None = None


class Attached(Struct, frozen=True):
    """What was recorded."""

    document: str
    version: str


class FilesReport(Struct):
    """What a pass of the lane did."""

    sent: int = 0
    sent_bytes: int = 0
    refused: int = 0
    waiting: int = 0
    waiting_bytes: int = 0
    error: Exception | None = None


class FileTransport(Protocol):
    """Carries files. Its method raises `TransportError` and nothing else."""

    async def carry(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        *,
        body: Callable[[], AsyncGenerator[bytes, None]] | None = None,
        keep: Callable[[bytes], None] | None = None,
    ) -> Mapping[str, str]:
        """Send a request, and a body in pieces; hand the answer's over; return its headers."""
        ...


def folder_of(replica: Replica) -> Path:
    """Return the folder beside the replica's file that holds its files."""
    path = replica.database.path
    return path.with_name(path.name + ".files")


def attach(replica: Replica, source: Path, given: NewFile) -> Attached:
    """Record a document, or a version, with the bytes of a file; all is on the disk on return.

    Raises:
        OSError: the file cannot be read or copied; nothing was recorded.
        RefusedError: the server would be bound to reject the rows.

    """
    upload, version = replica.new_id(), replica.new_id()
    size, sha256 = _copy(source, folder_of(replica) / upload)
    with replica.database.writing() as connection:
        made_at = replica.clock()
        connection.execute(_INSERT, (upload, version, source.name, size, sha256, made_at))
    # A crash here leaves bytes without a row: the lane lets them go. The other way round a row
    # would wait for ever for bytes that nobody sends.
    document = given.document or replica.new_id()
    file = WaitingFile(upload, version, source.name, size, sha256, 0, "waiting", None)
    try:
        replica.edit("document.attach", _edits(replica.new_id, file, document, given))
    except BaseException:
        _drop(replica, upload)
        raise
    return Attached(document, version)


def _edits(
    new_id: Callable[[], str], file: WaitingFile, document: str, given: NewFile
) -> Sequence[Edit]:
    scope = given.scope or f"project:{given.project}"
    common = {"home_id": scope.partition(":")[2], "author_id": given.author}
    optional = {"folder_id": given.folder} if given.folder else {}
    edits = []
    if given.document is None:
        made = {
            **common,
            **optional,
            "project_id": given.project,
            "title": given.title,
            "status": "work_in_progress",
        }
        edits.append(Edit("document", document, operation="create", after=made, scope=scope))
    values: dict[str, Any] = {
        **common,
        "document_id": document,
        "file_name": file.file_name,
        "size_bytes": file.size,
        "sha256": file.sha256,
        **({"comment": given.comment} if given.comment else {}),
    }
    edits.append(
        Edit("document_version", file.version, operation="create", after=values, scope=scope)
    )
    if given.subject is not None:
        table, row = given.subject
        values = {
            **common,
            "document_id": document,
            "subject_table": table,
            "subject_id": row,
            **({"purpose": given.purpose} if given.purpose else {}),
        }
        edits.append(Edit("document_link", new_id(), operation="create", after=values, scope=scope))
    return edits


def _copy(source: Path, target: Path) -> tuple[int, str]:
    """Copy a file and force it out; return its size and hash."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    counted, size = hashlib.sha256(), 0
    try:
        with source.open("rb") as given, target.open("xb") as kept:
            while piece := given.read(PIECE_BYTES):
                counted.update(piece)
                size += len(piece)
                kept.write(piece)
            kept.flush()
            os.fsync(kept.fileno())
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return size, counted.hexdigest()


def waiting_files(replica: Replica) -> list[WaitingFile]:
    """Return the files that the server does not hold whole, in order."""
    with replica.database.reading() as connection:
        found = connection.execute(f"{_READ} ORDER BY made_at, id").fetchall()
    return [WaitingFile(*one) for one in found]


def pending_count(connection: sqlite3.Connection) -> int:
    """Return how many files wait to be sent."""
    found = connection.execute("SELECT count(*) FROM sync_upload WHERE state = 'waiting'")
    return int(found.fetchone()[0])


def waiting_bytes(replica: Replica) -> int:
    """Return what is still to be sent, for the server to know."""
    return sum(one.size - one.sent for one in waiting_files(replica) if one.state == "waiting")


async def send_files(
    replica: Replica,
    transport: FileTransport,
    *,
    progress: Callable[[WaitingFile, int], None] = lambda _file, _sent: None,
) -> FilesReport:
    """Send what waits, one file after the other, until all is sent or the link breaks.

    A file that the server refuses never holds up the next one.

    Args:
        replica: the local replica.
        transport: the way to the server.
        progress: told of each file and how many of its bytes have been sent.

    """
    report = FilesReport()
    for file in waiting_files(replica):
        if file.state != "waiting":
            continue
        if not _is_recorded(replica, file.version):
            _drop(replica, file.id)
            continue
        try:
            await _send(replica, transport, file, progress)
        except RefusedByServerError as error:
            code = error.problem.code
            _note(replica, file.id, problem=code, refused=code in FOR_GOOD)
            report.refused += code in FOR_GOOD
        except TransportError as error:
            report.error = error
            break
        else:
            _drop(replica, file.id)
            report.sent += 1
            report.sent_bytes += file.size
    left = [one for one in waiting_files(replica) if one.state == "waiting"]
    report.waiting, report.waiting_bytes = len(left), sum(one.size - one.sent for one in left)
    return report


def _is_recorded(replica: Replica, version: str) -> bool:
    """Whether the version's row is here: sent, or waiting to be."""
    with replica.database.reading() as connection:
        seen, _, _ = view.shown(connection, replica.tables, version)
    return seen is not None and not seen.deleted


async def _send(
    replica: Replica,
    transport: FileTransport,
    file: WaitingFile,
    progress: Callable[[WaitingFile, int], None],
) -> None:
    from sync.replica.tus import Tus  # noqa: PLC0415 - a cycle of types

    for restart in range(RESTARTS_MAX + 1):
        tus = Tus(transport, folder_of(replica) / file.id, file)
        try:
            offset = await tus.offset()
            while offset < file.size:
                _note(replica, file.id, sent=offset)
                offset = await tus.append(offset, partial(progress, file))
        except RefusedByServerError as error:
            if error.problem.code != "upload_gone" or restart == RESTARTS_MAX:
                raise
            file = _renamed(replica, file)
        else:
            return


def _renamed(replica: Replica, file: WaitingFile) -> WaitingFile:
    """Give a file a new upload id: the server has let the old one go."""
    fresh = replica.new_id()
    folder = folder_of(replica)
    os.link(folder / file.id, folder / fresh)
    with replica.database.writing() as connection:
        connection.execute("UPDATE sync_upload SET id = ?, sent = 0 WHERE id = ?", (fresh, file.id))
    (folder / file.id).unlink()
    return WaitingFile(
        fresh, file.version, file.file_name, file.size, file.sha256, 0, file.state, None
    )


def _note(
    replica: Replica,
    upload: str,
    *,
    sent: int | None = None,
    problem: str | None = None,
    refused: bool = False,
) -> None:
    with replica.database.writing() as connection:
        connection.execute(
            "UPDATE sync_upload SET sent = coalesce(?, sent), problem = ?,"
            " state = CASE WHEN ? THEN 'refused' ELSE state END WHERE id = ?",
            (sent, problem, refused, upload),
        )


def _drop(replica: Replica, upload: str) -> None:
    """Let a file go that the server holds, or that no row wants."""
    with replica.database.writing() as connection:
        connection.execute("DELETE FROM sync_upload WHERE id = ?", (upload,))
    (folder_of(replica) / upload).unlink(missing_ok=True)


class DamagedFileError(TransportError):
    """What arrived is not what the server says it keeps: it was let go, and is fetched again."""


async def fetch_file(
    replica: Replica,
    transport: FileTransport,
    version: str,
    *,
    progress: Callable[[int], None] = lambda _: None,
) -> Path:
    """Return a version's bytes, fetched unless they are here; a cut goes on where it stopped.

    Raises:
        LookupError: the replica has no such version.
        TransportError: it could not be fetched whole.

    """
    row = replica.row(version)
    if row is None or row.table != "document_version":
        raise LookupError(version)
    kept = folder_of(replica) / "kept" / version
    if kept.exists():
        return kept
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = kept.with_suffix(".part")
    wanted = row.values.get("object_sha256")
    size = row.values.get("stored_bytes")
    with part.open("ab") as file:
        if size is None or file.tell() < int(size):
            start = file.tell()
            headers = {"If-Range": f'"{wanted}"', "Range": f"bytes={start}-"} if start else {}

            def keep(piece: bytes) -> None:
                file.write(piece)
                progress(file.tell())

            path = f"/api/storage/versions/{version}/content"
            answer = await transport.carry("GET", path, headers, keep=keep)
            if start and "content-range" not in {name.lower() for name in answer}:
                part.unlink()
                raise DamagedFileError("the file has changed meanwhile")
        file.flush()
        os.fsync(file.fileno())
    if wanted is not None and _hash(part) != wanted:
        part.unlink()
        raise DamagedFileError("the file arrived damaged")
    part.replace(kept)
    return kept


def _hash(path: Path) -> str:
    counted = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            counted.update(piece)
    return counted.hexdigest()


def erase_files(replica: Replica) -> None:
    """Erase every file of a replica that is wiped."""
    folder = folder_of(replica)
    for place in (folder / "kept", folder):
        if place.is_dir():
            for file in place.iterdir():
                if file.is_file():
                    file.unlink()
            place.rmdir()


def author_of(replica: Replica) -> str:
    """Return who attaches."""
    with replica.database.reading() as connection:
        mine = identity.require(connection)
    return mine.person_id or mine.person
