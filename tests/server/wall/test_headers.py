"""Every answer carries the security headers; pages run nothing but their own files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import pytest

from server.wall.headers import style_hash
from tests.serving import serve_here

if TYPE_CHECKING:
    from server.settings import Settings
    from tests.serving import Service

EXPECTED = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/api/docs", 200),
        ("GET", "/api/docs/openapi.json", 200),
        ("GET", "/health", 200),
        ("GET", "/nowhere", 404),
        ("DELETE", "/health", 405),
        ("GET", "/api/sync/conflicts", 401),
        ("POST", "/api/sync/push", 401),
        ("GET", "/?" + "x" * 20_000, 414),
        ("OPTIONS", "/health", 204),
    ],
)
async def test_every_answer_carries_them(
    service: Service, method: str, path: str, status: int
) -> None:
    """Pages, data, refusals and unknown addresses alike; nothing lets inline scripts run."""
    answer = await service.client.request(method, path)
    assert answer.status_code == status
    for name, value in EXPECTED.items():
        assert answer.headers[name] == value, name
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "camera=(self)" in answer.headers["permissions-policy"]
    assert "strict-transport-security" not in answer.headers


async def test_a_fault_of_ours_carries_them_too(settings: Settings) -> None:
    """An answer 503, with the database away, is no exception."""
    away = msgspec.structs.replace(settings, database_url="postgresql://nobody@127.0.0.1:1/none")
    async with serve_here(away) as service:
        answer = await service.client.get("/health")
    assert answer.status_code == 503
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/api/docs"])
async def test_a_pages_style_is_the_one_that_its_policy_names(service: Service, path: str) -> None:
    """Each inline style is allowed by its hash, and there is neither script nor style attribute."""
    answer = await service.client.get(path)
    styles = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert styles
    for style in styles:
        assert style_hash(style) in answer.headers["content-security-policy"]
    assert "<script" not in answer.text
    assert not re.search(r"\sstyle=|\son\w+=", answer.text)


async def test_data_is_not_kept_by_caches(service: Service) -> None:
    """What one person may see is stored nowhere on its way."""
    answer = await service.client.get("/api/sync/replicas")
    assert answer.headers["cache-control"] == "no-store"


async def test_browsers_insist_on_tls_only_behind_it(settings: Settings) -> None:
    """HSTS is sent when a trusted proxy says that the client spoke TLS, and never without."""
    said = {"x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.9"}
    trusting = msgspec.structs.replace(settings, trusted_proxies=("127.0.0.0/8",))
    async with serve_here(trusting) as service:
        answer = await service.client.get("/health", headers=said)
        plain = await service.client.get("/health")
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    assert "strict-transport-security" not in plain.headers
    async with serve_here(settings) as service:
        answer = await service.client.get("/health", headers=said)
    assert "strict-transport-security" not in answer.headers


async def test_the_documentation_can_be_switched_off(settings: Settings) -> None:
    """Without `docs_enabled` there is nothing at /api/docs."""
    async with serve_here(msgspec.structs.replace(settings, docs_enabled=False)) as service:
        for path in ("/api/docs", "/api/docs/openapi.json", "/schema"):
            assert (await service.client.get(path)).status_code == 404
