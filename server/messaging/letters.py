"""A letter to a person, and the outbox that it waits in: written with what it tells of."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 -- read at run time by msgspec
from collections.abc import Sequence  # noqa: TC003 -- read at run time by msgspec
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    from server.store import Connection

Channel = Literal["email", "sms"]

# How a login says where it leads; the same is asked of the outbox in SQL by CHANNEL_SQL.
CHANNEL_SQL = "CASE WHEN login LIKE '%@%' THEN 'email' WHEN login LIKE '+%' THEN 'sms' END"

_POST = """
    INSERT INTO message_outbox (kind, login, language, words, once, made_at, expires_at, next_at)
    SELECT kind, login, language, words, once, made_at, expires_at, coalesce(next_at, '-infinity')
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]::jsonb[], $5::text[],
        $6::timestamptz[], $7::timestamptz[], $8::timestamptz[])
        AS posted (kind, login, language, words, once, made_at, expires_at, next_at)
    ON CONFLICT (once) DO NOTHING
    RETURNING id
"""


class LetterLostError(ValueError):
    """A letter holds nothing that can be sent any more."""


class Link(Struct, frozen=True):
    """Where a letter leads: the words on the button, and the address."""

    label: str
    url: str


class Words(Struct, frozen=True, omit_defaults=True):
    """What a letter says, in the language of whoever reads it."""

    subject: str
    """One line."""
    paragraphs: tuple[str, ...]
    """Plain text; line breaks inside one are kept."""
    link: Link | None = None
    short: str | None = None
    """What an SMS says instead of the subject; the link follows it."""


class Letter(Struct, frozen=True, kw_only=True):
    """A letter to be posted."""

    kind: str
    """A static name, by which letters are counted: `alert`, `digest`, ..."""
    to: str
    """An e-mail address, or a phone number as E.164 writes it."""
    words: Words
    made_at: dt.datetime
    language: Literal["fr", "en"] = "fr"
    expires_at: dt.datetime | None = None
    """From when on it would say nothing new; none: `message_hours_max` after it was made."""
    not_before: dt.datetime | None = None
    """Until when it waits: someone sleeps."""
    once: str | None = None
    """A name for what it tells (`digest:PERSON:2026-11-26`): a second one is not posted."""


class Waiting(Struct, frozen=True):
    """A letter that a worker has taken out of the outbox."""

    id: int
    kind: str
    login: str
    language: str | None
    words: Words | None
    """None where the kind has an opener, which words it when it is sent."""
    secret: bytes | None
    made_at: dt.datetime
    expires_at: dt.datetime | None
    attempts: int
    """This one among them."""


def channel_of(login: str) -> Channel | None:
    """Return how a person with this login is written to; None: there is no way to."""
    if "@" in login:
        return "email"
    return "sms" if login.startswith("+") else None


async def post(connection: Connection, letters: Sequence[Letter]) -> int:
    """Put letters into the outbox, in one statement, within the caller's transaction.

    Letters to a login that leads nowhere (a plain name), and those whose `once` was posted before,
    are left out. Returns how many were put.
    """
    sent = [one for one in letters if channel_of(one.to) is not None]
    if not sent:
        return 0
    put = await connection.fetch(
        _POST,
        [one.kind for one in sent],
        [one.to for one in sent],
        [one.language for one in sent],
        [msgspec.json.encode(one.words).decode() for one in sent],
        [one.once for one in sent],
        [one.made_at for one in sent],
        [one.expires_at for one in sent],
        [one.not_before for one in sent],
    )
    return len(put)
