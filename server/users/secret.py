"""What every server of an installation knows and the database does not: one secret.

From it come the key that encrypts the signing keys, the key that chains refresh tokens, and the key
that signs the tokens which `derrick token` prints. It is a setting, or a file made once in the data
directory; several servers of one installation are given the same.
"""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

if TYPE_CHECKING:
    from pathlib import Path

    from server.settings import Settings

KEY_BYTES = 32


def token_secret(settings: Settings) -> str:
    """Return the installation's secret: the configured one, or one made once on disk."""
    if settings.token_secret is not None:
        return settings.token_secret
    path = settings.data_directory / "token.secret"
    return path.read_text("utf-8") if path.exists() else _make_secret(path)


def _make_secret(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text("utf-8")
    secret = secrets.token_hex(KEY_BYTES)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(secret)
    return secret


def derive(secret: str, purpose: str) -> bytes:
    """Derive a key of 32 bytes for one purpose (HKDF, RFC 5869)."""
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"derrick {purpose}".encode()).derive(
        secret.encode()
    )
