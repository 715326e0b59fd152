"""Tables of the storage service: folders, documents, their versions, and what they belong to.

A row lives in its *home*: the project (`project:ID`, read by its members), the project's finance
(`finance:ID`, read with the budgets), or a restricted folder (`folder:ID`, read by those whom the
folder names). A scope is read whole, so access narrower than the project's is a scope of its own,
and holds on sync as on download, search, thumbnails and export. `home_id` is the project's id in
the first two, the restricted folder's own in the third.

The bytes travel apart (`server.storage`): a version says here what was recorded, the server where
its bytes are. Any row is given documents by a `document_link` in the document's own home.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.schema import (
    Field,
    Table,
    Workflow,
    boolean,
    choice,
    identifier,
    integer,
    moment,
    reference,
    references,
    text,
    words,
)

if TYPE_CHECKING:
    from sync.schema import ScopeKind

CATEGORIES = ("technical", "safety", "financial", "contractual", "personnel")
CONFIDENTIAL = frozenset({"financial", "contractual"})
"""Categories that never live in the project's own scope, which every member reads."""

HOMES: tuple[ScopeKind, ...] = ("project", "finance", "folder")
FOLDER_MEMBERS_MAX = 200
FILE_BYTES_MAX = 64 * 1024**3


def _home_id() -> Field:
    return Field("home_id", identifier(), "write_once", required=True)


def _author_id() -> Field:
    return Field("author_id", reference("person"), "write_once", required=True)


FOLDER = Table(
    name="folder",
    service="storage",
    scopes=HOMES,
    scope_field="home_id",
    fields=(
        _home_id(),
        Field("project_id", identifier(), "write_once", required=True),
        Field("parent_id", reference("folder")),
        Field("name", text(200), required=True),
        Field("category", choice(*CATEGORIES)),
        # Of a restricted folder, which is its own home: who reads it.
        Field("members", references("person", FOLDER_MEMBERS_MAX), "set"),
    ),
    indexes={"what is under this folder": ("parent_id",)},
)

DOCUMENT_STATUS = Workflow(
    initial="work_in_progress",
    transitions={
        "work_in_progress": ("shared", "published", "archived"),
        "shared": ("work_in_progress", "published", "archived"),
        "published": ("shared", "archived"),
        "archived": ("published", "work_in_progress"),
    },
    precedence=("work_in_progress", "shared", "published", "archived"),
)

DOCUMENT = Table(
    name="document",
    service="storage",
    scopes=HOMES,
    scope_field="home_id",
    fields=(
        _home_id(),
        Field("project_id", identifier(), "write_once", required=True),
        Field("folder_id", reference("folder")),
        Field("title", text(400), required=True),
        Field("category", choice(*CATEGORIES)),
        Field("description", text(4_000), "text"),
        Field(
            "status",
            choice(*DOCUMENT_STATUS.precedence),
            "workflow",
            workflow=DOCUMENT_STATUS,
        ),
        Field("tags", words(), "set"),
        Field("taken_at", moment()),
        Field("latitude_microdegrees", integer(-90_000_000, 90_000_000)),
        Field("longitude_microdegrees", integer(-180_000_000, 180_000_000)),
        _author_id(),
        Field("pinned", boolean()),
        # In the trash since; emptied, it is back where it was.
        Field("trashed_at", moment()),
        Field("purge_at", moment(), server=True),
        Field("version_id", identifier(), server=True),
        Field("content_type", text(120), server=True),
        Field("size_bytes", integer(0), server=True),
    ),
    indexes={"the documents of a folder": ("folder_id",)},
)

VERSION_STATES = ("waiting", "received", "stored", "refused", "quarantined")
"""Where a version's bytes are: not here yet; on the server's disk; in the object store; nowhere."""

DOCUMENT_VERSION = Table(
    name="document_version",
    service="storage",
    scopes=HOMES,
    scope_field="home_id",
    fields=(
        _home_id(),
        Field("document_id", reference("document"), "write_once", required=True),
        Field("file_name", text(255), "write_once", required=True),
        Field("size_bytes", integer(0, FILE_BYTES_MAX), "write_once"),
        # What the device counted: the server refuses bytes of another content.
        Field("sha256", text(64), "write_once"),
        Field("comment", text(1_000), "write_once"),
        Field("restored_from", reference("document_version"), "write_once"),
        _author_id(),
        # A named version never expires.
        Field("label", text(120)),
        Field("number", integer(1), server=True),
        Field("state", choice(*VERSION_STATES), server=True),
        Field("object_sha256", text(64), server=True),
        Field("content_type", text(120), server=True),
        Field("stored_bytes", integer(0), server=True),
        Field("received_at", moment(), server=True),
        Field("stored_at", moment(), server=True),
        Field("problem", text(80), server=True),
    ),
    indexes={"the versions of a document, in order": ("document_id", "number")},
)

DOCUMENT_LINK = Table(
    name="document_link",
    service="storage",
    scopes=HOMES,
    scope_field="home_id",
    delete="delete_wins",
    fields=(
        _home_id(),
        Field("document_id", reference("document"), "write_once", required=True),
        Field("subject_table", text(60), "write_once", required=True),
        Field("subject_id", identifier(), "write_once", required=True),
        # What it is to the row: receipt, photo_before, photo_after, signature.
        Field("purpose", text(60), "write_once"),
        Field("position", integer()),
        _author_id(),
    ),
    indexes={
        "the documents of a row": ("subject_id",),
        "what a document belongs to": ("document_id",),
    },
)

OFFLINE_RULE = Table(
    name="offline_rule",
    service="storage",
    scopes=("project",),
    scope_field="project_id",
    fields=(
        Field("project_id", identifier(), "write_once", required=True),
        Field("recent_days", integer(0, 3_650)),
        Field("mine", boolean()),
        Field("pinned", boolean()),
        Field("file_bytes_max", integer(0)),
        Field("total_bytes_max", integer(0)),
    ),
)

TABLES = (FOLDER, DOCUMENT, DOCUMENT_VERSION, DOCUMENT_LINK, OFFLINE_RULE)
