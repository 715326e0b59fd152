"""A replica whose counters are taken goes on under a new id; a server that lost work gets it again.

Both are restores from a backup: of the device's file, or of the server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.replica import base, identity, outbox
from sync.replica.editing import redotted
from sync.replica.outbox import encode_change_set

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from sync.replica.outbox import Entry


def fork(connection: sqlite3.Connection, replica: str, new_id: str) -> list[str]:
    """Give the unanswered change sets of `replica` new dots; nothing is lost.

    The present id becomes `new_id` if it is `replica` that forked; change sets of an id that is not
    the present one (imported, or from before an earlier fork) go under the present id.

    Returns:
        The rows whose view may have changed.

    """
    if identity.require(connection).replica == replica:
        identity.become(connection, new_id)
    target = identity.require(connection).replica
    # What was refused before the server was restored has had its answer: it is not sent again.
    connection.execute(
        "UPDATE sync_outbox SET state = 'acknowledged' WHERE replica = ? AND state = 'pending'"
        " AND counter IN (SELECT counter FROM sync_rejection WHERE replica = ?)",
        (replica, replica),
    )
    acknowledged = outbox.last_acknowledged(connection, replica)
    waiting = [entry for entry in outbox.waiting(connection) if entry.replica == replica]
    rows: list[str] = []
    for entry in waiting:
        change_set = entry.change_set
        seen = {
            change.row: _own_seen(connection, change.row, replica, acknowledged)
            for change in change_set.changes
        }
        moved = redotted(change_set, identity.next_counter(connection, target), seen)
        connection.execute(
            "UPDATE sync_outbox SET replica = ?, counter = ?, payload = ?, trouble = NULL"
            " WHERE sequence = ?",
            (target, moved.counter, encode_change_set(moved), entry.sequence),
        )
        outbox.overlay(connection, entry.sequence, moved)
        rows += [change.row for change in moved.changes]
    return rows


def _own_seen(
    connection: sqlite3.Connection, row: str, replica: str, acknowledged: int
) -> dict[str, int]:
    """Return what a replica had seen of its own answered work on a row."""
    found = connection.execute(
        "SELECT max(o.counter) FROM sync_overlay v JOIN sync_outbox o USING (sequence)"
        " WHERE v.row = ? AND o.replica = ? AND o.state = 'acknowledged'",
        (row, replica),
    ).fetchone()
    stored = base.get(connection, row)
    # The base may hold dots that another copy of this replica made under the same id: those above
    # what was answered here are not this writer's own.
    pulled = 0 if stored is None else min(stored.vector.get(replica, 0), acknowledged)
    counter = max(int(found[0] or 0), pulled)
    return {replica: counter} if counter else {}


def fill_gap(
    connection: sqlite3.Connection, replica: str, last_counter: int, new_id: str
) -> tuple[list[str], bool]:
    """Send again from `last_counter` + 1; what is no longer held makes it a fork.

    Returns:
        The rows whose view may have changed, and whether it forked.

    """
    rows = outbox.resend_after(connection, replica, last_counter)
    if _contiguous(outbox.waiting(connection), replica, last_counter):
        return rows, False
    return rows + fork(connection, replica, new_id), True


def _contiguous(waiting: Iterable[Entry], replica: str, last_counter: int) -> bool:
    counters = [
        entry.counter
        for entry in waiting
        if entry.replica == replica and entry.counter > last_counter
    ]
    return counters == list(range(last_counter + 1, last_counter + 1 + len(counters)))
