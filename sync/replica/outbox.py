"""The outbox: change sets in the order they were made, sent verbatim until each is answered.

Only `acknowledge` takes a change set out of the waiting ones, and only for an answer to its dot.
Answered ones are kept for the retention: a server restored from a backup may need them again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from sync.changes import Answer, Change, ChangeSet, Rejection, Sentence, Waiting
from sync.clock import LOGICAL_PER_MILLISECOND

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

DAY_MS = 86_400_000

_encode = msgspec.msgpack.Encoder().encode
encode_change_set = _encode
decode_change = msgspec.msgpack.Decoder(Change).decode
decode_change_set = msgspec.msgpack.Decoder(ChangeSet).decode
decode_answer = msgspec.msgpack.Decoder(Answer).decode


class Entry(Struct, frozen=True):
    """One change set of the outbox."""

    sequence: int
    """Order in this file; it outlives a change of replica id."""
    replica: str
    counter: int
    payload: bytes
    time: int
    intent: str
    state: str
    trouble: str | None
    """Why it could not be sent so far, as a code of the catalogue."""

    @property
    def change_set(self) -> ChangeSet:
        """Return the change set that the payload holds."""
        return decode_change_set(self.payload)


_COLUMNS = "sequence, replica, counter, payload, time, intent, state, trouble"


def _entries(connection: sqlite3.Connection, rest: str, *parameters: Any) -> list[Entry]:
    found = connection.execute(f"SELECT {_COLUMNS} FROM sync_outbox {rest}", parameters)
    return [Entry(*one) for one in found]


def append(connection: sqlite3.Connection, replica: str, change_set: ChangeSet) -> int:
    """Add a change set and show its changes over the base; return its sequence."""
    return append_payload(connection, replica, change_set, encode_change_set(change_set))


def append_payload(
    connection: sqlite3.Connection, replica: str, change_set: ChangeSet, payload: bytes
) -> int:
    """Add a change set whose encoding is already fixed."""
    cursor = connection.execute(
        "INSERT INTO sync_outbox (replica, counter, payload, time, intent, state)"
        " VALUES (?, ?, ?, ?, ?, 'pending')",
        (replica, change_set.counter, payload, change_set.time, change_set.intent),
    )
    sequence = int(cursor.lastrowid or 0)
    overlay(connection, sequence, change_set)
    return sequence


def overlay(connection: sqlite3.Connection, sequence: int, change_set: ChangeSet) -> None:
    """Show a change set's changes over the base."""
    connection.executemany(
        "INSERT OR REPLACE INTO sync_overlay (sequence, position, row, scope, change)"
        " VALUES (?, ?, ?, ?, ?)",
        [
            (sequence, position, change.row, change.scope, _encode(change))
            for position, change in enumerate(change_set.changes)
        ],
    )


def touched_rows(connection: sqlite3.Connection, sequence: int) -> list[str]:
    """Return the rows over which a change set is shown."""
    found = connection.execute("SELECT row FROM sync_overlay WHERE sequence = ?", (sequence,))
    return [row for (row,) in found]


def waiting(connection: sqlite3.Connection) -> list[Entry]:
    """Return every change set that has no answer yet, in order."""
    return _entries(connection, "WHERE state = 'pending' ORDER BY sequence")


def pending_count(connection: sqlite3.Connection) -> int:
    """Return how many change sets have no answer yet."""
    found = connection.execute("SELECT count(*) FROM sync_outbox WHERE state = 'pending'")
    return int(found.fetchone()[0])


def pending_replicas(connection: sqlite3.Connection) -> list[str]:
    """Return the replica ids that have unanswered change sets, the oldest work first."""
    found = connection.execute(
        "SELECT replica FROM sync_outbox WHERE state = 'pending' GROUP BY replica"
        " ORDER BY min(sequence)"
    )
    return [replica for (replica,) in found]


def batch(
    connection: sqlite3.Connection, replica: str, *, count_max: int, bytes_max: int
) -> list[Entry]:
    """Return the next unanswered change sets of a replica id, at least one if there is one."""
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM sync_outbox WHERE replica = ? AND state = 'pending'"
        " ORDER BY counter LIMIT ?",
        (replica, count_max),
    )
    taken: list[Entry] = []
    size = 0
    # Read one by one: a few large change sets must not fill the memory.
    for one in found:
        entry = Entry(*one)
        size += len(entry.payload)
        if taken and (size > bytes_max or entry.counter != taken[-1].counter + 1):
            break
        taken.append(entry)
    return taken


def still_waiting(
    connection: sqlite3.Connection, sent: Iterable[Entry], *, upload_bytes: int
) -> Waiting:
    """Return what will wait on the device once `sent` has arrived."""
    gone = {entry.sequence for entry in sent}
    found = connection.execute(
        "SELECT sequence, time FROM sync_outbox WHERE state = 'pending' ORDER BY sequence"
    )
    times = [time for sequence, time in found if sequence not in gone]
    return Waiting(
        change_sets=len(times), oldest=min(times, default=None), upload_bytes=upload_bytes
    )


def acknowledge(
    connection: sqlite3.Connection,
    replica: str,
    answer: Answer,
    *,
    heads: Mapping[str, int],
    wall_ms: int,
) -> list[str] | None:
    """Store the server's answer for one dot; a rejected change set is un-applied at once.

    Returns:
        The rows whose view may have changed, or None when nothing waited under that dot.

    """
    found = _entries(
        connection,
        "WHERE replica = ? AND counter = ? AND state = 'pending'",
        replica,
        answer.counter,
    )
    if not found:
        return None
    entry = found[0]
    connection.execute(
        "UPDATE sync_outbox SET state = 'acknowledged', answer = ?, answered_at = ?,"
        " trouble = NULL WHERE sequence = ?",
        (msgspec.msgpack.encode(answer), wall_ms, entry.sequence),
    )
    rows = touched_rows(connection, entry.sequence)
    dot = (replica, answer.counter)
    connection.executemany(
        "INSERT OR REPLACE INTO sync_conflict VALUES (?, ?, ?, ?, ?)",
        [
            (*dot, position, wall_ms, msgspec.json.encode(notice))
            for position, notice in enumerate(answer.conflicts)
        ],
    )
    if is_rejected(answer):
        _reject(connection, entry, answer, wall_ms)
        return rows
    connection.execute("DELETE FROM sync_rejection WHERE replica = ? AND counter = ?", dot)
    connection.executemany(
        "UPDATE sync_overlay SET settled_seq = ? WHERE sequence = ? AND scope = ?",
        [(seq, entry.sequence, scope) for scope, seq in heads.items()],
    )
    return rows


def answer_of(connection: sqlite3.Connection, entry: Entry) -> Answer | None:
    """Return the stored answer to a change set."""
    found = connection.execute(
        "SELECT answer FROM sync_outbox WHERE sequence = ?", (entry.sequence,)
    ).fetchone()
    return None if found is None or found[0] is None else decode_answer(found[0])


def is_rejected(answer: Answer) -> bool:
    """Whether the server refused the change set, now or when it first arrived."""
    return "rejected" in (answer.status, answer.stored)


_NO_REASON = Rejection(
    code="rejected",
    message=Sentence(fr="Le serveur a refusé cette saisie.", en="The server refused this entry."),
)


def _reject(connection: sqlite3.Connection, entry: Entry, answer: Answer, wall_ms: int) -> None:
    reason = answer.rejection or _NO_REASON
    connection.execute(
        "INSERT OR IGNORE INTO sync_rejection VALUES (?, ?, ?, ?, ?, ?)",
        (
            entry.replica,
            entry.counter,
            wall_ms,
            entry.intent,
            entry.payload,
            msgspec.json.encode(reason),
        ),
    )
    connection.execute("DELETE FROM sync_overlay WHERE sequence = ?", (entry.sequence,))


def set_trouble(connection: sqlite3.Connection, entry: Entry, code: str) -> None:
    """Note why a change set could not be sent; it goes on waiting."""
    connection.execute(
        "UPDATE sync_outbox SET trouble = ? WHERE sequence = ?", (code, entry.sequence)
    )


def holds(connection: sqlite3.Connection, replica: str, counter: int) -> bool:
    """Whether the file still holds this dot."""
    found = connection.execute(
        "SELECT 1 FROM sync_outbox WHERE replica = ? AND counter = ?", (replica, counter)
    )
    return found.fetchone() is not None


def resend_after(connection: sqlite3.Connection, replica: str, last_counter: int) -> list[str]:
    """Make the answered change sets above `last_counter` wait again: the server lost them.

    Returns:
        The rows whose view may have changed.

    """
    lost = _entries(
        connection,
        "WHERE replica = ? AND counter > ? AND state = 'acknowledged' ORDER BY counter",
        replica,
        last_counter,
    )
    rows: list[str] = []
    for entry in lost:
        answer = answer_of(connection, entry)
        connection.execute(
            "UPDATE sync_outbox SET state = 'pending', answer = NULL, answered_at = NULL"
            " WHERE sequence = ?",
            (entry.sequence,),
        )
        if answer is not None and is_rejected(answer):
            continue
        overlay(connection, entry.sequence, entry.change_set)
        rows += touched_rows(connection, entry.sequence)
    return rows


def prune(connection: sqlite3.Connection, *, wall_ms: int, retention_days: int) -> int:
    """Forget change sets answered longer ago than the retention and no longer shown."""
    oldest = wall_ms - retention_days * DAY_MS
    return connection.execute(
        "DELETE FROM sync_outbox WHERE state = 'acknowledged' AND answered_at < ?"
        " AND sequence NOT IN (SELECT sequence FROM sync_overlay)",
        (oldest,),
    ).rowcount


def retained(connection: sqlite3.Connection) -> list[Entry]:
    """Return every change set the file holds, answered or not, in order."""
    return _entries(connection, "ORDER BY sequence")


def made_at_ms(entry: Entry) -> int:
    """Return when a change set was made, in milliseconds since 1970 by the replica's clock."""
    return entry.time // LOGICAL_PER_MILLISECOND
