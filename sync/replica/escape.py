"""The last resort: the outbox as a file that another replica can take over.

The file is JSON, so that a person can read it, with every change set's bytes beside. Change sets
keep their dots: what the first device did send after all is answered as a duplicate, not merged
twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from sync.changes import Change  # noqa: TC001 - msgspec reads the annotation
from sync.replica import identity, outbox
from sync.replica.outbox import decode_change_set

if TYPE_CHECKING:
    import sqlite3

FORMAT = 1


class EscapeError(Exception):
    """The file is not an exported outbox."""


class EscapedEntry(Struct, frozen=True):
    """One change set that had no answer when the outbox was exported."""

    replica: str
    counter: int
    time: int
    intent: str
    payload: bytes
    """As it goes over the wire; Base64 in the file."""
    changes: list[Change]
    """The same, for people."""


class EscapedOutbox(Struct, frozen=True):
    """An exported outbox."""

    format: int
    server: str
    person: str
    name: str
    exported_at: int
    """Milliseconds since 1970."""
    epochs: dict[str, int]
    """Replica id -> epoch."""
    entries: list[EscapedEntry]


def encoded(connection: sqlite3.Connection, wall_ms: int) -> bytes:
    """Return the waiting change sets as a file's content."""
    mine = identity.require(connection)
    waiting = outbox.waiting(connection)
    content = EscapedOutbox(
        format=FORMAT,
        server=mine.server,
        person=mine.person,
        name=mine.name,
        exported_at=wall_ms,
        epochs=dict(connection.execute("SELECT replica, epoch FROM sync_replica").fetchall()),
        entries=[
            EscapedEntry(
                replica=entry.replica,
                counter=entry.counter,
                time=entry.time,
                intent=entry.intent,
                payload=entry.payload,
                changes=entry.change_set.changes,
            )
            for entry in waiting
        ],
    )
    return msgspec.json.format(msgspec.json.encode(content), indent=1)


def decoded(content: bytes) -> EscapedOutbox:
    """Read an exported outbox.

    Raises:
        EscapeError: it is not one, or of a newer format.

    """
    try:
        escaped = msgspec.json.decode(content, type=EscapedOutbox)
    except msgspec.DecodeError as error:
        raise EscapeError(f"this is not an exported outbox: {error}") from error
    if escaped.format != FORMAT:
        raise EscapeError(f"a newer version of the app exported this outbox: {escaped.format}")
    return escaped


def take_over(connection: sqlite3.Connection, escaped: EscapedOutbox) -> tuple[int, list[str]]:
    """Add the change sets of an exported outbox that this file does not hold yet.

    Returns:
        How many were added, and the rows whose view may have changed.

    """
    rows: list[str] = []
    added = 0
    for entry in escaped.entries:
        identity.add_replica(
            connection,
            entry.replica,
            epoch=escaped.epochs.get(entry.replica, 1),
            counter=entry.counter,
        )
        if outbox.holds(connection, entry.replica, entry.counter):
            continue
        change_set = decode_change_set(entry.payload)
        outbox.append_payload(connection, entry.replica, change_set, entry.payload)
        rows += [change.row for change in change_set.changes]
        added += 1
    return added, rows
