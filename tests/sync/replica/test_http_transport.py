"""The HTTP transport: packs what it sends, unpacks what it gets, and names what went wrong."""

from __future__ import annotations

import ast
import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest
import zstandard
from websockets.asyncio.server import ServerConnection, serve

import sync.replica
from sync import errors
from sync.changes import LiveBye, LiveReady, Poke, PullRequest, PushRequest, RegisterRequest
from sync.replica import (
    LoginNeededError,
    MalformedAnswerError,
    RefusedByServerError,
    TransportError,
    UnreachableError,
    synchronise,
)
from sync.replica.http import MESSAGEPACK, HttpTransport
from tests.sync.replica.conftest import new_project, new_task
from tests.sync.replica.reference_server import refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sync.replica.conftest import Bench


def transport_to(handle: Callable[[httpx.Request], httpx.Response]) -> HttpTransport:
    client = httpx.AsyncClient(transport=httpx.MockTransport(handle))
    return HttpTransport("http://reference", token=lambda: "secret", client=client)


def door(bench: Bench, packing: str) -> Callable[[httpx.Request], httpx.Response]:
    """Put the reference server behind HTTP."""
    kinds: dict[str, tuple[Any, Callable[[str, Any], Any]]] = {
        "/api/sync/replicas": (RegisterRequest, bench.server.register),
        "/api/sync/push": (PushRequest, bench.server.push),
        "/api/sync/pull": (PullRequest, bench.server.pull),
    }

    def handle(request: httpx.Request) -> httpx.Response:
        assert request.headers["Authorization"] == "Bearer secret"
        assert "zstd" in request.headers["Accept-Encoding"]
        body = request.content
        if request.headers.get("Content-Encoding") == "zstd":
            body = zstandard.ZstdDecompressor().decompress(body)
        if request.url.path.startswith("/api/sync/snapshots/"):
            _, snapshot, page = request.url.path.rsplit("/", 2)
            answer: Any = bench.server.snapshot_page(snapshot, int(page))
        else:
            kind, call = kinds[request.url.path]
            answer = call("ada", msgspec.msgpack.decode(body, type=kind))
        return packed(msgspec.msgpack.encode(answer), packing)

    return handle


def plain(status: int, content: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.Response(status, headers=headers, stream=httpx.ByteStream(content))


def packed(content: bytes, packing: str) -> httpx.Response:
    headers = {"Content-Type": MESSAGEPACK}
    if packing == "zstd":
        content, headers["Content-Encoding"] = zstandard.compress(content), "zstd"
    elif packing == "gzip":
        content, headers["Content-Encoding"] = gzip.compress(content), "gzip"
    return httpx.Response(200, headers=headers, stream=httpx.ByteStream(content))


@pytest.mark.parametrize("packing", ["identity", "zstd", "gzip"])
async def test_a_replica_synchronises_over_http(bench: Bench, packing: str) -> None:
    """Push, pull and snapshots work over HTTP, whatever the answers are packed with."""
    ann, ben = bench.replica("ann"), bench.replica("ben")
    project, scope = new_project(ann)
    for _ in range(5):
        new_task(ann, project)
    bench.server.snapshot_rows_min = 4
    async with transport_to(door(bench, packing)) as transport:
        report = await synchronise(ann, transport)
        assert report.complete
        assert 0 < report.sent_bytes < 6_000
        assert report.received_bytes > 0
        report = await synchronise(ben, transport)
    assert report.snapshots == 1
    assert ben.checksum(scope) == ann.checksum(scope) == bench.server.checksum(scope)


PROBLEM = refusal(errors.COUNTER_GAP, last_counter=7).problem
REQUEST = PullRequest(replica="0" * 15 + "1", epoch=1)


def broken(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("reset", request=request)


@pytest.mark.parametrize(
    ("handle", "kind"),
    [
        (broken, UnreachableError),
        (lambda _: plain(401, b"who?"), LoginNeededError),
        (lambda _: plain(502, b"<html>bad gateway</html>"), MalformedAnswerError),
        (lambda _: plain(200, b"<html>log in to the wifi</html>"), MalformedAnswerError),
        (lambda _: plain(200, b"x", {"Content-Encoding": "br"}), MalformedAnswerError),
        (lambda _: plain(200, b"x", {"Content-Encoding": "zstd"}), MalformedAnswerError),
        (lambda _: packed_cut("zstd"), UnreachableError),
        (lambda _: packed_cut("gzip"), UnreachableError),
    ],
)
async def test_every_failure_has_its_name(
    handle: Callable[[httpx.Request], httpx.Response], kind: type[TransportError]
) -> None:
    """Whatever comes instead of an answer is one of the transport's errors."""
    async with transport_to(handle) as transport:
        with pytest.raises(kind):
            await transport.pull(REQUEST)


def packed_cut(packing: str) -> httpx.Response:
    """Answer with a body cut short."""
    whole = packed(bytes(range(256)) * 20, packing)
    assert isinstance(whole.stream, httpx.ByteStream)
    content = b"".join(whole.stream)
    return httpx.Response(
        200, headers=whole.headers, stream=httpx.ByteStream(content[: len(content) // 2])
    )


@pytest.mark.parametrize("media", [MESSAGEPACK, "application/problem+json"])
async def test_a_problem_is_read_in_either_format(media: str) -> None:
    """A refused request carries the catalogue's code, the last counter and the time to wait."""
    encode = msgspec.msgpack.encode if media == MESSAGEPACK else msgspec.json.encode

    def handle(_: httpx.Request) -> httpx.Response:
        headers = {"Content-Type": media, "Retry-After": "12"}
        return plain(409, encode(PROBLEM), headers)

    async with transport_to(handle) as transport:
        with pytest.raises(RefusedByServerError) as refused:
            await transport.pull(REQUEST)
    assert refused.value.problem.code == "counter_gap"
    assert refused.value.problem.last_counter == 7
    assert refused.value.retry_after_seconds == 12


async def test_pokes_come_over_the_live_link() -> None:
    """The live link logs in with its ticket, yields heads, and ends at the server's farewell."""

    async def live(socket: ServerConnection) -> None:
        hello = json.loads(await socket.recv())
        assert hello["ticket"] == "one-time"
        for message in (LiveReady({"org": 1}), Poke({"org": 2}), LiveBye("unavailable")):
            await socket.send(msgspec.json.encode(message).decode())

    def ticket(_: httpx.Request) -> httpx.Response:
        return plain(200, msgspec.msgpack.encode({"ticket": "one-time"}))

    async with serve(live, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        client = httpx.AsyncClient(transport=httpx.MockTransport(ticket))
        transport = HttpTransport(f"http://127.0.0.1:{port}", token=lambda: "secret", client=client)
        heads = [one async for one in transport.live()]
        await transport.close()
    assert heads == [{"org": 1}, {"org": 2}]
    with pytest.raises(UnreachableError):
        async for _ in gone(port).live():
            pass


def gone(port: int) -> HttpTransport:
    """Return a transport to a server that has stopped."""

    def ticket(_: httpx.Request) -> httpx.Response:
        return plain(200, msgspec.msgpack.encode({"ticket": "one-time"}))

    client = httpx.AsyncClient(transport=httpx.MockTransport(ticket))
    return HttpTransport(f"http://127.0.0.1:{port}", token=lambda: "secret", client=client)


def test_only_one_module_of_the_engine_knows_of_http() -> None:
    """No module of the engine but `http` imports an HTTP or WebSocket library."""
    for path in Path(sync.replica.__file__).parent.glob("*.py"):
        imported = {
            name.partition(".")[0]
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            for name in (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
        }
        if path.name != "http.py":
            assert imported.isdisjoint({"httpx", "websockets", "zstandard"}), path.name
