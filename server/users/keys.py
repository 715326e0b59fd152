"""The keys that sign tokens: Ed25519, kept encrypted in PostgreSQL so that all servers share them.

The key that signs is the one with the latest `signs_from` that has come. A new key is published
some minutes before it signs, and an old one until nothing signed with it can be alive any more: a
rotation logs nobody out.
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import hashlib
import math
import os
from typing import TYPE_CHECKING, Any

import asyncpg
import jwt
import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from server.users.secret import derive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from server.store import Connection

log = structlog.get_logger()

ALGORITHM = "EdDSA"
NONCE_BYTES = 12
LEAD_SECONDS = 600
"""How long a new key is published before it signs: longer than its publication is cached."""
JWKS_CACHE_SECONDS = 300
SIGNED_SECONDS_MAX = 24 * 3600
"""Nothing signed here lives longer; so long are old keys published."""
READ_AGAIN_SECONDS = 60
"""Age at which what is known of the keys is read again before signing."""
UNKNOWN_SECONDS = 1
"""Between two readings of the keys because of tokens that name an unknown one."""
ROTATION_LOCK = 0x6B657973
INSTALLATION_KID = "installation"
"""Names the key of the tokens that `derrick token` prints; it is not published."""

_READ = "SELECT kid, public, sealed, signs_from FROM signing_key ORDER BY signs_from, kid"
_MAKE = """
    INSERT INTO signing_key (kid, algorithm, public, sealed, made_at, signs_from)
    VALUES ($1, $2, $3, $4, $5, $6)
"""
# A key goes once the one after it has signed for as long as a token may live.
_DROP_OLD = """
    DELETE FROM signing_key USING (
        SELECT kid, lead(signs_from) OVER (ORDER BY signs_from, kid) AS followed FROM signing_key
    ) AS one
    WHERE one.kid = signing_key.kid AND one.followed < $1 RETURNING signing_key.kid
"""


class SigningKey(Struct, frozen=True):
    """One key; what cannot be decrypted here only verifies."""

    kid: str
    public: Ed25519PublicKey
    private: Ed25519PrivateKey | None
    signs_from: dt.datetime


def installation_key(secret: str) -> SigningKey:
    """Return the key that every server makes from the installation's secret alone."""
    private = Ed25519PrivateKey.from_private_bytes(derive(secret, "console tokens"))
    epoch = dt.datetime.fromtimestamp(0, tz=dt.UTC)
    return SigningKey(INSTALLATION_KID, private.public_key(), private, epoch)


def public_jwk(key: SigningKey) -> dict[str, str]:
    """Return the public key as others read it (RFC 8037)."""
    x = base64.urlsafe_b64encode(key.public.public_bytes_raw()).rstrip(b"=").decode()
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": x,
        "kid": key.kid,
        "use": "sig",
        "alg": ALGORITHM,
    }


class KeyRing:
    """The signing keys as one server knows them."""

    def __init__(self, pool: asyncpg.Pool, secret: str, wall_ms: Callable[[], int]) -> None:
        self._pool = pool
        self._sealing = AESGCM(derive(secret, "signing keys"))
        self._wall_ms = wall_ms
        self._keys: dict[str, SigningKey] = {}
        self._read_ms = 0
        self._looked = -math.inf
        self._looking: asyncio.Task[None] | None = None
        self.generation = 0
        """Raised whenever a key has gone: what was verified with it is to be verified again."""
        self._installation = installation_key(secret)

    def _now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self._wall_ms() / 1000, tz=dt.UTC)

    async def sign(
        self,
        claims: Mapping[str, Any],
        *,
        typ: str = "JWT",
        connection: Connection | None = None,
    ) -> str:
        """Sign claims with the key of the moment.

        Args:
            claims: the token's content; `exp` within a day of `iat`.
            typ: the token's media type: `at+jwt` for access tokens.
            connection: read the keys through this one, inside a transaction of the caller's.

        """
        if claims["exp"] - claims["iat"] > SIGNED_SECONDS_MAX:
            raise ValueError("a token may not outlive its key")
        key = await self._signer(connection)
        assert key.private is not None  # noqa: S101
        return jwt.encode(
            dict(claims), key.private, algorithm=ALGORITHM, headers={"kid": key.kid, "typ": typ}
        )

    async def verifier(self, kid: str) -> SigningKey | None:
        """Return the key of this name; unknown ones are looked up together, once a second."""
        if kid == INSTALLATION_KID:
            return self._installation
        if kid not in self._keys:
            await self._look_again()
        return self._keys.get(kid)

    async def keep_fresh(self) -> None:
        """Read the keys again when that is due: one that was dropped elsewhere goes here too."""
        now = self._wall_ms()
        if abs(now - self._read_ms) < READ_AGAIN_SECONDS * 1000:
            return
        self._read_ms = now
        try:
            await self._read(self._pool)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("signing_keys_not_read", error=type(error).__name__)

    async def _look_again(self) -> None:
        """Read the keys for a token of an unknown one: all who wait for it share one reading."""
        if self._looking is None:
            self._looking = asyncio.create_task(self._look_in_turn())
        await asyncio.shield(self._looking)

    async def _look_in_turn(self) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(self._looked + UNKNOWN_SECONDS - loop.time(), 0))
        self._looked = loop.time()
        # Who comes from here on may bring a key that this reading misses.
        self._looking = None
        await self._read(self._pool)

    async def published(self) -> list[SigningKey]:
        """Return every key that verifies, the coming one among them."""
        await self._signer(None)
        return [*self._keys.values()]

    async def rotate(self, *, lead_seconds: int = LEAD_SECONDS) -> str:
        """Make a new key that signs after `lead_seconds`; drop old ones; return its id."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", ROTATION_LOCK)
            now = self._now()
            kid = await self._make(connection, now + dt.timedelta(seconds=lead_seconds))
            await connection.execute(_DROP_OLD, now - dt.timedelta(seconds=SIGNED_SECONDS_MAX))
        await self._read(self._pool)
        return kid

    async def rotate_if_due(self, days: int) -> str | None:
        """Rotate if the newest key is older than `days`; return the new key's id."""
        newest = await self._pool.fetchval("SELECT max(made_at) FROM signing_key")
        now = self._now()
        if newest is None or now - newest >= dt.timedelta(days=days):
            return await self.rotate(lead_seconds=0 if newest is None else LEAD_SECONDS)
        await self._pool.execute(_DROP_OLD, now - dt.timedelta(seconds=SIGNED_SECONDS_MAX))
        return None

    async def drop(self, kid: str) -> bool:
        """Take a key away at once, with all that it signed; return whether there was one."""
        gone = await self._pool.fetchval(
            "DELETE FROM signing_key WHERE kid = $1 RETURNING kid", kid
        )
        await self._read(self._pool)
        return gone is not None

    async def _signer(self, connection: Connection | None) -> SigningKey:
        known = self._current()
        if known is not None and abs(self._wall_ms() - self._read_ms) < READ_AGAIN_SECONDS * 1000:
            return known
        await self._read(connection or self._pool)
        if (known := self._current()) is not None:
            return known
        return await self._make_first()

    async def _make_first(self) -> SigningKey:
        """Make the first key of an installation, or of a new secret: of several servers, one does.

        On a connection of its own: a caller whose transaction fails must not take the key with it.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", ROTATION_LOCK)
            await self._read(connection)
            if self._current() is None:
                await self._make(connection, self._now())
        await self._read(self._pool)
        known = self._current()
        assert known is not None  # noqa: S101
        return known

    def _current(self) -> SigningKey | None:
        now = self._now()
        usable = [
            one for one in self._keys.values() if one.private is not None and one.signs_from <= now
        ]
        return max(usable, key=lambda one: (one.signs_from, one.kid), default=None)

    async def _make(self, connection: Connection, signs_from: dt.datetime) -> str:
        private = Ed25519PrivateKey.generate()
        public = private.public_key().public_bytes_raw()
        kid = hashlib.sha256(public).hexdigest()[:16]
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + self._sealing.encrypt(nonce, private.private_bytes_raw(), kid.encode())
        await connection.execute(_MAKE, kid, ALGORITHM, public, sealed, self._now(), signs_from)
        return kid

    async def _read(self, source: Connection | asyncpg.Pool) -> None:
        read_ms = self._wall_ms()
        keys = {one.kid: one for one in self._opened(await source.fetch(_READ))}
        if self._keys.keys() - keys.keys():
            self.generation += 1
        self._keys, self._read_ms = keys, read_ms

    def _opened(self, records: Iterable[asyncpg.Record]) -> Iterable[SigningKey]:
        for record in records:
            public = Ed25519PublicKey.from_public_bytes(record["public"])
            sealed, kid = record["sealed"], record["kid"]
            try:
                plain = self._sealing.decrypt(
                    sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], kid.encode()
                )
                private = Ed25519PrivateKey.from_private_bytes(plain)
            except InvalidTag:
                private = None
            yield SigningKey(kid, public, private, record["signs_from"])
