"""Requests that are too large, too slow or endless are ended, each with its own answer."""

from __future__ import annotations

import contextlib
import socket
import time
from typing import TYPE_CHECKING

import httpx
import msgspec
import pytest

from tests.serving import JSON, problem_of, serve_process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.settings import Settings
    from tests.serving import Service


async def test_a_long_target_and_large_headers_are_refused(service: Service) -> None:
    """414 and 431, as problems, before anything is looked at."""
    long = await service.client.get("/health?" + "x" * 9_000)
    assert problem_of(long).code == "target_too_long"
    large = await service.client.get("/health", headers={"x-filling": "x" * 40_000})
    assert problem_of(large).code == "headers_too_large"


@pytest.mark.parametrize("path", ["replicas", "pull", "push"])
async def test_a_body_has_a_limit_everywhere(
    settings: Settings, service: Service, path: str
) -> None:
    """Declared or not, compressed or not: no handler reads more than its limit."""
    tablet = await service.tablet()
    tablet.media_type = JSON
    too_much = b" " * (settings.push_body_bytes_max + 1)
    answer = await tablet.post(path, too_much)
    assert problem_of(answer).code == "body_too_large"


@pytest.mark.parametrize("path", ["conflicts", "rejections", "replicas"])
async def test_a_page_has_a_limit_everywhere(service: Service, path: str) -> None:
    """A list is asked for in pages, and no page is larger than its limit."""
    tablet = await service.tablet()
    headers = {"authorization": f"Bearer {tablet.token}"}
    for limit, status in ((500, 200), (501, 400), (0, 400)):
        query = {"limit": limit}
        answer = await service.client.get(f"/api/sync/{path}", params=query, headers=headers)
        assert answer.status_code == status


@pytest.fixture
def address(settings: Settings) -> Iterator[tuple[str, int]]:
    impatient = msgspec.structs.replace(settings, request_stall_seconds_max=1)
    with serve_process(impatient) as process:
        url = httpx.URL(process.url)
        assert url.port is not None
        yield url.host, url.port


def test_a_silent_client_does_not_hold_a_connection(address: tuple[str, int]) -> None:
    """A head that never ends, a body that stops and a head without end are each cut off."""
    with _opened(address) as line:
        line.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\nX-Slow: ")
        started = time.monotonic()
        _until_closed(line)
        assert time.monotonic() - started < 20
    with _opened(address) as line:
        line.sendall(
            b"POST /api/sync/push HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            b"Authorization: Bearer x\r\nContent-Length: 1000\r\n\r\n{"
        )
        answer = _until_closed(line, 16)
        assert answer.startswith((b"HTTP/1.1 401", b"HTTP/1.1 408"))
    with _opened(address) as line:
        with contextlib.suppress(OSError):
            line.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X-Fill: " + b"x" * 2_000_000)
        assert not _until_closed(line).startswith(b"HTTP/1.1 2")


def _opened(address: tuple[str, int]) -> socket.socket:
    return socket.create_connection(address, timeout=30)


def _until_closed(line: socket.socket, bytes_enough: int = 1 << 20) -> bytes:
    """Read until the server closes, or enough has come."""
    found = b""
    with contextlib.suppress(ConnectionError):
        while len(found) < bytes_enough and (chunk := line.recv(65_536)):
            found += chunk
    return found
