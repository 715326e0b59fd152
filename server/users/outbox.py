"""Messages to people, written in the transaction of what they tell of and sent later.

What a message must tell (a link) is sealed until it is sent, and then forgotten. The worker sends
them (`server.messaging`); where no way to people is set, `derrick user outbox` prints them for
whoever passes them on.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from server.users.sealing import SealBrokenError

if TYPE_CHECKING:
    from server.store import Connection
    from server.users.sealing import IdentityKeys

MessageKind = Literal["invitation", "registration", "already_registered", "password_reset"]

QUIET = dt.timedelta(seconds=60)
"""Between two messages of one kind to one login: asking again and again fills no mailbox."""

_USE = "message"

_PUT = """
    INSERT INTO message_outbox (kind, login, language, secret, made_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6)
"""
_WAITING = """
    SELECT id, kind, login, language, secret, words #>> '{link,url}' AS link, made_at, expires_at,
        attempts, error
    FROM message_outbox
    WHERE sent_at IS NULL AND coalesce(expires_at, 'infinity') > $2 ORDER BY id LIMIT $1
"""
_SENT = """
    UPDATE message_outbox SET sent_at = $2, secret = NULL, words = NULL, error = NULL
    WHERE id = ANY($1::bigint[])
"""


class Message(Struct, frozen=True):
    """A message that waits."""

    id: int
    kind: str
    login: str
    """The e-mail address or the phone number to send it to."""
    language: str | None
    link: str | None
    made_at: dt.datetime
    expires_at: dt.datetime | None
    attempts: int
    error: str | None
    """Why it was not sent at the last attempt."""


def sealed_link(keys: IdentityKeys, link: str) -> bytes:
    """Return a link as the outbox keeps it."""
    return keys.seal(_USE, link.encode())


async def put_message(
    connection: Connection,
    keys: IdentityKeys,
    kind: MessageKind,
    *,
    login: str,
    language: str | None,
    link: str,
    now: dt.datetime,
    expires_at: dt.datetime,
) -> None:
    """Put a message with a link into the outbox."""
    sealed = sealed_link(keys, link)
    await connection.execute(_PUT, kind, login, language, sealed, now, expires_at)


async def waiting_messages(
    connection: Connection, keys: IdentityKeys, now: dt.datetime, count_max: int = 1_000
) -> list[Message]:
    """Return the messages that wait and still tell something, oldest first."""
    records = await connection.fetch(_WAITING, count_max, now)
    return [
        Message(
            record["id"],
            record["kind"],
            record["login"],
            record["language"],
            record["link"] or unsealed_link(keys, record["secret"]),
            record["made_at"],
            record["expires_at"],
            record["attempts"],
            record["error"],
        )
        for record in records
    ]


def unsealed_link(keys: IdentityKeys, sealed: bytes | None) -> str | None:
    """Return a sealed link; None when it was sealed with the secret of another installation."""
    if sealed is None:
        return None
    try:
        return keys.unseal(_USE, sealed).decode()
    except SealBrokenError:
        return None


async def mark_sent(connection: Connection, messages: list[int], now: dt.datetime) -> None:
    """Note that messages were sent; forget what they told."""
    await connection.execute(_SENT, messages, now)
