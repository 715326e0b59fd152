"""The tables of a replica's file: its own, migrated by number, and the views, derived.

There is one view table for each declared table. It holds nothing that the base rows and the outbox
do not: when the declarations change, the views are dropped and built again. So no change of a
declared table ever touches the outbox.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from sync.replica.database import StorageTooNewError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from sync.schema import Table

_FIRST = (
    # Who this replica is; one row. `clock` is the last hybrid time, `views` the fingerprint of the
    # declarations that the view tables were derived from.
    """CREATE TABLE sync_identity (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        replica TEXT NOT NULL,
        name TEXT NOT NULL,
        server TEXT NOT NULL,
        person TEXT NOT NULL,
        person_id TEXT,
        server_epoch INTEGER NOT NULL,
        clock INTEGER NOT NULL,
        wipe INTEGER NOT NULL,
        views TEXT NOT NULL
    ) STRICT""",
    # Every replica id whose change sets this file holds: its own, those it had before it forked,
    # and those of imported outboxes. `counter` is the last one assigned.
    """CREATE TABLE sync_replica (
        replica TEXT PRIMARY KEY,
        epoch INTEGER NOT NULL,
        counter INTEGER NOT NULL,
        registered INTEGER NOT NULL
    ) STRICT""",
    """CREATE TABLE sync_cursor (
        scope TEXT PRIMARY KEY,
        seq INTEGER NOT NULL,
        checksum INTEGER NOT NULL
    ) STRICT""",
    # The server's rows as last pulled. A stale one waits to be confirmed or dropped by a pull that
    # began again from zero; it is shown meanwhile, and counts nothing in the checksum.
    """CREATE TABLE sync_base (
        row TEXT PRIMARY KEY,
        table_name TEXT NOT NULL,
        scope TEXT NOT NULL,
        seq INTEGER NOT NULL,
        deleted INTEGER NOT NULL,
        vector TEXT NOT NULL,
        fields TEXT NOT NULL,
        review TEXT NOT NULL,
        hash INTEGER NOT NULL,
        stale INTEGER NOT NULL
    ) STRICT""",
    # Drops and verifies one scope.
    "CREATE INDEX sync_base_by_scope ON sync_base (scope, seq)",
    # `payload` is sent verbatim; an answered change set stays for the retention, in case the server
    # is restored from a backup that lacks it. The large columns come last: SQLite walks through
    # what stands before a column to read it.
    """CREATE TABLE sync_outbox (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        replica TEXT NOT NULL,
        counter INTEGER NOT NULL,
        time INTEGER NOT NULL,
        intent TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('pending', 'acknowledged')),
        answered_at INTEGER,
        trouble TEXT,
        answer BLOB,
        payload BLOB NOT NULL,
        UNIQUE (replica, counter)
    ) STRICT""",
    # What waits, in order, without walking through what was answered.
    "CREATE INDEX sync_outbox_pending ON sync_outbox (sequence) WHERE state = 'pending'",
    # The changes still shown over the base: not answered, or answered and not pulled yet. Each has
    # its own copy of the change, so that one row of a large import is derived without the rest.
    """CREATE TABLE sync_overlay (
        sequence INTEGER NOT NULL,
        position INTEGER NOT NULL,
        row TEXT NOT NULL,
        scope TEXT NOT NULL,
        settled_seq INTEGER,
        change BLOB NOT NULL,
        PRIMARY KEY (sequence, position)
    ) STRICT""",
    # The changes to show over one row.
    "CREATE INDEX sync_overlay_by_row ON sync_overlay (row, sequence)",
    """CREATE TABLE sync_rejection (
        replica TEXT NOT NULL,
        counter INTEGER NOT NULL,
        received_at INTEGER NOT NULL,
        intent TEXT NOT NULL,
        payload BLOB NOT NULL,
        rejection BLOB NOT NULL,
        PRIMARY KEY (replica, counter)
    ) STRICT""",
    """CREATE TABLE sync_conflict (
        replica TEXT NOT NULL,
        counter INTEGER NOT NULL,
        position INTEGER NOT NULL,
        received_at INTEGER NOT NULL,
        notice BLOB NOT NULL,
        PRIMARY KEY (replica, counter, position)
    ) STRICT""",
    # What remains of a scope that may no longer be read: the fact, never its rows.
    """CREATE TABLE sync_withdrawn (
        scope TEXT PRIMARY KEY,
        withdrawn_at INTEGER NOT NULL,
        rows INTEGER NOT NULL,
        waiting INTEGER NOT NULL
    ) STRICT""",
    # Pages of a snapshot until the last one is here: a cut download goes on where it stopped.
    """CREATE TABLE sync_snapshot_page (
        scope TEXT NOT NULL,
        snapshot TEXT NOT NULL,
        page INTEGER NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (scope, snapshot, page)
    ) STRICT""",
)

_FILES = (
    # Files that the server does not hold whole yet; their bytes lie beside the replica's file.
    """CREATE TABLE sync_upload (
        id TEXT PRIMARY KEY,
        version TEXT NOT NULL,
        file_name TEXT NOT NULL,
        size INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        sent INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('waiting', 'refused')),
        problem TEXT,
        made_at INTEGER NOT NULL
    ) STRICT""",
)

MIGRATIONS: tuple[Sequence[str], ...] = (_FIRST, _FILES)
"""Statements that lead from file version n to n + 1. None may touch `sync_outbox.payload`."""

ERASABLE = (
    "sync_cursor",
    "sync_base",
    "sync_outbox",
    "sync_overlay",
    "sync_rejection",
    "sync_conflict",
    "sync_withdrawn",
    "sync_snapshot_page",
    "sync_upload",
)
"""What a wipe empties."""

FILE_VERSION = len(MIGRATIONS)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the file to this version, inside the caller's transaction.

    Raises:
        StorageTooNewError: a newer version wrote the file.

    """
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > FILE_VERSION:
        raise StorageTooNewError(
            f"a newer version of the app wrote this file (version {version}, this one reads up to "
            f"{FILE_VERSION}): update the app; nothing was changed"
        )
    if version == FILE_VERSION:
        return
    for statements in MIGRATIONS[version:]:
        for statement in statements:
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {FILE_VERSION}")


def quoted(name: str) -> str:
    """Quote a declared name: some are SQL words."""
    return f'"{name}"'


def view_statements(table: Table) -> list[str]:
    """Return what creates the view table of a declared table and its indexes."""
    if table.name.startswith(("sync_", "sqlite_")):
        raise ValueError(f"table {table.name!r}: the prefix is taken by the replica itself")
    columns = [
        "id TEXT PRIMARY KEY",
        "sync_scope TEXT NOT NULL",
        "sync_state TEXT NOT NULL",
        "sync_review TEXT NOT NULL",
        "sync_extra TEXT NOT NULL",
        *(f"{quoted(field.name)} {field.kind.sqlite}" for field in table.fields),
    ]
    name = quoted(table.name)
    statements = [f"CREATE TABLE {name} ({', '.join(columns)}) STRICT"]
    indexes: dict[str, tuple[str, ...]] = {"": (), **table.indexes}
    for position, indexed in enumerate(indexes.values()):
        keys = ", ".join(("sync_scope", *map(quoted, indexed)))
        index = quoted(f"{table.name}_{position}")
        statements.append(f"CREATE INDEX {index} ON {name} ({keys})")
    return statements


def fingerprint(tables: Mapping[str, Table]) -> str:
    """Return what changes when a view table must be derived anew."""
    text = "\n".join(line for table in tables.values() for line in view_statements(table))
    return sha256(text.encode(), usedforsecurity=False).hexdigest()


def recreate_views(connection: sqlite3.Connection, tables: Mapping[str, Table]) -> None:
    """Drop every view table and create those that are declared, empty."""
    names = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND NOT (name GLOB 'sync_*'"
        " OR name GLOB 'sqlite_*')"
    ).fetchall()
    for (name,) in names:
        connection.execute(f"DROP TABLE {quoted(name)}")
    for table in tables.values():
        for statement in view_statements(table):
            connection.execute(statement)
