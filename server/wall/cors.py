"""Which pages of other origins may call the server: none, unless they are named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from litestar.config.cors import CORSConfig

if TYPE_CHECKING:
    from server.settings import Settings

PREFLIGHT_SECONDS = 600


def cross_origin(settings: Settings) -> CORSConfig | None:
    """Return the configuration for the origins that are set."""
    if not settings.cors_origins:
        return None
    return CORSConfig(
        allow_origins=list(settings.cors_origins),
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"],
        allow_headers=["authorization", "content-type", "content-encoding", "accept"],
        allow_credentials=True,
        expose_headers=["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "retry-after"],
        max_age=PREFLIGHT_SECONDS,
    )
