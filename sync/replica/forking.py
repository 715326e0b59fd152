"""A replica whose counters are taken goes on under a new id; a server that lost work gets it again.

Both are restores from a backup: of the device's file, or of the server.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from sync.replica import identity, outbox
from sync.replica.editing import redotted
from sync.replica.outbox import encode_change_set

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

    from sync.replica.outbox import Entry


def fork(connection: sqlite3.Connection, replica: str, random: Callable[[int], bytes]) -> list[str]:
    """Give the unanswered change sets of `replica` new dots under a new id; nothing is lost.

    The new id and the new change sets follow from what forked alone. So when two copies of one file
    fork over the same work, or one file is restored and forks again, the server sees duplicates.

    Returns:
        The rows whose view may have changed.

    """
    # What was refused before the server was restored has had its answer: it is not sent again.
    connection.execute(
        "UPDATE sync_outbox SET state = 'acknowledged' WHERE replica = ? AND state = 'pending'"
        " AND counter IN (SELECT counter FROM sync_rejection WHERE replica = ?)",
        (replica, replica),
    )
    waiting = [entry for entry in outbox.waiting(connection) if entry.replica == replica]
    target = _derived_id(waiting[0]) if waiting else identity.new_replica_id(random)
    if identity.require(connection).replica == replica:
        identity.become(connection, target)
    elif waiting:
        identity.add_replica(connection, target)
    seen = _own_merged(connection, replica)
    rows: list[str] = []
    for entry in waiting:
        counter = identity.next_counter(connection, target)
        moved = redotted(entry.change_set, counter, replica, seen)
        connection.execute(
            "UPDATE sync_outbox SET replica = ?, counter = ?, payload = ?, trouble = NULL"
            " WHERE sequence = ?",
            (target, moved.counter, encode_change_set(moved), entry.sequence),
        )
        outbox.overlay(connection, entry.sequence, moved)
        rows += [change.row for change in moved.changes]
    return rows


def _derived_id(entry: Entry) -> str:
    """Return the replica id that follows from the first change set that forked."""
    digest = sha256(f"{entry.replica} {entry.counter} ".encode() + entry.payload)
    return digest.hexdigest()[: 2 * identity.REPLICA_ID_BYTES]


def _own_merged(connection: sqlite3.Connection, replica: str) -> dict[str, int]:
    """Return, by row, the last of a replica's own change sets that the server has merged.

    Work made later had seen it. Under one id that goes without saying; under a new one it is said.
    """
    merged: dict[str, int] = {}
    for entry in outbox.retained(connection):
        if entry.replica == replica and entry.state == "acknowledged":
            answer = outbox.answer_of(connection, entry)
            if answer is not None and not outbox.is_rejected(answer):
                merged.update((change.row, entry.counter) for change in entry.change_set.changes)
    return merged


def fill_gap(
    connection: sqlite3.Connection, replica: str, last_counter: int, random: Callable[[int], bytes]
) -> tuple[list[str], bool]:
    """Send again from `last_counter` + 1; what is no longer held makes it a fork.

    Returns:
        The rows whose view may have changed, and whether it forked.

    """
    rows = outbox.resend_after(connection, replica, last_counter)
    if _contiguous(outbox.waiting(connection), replica, last_counter):
        return rows, False
    return rows + fork(connection, replica, random), True


def _contiguous(waiting: Iterable[Entry], replica: str, last_counter: int) -> bool:
    counters = [
        entry.counter
        for entry in waiting
        if entry.replica == replica and entry.counter > last_counter
    ]
    return counters == list(range(last_counter + 1, last_counter + 1 + len(counters)))
