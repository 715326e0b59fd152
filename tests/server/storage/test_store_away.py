"""The object store away, and the virus scanner: uploads wait, nothing is lost or unscanned."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from server.storage import Drain, ObjectStore, audit, read_standing, retry_uploads
from tests.server.storage.shelf import some_bytes
from tests.serving import problem_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.settings import Settings
    from tests.server.storage.shelf import Shelf

NOWHERE = "http://127.0.0.1:9"
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


async def test_while_s3_is_away_intake_goes_on_and_the_queue_drains_when_it_returns(
    shelf: Shelf,
) -> None:
    """Refused by a dead store, each waits longer than before; back, all are stored, once."""
    context = shelf.service.context
    settings = structs.replace(shelf.service.settings, s3_endpoint_url=NOWHERE)
    away = Drain(settings, context.pool, context.intake, ObjectStore(settings))
    papers = {}
    for number in range(3):
        paper = await shelf.paper()
        content = some_bytes(50_000, seed=number)
        await shelf.send(paper.version, content)
        papers[paper.version] = content
    pauses = []
    for _ in range(4):
        await retry_uploads(context.pool)
        while await away.store_next():
            pass
        waits = await context.pool.fetch(
            "SELECT problem, extract(epoch FROM next_attempt_at - now())::float8 AS pause"
            " FROM upload"
        )
        assert all("StoreUnavailable" in one["problem"] for one in waits)
        pauses.append(min(one["pause"] for one in waits))
    assert pauses == sorted(pauses)
    assert pauses[-1] > 2 * pauses[0]
    for version, content in papers.items():
        assert (await shelf.seen(version))["state"] == "received"
        assert await shelf.content(version) == content
    standing = await read_standing(context.pool)
    assert [(one.state, one.uploads) for one in standing.queue] == [("queued", 3)]
    assert await retry_uploads(context.pool) == 3
    assert await shelf.drain() == 3
    for version, content in papers.items():
        assert (await shelf.seen(version))["state"] == "stored"
        assert await shelf.content(version) == content
    assert (await audit(context.pool, shelf.store)).sound


async def test_a_download_from_a_store_that_is_away_is_an_error_that_says_so(
    shelf: Shelf,
) -> None:
    """Not a cut body: 503, its code, and when to try again."""
    paper = await shelf.keep(b"content")
    context = shelf.service.context
    context.store = ObjectStore(structs.replace(shelf.service.settings, s3_endpoint_url=NOWHERE))
    answer = await shelf.get(f"versions/{paper.version}/content")
    assert answer.status_code == 503
    assert problem_of(answer).code == "storage_unavailable"


async def test_the_audit_finds_what_is_missing_orphaned_and_damaged(shelf: Shelf) -> None:
    """Each planted by hand, each named."""
    papers = [await shelf.keep(some_bytes(1000, seed=one)) for one in range(3)]
    keys = [
        f"objects/{one[:2]}/{one}"
        for one in [(await shelf.seen(paper.version))["object_sha256"] for paper in papers]
    ]
    shelf.store.delete(keys[0])
    shelf.store.put(keys[1], some_bytes(1000, seed=9), "application/octet-stream")
    shelf.store.put("objects/zz/stray", b"stray", "application/octet-stream")
    found = await audit(shelf.service.context.pool, shelf.store)
    assert found.missing == [keys[0].rpartition("/")[2]]
    assert found.damaged == [keys[1].rpartition("/")[2]]
    assert found.orphaned == ["objects/zz/stray"]
    assert not found.sound


class TestScanner:
    """ClamAV's daemon, played by a server that knows its protocol and one signature."""

    @pytest.fixture
    async def clamd(self) -> AsyncIterator[asyncio.Server]:
        """Answer as clamd does."""

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
            content = b""
            while size := int.from_bytes(await reader.readexactly(4)):
                content += await reader.readexactly(size)
            found = EICAR in content
            writer.write(b"stream: Eicar FOUND\0" if found else b"stream: OK\0")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        yield server
        server.close()
        await server.wait_closed()

    @pytest.fixture
    def settings(self, settings: Settings, clamd: asyncio.Server) -> Settings:
        """Scan."""
        port = clamd.sockets[0].getsockname()[1]
        return structs.replace(settings, clamd_address=f"127.0.0.1:{port}")

    async def test_what_the_scanner_finds_is_never_given_to_anyone(
        self, shelf: Shelf, clamd: asyncio.Server
    ) -> None:
        """Quarantined before a byte is served, even from the disk; the clean one is stored."""
        bad, good = await shelf.paper(), await shelf.paper()
        await shelf.send(bad.version, EICAR + b"padding")
        await shelf.send(good.version, b"clean")
        early = await shelf.get(f"versions/{bad.version}/content")
        assert problem_of(early).code == "content_not_ready"
        await shelf.drain()
        version = await shelf.seen(bad.version)
        assert (version["state"], version["problem"]) == ("quarantined", "infected")
        answer = await shelf.get(f"versions/{bad.version}/content")
        assert problem_of(answer).code == "content_quarantined"
        assert await shelf.content(good.version) == b"clean"
        # A scanner that is away holds files up; it lets nothing through.
        clamd.close()
        await clamd.wait_closed()
        late = await shelf.paper()
        await shelf.send(late.version, b"later")
        await shelf.drain()
        assert (await shelf.seen(late.version))["state"] == "received"
