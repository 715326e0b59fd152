"""What carries letters: an SMTP server for mailboxes, an HTTP gateway for phones.

Each says of a letter that it took it, by returning; that it never will (`RefusedError`); that it
may later (`NotNowError`); or that it takes none at all just now (`CarrierDownError`), and then the
letters behind it wait too.
"""

from __future__ import annotations

import asyncio
import contextlib
import email.utils
import smtplib
import ssl
from typing import TYPE_CHECKING, Protocol

from server.messaging.rendering import as_mail, as_sms
from server.settings import SettingsError

if TYPE_CHECKING:
    import datetime as dt
    from email.message import EmailMessage

    import httpx

    from server.messaging.letters import Channel, Words
    from server.settings import Settings

_PERMANENT = range(500, 600)
_SMS_REFUSED = frozenset({400, 410, 422})
"""What a gateway answers to a message or a number that it will never take."""


class RefusedError(Exception):
    """The other side will never take this letter."""


class NotNowError(Exception):
    """This letter is not taken just now, others may be."""


class CarrierDownError(Exception):
    """Nothing is taken just now."""


class Carrier(Protocol):
    """One way to people, open for as long as a batch of letters takes."""

    async def carry(
        self, letter: int, to: str, words: Words, language: str, now: dt.datetime
    ) -> None:
        """Hand one letter over. Raises RefusedError, NotNowError, CarrierDownError."""

    async def close(self) -> None:
        """Hang up."""


class Mailer:
    """An SMTP server; its one connection is made at the first letter."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._sender = _sender(settings)
        self._domain = email.utils.parseaddr(self._sender)[1].rpartition("@")[2]
        self._connection: smtplib.SMTP | None = None

    async def carry(
        self, letter: int, to: str, words: Words, language: str, now: dt.datetime
    ) -> None:
        """Send one mail."""
        try:
            mail = as_mail(
                words,
                language,
                sender=self._sender,
                to=to,
                message_id=f"<letter-{letter}@{self._domain}>",
                now=now,
            )
        except ValueError as error:
            raise RefusedError(str(error)) from error
        await asyncio.to_thread(self._send, mail)

    async def close(self) -> None:
        """Say goodbye."""
        if self._connection is not None:
            await asyncio.to_thread(self._hang_up)

    def _send(self, mail: EmailMessage) -> None:
        try:
            if self._connection is None:
                self._connection = self._connect()
            self._connection.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            ((code, words),) = error.recipients.values()
            raise _refusal(code)(_said(code, words)) from error
        except smtplib.SMTPDataError as error:
            raise _refusal(error.smtp_code)(_said(error.smtp_code, error.smtp_error)) from error
        except smtplib.SMTPNotSupportedError as error:
            # An address beyond ASCII, and a server that takes none.
            raise RefusedError(str(error)) from error
        except smtplib.SMTPResponseException as error:
            raise CarrierDownError(_said(error.smtp_code, error.smtp_error)) from error
        except (smtplib.SMTPException, OSError) as error:
            raise CarrierDownError(f"{type(error).__name__}: {error}") from error

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        host, port = settings.smtp_host or "", settings.smtp_port
        seconds = settings.message_timeout_seconds_max
        connection: smtplib.SMTP
        if settings.smtp_tls == "implicit":
            context = ssl.create_default_context()
            connection = smtplib.SMTP_SSL(host, port, timeout=seconds, context=context)
        else:
            connection = smtplib.SMTP(host, port, timeout=seconds)
        try:
            if settings.smtp_tls == "starttls":
                connection.starttls(context=ssl.create_default_context())
            if settings.smtp_user is not None:
                connection.login(settings.smtp_user, settings.smtp_password or "")
        except BaseException:
            connection.close()
            raise
        return connection

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                connection.quit()


class SmsGateway:
    """An HTTP gateway: each message is a POST of JSON, answered with 2xx once it is taken."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: httpx.AsyncClient | None = None

    async def carry(
        self, letter: int, to: str, words: Words, language: str, now: dt.datetime
    ) -> None:
        """Hand one message to the gateway; `id` is the same at every attempt."""
        import httpx  # noqa: PLC0415 - half a second, and many installations have no gateway

        body = {
            "id": f"letter-{letter}",
            "to": to,
            "text": as_sms(words),
            "language": language,
            "sent_at": now.isoformat(),
        }
        if self._settings.sms_sender is not None:
            body["sender"] = self._settings.sms_sender
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=self._settings.message_timeout_seconds_max)
        token = self._settings.sms_token
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        try:
            answer = await self._client.post(
                self._settings.sms_url or "", json=body, headers=headers
            )
        except httpx.HTTPError as error:
            raise CarrierDownError(f"{type(error).__name__}: {error}") from error
        if answer.status_code in _SMS_REFUSED:
            raise RefusedError(f"the gateway answers {answer.status_code}")
        if not answer.is_success:
            raise CarrierDownError(f"the gateway answers {answer.status_code}")

    async def close(self) -> None:
        """Let the connection go."""
        if self._client is not None:
            await self._client.aclose()


Carriers = dict["Channel", Carrier]
"""What is there to carry letters, by channel."""


def open_carriers(settings: Settings) -> Carriers:
    """Return the carriers that the settings name. Raises SettingsError."""
    carriers: Carriers = {}
    if settings.smtp_host is not None:
        carriers["email"] = Mailer(settings)
    if settings.sms_url is not None:
        carriers["sms"] = SmsGateway(settings)
    return carriers


def _sender(settings: Settings) -> str:
    sender = settings.smtp_sender or ""
    if "@" not in email.utils.parseaddr(sender)[1]:
        raise SettingsError(
            "DERRICK_SMTP_HOST is set: DERRICK_SMTP_SENDER must be the e-mail address that "
            "messages come from."
        )
    return sender


def _refusal(code: int) -> type[RefusedError | NotNowError]:
    return RefusedError if code in _PERMANENT else NotNowError


def _said(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {text}"
