"""Forgets what is over: brakes, resets, invitations, messages, sessions, other systems' grants.

A session's row is what a revoked device hands in its work by: it stays until the device has wiped
itself, or has been silent for longer than a replica is kept.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from server.users.lockout import forget_old_brakes

if TYPE_CHECKING:
    from server.settings import Settings
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
    # Its codes go with it.
    "grants": "DELETE FROM oauth_grant WHERE coalesce(ended_at, expires_at) < $1",
    "sign_ins": "DELETE FROM oidc_flow WHERE expires_at < $1",
    "tickets": "DELETE FROM oidc_ticket WHERE expires_at < $1",
}
_SESSIONS = """
    DELETE FROM session USING device
    WHERE device.id = session.device_id
        AND coalesce(session.ended_at, least(session.expires_at, session.refreshed_at + $2)) < $1
        AND (device.revoked_at IS NULL OR device.wiped_at IS NOT NULL OR device.revoked_at < $3)
"""


async def prune_people(
    connection: Connection, settings: Settings, now: dt.datetime
) -> dict[str, int]:
    """Delete what is over; return how many rows of each kind."""
    pruned = {"brakes": await forget_old_brakes(connection, now)}
    for name, statement in _STATEMENTS.items():
        status = await connection.execute(statement, now - KEPT)
        pruned[name] = int(status.rpartition(" ")[2])
    idle = dt.timedelta(days=settings.session_idle_days_max)
    silent = now - dt.timedelta(days=settings.replica_retention_days)
    status = await connection.execute(_SESSIONS, now - KEPT, idle, silent)
    pruned["sessions"] = int(status.rpartition(" ")[2])
    return pruned
