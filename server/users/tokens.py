"""Access tokens: signed, short, and the only thing the HTTP edge believes.

The identity issue replaces what is behind `issue` and `verify`; the callers stay.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import secrets
from typing import TYPE_CHECKING

import jwt

from server.errors import ProblemError
from sync import errors
from sync.schema import UUID_PATTERN

if TYPE_CHECKING:
    from pathlib import Path

    from server.settings import Settings

ALGORITHM = "HS256"
ISSUER = "derrick"
AUDIENCE = "derrick-api"
LEEWAY_SECONDS = 30
_UUID = re.compile(UUID_PATTERN)


def token_secret(settings: Settings) -> str:
    """Return the signing key: the configured one, or one made once in the data directory."""
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
    secret = secrets.token_hex(32)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(secret)
    return secret


def issue_token(secret: str, person: str, *, now: dt.datetime, seconds: int) -> str:
    """Sign an access token for a person, good for `seconds`."""
    claims = {
        "sub": person,
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + dt.timedelta(seconds=seconds),
        "jti": secrets.token_hex(8),
    }
    return jwt.encode(claims, secret, algorithm=ALGORITHM)


def verify_token(secret: str, header: str | None) -> str:
    """Return the person that an `Authorization` header names. Raises ProblemError."""
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise ProblemError(errors.UNAUTHENTICATED, "no bearer token")
    try:
        claims = jwt.decode(
            token.strip(),
            secret,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            leeway=LEEWAY_SECONDS,
            options={"require": ["sub", "exp", "iat", "iss", "aud"]},
        )
    except jwt.PyJWTError as error:
        raise ProblemError(errors.UNAUTHENTICATED, "the token is not valid") from error
    person = claims["sub"]
    if not isinstance(person, str) or _UUID.match(person) is None:
        raise ProblemError(errors.UNAUTHENTICATED, "the token names no person")
    return person
