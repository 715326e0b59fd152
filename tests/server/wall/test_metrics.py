"""The metrics are for this machine, or for who holds their token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest

from tests.serving import problem_of, serve_here

if TYPE_CHECKING:
    from server.settings import Settings

TOKEN = "for-prometheus-alone-thirty-two-bytes-long"  # noqa: S105 -- a test's


@pytest.mark.parametrize(
    ("peer", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("203.0.113.9", {}, 403),
        ("127.0.0.1", {"x-forwarded-for": "203.0.113.9"}, 403),
        ("127.0.0.1", {"forwarded": "for=203.0.113.9"}, 403),
        ("203.0.113.9", {"authorization": f"Bearer {TOKEN}"}, 200),
        ("203.0.113.9", {"authorization": "Bearer something-else"}, 403),
        ("127.0.0.1", {"authorization": "Bearer something-else"}, 403),
    ],
)
async def test_only_this_machine_and_the_token_read_them(
    settings: Settings, peer: str, headers: dict[str, str], status: int
) -> None:
    """A proxy on this machine does not make the world local; a wrong token opens nothing."""
    async with serve_here(msgspec.structs.replace(settings, metrics_token=TOKEN)) as service:
        application: Any = service.app
        transport = httpx.ASGITransport(app=application, client=(peer, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://a.test") as client:
            answer = await client.get("/metrics", headers=headers)
    assert answer.status_code == status
    if status == 200:
        assert "derrick_requests_in_progress" in answer.text
        assert answer.headers["content-type"].startswith("text/plain")
    else:
        assert problem_of(answer).code == "forbidden"
