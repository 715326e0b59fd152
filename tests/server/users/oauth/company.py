"""A small OpenID Connect provider of our own, over loopback HTTP, with its own keys.

It does what a provider does, and what a hostile or broken one would, as the test sets.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CLIENT_ID = "derrick-at-the-company"
CLIENT_SECRET = "company-secret-of-this-installation"  # noqa: S105 -- of a test


@cache
def company_key() -> RSAKey:
    """Make the provider's key, once: it takes a while."""
    return RSAKey.generate_key(2048, parameters={"kid": "first", "use": "sig"})


class Company:
    """The provider's state: keys, people, codes, and the mischief of a test."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self.url = ""
        self.clock = clock
        self.key = company_key()
        self.published = [self.key]
        self.claims: dict[str, Any] = {
            "sub": "u-1",
            "name": "Moussa Koné",
            "email": "moussa@company.example",
            "email_verified": True,
            "locale": "fr-CG",
        }
        self.discovery: dict[str, Any] = {}
        """Overrides of what it tells of itself."""
        self.overrides: dict[str, Any] = {}
        """Overrides of the id_token's claims; None leaves one out."""
        self.sign: Callable[[dict[str, Any]], str] = self.signed
        self.codes: dict[str, dict[str, str]] = {}
        self.token_requests: list[dict[str, str]] = []
        self.jwks_reads = 0

    def signed(
        self, claims: dict[str, Any], *, key: Any = None, alg: str = "RS256", kid: str = "first"
    ) -> str:
        """Sign claims as told."""
        registry = JWSRegistry(algorithms=[alg])
        return jwt.encode({"alg": alg, "kid": kid}, claims, key or self.key, registry=registry)

    def document(self) -> dict[str, Any]:
        """Return the discovery document."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "authorization_response_iss_parameter_supported": True,
            **self.discovery,
        }

    def authorize(self, url: str) -> dict[str, str]:
        """Let the person sign in, and return the parameters of the redirect back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return {"code": code, "state": asked["state"], "iss": self.url}

    def exchange(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """Return tokens for a code; None refuses."""
        self.token_requests.append(form)
        asked = self.codes.pop(form.get("code", ""), None)
        expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            asked is None
            or authorization != f"Basic {expected}"
            or asked["code_challenge"] != challenge
            or asked["redirect_uri"] != form.get("redirect_uri")
        ):
            return None
        now = self.clock() // 1000
        claims = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.claims,
            **self.overrides,
        }
        kept = {name: value for name, value in claims.items() if value is not None}
        return {"access_token": "x", "token_type": "Bearer", "id_token": self.sign(kept)}


class _Handler(BaseHTTPRequestHandler):
    company: Company

    def do_GET(self) -> None:
        if self.path == "/.well-known/openid-configuration":
            self._answer(200, self.company.document())
        elif self.path == "/jwks":
            self.company.jwks_reads += 1
            keys = [key.as_dict(private=False) for key in self.company.published]
            self._answer(200, {"keys": keys})
        else:
            self._answer(404, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0"))).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        given = self.company.exchange(form, self.headers.get("authorization", ""))
        self._answer(400 if given is None else 200, given or {"error": "invalid_grant"})

    def _answer(self, status: int, content: Any) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base's name
        """Say nothing."""


@contextmanager
def serve_company(
    clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
) -> Iterator[Company]:
    """Run a provider on a free port of this machine."""
    company = Company(clock)
    handler = type("Handler", (_Handler,), {"company": company})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    company.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield company
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
