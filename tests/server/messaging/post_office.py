"""Where letters arrive in tests: a real SMTP server and a real HTTP gateway on this machine."""

from __future__ import annotations

import datetime as dt
import json
import ssl
import threading
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from server.stack import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

USER, PASSWORD = "derrick", "le mot du facteur"


class Mailbox:
    """An SMTP server's other side: keeps what arrives, and refuses what a test says."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refuse_recipient: dict[str, str] = {}
        """Address -> the SMTP answer it is refused with."""
        self.refuse_data: str | None = None
        self.arrived = threading.Event()
        self.encrypted: list[bool] = []
        self.attempts = 0

    async def handle_RCPT(  # noqa: N802 -- the server's name for it
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """Take or refuse a recipient."""
        self.attempts += 1
        if address in self.refuse_recipient:
            return self.refuse_recipient[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 -- likewise
        self, _server: Any, session: Any, envelope: Any
    ) -> str:
        """Keep a mail."""
        if self.refuse_data is not None:
            return self.refuse_data
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.encrypted.append(session.ssl is not None)
        self.arrived.set()
        return "250 taken"


@contextmanager
def smtp_server(certificate: Path | None = None) -> Iterator[tuple[Mailbox, int]]:
    """Run an SMTP server; with a certificate it takes mail over STARTTLS and a password alone."""
    mailbox = Mailbox()
    more: dict[str, Any] = {}
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        more = {
            "tls_context": context,
            "require_starttls": True,
            "authenticator": _right,
            "auth_required": True,
        }
    controller = Controller(mailbox, hostname="localhost", port=free_port(), **more)
    controller.start()
    try:
        yield mailbox, controller.port
    finally:
        controller.stop()


def _right(_server: Any, _session: Any, _envelope: Any, mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (
        USER.encode(),
        PASSWORD.encode(),
    )
    return AuthResult(success=right and mechanism in ("LOGIN", "PLAIN"), handled=right)


def self_signed(folder: Path) -> Path:
    """Make a certificate of this machine's name, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "localhost.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file


class Gateway:
    """An SMS gateway: keeps what it is POSTed, and answers what a test says."""

    def __init__(self) -> None:
        self.url = ""
        self.messages: list[dict[str, Any]] = []
        self.tokens: list[str | None] = []
        self.answers: list[int] = []
        """Statuses of the next answers; 200 once they are used up."""


@contextmanager
def sms_gateway() -> Iterator[Gateway]:
    """Run a gateway."""
    gateway = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status = gateway.answers.pop(0) if gateway.answers else 200
            if status == 200:
                gateway.messages.append(json.loads(body))
                gateway.tokens.append(self.headers["authorization"])
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    gateway.url = f"http://127.0.0.1:{server.server_port}/sms"
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
