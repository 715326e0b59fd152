"""Forgets what proved nothing in the end: old brakes, resets, invitations and messages."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from server.users.lockout import forget_old_brakes

if TYPE_CHECKING:
    from server.store import Connection

KEPT = dt.timedelta(days=30)
"""How long what is over stays, for those who ask what became of it."""

_STATEMENTS = {
    "resets": "DELETE FROM password_reset WHERE expires_at < $1",
    "invitations": """
        DELETE FROM invitation WHERE expires_at < $1 AND coalesce(accepted_at, '-infinity') < $1
    """,
    "messages": """
        DELETE FROM message_outbox WHERE coalesce(sent_at, expires_at, made_at) < $1
    """,
}


async def prune_people(connection: Connection, now: dt.datetime) -> dict[str, int]:
    """Delete what is over; return how many rows of each kind."""
    pruned = {"brakes": await forget_old_brakes(connection, now)}
    for name, statement in _STATEMENTS.items():
        status = await connection.execute(statement, now - KEPT)
        pruned[name] = int(status.rpartition(" ")[2])
    return pruned
