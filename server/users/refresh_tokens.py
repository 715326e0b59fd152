"""Refresh tokens: opaque to those who carry them, each made from the one before.

A token names its session and its generation and carries a tag that only the servers can make, so
that one of an earlier generation is known for what it is without being stored. The next token is
derived from the present one: a retry, and two tabs at once, get the same successor, and nothing is
kept to answer them but the digest of the newest.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import uuid

from msgspec import Struct

PREFIX = "derrick_r_"
TOKEN_CHARACTERS_MAX = 200
_ID_BYTES, _NUMBER_BYTES, _RANDOM_BYTES, _TAG_BYTES = 16, 4, 32, 17
# Together 69 bytes: base64 without padding.
_BODY_BYTES = _ID_BYTES + _NUMBER_BYTES + _RANDOM_BYTES
_WHOLE_BYTES = _BODY_BYTES + _TAG_BYTES


class RefreshToken(Struct, frozen=True):
    """A refresh token, read."""

    session: str
    generation: int
    random: bytes
    genuine: bool
    """Whether a server with this secret made it."""


def digest_of(token: str) -> bytes:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode()).digest()


def first_token(key: bytes, session: str) -> str:
    """Make the first token of a session."""
    return _write(key, session, 0, secrets.token_bytes(_RANDOM_BYTES))


def successor(key: bytes, token: RefreshToken, generations: int = 1) -> str:
    """Return the token that follows after so many generations."""
    random = token.random
    for step in range(generations):
        content = f"{token.session} {token.generation + step} ".encode() + random
        random = hmac.digest(key, b"successor " + content, "sha256")
    return _write(key, token.session, token.generation + generations, random)


def read_token(key: bytes, text: str) -> RefreshToken | None:
    """Read a token; None when it has not even the shape of one."""
    try:
        whole = base64.b64decode(text.removeprefix(PREFIX).encode("ascii"), b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None
    if not text.startswith(PREFIX) or len(whole) != _WHOLE_BYTES:
        return None
    body, tag = whole[:_BODY_BYTES], whole[_BODY_BYTES:]
    return RefreshToken(
        session=str(uuid.UUID(bytes=body[:_ID_BYTES])),
        generation=int.from_bytes(body[_ID_BYTES : _ID_BYTES + _NUMBER_BYTES], "big"),
        random=body[_ID_BYTES + _NUMBER_BYTES :],
        genuine=hmac.compare_digest(tag, _tag(key, body)),
    )


def _write(key: bytes, session: str, generation: int, random: bytes) -> str:
    body = uuid.UUID(session).bytes + generation.to_bytes(_NUMBER_BYTES, "big") + random
    whole = body + _tag(key, body)
    return PREFIX + base64.urlsafe_b64encode(whole).decode()


def _tag(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, b"tag " + body, "sha256")[:_TAG_BYTES]
