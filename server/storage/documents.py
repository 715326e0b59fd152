"""Documents that the server itself makes: reports, exports. Stored as people's are.

    await store_document(intake, settings, NewDocument(...), content)

The bytes are on the spool's disk, and the row in the queue, when it returns: the object store may
be away. Called again with the same `version`, it changes nothing: for work done at least once.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from msgspec import Struct

from server.storage.guards import home_of, know
from server.storage.sniffing import HEAD_BYTES, content_type
from server.storage.spool import Spool
from server.storage.wording import index_titles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.intake import Intake, MergeTransaction
    from server.settings import Settings

_QUEUE = """
    INSERT INTO upload (id, version_id, document_id, home, project_id, person_id, length_bytes,
        received_bytes, state, file_name, content_type, expires_at, received_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 'queued', $8, $9, now(), now())
"""
_LAST_NUMBER = """
    SELECT coalesce(max(number), 0) FROM document_version WHERE home_id = $1 AND document_id = $2
"""


class Subject(Struct, frozen=True):
    """A row that a document belongs to."""

    table: str
    id: str
    purpose: str | None = None


class NewDocument(Struct, frozen=True, kw_only=True):
    """A document to make, or a new version of one."""

    scope: str
    """Where it lives, and so who reads it: `project:ID`, `finance:ID` or `folder:ID`."""
    project: str
    author: str
    """The person it is made for."""
    title: str
    file_name: str
    document: str | None = None
    """Its id; of one that is there, the bytes become a new version."""
    version: str | None = None
    """The version's id, made by the caller: given again, it is stored once."""
    folder: str | None = None
    category: str | None = None
    tags: Sequence[str] = ()
    comment: str | None = None
    subjects: Sequence[Subject] = ()


class StoredDocument(Struct, frozen=True):
    """What was made."""

    document: str
    version: str


async def store_document(
    intake: Intake, settings: Settings, given: NewDocument, content: bytes
) -> StoredDocument:
    """Make a document of bytes, or add a version to it; they are safe on the disk on return.

    Raises LookupError: its scope is not there.
    """
    upload, version = str(uuid4()), given.version or str(uuid4())
    document = given.document or str(uuid4())
    spool = Spool(settings)
    await asyncio.to_thread(_put, spool, upload, content)
    kept = False
    try:
        async with intake.server_transaction([given.scope]) as transaction:
            kept = await _write(transaction, given, (document, version, upload), content)
    finally:
        if not kept:
            spool.free(upload)
    return StoredDocument(document, version)


def _put(spool: Spool, upload: str, content: bytes) -> None:
    spool.prepare()
    spool.create(upload)
    with spool.open(upload) as file:
        file.write(0, content)
        file.sync()


async def _write(
    transaction: MergeTransaction, given: NewDocument, ids: tuple[str, str, str], content: bytes
) -> bool:
    """Write the rows and queue the bytes; return whether they are wanted."""
    document, version, upload = ids
    workspace, scope = transaction.workspace, given.scope
    if scope not in workspace.scopes:
        raise LookupError(f"there is no scope {scope}")
    await transaction.load(scope, [document, version])
    if workspace.row(scope, version) is not None:
        return False
    await know(transaction, scope, (given.author, given.folder))
    home, kind = home_of(scope), content_type(content[:HEAD_BYTES])
    common: dict[str, Any] = {"home_id": home, "author_id": given.author}
    known = workspace.row(scope, document)
    if known is None:
        values: dict[str, Any] = {
            **common,
            "project_id": given.project,
            "title": given.title,
            "folder_id": given.folder,
            "category": given.category,
            "tags": sorted({*given.tags}),
            "status": "work_in_progress",
        }
        _make(transaction, "document", document, scope, values)
        await index_titles(transaction, [workspace.entries[scope, document]])
    number = await transaction.connection.fetchval(_LAST_NUMBER, home, document)
    values = {
        **common,
        "document_id": document,
        "file_name": given.file_name,
        "size_bytes": len(content),
        "comment": given.comment,
        "number": number + 1,
        "state": "received",
        "received_at": workspace.now_ms,
    }
    _make(transaction, "document_version", version, scope, values)
    for subject in given.subjects:
        values = {
            **common,
            "document_id": document,
            "subject_table": subject.table,
            "subject_id": subject.id,
            "purpose": subject.purpose,
        }
        _make(transaction, "document_link", str(uuid4()), scope, values)
    await transaction.connection.execute(
        _QUEUE,
        upload,
        version,
        document,
        scope,
        given.project,
        given.author,
        len(content),
        given.file_name,
        kind,
    )
    return True


def _make(
    transaction: MergeTransaction, table: str, row: str, scope: str, values: dict[str, Any]
) -> None:
    said = {name: value for name, value in values.items() if value not in (None, [])}
    transaction.workspace.write(scope, table, row, said, intent="document.store")
