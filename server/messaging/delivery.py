"""Takes letters out of the outbox and hands them to their carriers, at least once.

A worker that takes a letter has it to itself for a while; one that dies leaves it to the next. What
cannot be sent now is tried again with growing pauses, until the letter has expired.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from server.messaging.carriers import CarrierDownError, NotNowError, RefusedError
from server.messaging.letters import CHANNEL_SQL, LetterLostError, Waiting, Words, channel_of

if TYPE_CHECKING:
    import asyncpg

    from server.messaging.carriers import Carrier, Carriers
    from server.messaging.letters import Channel
    from server.settings import Settings

log = structlog.get_logger()

Opener = Callable[[Waiting], Words]
"""Words a letter whose content is sealed until it is sent. Raises LetterLostError."""

BATCH_LETTERS = 20
LEASE = dt.timedelta(minutes=10)
"""For how long a worker has to itself what it took."""
BATCH_SECONDS_MAX = 240
"""A batch that takes longer is left: what remains is taken again after its lease."""
PAUSE_SECONDS_MIN = 30
PAUSE_SECONDS_MAX = 3600
ERROR_CHARACTERS_MAX = 300

_TAKE = f"""
    UPDATE message_outbox SET next_at = $1::timestamptz + $2::interval, attempts = attempts + 1
    WHERE id IN (
        SELECT id FROM message_outbox
        WHERE sent_at IS NULL AND given_up_at IS NULL AND next_at <= $1
            AND coalesce(expires_at, made_at + $3::interval) > $1
            AND {CHANNEL_SQL} = ANY($4::text[])
        ORDER BY next_at, id LIMIT $5
        FOR UPDATE SKIP LOCKED
    )
    RETURNING id, kind, login, language, words, secret, made_at, expires_at, attempts
"""
_SENT = """
    UPDATE message_outbox SET sent_at = $2, secret = NULL, words = NULL, error = NULL WHERE id = $1
"""
_LATER = "UPDATE message_outbox SET next_at = $2, error = $3 WHERE id = $1"
_GIVEN_UP = "UPDATE message_outbox SET given_up_at = $2, error = $3 WHERE id = $1"


async def deliver(
    pool: asyncpg.Pool,
    settings: Settings,
    carriers: Carriers,
    openers: Mapping[str, Opener],
    now: dt.datetime,
) -> bool:
    """Send the letters that are due; return whether there were any.

    Args:
        pool: the database.
        settings: how long a letter is worth sending.
        carriers: what can carry letters; those of a channel without one stay where they are.
        openers: who words the letters of a kind that has no words of its own.
        now: the time.

    """
    if not carriers:
        return False
    age_max = dt.timedelta(hours=settings.message_hours_max)
    taken = await pool.fetch(_TAKE, now, LEASE, age_max, list(carriers), BATCH_LETTERS)
    letters = sorted(map(_waiting, taken), key=lambda one: one.id)
    until = asyncio.get_running_loop().time() + BATCH_SECONDS_MAX
    down: dict[Channel, str] = {}
    for letter in letters:
        channel = channel_of(letter.login)
        assert channel is not None  # noqa: S101 -- the statement took those of our channels
        if channel not in down and asyncio.get_running_loop().time() > until:
            break
        try:
            if channel not in down:
                await _send(pool, carriers[channel], openers, letter, now)
        except CarrierDownError as error:
            down[channel] = str(error)[:ERROR_CHARACTERS_MAX]
            log.warning("carrier_down", channel=channel, attempts=letter.attempts)
        if channel in down:
            await _try_later(pool, letter, down[channel], now)
    return bool(letters)


async def _send(
    pool: asyncpg.Pool,
    carrier: Carrier,
    openers: Mapping[str, Opener],
    letter: Waiting,
    now: dt.datetime,
) -> None:
    """Send one letter and note what became of it. Raises CarrierDownError."""
    try:
        words = letter.words or _open(openers, letter)
        language = letter.language if letter.language in ("fr", "en") else "fr"
        await carrier.carry(letter.id, letter.login, words, language, now)
    except (RefusedError, LetterLostError) as error:
        log.warning("letter_refused", letter=letter.id, kind=letter.kind)
        await pool.execute(_GIVEN_UP, letter.id, now, str(error)[:ERROR_CHARACTERS_MAX])
    except NotNowError as error:
        await _try_later(pool, letter, str(error)[:ERROR_CHARACTERS_MAX], now)
    else:
        await pool.execute(_SENT, letter.id, now)
        log.info("letter_sent", letter=letter.id, kind=letter.kind, attempts=letter.attempts)


def _open(openers: Mapping[str, Opener], letter: Waiting) -> Words:
    opener = openers.get(letter.kind)
    if opener is None:
        raise LetterLostError(f"nobody words letters of the kind {letter.kind}")
    return opener(letter)


async def _try_later(pool: asyncpg.Pool, letter: Waiting, why: str, now: dt.datetime) -> None:
    pause = min(PAUSE_SECONDS_MIN * 2 ** min(letter.attempts - 1, 20), PAUSE_SECONDS_MAX)
    await pool.execute(_LATER, letter.id, now + dt.timedelta(seconds=pause), why)


def _waiting(record: Any) -> Waiting:
    values = dict(record)
    words = values.pop("words")
    return Waiting(
        words=None if words is None else msgspec.json.decode(words, type=Words), **values
    )
