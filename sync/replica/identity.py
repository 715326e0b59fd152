"""Who this replica is: its ids, its epochs, its counters and its hybrid clock.

Everything is read from the file within the caller's transaction, never remembered between calls:
another process may share the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import msgspec
from msgspec import Struct

from sync.clock import receive, tick

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

REPLICA_ID_BYTES = 8

WIPE_ORDERED, ERASED, RECEIPT_GIVEN = 1, 2, 3
"""The server said wipe; everything is erased and the server is to be told; it was told."""


class Identity(Struct, frozen=True):
    """The replica as its file knows it."""

    replica: str
    name: str
    server: str
    person: str
    """Login of the person the replica was made for."""
    person_id: str | None
    """The server's id of that person, once registered."""
    server_epoch: int
    """0 until the first pull."""
    clock: int
    """The last hybrid time given or seen."""
    wipe: int
    """How far an order of the server to wipe this device is carried out: see WIPE_ORDERED."""
    views: str
    """Fingerprint of the declarations that the view tables were derived from."""
    epoch: int
    """This incarnation, as the server counts them; 1 until registered."""
    counter: int
    """The last counter assigned."""
    registered: bool


def load(connection: sqlite3.Connection) -> Identity | None:
    """Return the identity that the file holds, or None in a file that is still empty."""
    found = connection.execute(
        "SELECT i.replica, i.name, i.server, i.person, i.person_id, i.server_epoch, i.clock,"
        " i.wipe, i.views, r.epoch, r.counter, r.registered"
        " FROM sync_identity i JOIN sync_replica r USING (replica)"
    ).fetchone()
    if found is None:
        return None
    named = dict(zip(Identity.__struct_fields__, found, strict=True))
    return msgspec.convert(named, Identity, strict=False)


def require(connection: sqlite3.Connection) -> Identity:
    """Return the identity of a file that has one."""
    identity = load(connection)
    if identity is None:
        raise LookupError("the file holds no replica")
    return identity


def new_replica_id(random: Callable[[int], bytes]) -> str:
    """Return a fresh replica id."""
    return random(REPLICA_ID_BYTES).hex()


def create(
    connection: sqlite3.Connection, *, replica: str, name: str, server: str, person: str
) -> None:
    """Write the identity of a new replica."""
    add_replica(connection, replica)
    connection.execute(
        "INSERT INTO sync_identity VALUES (1, ?, ?, ?, ?, NULL, 0, 0, 0, '')",
        (replica, name, server, person),
    )


def add_replica(
    connection: sqlite3.Connection, replica: str, *, epoch: int = 1, counter: int = 0
) -> None:
    """Remember a replica id whose change sets the file holds."""
    connection.execute(
        "INSERT INTO sync_replica VALUES (?, ?, ?, 0) ON CONFLICT (replica) DO UPDATE"
        " SET counter = max(counter, excluded.counter)",
        (replica, epoch, counter),
    )


def order_wipe(connection: sqlite3.Connection) -> None:
    """Remember the server's order, whatever was done about it before."""
    connection.execute("UPDATE sync_identity SET wipe = max(wipe, ?)", (WIPE_ORDERED,))


def set_wipe(connection: sqlite3.Connection, before: int, after: int) -> None:
    """Note the next step of a wipe."""
    connection.execute("UPDATE sync_identity SET wipe = ? WHERE wipe = ?", (after, before))


def replicas(connection: sqlite3.Connection) -> list[str]:
    """Return every replica id that this file has had, the present one first."""
    found = connection.execute(
        "SELECT replica FROM sync_replica ORDER BY replica <> (SELECT replica FROM sync_identity)"
    )
    return [replica for (replica,) in found.fetchall()]


def become(connection: sqlite3.Connection, replica: str) -> None:
    """Go on under another replica id."""
    add_replica(connection, replica)
    connection.execute("UPDATE sync_identity SET replica = ?", (replica,))


def next_counter(connection: sqlite3.Connection, replica: str) -> int:
    """Assign the next counter of a replica id."""
    found = connection.execute(
        "UPDATE sync_replica SET counter = counter + 1 WHERE replica = ? RETURNING counter",
        (replica,),
    ).fetchone()
    return int(found[0])


def next_time(connection: sqlite3.Connection, wall_ms: int) -> int:
    """Return the hybrid time of a new local event; it never goes back, whatever the wall does."""
    return _move_clock(connection, tick(_clock(connection), wall_ms))


def see_time(connection: sqlite3.Connection, server_time: int, wall_ms: int) -> None:
    """Move the clock past what the server has seen."""
    _move_clock(connection, receive(_clock(connection), server_time, wall_ms))


def _clock(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT clock FROM sync_identity").fetchone()[0])


def _move_clock(connection: sqlite3.Connection, time: int) -> int:
    connection.execute("UPDATE sync_identity SET clock = ?", (time,))
    return time


def uuid7(wall_ms: int, random: bytes) -> str:
    """Build a UUID of version 7 (RFC 9562) from milliseconds since 1970 and ten random bytes."""
    raw = bytearray(wall_ms.to_bytes(6, "big") + random[:10])
    raw[6] = 0x70 | raw[6] & 0x0F
    raw[8] = 0x80 | raw[8] & 0x3F
    return str(UUID(bytes=bytes(raw)))
