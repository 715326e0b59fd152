"""The PostgreSQL tables: the synced ones, derived from `sync.tables`, and the engine's own.

Every key leads with the scope or the project, and the large tables are hash-partitioned by it.
There are no foreign keys between synced rows: a row may name one that was deleted meanwhile on
another tablet; the intake refuses a reference to a row that never was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy import Table as SqlTable
from sqlalchemy.dialects.postgresql import ARRAY, DATE, JSON, JSONB, NUMERIC, TIMESTAMP, UUID

from server.store.metadata import METADATA
from sync.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sync.schema import Field, Table

HASH_PARTITIONS = 4
LARGE_TABLES = frozenset(
    {
        "comment",
        "daily_report",
        "document",
        "document_link",
        "document_version",
        "expense",
        "sync_row",
        "task",
    }
)
"""Tables that grow with the work, partitioned by the hash of their scope or project."""

_TYPES: dict[str, Any] = {
    "text": Text(),
    "bigint": BigInteger(),
    "boolean": Boolean(),
    "date": DATE(),
    "timestamp": TIMESTAMP(),
    "numeric": NUMERIC(),
    "uuid": UUID(),
    "uuid[]": ARRAY(UUID()),
    "text[]": ARRAY(Text()),
    "jsonb": JSONB(),
}


def _column(field: Field, *, key: bool) -> Column[Any]:
    return Column(
        field.name, _TYPES[field.kind.postgres], nullable=not field.required, primary_key=key
    )


def _checks(table: Table) -> Iterable[CheckConstraint]:
    for field in table.fields:
        if field.kind.choices:
            words = ", ".join(f"'{choice}'" for choice in field.kind.choices)
            yield CheckConstraint(
                text(f"{field.name} IN ({words})"), name=f"{table.name}_{field.name}_known"
            )


def partitioning(name: str, key: str) -> str | None:
    """Return how a large table is partitioned; None leaves it whole."""
    return f"HASH ({key})" if name in LARGE_TABLES else None


def synced_table(table: Table, metadata: MetaData) -> SqlTable:
    """Derive the PostgreSQL table of a declared one.

    To its fields are added `id`, `deleted`, and `scope_kind` where rows of one table live in
    several kinds of scope.
    """
    leading = table.leading
    columns: list[Column[Any]] = []
    if leading is not None:
        columns.append(_column(table.by_name[leading], key=True))
    columns.append(Column("id", UUID(), primary_key=True))
    if len(table.scopes) > 1:
        columns.append(Column("scope_kind", Text(), nullable=False))
    columns += [_column(field, key=False) for field in table.fields if field.name != leading]
    columns.append(Column("deleted", Boolean(), nullable=False, server_default=text("false")))
    derived = SqlTable(
        table.name,
        metadata,
        *columns,
        *_checks(table),
        postgresql_partition_by=partitioning(table.name, leading or "id"),
    )
    lead = [leading] if leading is not None else []
    for question, names in table.indexes.items():
        keys = [*names] if table.name == "member" else [*lead, *names]
        Index(
            f"{table.name}_{'_'.join(names)}",
            *(derived.c[name] for name in keys),
            info={"question": question},
        )
    return derived


def synced_tables(metadata: MetaData, tables: Mapping[str, Table] = TABLES) -> dict[str, SqlTable]:
    """Derive every synced table."""
    return {name: synced_table(table, metadata) for name, table in tables.items()}


SYNCED = synced_tables(METADATA)

_now = text("now()")

INSTALLATION = SqlTable(
    "installation",
    METADATA,
    Column("one", Boolean(), CheckConstraint("one", name="installation_single"), primary_key=True),
    Column("server_epoch", BigInteger(), nullable=False),
    comment="One row: raised by a restore from backup, so that replicas notice.",
)

SCOPE = SqlTable(
    "scope",
    METADATA,
    Column("id", BigInteger(), Identity(always=True), primary_key=True),
    Column("name", Text(), nullable=False),
    Column("head", BigInteger(), nullable=False, server_default=text("0")),
    Column("checksum", BigInteger(), nullable=False, server_default=text("0")),
    Column("rows", BigInteger(), nullable=False, server_default=text("0")),
    UniqueConstraint("name", name="scope_name"),
    # Moved by every merge: room on the page keeps the updates from touching the indexes.
    postgresql_with={"fillfactor": 50},
)

SYNC_ROW = SqlTable(
    "sync_row",
    METADATA,
    Column("scope_id", BigInteger(), primary_key=True, autoincrement=False),
    Column("row_id", UUID(), primary_key=True),
    Column("seq", BigInteger(), nullable=False),
    Column("table_name", Text(), nullable=False),
    Column("deleted", Boolean(), nullable=False),
    Column("checksum", BigInteger(), nullable=False),
    Column("document", LargeBinary(), nullable=False),
    Column("causes", LargeBinary(), nullable=False),
    postgresql_partition_by=partitioning("sync_row", "scope_id"),
)
Index(
    "sync_row_seq",
    SYNC_ROW.c.scope_id,
    SYNC_ROW.c.seq,
    unique=True,
    info={"question": "what changed in this scope since a cursor"},
)

Index(
    "sync_row_deleted",
    SYNC_ROW.c.scope_id,
    SYNC_ROW.c.row_id,
    postgresql_where=text("deleted"),
    info={"question": "what was deleted, and may be due for the purge"},
)

CHANGE_LOG = SqlTable(
    "change_log",
    METADATA,
    Column("scope_id", BigInteger(), primary_key=True, autoincrement=False),
    Column("seq", BigInteger(), primary_key=True, autoincrement=False),
    Column("at", DateTime(timezone=True), primary_key=True, comment="when the server merged it"),
    Column("table_name", Text(), nullable=False),
    Column("row_id", UUID(), nullable=False),
    Column("operation", Text(), nullable=False),
    Column("intent", Text(), nullable=False),
    Column("replica", Text(), nullable=False),
    Column("counter", BigInteger(), nullable=False),
    Column("time", BigInteger(), nullable=False, comment="hybrid time on the device"),
    Column("person_id", UUID()),
    Column("changes", JSON(), nullable=False, comment="field -> [before, after]"),
    postgresql_partition_by="RANGE (at)",
)
Index(
    "change_log_row",
    CHANGE_LOG.c.row_id,
    CHANGE_LOG.c.seq,
    info={"question": "the history of a row"},
)

REPLICA = SqlTable(
    "replica",
    METADATA,
    Column("id", Text(), primary_key=True),
    Column("person_id", UUID(), nullable=False),
    Column("name", Text(), nullable=False),
    Column("platform", Text()),
    Column("app_version", Text()),
    Column("epoch", BigInteger(), nullable=False, server_default=text("1")),
    Column("last_counter", BigInteger(), nullable=False, server_default=text("0")),
    Column("schema_version", Integer()),
    Column("registered_at", DateTime(timezone=True), nullable=False, server_default=_now),
    Column("last_seen_at", DateTime(timezone=True)),
    Column("waiting_change_sets", BigInteger(), nullable=False, server_default=text("0")),
    Column("waiting_oldest", BigInteger()),
    Column("waiting_upload_bytes", BigInteger(), nullable=False, server_default=text("0")),
    Column("clock_offset_ms", BigInteger(), nullable=False, server_default=text("0")),
    Column("clock_flagged", Boolean(), nullable=False, server_default=text("false")),
    Column("revoked_at", DateTime(timezone=True)),
    Column("device_id", UUID(), comment="the device it was last registered from"),
    Column("client_id", Text(), comment="the other system that registered it"),
    Column(
        "office",
        Boolean(),
        nullable=False,
        server_default=text("false"),
        comment="the server's own, through which the person acts online",
    ),
    postgresql_with={"fillfactor": 50},
)
Index("replica_person", REPLICA.c.person_id, info={"question": "the replicas of a person"})
Index(
    "replica_office",
    REPLICA.c.person_id,
    unique=True,
    postgresql_where=text("office"),
    info={"question": "through which replica does a person act online"},
)
Index("replica_device", REPLICA.c.device_id, info={"question": "the replicas on a device"})

RECEIPT = SqlTable(
    "receipt",
    METADATA,
    Column("replica", Text(), primary_key=True),
    Column("last_counter", BigInteger(), primary_key=True, autoincrement=False),
    Column("first_counter", BigInteger(), nullable=False),
    Column("digests", LargeBinary(), nullable=False, comment="eight bytes per change set"),
    Column("answers", LargeBinary(), nullable=False, comment="MessagePack, one per change set"),
    Column("received_at", DateTime(timezone=True), nullable=False, server_default=_now),
)

CONFLICT = SqlTable(
    "conflict",
    METADATA,
    Column("id", BigInteger(), Identity(always=True), primary_key=True),
    Column("scope_id", BigInteger(), nullable=False),
    Column("seq", BigInteger(), nullable=False),
    Column("table_name", Text(), nullable=False),
    Column("row_id", UUID(), nullable=False),
    Column("field", Text()),
    Column("policy", Text(), nullable=False),
    Column("kept", JSONB()),
    Column("lost", JSONB()),
    Column("review", Boolean(), nullable=False),
    Column("replica", Text(), nullable=False, comment="who arrived second"),
    Column("counter", BigInteger(), nullable=False),
    Column("time", BigInteger(), nullable=False),
    Column("other_replica", Text(), comment="who was there first"),
    Column("other_counter", BigInteger()),
    Column("other_time", BigInteger()),
    Column("detected_at", DateTime(timezone=True), nullable=False, server_default=_now),
    Column("resolved_at", DateTime(timezone=True)),
    Column("resolved_by", UUID()),
)
Index(
    "conflict_open",
    CONFLICT.c.scope_id,
    CONFLICT.c.row_id,
    postgresql_where=text("resolved_at IS NULL"),
    info={"question": "what waits for a decision in a scope, or on a row"},
)

REJECTION = SqlTable(
    "rejection",
    METADATA,
    Column("replica", Text(), primary_key=True),
    Column("counter", BigInteger(), primary_key=True, autoincrement=False),
    Column("person_id", UUID(), nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False, server_default=_now),
    Column("code", Text(), nullable=False),
    Column("detail", JSONB(), nullable=False),
    Column("payload", JSON(), comment="the change set, whole"),
    Column("raw", LargeBinary(), comment="the bytes, when they cannot be read"),
    Column(
        "scopes", ARRAY(Text()), nullable=False, server_default=text("'{}'"), comment="it touched"
    ),
)
Index(
    "rejection_scopes",
    REJECTION.c.scopes,
    postgresql_using="gin",
    info={"question": "what was refused in the projects that someone leads"},
)
Index(
    "rejection_person",
    REJECTION.c.person_id,
    REJECTION.c.received_at,
    info={"question": "what an author has to mend"},
)

SNAPSHOT = SqlTable(
    "snapshot",
    METADATA,
    Column("id", Text(), primary_key=True),
    Column("scope_id", BigInteger(), nullable=False),
    Column("seq", BigInteger(), nullable=False),
    Column("checksum", BigInteger(), nullable=False),
    Column("rows", BigInteger(), nullable=False),
    Column("pages", Integer(), nullable=False),
    Column("bytes", BigInteger(), nullable=False),
    Column("built_at", DateTime(timezone=True), nullable=False, server_default=_now),
)
Index(
    "snapshot_scope",
    SNAPSHOT.c.scope_id,
    SNAPSHOT.c.seq,
    info={"question": "the newest of a scope"},
)

SNAPSHOT_PAGE = SqlTable(
    "snapshot_page",
    METADATA,
    Column("snapshot_id", Text(), primary_key=True),
    Column("page", Integer(), primary_key=True, autoincrement=False),
    Column("body", LargeBinary(), nullable=False, comment="Zstandard of a SnapshotPage"),
)

JOB_RUN = SqlTable(
    "job_run",
    METADATA,
    Column("name", Text(), primary_key=True),
    Column("slot", DateTime(timezone=True), nullable=False, comment="the latest slot that is done"),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("finished_at", DateTime(timezone=True), nullable=False),
    Column("failures", Integer(), nullable=False, server_default=text("0")),
    Column("detail", JSONB(), comment="what the last run did, or why it failed"),
    comment="What the clocked jobs have done: nothing runs twice, and a missed slot is caught up.",
)
