"""Seals what must be read again, and digests what must only be recognised.

The keys come from the installation's secret, which the database does not hold: a copy of the
database alone opens nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server.users.secret import derive

NONCE_BYTES = 12
LINK_BYTES = 32
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: no letter that is taken for a digit, read from paper or heard over the phone."""
_HEARD_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})


class SealBrokenError(ValueError):
    """What was sealed was changed, or sealed with another key or for another use."""


class IdentityKeys:
    """The two keys of identity, derived from the installation's secret."""

    def __init__(self, secret: str) -> None:
        self._digest_key = derive(secret, "identity digests")
        self._cipher = AESGCM(derive(secret, "identity seals"))

    def digest(self, use: str, *parts: str) -> bytes:
        """Return a keyed digest of some texts, for one use."""
        message = msgspec.msgpack.encode((use, parts))
        return hmac.new(self._digest_key, message, hashlib.sha256).digest()

    def seal(self, use: str, content: bytes) -> bytes:
        """Encrypt and authenticate; only the same use opens it."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, content, use.encode())

    def unseal(self, use: str, sealed: bytes) -> bytes:
        """Return what was sealed. Raises SealBrokenError."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], use.encode())
        except (InvalidTag, ValueError) as error:
            raise SealBrokenError(use) from error

    def ticket(self, use: str, content: Any) -> str:
        """Seal a small value as text that a client keeps and hands back."""
        return self.seal(use, msgspec.msgpack.encode(content)).hex()

    def read_ticket(self, use: str, ticket: str) -> Any:
        """Return what a ticket holds. Raises SealBrokenError."""
        try:
            sealed = bytes.fromhex(ticket)
        except ValueError as error:
            raise SealBrokenError(use) from error
        return msgspec.msgpack.decode(self.unseal(use, sealed))


def new_link_token() -> str:
    """Return a secret for a link: nobody guesses it."""
    return secrets.token_urlsafe(LINK_BYTES)


def new_code(characters: int) -> str:
    """Return a secret to be read aloud, in groups of four characters."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(characters))
    return "-".join(code[start : start + 4] for start in range(0, characters, 4))


def heard(code: str) -> str:
    """Return a code as it was meant, however it was written down."""
    kept = "".join(letter for letter in code.upper() if letter.isalnum())
    return kept.translate(_HEARD_AS)
