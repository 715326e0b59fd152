"""The security headers of every answer, errors included."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server.settings import Settings

Header = tuple[bytes, bytes]

RATE_HEADERS = "derrick_rate_headers"
"""Where a request's ASGI scope holds the headers that tell how much its caller may still ask."""

PERMISSIONS = (
    b"accelerometer=(), browsing-topics=(), camera=(self), display-capture=(), "
    b"geolocation=(self), gyroscope=(), magnetometer=(), microphone=(self), midi=(), "
    b"payment=(), usb=()"
)
"""Photos and their place, and voice notes, are the app's own; the rest is nobody's."""

ALWAYS: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", PERMISSIONS),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"x-permitted-cross-domain-policies", b"none"),
)
"""No Cross-Origin-Embedder-Policy: it would keep map tiles and stored files out of the app."""

DATA_POLICY = b"default-src 'none'; frame-ancestors 'none'; sandbox"
"""For answers that are data: nothing of them may run or load, should a browser show them."""

_DATA_TYPES = (b"application/json", b"application/problem+json", b"application/msgpack")


def style_hash(style: str) -> str:
    """Return the source expression that lets one inline style through."""
    return f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'"


class SecurityHeaders:
    """Adds what an answer lacks; a handler's own header stays."""

    def __init__(self, settings: Settings, styles: Iterable[str]) -> None:
        """Take the settings, and the inline styles that our own pages carry."""
        self._page_policy = page_policy(styles).encode()
        self._transport = (
            b"strict-transport-security",
            b"max-age=%d; includeSubDomains" % settings.hsts_seconds,
        )
        self._transport_wanted = settings.hsts_seconds > 0

    def completed(self, headers: Iterable[Header], *, secure: bool) -> list[Header]:
        """Return an answer's headers with those that it lacks.

        Args:
            headers: the answer's own, names in lower case.
            secure: whether the client spoke TLS.

        """
        own = list(headers)
        named = dict(own)
        own.extend(header for header in ALWAYS if header[0] not in named)
        is_data = named.get(b"content-type", b"").startswith(_DATA_TYPES)
        if b"content-security-policy" not in named:
            policy = DATA_POLICY if is_data else self._page_policy
            own.append((b"content-security-policy", policy))
        if b"cache-control" not in named:
            # An answer holds what one person may see.
            own.append((b"cache-control", b"no-store" if is_data else b"no-cache"))
        if secure and self._transport_wanted and self._transport[0] not in named:
            own.append(self._transport)
        return own


def page_policy(styles: Iterable[str]) -> str:
    """Return the content security policy of our pages: own files only, no inline script."""
    hashes = " ".join(style_hash(style) for style in styles)
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            f"style-src 'self' {hashes}".rstrip(),
            "img-src 'self' blob: data:",
            "font-src 'self'",
            "media-src 'self' blob:",
            "connect-src 'self'",
            "manifest-src 'self'",
            "worker-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )
