"""A post office, and a worker whose clock the test moves."""

from __future__ import annotations

import datetime as dt
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from server.jobs import QUEUES, JobContext, open_context
from server.messaging import Letter, Words, post
from tests.server.messaging.post_office import Gateway, Mailbox, sms_gateway, smtp_server
from tests.server.site import Clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from server.settings import Settings

WORDS = Words("Ligne RA dépassée", ("Bonjour,", "La ligne RA est à 119 %.\nVoyez <ci-dessous>."))


class Worker:
    """The queue of letters, worked through by hand."""

    def __init__(self, context: JobContext, clock: Clock) -> None:
        self.context = context
        self.clock = clock

    async def turn(self) -> bool:
        """Let the queue work once."""
        (letters,) = [queue for queue in QUEUES if queue.name == "letters"]
        return await letters.work(self.context)

    def advance(self, **step: float) -> None:
        """Move the clock on."""
        self.clock.now_ms += int(dt.timedelta(**step).total_seconds() * 1000)

    async def post(self, *to: str, **more: Any) -> int:
        """Post a letter to each login."""
        now, words = self.context.now(), more.pop("words", WORDS)
        made = [Letter(kind="alert", to=one, words=words, made_at=now, **more) for one in to]
        async with self.context.pool.acquire() as connection, connection.transaction():
            return await post(connection, made)

    async def rows(self) -> list[dict[str, Any]]:
        """Return the outbox."""
        found = await self.context.pool.fetch("SELECT * FROM message_outbox ORDER BY id")
        return [dict(one) for one in found]


@asynccontextmanager
async def open_worker(settings: Settings) -> AsyncIterator[Worker]:
    """Open a worker on a database."""
    clock = Clock()
    async with open_context(settings, clock) as context:
        yield Worker(context, clock)


@pytest.fixture
def mailbox_port() -> Iterator[tuple[Mailbox, int]]:
    with smtp_server() as running:
        yield running


@pytest.fixture
def mailbox(mailbox_port: tuple[Mailbox, int]) -> Mailbox:
    return mailbox_port[0]


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with sms_gateway() as running:
        yield running


@pytest.fixture
def carried(settings: Settings, mailbox_port: tuple[Mailbox, int], gateway: Gateway) -> Settings:
    """Name both ways to people."""
    return msgspec.structs.replace(
        settings,
        smtp_host="localhost",
        smtp_port=mailbox_port[1],
        smtp_tls="none",
        smtp_sender="Derrick <derrick@example.com>",
        sms_url=gateway.url,
        sms_token="le-jeton-de-la-passerelle",
        sms_sender="Derrick",
        message_timeout_seconds_max=5,
    )


@pytest.fixture
async def worker(carried: Settings) -> AsyncIterator[Worker]:
    async with open_worker(carried) as opened:
        yield opened
