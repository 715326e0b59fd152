"""The metrics' door: for this machine, or for who holds the metrics' token."""

from __future__ import annotations

import hmac
import os
from typing import TYPE_CHECKING, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from server.context import Context
from server.errors import ProblemError
from server.openapi import documented
from server.wall.addresses import parsed
from sync import errors

if TYPE_CHECKING:
    from server.settings import Settings

FORWARDING = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
"""Who comes with one of these came through a proxy, whoever the peer is."""


@get("/metrics", limit="none", **documented(response=str, response_media=("text/plain",)))
async def metrics(
    request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> Response[bytes]:
    """Return the process's metrics in Prometheus' text format."""
    if not may_read(request, context.settings):
        raise ProblemError(errors.FORBIDDEN, "the metrics are not for this address")
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), headers={"content-type": CONTENT_TYPE_LATEST})


def may_read(request: Request[Any, Any, Any], settings: Settings) -> bool:
    """Whether a request comes from this machine itself, or brings the metrics' token."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    wanted = settings.metrics_token
    if wanted is not None and scheme.lower() == "bearer":
        return hmac.compare_digest(token.strip().encode(), wanted.encode())
    if any(name in request.headers for name in FORWARDING):
        return False
    peer = parsed("" if request.client is None else request.client.host)
    return peer is not None and peer.is_loopback
