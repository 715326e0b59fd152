"""Access tokens: short-lived JWTs after RFC 9068, checked as RFC 8725 asks.

Which algorithm and key a token is checked with follows from its `kid` alone, never from what else
the token says of itself. Times are those of the server's injected clock.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
from typing import TYPE_CHECKING, Any

import jwt
from msgspec import Struct

from server.errors import ProblemError
from server.users.keys import ALGORITHM, INSTALLATION_KID, installation_key
from server.users.oauth_scopes import kinds_of
from sync import errors
from sync.schema import is_row_id

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from server.settings import Settings
    from server.users.keys import KeyRing

ISSUER = "derrick"
AUDIENCE = "derrick-api"
ACCESS_TOKEN_TYPE = "at+jwt"  # noqa: S105 -- a media type
LEEWAY_SECONDS = 30
TOKEN_CHARACTERS_MAX = 4_096
VERIFIED_MAX = 10_000
"""Tokens remembered as verified: checking a signature costs more than the rest of a small push."""

APP_SCOPE = "app"
"""All that the person may do: the scope of our own apps."""
HAND_OVER_SCOPE = "hand_over"
"""To hand in a revoked device's work, and nothing else."""

_KID = re.compile(r"[0-9a-z_-]{1,64}\Z")


class AccessClaims(Struct, frozen=True):
    """What a valid access token says."""

    person: str
    scopes: frozenset[str]
    issued_at: int
    """Seconds since 1970."""
    expires_at: int
    token: str
    """The token's own id."""
    session: str | None = None
    """None for tokens of the console and of other systems."""
    device: str | None = None
    generation: int = 0
    """The refresh generation that it was handed out with."""
    client: str | None = None
    """The other system that acts for the person."""

    @property
    def issued(self) -> dt.datetime:
        """Return when it was made."""
        return dt.datetime.fromtimestamp(self.issued_at, tz=dt.UTC)

    @property
    def full(self) -> bool:
        """Whether it allows all that the person may do."""
        return APP_SCOPE in self.scopes

    @property
    def hands_over(self) -> bool:
        """Whether it allows no more than to hand in a revoked device's work."""
        return HAND_OVER_SCOPE in self.scopes

    @property
    def kinds(self) -> frozenset[str] | None:
        """The kinds of scopes that it is kept to; None for all that the person may read."""
        return None if self.full else kinds_of(self.scopes)


def issuer_of(settings: Settings) -> str:
    """Return who issues this installation's tokens."""
    return (settings.public_url or ISSUER).rstrip("/")


def access_claims(
    settings: Settings,
    *,
    subject: str,
    now: dt.datetime,
    seconds: int,
    scope: str = APP_SCOPE,
    client: str = "derrick",
    more: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the claims of an access token for our own API (RFC 9068)."""
    issued = int(now.timestamp())
    return {
        "iss": issuer_of(settings),
        "aud": AUDIENCE,
        "sub": subject,
        "client_id": client,
        "scope": scope,
        "iat": issued,
        "nbf": issued,
        "exp": issued + seconds,
        "jti": secrets.token_hex(12),
        **(more or {}),
    }


def issue_token(secret: str, person: str, *, now: dt.datetime, seconds: int) -> str:
    """Sign a console token: of an operator who holds the installation's secret, for a person.

    It has no session: it ends by itself, when the person signs out everywhere or is deactivated, or
    with the secret.
    """
    issued = int(now.timestamp())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": person,
        "client_id": "console",
        "scope": APP_SCOPE,
        "iat": issued,
        "nbf": issued,
        "exp": issued + seconds,
        "jti": secrets.token_hex(12),
    }
    private = installation_key(secret).private
    assert private is not None  # noqa: S101
    headers = {"kid": INSTALLATION_KID, "typ": ACCESS_TOKEN_TYPE}
    return jwt.encode(claims, private, algorithm=ALGORITHM, headers=headers)


def bearer_of(header: str | None) -> str:
    """Return the token of an `Authorization` header. Raises ProblemError."""
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise ProblemError(errors.UNAUTHENTICATED, "no bearer token")
    return token.strip()


class Verifier:
    """Checks access tokens, and remembers for a while which were good."""

    def __init__(self, keys: KeyRing, settings: Settings, wall_ms: Callable[[], int]) -> None:
        self._keys = keys
        self._issuer = issuer_of(settings)
        self._wall_ms = wall_ms
        self._verified: dict[str, AccessClaims] = {}
        self._generation = 0

    async def verify(self, token: str) -> AccessClaims:
        """Return what a token says. Raises ProblemError when it is not good."""
        await self._keys.keep_fresh()
        if self._generation != self._keys.generation:
            self._generation = self._keys.generation
            self._verified.clear()
        now = self._wall_ms() // 1000
        known = self._verified.get(token)
        if known is None:
            known = await self._check(token, now)
            if len(self._verified) >= VERIFIED_MAX:
                self._verified.clear()
            self._verified[token] = known
        elif known.expires_at + LEEWAY_SECONDS < now:
            raise _invalid("it has expired")
        return known

    async def _check(self, token: str, now: int) -> AccessClaims:
        kid = _kid_of(token)
        key = await self._keys.verifier(kid)
        if key is None:
            raise _invalid("its key is not known")
        try:
            claims = jwt.decode(
                token,
                key.public,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER if kid == INSTALLATION_KID else self._issuer,
                options={
                    "require": ["iss", "aud", "sub", "exp", "iat", "nbf", "jti", "client_id"],
                    # The injected clock decides, below.
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
        except jwt.PyJWTError as error:
            raise _invalid("its signature, issuer or audience is wrong") from error
        _check_times(claims, now)
        return _claims_of(claims)


def _kid_of(token: str) -> str:
    """Return the key that a token names, if its header is one of ours."""
    if len(token) > TOKEN_CHARACTERS_MAX or not token.isascii():
        raise _invalid("it is too long")
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError as error:
        raise _invalid("it is no signed token") from error
    kid = header.get("kid")
    typ = str(header.get("typ", "")).lower().removeprefix("application/")
    if typ != ACCESS_TOKEN_TYPE or header.get("alg") != ALGORITHM or "crit" in header:
        raise _invalid("its header is not that of an access token")
    if not isinstance(kid, str) or _KID.match(kid) is None:
        raise _invalid("it names no key")
    return kid


def _check_times(claims: Mapping[str, Any], now: int) -> None:
    times = [claims[name] for name in ("exp", "iat", "nbf")]
    if any(not isinstance(one, int) or isinstance(one, bool) for one in times):
        raise _invalid("its times are no numbers")
    expires, issued, begins = times
    if expires + LEEWAY_SECONDS < now:
        raise _invalid("it has expired")
    if max(issued, begins) > now + LEEWAY_SECONDS:
        raise _invalid("it is of the future")


def _claims_of(claims: Mapping[str, Any]) -> AccessClaims:
    subject, session, device = (claims.get(name) for name in ("sub", "sid", "device"))
    for one in (subject, session, device):
        if one is not None and not is_row_id(one):
            raise _invalid("it names no person")
    scope, generation = claims.get("scope", ""), claims.get("generation", 0)
    if not isinstance(scope, str) or not isinstance(generation, int):
        raise _invalid("its claims are of another kind")
    return AccessClaims(
        person=str(subject),
        scopes=frozenset(scope.split()),
        issued_at=claims["iat"],
        expires_at=claims["exp"],
        token=str(claims["jti"]),
        session=session,
        device=device,
        generation=generation,
        client=str(claims["client_id"]),
    )


def _invalid(why: str) -> ProblemError:
    return ProblemError(errors.UNAUTHENTICATED, f"the token is not valid: {why}")
