"""The storage service's own tables: uploads, stored objects, what is searched, links given out."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Text,
    text,
)
from sqlalchemy import Table as SqlTable
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR, UUID

from server.store.metadata import METADATA
from server.store.tables import SYNCED

_now = text("now()")

Index(
    "folder_members",
    SYNCED["folder"].c.members,
    postgresql_using="gin",
    info={"question": "which restricted folders name this person"},
)

Index("document_id", SYNCED["document"].c.id, info={"question": "where does this document live"})
Index(
    "document_version_id",
    SYNCED["document_version"].c.id,
    info={"question": "where does this version live"},
)
Index(
    "document_trash",
    SYNCED["document"].c.purge_at,
    postgresql_where=text("purge_at IS NOT NULL"),
    info={"question": "what of the trash is to be emptied"},
)
Index(
    "document_version_object",
    SYNCED["document_version"].c.object_sha256,
    postgresql_where=text("object_sha256 IS NOT NULL"),
    info={"question": "which versions share these bytes"},
)

UPLOAD = SqlTable(
    "upload",
    METADATA,
    Column("id", UUID(), primary_key=True, comment="made by the client"),
    Column("version_id", UUID(), nullable=False),
    Column("document_id", UUID(), nullable=False),
    Column("home", Text(), nullable=False, comment="the scope of the version's row"),
    Column("project_id", UUID(), nullable=False),
    Column("person_id", UUID(), nullable=False),
    Column("length_bytes", BigInteger(), nullable=False),
    Column("received_bytes", BigInteger(), nullable=False, server_default=text("0")),
    Column("state", Text(), nullable=False, server_default=text("'receiving'")),
    Column("file_name", Text(), nullable=False),
    Column("content_type", Text(), comment="by content"),
    Column("declared_sha256", Text()),
    Column("sha256", Text(), comment="counted by the server"),
    Column("writer", UUID(), comment="the request that may write: the last one wins"),
    Column("attempts", Integer(), nullable=False, server_default=text("0")),
    Column("next_attempt_at", DateTime(timezone=True), nullable=False, server_default=_now),
    Column("leased_until", DateTime(timezone=True)),
    Column("multipart_id", Text(), comment="S3's name of the transfer under way"),
    Column("problem", Text(), comment="why the last attempt failed"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=_now),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("received_at", DateTime(timezone=True)),
    Column("finished_at", DateTime(timezone=True)),
    Column("part_bytes", BigInteger(), comment="of one that goes straight to the object store"),
    CheckConstraint(
        "state IN ('receiving', 'queued', 'storing', 'stored', 'failed')", name="upload_state_known"
    ),
    CheckConstraint(
        "received_bytes BETWEEN 0 AND length_bytes", name="upload_received_within_length"
    ),
)
Index(
    "upload_waiting",
    UPLOAD.c.received_at,
    postgresql_where=text("state IN ('queued', 'storing')"),
    info={"question": "what waits for the object store, the eldest first"},
)
Index(
    "upload_document",
    UPLOAD.c.document_id,
    UPLOAD.c.received_at,
    postgresql_where=text("state IN ('queued', 'storing')"),
    info={"question": "what of this document came earlier and still waits"},
)
Index(
    "upload_storing",
    UPLOAD.c.sha256,
    unique=True,
    postgresql_where=text("state = 'storing'"),
    info={"question": "is this content being sent to the object store just now"},
)
Index(
    "upload_expires",
    UPLOAD.c.expires_at,
    postgresql_where=text("state = 'receiving'"),
    info={"question": "which uploads were given up"},
)
Index(
    "upload_project",
    UPLOAD.c.project_id,
    postgresql_where=text("state IN ('receiving', 'queued', 'storing')"),
    info={"question": "what is on its way into this project, for its quota"},
)
Index("upload_version", UPLOAD.c.version_id, info={"question": "where are this version's bytes"})

STORED_OBJECT = SqlTable(
    "stored_object",
    METADATA,
    Column("sha256", Text(), primary_key=True),
    Column("bytes", BigInteger(), nullable=False),
    Column("content_type", Text(), nullable=False),
    Column("state", Text(), nullable=False, server_default=text("'stored'")),
    Column("stored_at", DateTime(timezone=True), nullable=False, server_default=_now),
    Column("verified_at", DateTime(timezone=True), nullable=False, server_default=_now),
    Column("preview_state", Text(), nullable=False, server_default=text("'waiting'")),
    Column("preview_attempts", Integer(), nullable=False, server_default=text("0")),
    Column("preview_at", DateTime(timezone=True), nullable=False, server_default=_now),
    Column("previews", ARRAY(Text()), nullable=False, server_default=text("'{}'")),
    Column("words", TSVECTOR(), comment="of its text"),
    CheckConstraint("state IN ('stored', 'deleting')", name="stored_object_state_known"),
    CheckConstraint(
        "preview_state IN ('waiting', 'made', 'none', 'failed')",
        name="stored_object_preview_state_known",
    ),
)
Index(
    "stored_object_preview",
    STORED_OBJECT.c.preview_at,
    postgresql_where=text("preview_state = 'waiting'"),
    info={"question": "what has no preview yet"},
)

DOCUMENT_SEARCH = SqlTable(
    "document_search",
    METADATA,
    Column("home_id", UUID(), primary_key=True),
    Column("document_id", UUID(), primary_key=True),
    Column("scope_kind", Text(), nullable=False),
    Column("title_words", TSVECTOR(), nullable=False),
    Column("words", TSVECTOR(), nullable=False, comment="those of the title and of the text"),
)
Index(
    "document_search_words",
    DOCUMENT_SEARCH.c.words,
    postgresql_using="gin",
    info={"question": "which documents hold these words"},
)

SHARE_LINK = SqlTable(
    "share_link",
    METADATA,
    Column("id", UUID(), primary_key=True),
    Column("home_id", UUID(), nullable=False),
    Column("scope_kind", Text(), nullable=False),
    Column("document_id", UUID(), nullable=False),
    Column("version_id", UUID(), comment="none: the newest of the moment"),
    Column("digest", LargeBinary(), nullable=False, unique=True, comment="of the secret in it"),
    Column("password_hash", Text()),
    Column("created_by", UUID(), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=_now),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
    Column("revoked_by", UUID()),
    Column("downloads", Integer(), nullable=False, server_default=text("0")),
    Column("downloads_max", Integer()),
    Column("last_download_at", DateTime(timezone=True)),
)
Index(
    "share_link_document",
    SHARE_LINK.c.document_id,
    info={"question": "the links that lead to this document"},
)

STORAGE_USE = SqlTable(
    "storage_use",
    METADATA,
    Column("project_id", UUID(), primary_key=True),
    Column("bytes", BigInteger(), nullable=False),
    comment="Bytes of the versions that each project keeps, moved with them.",
)
