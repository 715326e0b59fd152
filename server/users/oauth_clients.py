"""Other systems' clients: how they are registered, and how they prove who they are."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote_plus, urlsplit

from msgspec import Struct

from server.users.oauth_errors import invalid_client, invalid_request
from server.users.oauth_scopes import SCOPES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    import asyncpg

    from server.store import Connection

ClientKind = Literal["confidential", "public", "machine"]

SECRET_BYTES = 32
NAME_CHARACTERS_MAX = 80
REDIRECT_URIS_MAX = 10
REDIRECT_CHARACTERS_MAX = 500
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
SCHEMES_NEVER = frozenset({"javascript", "data", "vbscript", "file", "blob", "about", "ftp"})

# RFC 3986: nothing else stands in a URI; what a browser would mend (backslash, tab) is refused.
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?\[\]@!$&'()*+,;=%-]+")
_SEGMENT_DOTS = re.compile(r"(^|/)(\.|%2e){1,2}(/|$)", re.IGNORECASE)

_COLUMNS = "id, name, kind, secret_digest, redirect_uris, scopes, person_id::text AS person"
_READ = f"SELECT {_COLUMNS} FROM oauth_client WHERE id = $1 AND removed_at IS NULL"
_LIST = f"SELECT {_COLUMNS} FROM oauth_client WHERE removed_at IS NULL ORDER BY made_at, id"
_MAKE = """
    INSERT INTO oauth_client (id, name, kind, secret_digest, redirect_uris, scopes, person_id,
        made_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7::text::uuid, $8)
"""
_ROTATE = """
    UPDATE oauth_client SET secret_digest = $2
    WHERE id = $1 AND removed_at IS NULL AND kind <> 'public' RETURNING id
"""
_REMOVE = """
    UPDATE oauth_client SET removed_at = $2, secret_digest = NULL
    WHERE id = $1 AND removed_at IS NULL RETURNING id
"""
_END_ITS_GRANTS = """
    UPDATE oauth_grant SET ended_at = $2, end_reason = 'client_removed'
    WHERE client_id = $1 AND ended_at IS NULL
"""


class ClientInvalidError(ValueError):
    """A client cannot be registered so; the message is for people."""


class Client(Struct, frozen=True):
    """A registered client."""

    id: str
    name: str
    kind: ClientKind
    secret_digest: bytes | None
    redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...]
    person: str | None
    """The service person that a machine acts as."""

    @property
    def rememberable(self) -> bool:
        """Whether its identity is sure enough to spare the person a second question.

        RFC 8252, section 8.6: anyone on the device can pretend to be a public client.
        """
        return self.kind == "confidential"


def check_redirect_uri(uri: str) -> None:
    """Refuse a redirect URI that could lead elsewhere than its owner. Raises ClientInvalidError.

    HTTPS, HTTP on the loopback interface, or a private-use scheme after a domain's name (RFC 8252,
    section 7); absolute, without fragment (RFC 6749, section 3.1.2).
    """
    if len(uri) > REDIRECT_CHARACTERS_MAX or _URI.fullmatch(uri) is None:
        raise ClientInvalidError(f"{uri!r} is not an absolute URI without fragment")
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ClientInvalidError(f"{uri!r} is not a URI") from None
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise ClientInvalidError(f"{uri!r} names a user")
    if _SEGMENT_DOTS.search(parts.path):
        raise ClientInvalidError(f"{uri!r} has dots for directories in its path")
    if parts.scheme in ("https", "http"):
        if not host or (parts.scheme == "http" and host not in LOOPBACK):
            raise ClientInvalidError(f"{uri!r} is neither HTTPS nor on this machine's own address")
    elif parts.scheme in SCHEMES_NEVER or "." not in parts.scheme:
        raise ClientInvalidError(f"{uri!r} has a scheme that is not an app's own, like com.example")


def new_client(
    name: str,
    kind: ClientKind,
    *,
    redirect_uris: Sequence[str],
    scopes: Sequence[str],
    person: str | None,
) -> tuple[Client, str | None]:
    """Return a client and its secret, which is shown once. Raises ClientInvalidError."""
    if not 0 < len(name.strip()) <= NAME_CHARACTERS_MAX or not name.isprintable():
        raise ClientInvalidError(f"a name has 1 to {NAME_CHARACTERS_MAX} printable characters")
    if not scopes or not {*scopes} <= SCOPES.keys():
        raise ClientInvalidError("scopes are some of " + ", ".join(SCOPES))
    if kind == "machine" and (redirect_uris or person is None):
        raise ClientInvalidError("a machine has a service person and no redirect URI")
    if kind != "machine" and not 0 < len(redirect_uris) <= REDIRECT_URIS_MAX:
        raise ClientInvalidError(f"a client has 1 to {REDIRECT_URIS_MAX} redirect URIs")
    for uri in redirect_uris:
        check_redirect_uri(uri)
    secret = None if kind == "public" else secrets.token_urlsafe(SECRET_BYTES)
    client = Client(
        id=secrets.token_hex(8),
        name=name.strip(),
        kind=kind,
        secret_digest=None if secret is None else digest(secret),
        redirect_uris=tuple(dict.fromkeys(redirect_uris)),
        scopes=tuple(sorted({*scopes})),
        person=person,
    )
    return client, secret


def digest(secret: str) -> bytes:
    """Return what is stored of a secret: 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).digest()


async def keep_client(connection: Connection, client: Client, now: dt.datetime) -> None:
    """Store a client."""
    await connection.execute(
        _MAKE,
        client.id,
        client.name,
        client.kind,
        client.secret_digest,
        list(client.redirect_uris),
        list(client.scopes),
        client.person,
        now,
    )


async def find_client(
    connection: Connection | asyncpg.Pool, client_id: str | None
) -> Client | None:
    """Return a client that is registered."""
    if client_id is None or "\0" in client_id:
        return None
    record = await connection.fetchrow(_READ, client_id)
    return None if record is None else _client(record)


async def list_clients(connection: Connection | asyncpg.Pool) -> list[Client]:
    """Return all clients, the oldest first."""
    return [_client(record) for record in await connection.fetch(_LIST)]


async def rotate_secret(connection: Connection, client_id: str) -> str | None:
    """Replace a client's secret at once and return it; None for a public or unknown client."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    done = await connection.fetchval(_ROTATE, client_id, digest(secret))
    return None if done is None else secret


async def remove_client(connection: Connection, client_id: str, now: dt.datetime) -> bool:
    """End a client and everything granted to it; return whether there was one."""
    if await connection.fetchval(_REMOVE, client_id, now) is None:
        return False
    await connection.execute(_END_ITS_GRANTS, client_id, now)
    return True


def _client(record: asyncpg.Record) -> Client:
    return Client(
        id=record["id"],
        name=record["name"],
        kind=record["kind"],
        secret_digest=record["secret_digest"],
        redirect_uris=tuple(record["redirect_uris"]),
        scopes=tuple(record["scopes"]),
        person=record["person"],
    )


async def authenticate_client(
    pool: asyncpg.Pool, header: str | None, parameters: Mapping[str, str]
) -> Client:
    """Return the client that a request to the token endpoint comes from. Raises OAuthError.

    `client_secret_basic` for those with a secret, `none` for public ones (RFC 6749, section 2.3);
    a secret in the body is refused, and so are two ways at once.
    """
    if "client_secret" in parameters:
        raise invalid_request("send the secret with HTTP Basic, not in the body")
    if header is None:
        client = await find_client(pool, parameters.get("client_id"))
        if client is None or client.kind != "public":
            raise invalid_client("the client did not prove who it is")
        return client
    client_id, secret = _basic(header)
    if parameters.get("client_id", client_id) != client_id:
        raise invalid_request("two clients are named")
    client = await find_client(pool, client_id)
    stored = None if client is None else client.secret_digest
    # The comparison is made for unknown clients too.
    right = hmac.compare_digest(digest(secret), stored or digest(secrets.token_hex(8)))
    if client is None or stored is None or not right:
        raise invalid_client("the client did not prove who it is")
    return client


def _basic(header: str) -> tuple[str, str]:
    """Read HTTP Basic with its parts form-encoded (RFC 6749, section 2.3.1)."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        raise invalid_client("clients authenticate with HTTP Basic")
    try:
        plain = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise invalid_client("the credentials are not HTTP Basic") from None
    client_id, colon, secret = plain.partition(":")
    if not colon:
        raise invalid_client("the credentials are not HTTP Basic")
    return unquote_plus(client_id), unquote_plus(secret)
