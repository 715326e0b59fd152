"""A body that stops arriving ends the request, however large it was to be."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec

from tests.serving import serve_here

if TYPE_CHECKING:
    from server.settings import Settings


async def test_a_body_that_stops_is_answered_408(settings: Settings) -> None:
    """The first part arrives, the second never does: the client is told to send again."""
    impatient = msgspec.structs.replace(settings, request_stall_seconds_max=1)
    async with serve_here(impatient) as service:
        tablet = await service.tablet()
        parts = asyncio.Queue[dict[str, Any]]()
        parts.put_nowait({"type": "http.request", "body": b"{", "more_body": True})
        answered: list[Any] = []

        async def send(message: Any) -> None:
            answered.append(message)

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": "/api/sync/push",
            "raw_path": b"/api/sync/push",
            "query_string": b"",
            "root_path": "",
            "headers": [
                (b"content-type", b"application/json"),
                (b"authorization", f"Bearer {tablet.token}".encode()),
            ],
            "client": ("127.0.0.1", 1),
            "server": ("derrick.test", 80),
        }
        application: Any = service.app
        async with asyncio.timeout(20):
            await application(scope, parts.get, send)
    assert answered[0]["status"] == 408
    assert msgspec.json.decode(answered[1]["body"])["code"] == "request_stalled"
