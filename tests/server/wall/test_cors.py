"""Pages of other origins may call the server only when they are named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.serving import serve_here

if TYPE_CHECKING:
    from server.settings import Settings
    from tests.serving import Service

ALLOWED = "https://bureau.example"


async def test_no_origin_is_allowed_by_default(service: Service) -> None:
    """Neither an answer nor a preflight names an origin."""
    for method in ("GET", "OPTIONS"):
        headers = {"origin": ALLOWED, "access-control-request-method": "GET"}
        answer = await service.client.request(method, "/health", headers=headers)
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (ALLOWED, True),
        ("http://bureau.example", False),
        ("https://bureau.example.evil.example", False),
        ("https://bureauxexample", False),
        ("https://evil.example", False),
        ("null", False),
    ],
)
async def test_only_a_named_origin_is_allowed(
    settings: Settings, origin: str, *, allowed: bool
) -> None:
    """An origin that merely looks like a named one is not."""
    async with serve_here(msgspec.structs.replace(settings, cors_origins=(ALLOWED,))) as service:
        asked = {"origin": origin, "access-control-request-method": "POST"}
        preflight = await service.client.options("/api/sync/push", headers=asked)
        answer = await service.client.get("/health", headers={"origin": origin})
    for one in (preflight, answer):
        assert (one.headers.get("access-control-allow-origin") == origin) is allowed
        assert one.headers["x-content-type-options"] == "nosniff"
