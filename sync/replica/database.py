"""The SQLite file: its connection, its transactions, and what can go wrong with it.

One writer at a time: every write runs in `BEGIN IMMEDIATE`, so that several processes may share the
file. `synchronous=FULL` in WAL mode syncs each commit to the disk before it returns.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUSY_SECONDS_MAX = 30.0
"""How long a writer waits for another process before it gives up."""


class StorageError(Exception):
    """The file could not be read or written; what was saved before is untouched."""


class StorageFullError(StorageError):
    """No space is left: the entry was not saved, everything saved before still is."""


class StorageBusyError(StorageError):
    """Another process has held the file for too long."""


class StorageTooNewError(StorageError):
    """A newer version of the app wrote this file."""


_SENTENCES: dict[int, tuple[type[StorageError], str]] = {
    sqlite3.SQLITE_FULL: (
        StorageFullError,
        "the disk is full: this entry was not saved, everything saved before is kept",
    ),
    sqlite3.SQLITE_BUSY: (StorageBusyError, "another process is writing to the replica's file"),
    sqlite3.SQLITE_LOCKED: (StorageBusyError, "another process is writing to the replica's file"),
    sqlite3.SQLITE_CORRUPT: (StorageError, "the replica's file is damaged"),
    sqlite3.SQLITE_NOTADB: (StorageError, "this file is not a replica"),
    sqlite3.SQLITE_READONLY: (StorageError, "the replica's file cannot be written"),
    sqlite3.SQLITE_CANTOPEN: (StorageError, "the replica's file cannot be opened"),
    sqlite3.SQLITE_IOERR: (StorageError, "the disk refused to read or write"),
}


def _translate(error: sqlite3.Error) -> StorageError:
    primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
    kind, sentence = _SENTENCES.get(primary, (StorageError, "the replica's file met an error"))
    return kind(f"{sentence} ({error})")


class Database:
    """One connection to a replica's file."""

    def __init__(self, path: Path, *, busy_seconds_max: float = BUSY_SECONDS_MAX) -> None:
        self.path = path
        try:
            self._connection = sqlite3.connect(path, timeout=busy_seconds_max, isolation_level=None)
        except sqlite3.Error as error:
            raise _translate(error) from error
        try:
            for statement in (
                "PRAGMA journal_mode = WAL",
                "PRAGMA synchronous = FULL",
                "PRAGMA foreign_keys = OFF",
                "PRAGMA secure_delete = ON",
            ):
                self._connection.execute(statement)
        except sqlite3.Error as error:
            self._connection.close()
            raise _translate(error) from error

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Run a block in one durable transaction.

        Raises:
            StorageError: nothing of the block was saved.

        """
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Run a block that sees one state of the file.

        Raises:
            StorageError: the file could not be read.

        """
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        try:
            self._connection.execute(begin)
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # SQLite has rolled back by itself after some errors, a full disk among them.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise _translate(error) from error

    def compact(self) -> None:
        """Give freed pages back and empty the write-ahead log, so that no deleted row remains."""
        try:
            self._connection.execute("VACUUM")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            raise _translate(error) from error

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
