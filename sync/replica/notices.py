"""What the replica has to tell a person: entries refused, races settled, scopes withdrawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from sync.changes import Change, ConflictNotice, Rejection
from sync.replica.outbox import decode_change_set

if TYPE_CHECKING:
    import sqlite3

_decode_rejection = msgspec.json.Decoder(Rejection).decode
_decode_notice = msgspec.json.Decoder(ConflictNotice).decode


class RejectedEntry(Struct, frozen=True):
    """A change set that the server refused, kept whole for its author to mend and resend."""

    replica: str
    counter: int
    received_at: int
    """Milliseconds since 1970."""
    intent: str
    changes: list[Change]
    rejection: Rejection


class ConflictEntry(Struct, frozen=True):
    """A race that one of this replica's change sets was in."""

    replica: str
    counter: int
    received_at: int
    """Milliseconds since 1970."""
    notice: ConflictNotice


class WithdrawnScope(Struct, frozen=True):
    """What remains of a scope that may no longer be read."""

    scope: str
    withdrawn_at: int
    """Milliseconds since 1970."""
    rows: int
    """Rows dropped."""
    waiting: int
    """Change sets that had no answer yet; they are still sent."""


def rejections(connection: sqlite3.Connection) -> list[RejectedEntry]:
    """Return the refused entries, oldest first."""
    found = connection.execute(
        "SELECT replica, counter, received_at, intent, payload, rejection FROM sync_rejection"
        " ORDER BY received_at, replica, counter"
    )
    return [
        RejectedEntry(
            replica=replica,
            counter=counter,
            received_at=received_at,
            intent=intent,
            changes=decode_change_set(payload).changes,
            rejection=_decode_rejection(rejection),
        )
        for replica, counter, received_at, intent, payload, rejection in found
    ]


def dismiss_rejection(connection: sqlite3.Connection, replica: str, counter: int) -> bool:
    """Forget a refused entry its author has dealt with; False when there is none."""
    found = connection.execute(
        "DELETE FROM sync_rejection WHERE replica = ? AND counter = ?", (replica, counter)
    )
    return found.rowcount > 0


def conflicts(connection: sqlite3.Connection) -> list[ConflictEntry]:
    """Return the races of this replica's change sets, oldest first."""
    found = connection.execute(
        "SELECT replica, counter, received_at, notice FROM sync_conflict"
        " ORDER BY received_at, replica, counter, position"
    )
    return [
        ConflictEntry(
            replica=replica,
            counter=counter,
            received_at=received_at,
            notice=_decode_notice(notice),
        )
        for replica, counter, received_at, notice in found
    ]


def withdrawn(connection: sqlite3.Connection) -> list[WithdrawnScope]:
    """Return the scopes that were withdrawn and not granted again."""
    found = connection.execute(
        "SELECT scope, withdrawn_at, rows, waiting FROM sync_withdrawn ORDER BY scope"
    )
    return [WithdrawnScope(*one) for one in found]
