"""Letters reach mailboxes and phones at least once, however often the way there is shut."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
from typing import TYPE_CHECKING

import msgspec
import pytest

from server.messaging import Link, Words
from server.settings import SettingsError
from tests.server.messaging.conftest import WORDS, Worker, open_worker
from tests.server.messaging.post_office import PASSWORD, USER, self_signed, smtp_server

if TYPE_CHECKING:
    from pathlib import Path

    from server.settings import Settings
    from tests.server.messaging.post_office import Gateway, Mailbox


async def test_a_mail_says_the_same_in_plain_text_and_html(
    worker: Worker, mailbox: Mailbox
) -> None:
    """Both bodies, the link in both, nothing unescaped, nothing fetched from elsewhere."""
    link = Link("Voir la ligne", "https://derrick.example/budget?a=1&b=2")
    words = msgspec.structs.replace(WORDS, link=link)
    assert await worker.post("chef@example.com", words=words) == 1
    assert await worker.turn()
    (mail,) = mailbox.mails
    assert mail["From"] == "Derrick <derrick@example.com>"
    assert (mail["To"], mail["Subject"]) == ("chef@example.com", "Ligne RA dépassée")
    assert mail["Auto-Submitted"] == "auto-generated"
    plain, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert page is not None
    text, html = (one.get_content().replace("\r\n", "\n") for one in (plain, page))
    assert "La ligne RA est à 119 %.\nVoyez <ci-dessous>." in text
    assert "https://derrick.example/budget?a=1&b=2" in text
    assert "La ligne RA est à 119 %.<br>Voyez &lt;ci-dessous&gt;." in html
    assert 'href="https://derrick.example/budget?a=1&amp;b=2"' in html
    assert "<img" not in html
    assert "src=" not in html


async def test_what_was_sent_is_not_sent_again_and_forgotten(
    worker: Worker, mailbox: Mailbox
) -> None:
    """The second turn finds nothing; the words are gone."""
    await worker.post("chef@example.com")
    assert [await worker.turn() for _ in range(2)] == [True, False]
    assert len(mailbox.mails) == 1
    (row,) = await worker.rows()
    assert row["sent_at"] is not None
    assert (row["words"], row["secret"], row["error"]) == (None, None, None)


async def test_phones_get_an_sms_through_the_gateway(worker: Worker, gateway: Gateway) -> None:
    """The short words and the whole link, with the gateway's token."""
    words = Words("Alerte", ("Long",), Link("Voir", "https://derrick.example/a"), short="RA 119 %")
    await worker.post("+24106000000", words=words)
    await worker.post("+24106000001", words=msgspec.structs.replace(words, short="é" * 900))
    assert await worker.turn()
    first, second = gateway.messages
    assert first["to"] == "+24106000000"
    assert first["text"] == "RA 119 % https://derrick.example/a"
    assert first["sender"] == "Derrick"
    assert first["id"] != second["id"]
    assert second["text"].endswith("… https://derrick.example/a")
    assert len(second["text"]) == 480
    assert gateway.tokens[0] == "Bearer le-jeton-de-la-passerelle"


async def test_a_gateway_that_is_down_gets_the_same_message_later(
    worker: Worker, gateway: Gateway
) -> None:
    """503, then 429, then taken: with growing pauses and the same id; the next one waits too."""
    gateway.answers = [503, 429]
    await worker.post("+24106000000", "+24106000001")
    assert await worker.turn()
    assert not await worker.turn()
    worker.advance(seconds=30)
    assert await worker.turn()
    worker.advance(seconds=59)
    assert not await worker.turn()
    worker.advance(seconds=1)
    assert await worker.turn()
    assert [one["to"] for one in gateway.messages] == ["+24106000000", "+24106000001"]
    assert {row["attempts"] for row in await worker.rows()} == {3}


async def test_what_the_other_side_never_takes_is_given_up_and_blocks_nobody(
    worker: Worker, mailbox: Mailbox, gateway: Gateway
) -> None:
    """No such mailbox, no such number, and a subject of two lines: the others arrive."""
    mailbox.refuse_recipient["parti@example.com"] = "550 no such user"
    gateway.answers = [422]
    await worker.post("parti@example.com", "+24106000000", "chef@example.com", "+24106000001")
    await worker.post("autre@example.com", words=Words("deux\r\nBcc: x@example.com", ("x",)))
    await worker.turn()
    assert [mail["To"] for mail in mailbox.mails] == ["chef@example.com"]
    assert [one["to"] for one in gateway.messages] == ["+24106000001"]
    rows = await worker.rows()
    assert [row["given_up_at"] is not None for row in rows] == [True, True, False, False, True]
    assert "550 no such user" in rows[0]["error"]
    worker.advance(hours=2)
    assert not await worker.turn()


async def test_a_mailbox_that_is_busy_holds_up_nobody_else(
    worker: Worker, mailbox: Mailbox
) -> None:
    """A temporary refusal of one recipient is tried again alone."""
    mailbox.refuse_recipient["plein@example.com"] = "452 mailbox full"
    await worker.post("plein@example.com", "chef@example.com")
    await worker.turn()
    assert [mail["To"] for mail in mailbox.mails] == ["chef@example.com"]
    mailbox.refuse_recipient.clear()
    worker.advance(seconds=30)
    await worker.turn()
    assert mailbox.mails[-1]["To"] == "plein@example.com"


async def test_an_smtp_server_that_is_away_loses_nothing(carried: Settings) -> None:
    """Nobody listens for hours; what has not expired by then arrives, the rest never does."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = taken.getsockname()[1]
    away = msgspec.structs.replace(carried, smtp_host="127.0.0.1", smtp_port=free)
    async with open_worker(away) as worker:
        now = worker.context.now()
        await worker.post("chef@example.com")
        await worker.post("bref@example.com", expires_at=now + dt.timedelta(hours=2))
        for _ in range(5):
            assert await worker.turn()
            worker.advance(hours=1)
        assert all("Refused" in row["error"] for row in await worker.rows())
    async with open_worker(carried) as worker:
        worker.advance(hours=6)
        await worker.turn()
        assert [row["sent_at"] is not None for row in await worker.rows()] == [True, False]
        await worker.post("tard@example.com")
        worker.advance(hours=72)
        assert not await worker.turn()


async def test_a_worker_that_dies_leaves_its_letters_to_the_next(
    worker: Worker, mailbox: Mailbox
) -> None:
    """Killed between the mail and its note: sent again, under the same Message-ID."""
    await worker.post("chef@example.com")
    pool = worker.context.pool
    before = await pool.fetchrow("SELECT * FROM message_outbox")
    assert before is not None
    await worker.turn()
    await pool.execute(
        "UPDATE message_outbox SET sent_at = NULL, words = $1",
        before["words"],
    )
    assert not await worker.turn()
    worker.advance(minutes=10)
    assert await worker.turn()
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == 1
    assert len(mailbox.mails) == 2


async def test_two_workers_share_the_letters(carried: Settings, mailbox: Mailbox) -> None:
    """Sixty letters, two workers at once: each arrives once."""
    async with open_worker(carried) as one, open_worker(carried) as other:
        await one.post(*(f"p{number}@example.com" for number in range(60)))

        async def drain(worker: Worker) -> None:
            while await worker.turn():
                pass

        await asyncio.gather(drain(one), drain(other))
    assert sorted(str(mail["To"]) for mail in mailbox.mails) == sorted(
        f"p{number}@example.com" for number in range(60)
    )


async def test_a_letter_of_one_name_is_posted_once(worker: Worker, mailbox: Mailbox) -> None:
    """A job that runs again after a crash doubles no digest; a plain name has no mailbox."""
    for _ in range(2):
        await worker.post("chef@example.com", "jean-b", once="digest:chef:2026-03-01")
    await worker.turn()
    assert len(mailbox.mails) == 1
    assert len(await worker.rows()) == 1


async def test_without_a_way_to_people_letters_stay(settings: Settings) -> None:
    """Nothing is tried and nothing is lost."""
    async with open_worker(settings) as worker:
        await worker.post("chef@example.com", "+24106000000")
        assert not await worker.turn()
        assert [row["attempts"] for row in await worker.rows()] == [0, 0]


async def test_a_sender_is_needed(carried: Settings) -> None:
    """The sentence names the setting."""
    async with open_worker(msgspec.structs.replace(carried, smtp_sender=None)) as worker:
        with pytest.raises(SettingsError, match="DERRICK_SMTP_SENDER"):
            await worker.turn()


async def test_mail_travels_encrypted_and_with_a_password(
    carried: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """STARTTLS with a checked certificate; without one, or with a wrong password, nothing goes."""
    certificate = self_signed(tmp_path)
    with smtp_server(certificate) as (mailbox, port):
        secured = msgspec.structs.replace(
            carried,
            smtp_port=port,
            smtp_tls="starttls",
            smtp_user=USER,
            smtp_password=PASSWORD,
        )
        async with open_worker(secured) as worker:
            await worker.post("chef@example.com")
            await worker.turn()
            assert mailbox.mails == []
            (row,) = await worker.rows()
            assert "CERTIFICATE_VERIFY_FAILED" in row["error"]
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        wrong = msgspec.structs.replace(secured, smtp_password="faux")
        async with open_worker(wrong) as worker:
            worker.advance(minutes=1)
            await worker.turn()
            (row,) = await worker.rows()
            assert row["error"].startswith("535")
            assert "faux" not in row["error"]
        async with open_worker(secured) as worker:
            worker.advance(minutes=5)
            await worker.turn()
        assert mailbox.encrypted == [True]
