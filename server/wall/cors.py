"""Which pages of other origins may call the server: none, unless they are named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from litestar.config.cors import CORSConfig

if TYPE_CHECKING:
    from server.settings import Settings

PREFLIGHT_SECONDS = 600

TUS_ASKED = (
    *("tus-resumable", "upload-length", "upload-offset", "upload-metadata", "upload-checksum"),
    *("range", "if-range"),
)
TUS_ANSWERED = (
    *("location", "tus-resumable", "upload-offset", "upload-length", "upload-expires"),
    *("content-range", "etag"),
)
"""Headers of uploads and downloads, which a page of another origin may send and read."""


def cross_origin(settings: Settings) -> CORSConfig | None:
    """Return the configuration for the origins that are set."""
    if not settings.cors_origins:
        return None
    return CORSConfig(
        allow_origins=list(settings.cors_origins),
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"],
        allow_headers=["authorization", "content-type", "content-encoding", "accept", *TUS_ASKED],
        allow_credentials=True,
        expose_headers=[
            *("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "retry-after"),
            *TUS_ANSWERED,
        ],
        max_age=PREFLIGHT_SECONDS,
    )
