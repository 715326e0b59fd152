"""Messages about accounts arrive where the login leads, in the language of whoever reads them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest

from server.jobs import QUEUES, open_context
from server.settings import settings_environment
from tests.server.cli.running import environment
from tests.server.messaging.post_office import sms_gateway, smtp_server
from tests.server.users.people.desk import PASSWORD, Desk, open_desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from email.message import EmailMessage

    from server.settings import Settings
    from tests.server.messaging.post_office import Gateway, Mailbox

NEW = "la pompe tourne encore"


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
async def desk(
    cheap: Settings, mailbox_port: tuple[Mailbox, int], gateway: Gateway
) -> AsyncIterator[Desk]:
    """Serve with both ways to people."""
    carried = msgspec.structs.replace(
        cheap,
        smtp_host="localhost",
        smtp_port=mailbox_port[1],
        smtp_tls="none",
        smtp_sender="derrick@example.com",
        sms_url=gateway.url,
        public_url="https://derrick.example",
        registration="open",
    )
    async with open_desk(carried) as opened:
        yield opened


async def send_all(desk: Desk) -> None:
    """Let the worker's queues come to their end."""
    async with open_context(desk.service.settings, desk.clock) as context:
        for queue in QUEUES:
            while await queue.work(context):
                pass


def link_in(text: str) -> str:
    """Return the one link's secret."""
    (line,) = [one for one in text.split() if one.startswith("https://derrick.example")]
    return line.partition("#")[2]


def text_of(mail: EmailMessage) -> str:
    """Return what a mail says in plain text."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


async def test_an_invitation_arrives_and_is_accepted(desk: Desk, mailbox: Mailbox) -> None:
    """In French and in English; the link that was mailed opens the account."""
    admin = await desk.administrator()
    for login, language in (("neuve@example.com", "fr"), ("new@example.com", "en")):
        body = {"login": login, "name": "N", "role": "employee", "language": language}
        await desk.must("POST", "/invitations", body, token=admin)
    await send_all(desk)
    french, english = mailbox.mails
    assert french["Subject"] == "Votre invitation à Derrick"
    assert "vaut 7 jours" in text_of(french)
    assert english["Subject"] == "Your invitation to Derrick"
    assert "for 7 days" in text_of(english)
    token = link_in(text_of(french))
    accepting = {"token": token, "password": PASSWORD, "device": {"name": "tablette"}}
    answer = await desk.must("POST", "/invitations/accept", accepting)
    assert answer["status"] == "open"
    assert await desk.outbox() == []


async def test_a_phone_gets_the_link_for_a_new_password(desk: Desk, gateway: Gateway) -> None:
    """By SMS, and it works."""
    who = await desk.somebody(login="+24106123456")
    await desk.must("POST", "/password-resets", {"login": "+241 06 12 34 56"})
    await send_all(desk)
    (message,) = gateway.messages
    assert message["to"] == "+24106123456"
    assert message["text"].startswith("Votre nouveau mot de passe Derrick https://")
    body = {"token": link_in(message["text"]), "password": NEW}
    await desk.must("POST", "/password-resets/confirm", body)
    who.password = NEW
    await desk.login(who)


async def test_whoever_registers_learns_by_mail_alone_whether_they_are_known(
    desk: Desk, mailbox: Mailbox
) -> None:
    """One door, one answer; two different mails."""
    who = await desk.somebody()
    for login in (who.login, "neuve@example.com"):
        await desk.must("POST", "/registrations", {"login": login, "name": "N"})
    await send_all(desk)
    known, fresh = mailbox.mails
    assert known["Subject"] == "Vous avez déjà un compte Derrick"
    assert link_in(text_of(known)) == ""
    assert fresh["Subject"] == "Terminez votre inscription à Derrick"
    assert link_in(text_of(fresh))


async def test_an_old_link_is_not_sent(desk: Desk, mailbox: Mailbox) -> None:
    """A worker that was away for an hour sends no link that is void by now, and prints none."""
    who = await desk.somebody()
    await desk.must("POST", "/password-resets", {"login": who.login})
    desk.clock.advance(minutes=61)
    await send_all(desk)
    assert mailbox.mails == []
    assert await desk.outbox() == []


async def test_the_worker_sends_without_being_asked(desk: Desk, mailbox: Mailbox) -> None:
    """`derrick worker` runs; an invitation made meanwhile arrives."""
    variables = settings_environment(desk.service.settings)
    process = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-m", "server.cli", "worker"], env=environment(variables)
    )
    try:
        body = {"login": "neuve@example.com", "name": "N", "role": "employee"}
        await desk.must("POST", "/invitations", body, token=await desk.administrator())
        assert await asyncio.to_thread(mailbox.arrived.wait, 60)
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 30)
    assert mailbox.mails[0]["To"] == "neuve@example.com"
