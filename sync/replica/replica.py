"""The local replica: what the command line, the simulator and the tests hold in their hands."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Self, TypedDict, Unpack

from msgspec import Struct

from sync import errors
from sync.replica import base, editing, escape, files, identity, notices, outbox, schema, view
from sync.replica.database import Database, StorageError
from sync.replica.editing import Edit, Limits
from sync.replica.schema import quoted
from sync.tables import TABLES

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from sync.replica.identity import Identity
    from sync.replica.notices import ConflictEntry, RejectedEntry, WithdrawnScope
    from sync.replica.outbox import Entry
    from sync.replica.rebase import BaseRow, Shown
    from sync.schema import Table

RETENTION_DAYS = 180
"""How long answered change sets are kept; as the server's `replica_retention_days`."""


class UnsentWorkError(Exception):
    """The replica still holds work that the server has not answered for."""


class ReplicaStatus(Struct, frozen=True):
    """The replica at a glance."""

    replica: str
    name: str
    server: str
    person: str
    registered: bool
    server_epoch: int
    waiting: int
    oldest_waiting_ms: int | None
    """When the oldest waiting change set was made, in milliseconds since 1970."""
    troubles: list[str]
    """Why waiting change sets could not be sent, as codes of the catalogue."""
    rejections: int
    conflicts: int
    rows: int
    cursor: dict[str, int]
    withdrawn: list[WithdrawnScope]
    wipe_ordered: bool
    """The server has revoked this device; it is wiped once its work is handed in."""
    wiped: bool
    """It was: nothing is left here, and nothing more is entered."""
    receipt_given: bool
    """The server knows that it was."""


class Options(TypedDict, total=False):
    """What `create` and `open` pass on."""

    tables: Mapping[str, Table]
    """The declared tables."""
    limits: Limits
    """How large one change set may be."""
    retention_days: int
    """How long answered change sets are kept."""
    app_version: str
    """Told to the server."""


class Replica:
    """One installed copy of the data, in one SQLite file that several processes may share.

    Nothing is remembered between calls but the way to the file. Use it from one thread.
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], int],
        random: Callable[[int], bytes],
        tables: Mapping[str, Table] = TABLES,
        limits: Limits | None = None,
        retention_days: int = RETENTION_DAYS,
        app_version: str = "",
    ) -> None:
        self.database = database
        self.clock = clock
        self.random = random
        self.tables = tables
        self.limits = limits or Limits()
        self.retention_days = retention_days
        self.app_version = app_version
        self.platform = sys.platform

    @classmethod
    def create(
        cls,
        path: Path,
        *,
        server: str,
        person: str,
        name: str,
        clock: Callable[[], int],
        random: Callable[[int], bytes],
        **options: Unpack[Options],
    ) -> Self:
        """Make a new, empty replica in a new file.

        Args:
            path: the file; its folder exists.
            server: address of the server.
            person: login of the person it is made for.
            name: what people call this device.
            clock: returns the wall clock, in milliseconds since 1970.
            random: returns that many random bytes.
            **options: see `Options`.

        Raises:
            StorageError: the file holds a replica already, or cannot be written.

        """
        replica = cls(Database(path), clock=clock, random=random, **options)

        def begin(connection: sqlite3.Connection) -> None:
            if identity.load(connection) is not None:
                raise StorageError(f"{path} holds a replica already")
            identity.create(
                connection,
                replica=identity.new_replica_id(random),
                name=name,
                server=server,
                person=person,
            )

        replica._prepare(begin)
        return replica

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        clock: Callable[[], int],
        random: Callable[[int], bytes],
        **options: Unpack[Options],
    ) -> Self:
        """Open the replica that a file holds, and bring the file to this version of the app.

        Raises:
            StorageTooNewError: a newer version of the app wrote the file.
            StorageError: there is no replica in the file, or it cannot be read.

        """
        if not path.is_file():
            raise StorageError(f"{path} does not exist")
        replica = cls(Database(path), clock=clock, random=random, **options)

        def check(connection: sqlite3.Connection) -> None:
            if identity.load(connection) is None:
                raise StorageError(f"{path} holds no replica")

        replica._prepare(check)
        return replica

    def _prepare(self, begin: Callable[[sqlite3.Connection], None]) -> None:
        """Bring the file to this version; derive the views where the declarations changed."""
        try:
            with self.database.writing() as connection:
                schema.migrate(connection)
                begin(connection)
                if identity.require(connection).views != schema.fingerprint(self.tables):
                    self._derive_views(connection)
        except BaseException:
            self.close()
            raise

    def _derive_views(self, connection: sqlite3.Connection) -> None:
        schema.recreate_views(connection, self.tables)
        view.rebuild(connection, self.tables)
        connection.execute("UPDATE sync_identity SET views = ?", (schema.fingerprint(self.tables),))

    def close(self) -> None:
        """Close the file."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Writing

    def new_id(self) -> str:
        """Return a fresh row id, for edits that refer to each other."""
        return identity.uuid7(self.clock(), self.random(10))

    def edit(self, intent: str, edits: Sequence[Edit]) -> int:
        """Save one user action and show it at once.

        It is on the disk when this returns.

        Args:
            intent: what the person did, `expense.record`.
            edits: what that did to rows, one each.

        Returns:
            The change set's counter under the replica's present id.

        Raises:
            RefusedError: the server would be bound to reject it; nothing was saved.
            StorageError: it could not be saved; nothing was changed.

        """
        if not edits:
            raise ValueError("an action changes at least one row")
        new_ids = [edit.row or self.new_id() for edit in edits]
        with self.database.writing() as connection:
            mine = identity.require(connection)
            if mine.wipe >= identity.ERASED:
                raise editing.refused(errors.DEVICE_REVOKED, table=edits[0].table)
            replica = mine.replica
            changes = editing.build(
                connection, self.tables, edits, replica=replica, new_ids=new_ids
            )
            change_set, payload = editing.sealed(
                intent,
                identity.next_counter(connection, replica),
                identity.next_time(connection, self.clock()),
                changes,
                self.limits,
            )
            outbox.append_payload(connection, replica, change_set, payload)
            view.refresh(connection, self.tables, [change.row for change in changes])
        return change_set.counter

    # Reading

    def rows(
        self,
        table: str,
        scope: str | None = None,
        where: str = "",
        parameters: Sequence[Any] = (),
        *,
        order: str = "id",
        limit: int = -1,
    ) -> list[Shown]:
        """Return the rows of a table as the person sees them.

        Args:
            table: a declared table.
            scope: only this scope's.
            where: an SQL condition on the view's columns. Never make it of input, which goes into
                `parameters`.
            parameters: values for the question marks in `where`.
            order: SQL of the order.
            limit: at most so many rows; all when negative.

        Raises:
            KeyError: no such table.

        """
        declared = self.tables[table]
        condition = "TRUE" if scope is None else "sync_scope = ?"
        given = () if scope is None else (scope,)
        if where:
            condition = f"{condition} AND ({where})"
        with self.database.reading() as connection:
            found = connection.execute(
                f"SELECT * FROM {quoted(table)} WHERE {condition} ORDER BY {order} LIMIT ?",
                (*given, *parameters, limit),
            )
            return [view.read(declared, one) for one in found]

    def row(self, row: str) -> Shown | None:
        """Return one row as the person sees it, or None when it is not here or deleted."""
        with self.database.reading() as connection:
            seen, _, _ = view.shown(connection, self.tables, row)
        return None if seen is None or seen.deleted else seen

    def base_row(self, row: str) -> BaseRow | None:
        """Return the server's state of a row as last pulled, tombstones among them."""
        with self.database.reading() as connection:
            return base.get(connection, row)

    def deleted_rows(self, table: str, scope: str) -> list[str]:
        """Return the ids of a scope's rows whose tombstones the server has sent."""
        with self.database.reading() as connection:
            found = connection.execute(
                "SELECT row FROM sync_base WHERE scope = ? AND table_name = ? AND deleted = 1",
                (scope, table),
            )
            return [row for (row,) in found]

    def waiting(self) -> list[Entry]:
        """Return the change sets that the server has not answered for, in order."""
        with self.database.reading() as connection:
            return outbox.waiting(connection)

    def retained(self) -> list[Entry]:
        """Return every change set the file still holds, answered or not, in order."""
        with self.database.reading() as connection:
            return outbox.retained(connection)

    def conflicts(self) -> list[ConflictEntry]:
        """Return the races of this replica's change sets, oldest first."""
        with self.database.reading() as connection:
            return notices.conflicts(connection)

    def rejections(self) -> list[RejectedEntry]:
        """Return the entries that the server refused, oldest first."""
        with self.database.reading() as connection:
            return notices.rejections(connection)

    def dismiss_rejection(self, replica: str, counter: int) -> bool:
        """Forget a refused entry its author has dealt with; False when there is none."""
        with self.database.writing() as connection:
            return notices.dismiss_rejection(connection, replica, counter)

    def identity(self) -> Identity:
        """Return who this replica is."""
        with self.database.reading() as connection:
            return identity.require(connection)

    def cursor(self) -> dict[str, int]:
        """Return the cursor: scope -> seq."""
        with self.database.reading() as connection:
            return base.cursor(connection)

    def checksum(self, scope: str) -> int:
        """Return the checksum of a scope's base rows, counted anew from their values."""
        with self.database.reading() as connection:
            return base.recomputed_checksum(connection, scope)

    def status(self) -> ReplicaStatus:
        """Return the replica at a glance."""
        with self.database.reading() as connection:
            mine = identity.require(connection)
            waiting = outbox.waiting(connection)
            counts = connection.execute(
                "SELECT (SELECT count(*) FROM sync_rejection), (SELECT count(*) FROM"
                " sync_conflict), (SELECT count(*) FROM sync_base WHERE deleted = 0)"
            ).fetchone()
            return ReplicaStatus(
                replica=mine.replica,
                name=mine.name,
                server=mine.server,
                person=mine.person,
                registered=mine.registered,
                server_epoch=mine.server_epoch,
                waiting=len(waiting),
                oldest_waiting_ms=min(map(outbox.made_at_ms, waiting), default=None),
                troubles=sorted({entry.trouble for entry in waiting if entry.trouble}),
                rejections=counts[0],
                conflicts=counts[1],
                rows=counts[2],
                cursor=base.cursor(connection),
                withdrawn=notices.withdrawn(connection),
                wipe_ordered=mine.wipe >= identity.WIPE_ORDERED,
                wiped=mine.wipe >= identity.ERASED,
                receipt_given=mine.wipe == identity.RECEIPT_GIVEN,
            )

    # The last resorts

    def export_outbox(self, path: Path) -> int:
        """Write the waiting change sets to a file; return how many."""
        with self.database.reading() as connection:
            content = escape.encoded(connection, self.clock())
            count = outbox.pending_count(connection)
        path.write_bytes(content)
        return count

    def import_outbox(self, path: Path) -> int:
        """Take over the waiting change sets of another replica; return how many were new.

        Raises:
            EscapeError: the file is not an exported outbox.

        """
        escaped = escape.decoded(path.read_bytes())
        with self.database.writing() as connection:
            added, rows = escape.take_over(connection, escaped)
            view.refresh(connection, self.tables, rows)
        return added

    def wipe(self, *, unsent_work_too: bool = False) -> None:
        """Erase every row and every change set; the replica's identity remains.

        Raises:
            UnsentWorkError: work waits that the server has not answered for; nothing was erased.

        """
        with self.database.writing() as connection:
            unsent = outbox.pending_count(connection) or files.pending_count(connection)
            if unsent and not unsent_work_too:
                raise UnsentWorkError("work waits here that the server has not got: export it")
            for table in schema.ERASABLE:
                connection.execute(f"DELETE FROM {table}")
            schema.recreate_views(connection, self.tables)
            identity.set_wipe(connection, identity.WIPE_ORDERED, identity.ERASED)
        self.database.compact()
        files.erase_files(self)
