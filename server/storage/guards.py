"""Who may change folders, documents and their versions.

The scope says who reads a row: confidential categories are kept out of the project's own, which
every member reads. Anyone of the crew adds documents; what is another's, and what is published, is
changed by those whose role has the right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.intake import DENIED, table_guard
from sync import errors
from sync.schema import is_row_id
from sync.tables.documents import CONFIDENTIAL
from sync.validation import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from server.intake import Guard, Guards, Judgement, MergeTransaction
    from sync.changes import Change

FOLDER_PROJECTS = "storage.folder_projects"
"""Fact: restricted folder -> its project."""
PUBLISHED = "storage.published"
"""Fact: of the documents that get versions, those that are published or archived."""

_READ_FOLDERS = """
    SELECT id::text AS id, project_id::text AS project FROM folder
    WHERE home_id = ANY($1::uuid[]) AND id = home_id AND scope_kind = 'folder'
"""
_READ_LOCKED = """
    SELECT id::text AS id FROM document
    WHERE home_id = ANY($1::uuid[]) AND id = ANY($2::uuid[]) AND status = ANY($3::text[])
"""
_PUBLISHED = frozenset({"published", "archived"})
_HOMED = frozenset({"folder", "document"})


def _names_document(change: Change) -> bool:
    return is_row_id(change.after.get("document_id"))


def home_of(scope: str) -> str:
    """Return the id in `kind:ID`."""
    return scope.partition(":")[2]


async def prepare_documents(transaction: MergeTransaction, changes: Sequence[Change]) -> None:
    """Read which documents of new versions are published, and which project a folder is of."""
    facts = transaction.workspace.facts
    scopes = transaction.workspace.scopes
    known = [one for one in changes if one.scope in scopes and is_row_id(home_of(one.scope))]
    folders = {
        home_of(one.scope)
        for one in known
        if one.table in _HOMED and one.scope.startswith("folder:")
    }
    if folders:
        records = await transaction.connection.fetch(_READ_FOLDERS, sorted(folders))
        facts[FOLDER_PROJECTS] = {one["id"]: one["project"] for one in records}
    versions = [one for one in known if one.table == "document_version"]
    if not versions:
        return
    homes = sorted({home_of(one.scope) for one in versions})
    named = sorted(
        {str(change.after["document_id"]) for change in versions if _names_document(change)}
    )
    records = await transaction.connection.fetch(_READ_LOCKED, homes, named, [*_PUBLISHED])
    facts[PUBLISHED] = frozenset(one["id"] for one in records)


async def know(transaction: MergeTransaction, scope: str, rows: Iterable[str | None]) -> None:
    """Let the server's own changes refer to rows of a locked scope, or of `org`."""
    org = await transaction.connection.fetchval("SELECT id FROM scope WHERE name = 'org'")
    names = {transaction.workspace.scopes[scope].id: scope, org: "org"}
    await transaction.learn_references(names, sorted({row for row in rows if row}))


def _home_fault(judgement: Judgement) -> Fault | None:
    """Keep a row's project the one of its home, and confidential categories out of the project."""
    after = judgement.change.after
    kind, _, home = judgement.change.scope.partition(":")
    if judgement.row is None and "project_id" in after:
        if kind == "folder":
            home = judgement.facts.get(FOLDER_PROJECTS, {}).get(home, "")
        if after["project_id"] != home:
            return Fault(errors.VALUE_INVALID, "project_id")
    category = after.get("category")
    misplaced = (kind == "project" and category in CONFIDENTIAL) or (
        kind != "folder" and category == "personnel"
    )
    return Fault(errors.VALUE_INVALID, "category") if misplaced else None


_folder = table_guard("folder")


def guard_folder(judgement: Judgement) -> Fault | None:
    """Let some keep the folders, and fewer say who reads a restricted one."""
    fault = _folder(judgement) or _home_fault(judgement)
    if fault is not None:
        return fault
    restricted = judgement.change.scope == f"folder:{judgement.change.row}"
    if "members" in judgement.change.after and not (
        restricted and judgement.may("folder.restrict")
    ):
        return Fault(errors.ACCESS_DENIED, "members")
    if restricted and judgement.change.operation == "delete":
        return None if judgement.may("folder.restrict") else DENIED
    return None


def guard_document(judgement: Judgement) -> Fault | None:
    """Let the crew add documents in their own name, and change their own until published."""
    fault = _home_fault(judgement)
    if fault is not None:
        return fault
    if judgement.change.operation == "delete":
        return None if judgement.may("document.delete") else DENIED
    own = _author(judgement) == judgement.access.person
    if judgement.row is not None:
        return None if judgement.resent() else _document_fault(judgement, own=own)
    if not judgement.may("document.create"):
        return DENIED
    return None if own else Fault(errors.ACCESS_DENIED, "author_id")


def _document_fault(judgement: Judgement, *, own: bool) -> Fault | None:
    status, after = judgement.value("status"), judgement.change.after
    publishes = "status" in after and not _PUBLISHED.isdisjoint({status, after["status"]})
    if publishes and not judgement.may("document.publish"):
        return Fault(errors.ACCESS_DENIED, "status")
    if judgement.may("document.update"):
        return None
    mine = own and status not in _PUBLISHED
    return None if mine and judgement.may("document.update_own") else DENIED


def guard_document_version(judgement: Judgement) -> Fault | None:
    """Let people add versions in their own name until a document is published; each stays as it is.

    Its label, which keeps it for ever, is given by those who may change versions.
    """
    if judgement.change.operation == "delete":
        return None if judgement.may("document_version.delete") else DENIED
    return _new_version_fault(judgement) if judgement.row is None else _label_fault(judgement)


def _label_fault(judgement: Judgement) -> Fault | None:
    if judgement.resent():
        return None
    others = judgement.change.after.keys() - {"label"}
    if others:
        return Fault(errors.ACCESS_DENIED, min(others))
    return None if judgement.may("document_version.update") else DENIED


def _new_version_fault(judgement: Judgement) -> Fault | None:
    if not judgement.may("document_version.create"):
        return DENIED
    after, person = judgement.change.after, judgement.access.person
    if after.get("author_id") != person:
        return Fault(errors.ACCESS_DENIED, "author_id")
    published = after.get("document_id") in judgement.facts.get(PUBLISHED, ())
    if published and not judgement.may("document.update"):
        return Fault(errors.ACCESS_DENIED, "document_id")
    return None


def guard_document_link(judgement: Judgement) -> Fault | None:
    """Let people say in their own name what a document belongs to, and take that back."""
    change = judgement.change
    own = _author(judgement) == judgement.access.person
    if change.operation == "delete":
        mine = own and judgement.may("document_link.delete_own")
        return None if mine or judgement.may("document_link.delete") else DENIED
    if judgement.row is not None:
        return None if judgement.resent() else DENIED
    if not judgement.may("document_link.create"):
        return DENIED
    return None if own else Fault(errors.ACCESS_DENIED, "author_id")


def _author(judgement: Judgement) -> Any:
    values = judgement.change.after if judgement.row is None else judgement.row.values
    return values.get("author_id")


_offline_rule: Guard = table_guard("offline_rule")

GUARDS: Guards = {
    "folder": guard_folder,
    "document": guard_document,
    "document_version": guard_document_version,
    "document_link": guard_document_link,
    "offline_rule": _offline_rule,
}
