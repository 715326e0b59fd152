"""Parts that go straight to the object store: the same guarantees as through the server."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING

import httpx
import pytest
from msgspec import structs

from server.storage import Keeper, audit
from server.storage.objects import object_key
from tests.server.storage.sender import PART, Sender, parts_of, recorded
from tests.server.storage.shelf import sha256, some_bytes
from tests.serving import new_id, problem_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.settings import Settings
    from server.stack import Stack
    from server.stack.objects import ObjectsAddress
    from tests.server.storage.shelf import Shelf


@pytest.fixture
def settings(settings: Settings, objects: ObjectsAddress) -> Settings:
    """Let tablets reach the object store, by a name of its own."""
    public = objects.endpoint_url.replace("127.0.0.1", "localhost")
    return structs.replace(settings, s3_public_url=public)


def code(answer: httpx.Response) -> str:
    """Return the code of a refusal."""
    return problem_of(answer).code


@pytest.fixture
async def sender(shelf: Shelf) -> AsyncIterator[Sender]:
    async with httpx.AsyncClient(timeout=60) as store:
        yield Sender(shelf, store)


async def assert_nothing_is_left(shelf: Shelf) -> None:
    """Assert that nothing of an upload lies about, on disk or in the store."""
    assert not list(shelf.worker()._spool.uploads())
    assert not list(shelf.store.keys("incoming/"))
    assert (await audit(shelf.service.context.pool, shelf.store)).sound


async def test_parts_go_straight_and_the_file_is_stored_as_any_other(
    shelf: Shelf, sender: Sender
) -> None:
    """Made twice, sent in two goes, joined, read meanwhile, stored once, and nothing else left."""
    content = some_bytes(2 * PART + 1000)
    paper = await recorded(shelf, content)
    upload = new_id()
    made = await sender.must_begin(paper.version, content, id=upload)
    assert (made["parts"], made["part_bytes"], made["held"]) == (3, PART, [])
    assert await sender.must_begin(paper.version, content, id=upload) == made
    await sender.send(upload, content, [1, 3])
    assert await sender.held(upload) == [1, 3]
    await sender.send(upload, content, [2])
    done = await sender.complete(upload, content)
    assert done.status_code == 200, done.text
    assert (done.json()["state"], done.json()["held"]) == ("queued", [1, 2, 3])
    assert (await shelf.seen(paper.version))["state"] == "received"
    assert await shelf.content(paper.version) == content
    assert await shelf.drain() == 1
    version = await shelf.seen(paper.version)
    assert (version["state"], version["object_sha256"]) == ("stored", sha256(content))
    assert await shelf.content(paper.version) == content
    assert list(shelf.store.keys("objects/")) == [object_key(sha256(content))]
    await assert_nothing_is_left(shelf)


async def test_completing_twice_or_late_changes_nothing(shelf: Shelf, sender: Sender) -> None:
    """Two at once, one after, one once it is stored: one version, one object, the same answer."""
    content = some_bytes(PART + 5)
    paper = await recorded(shelf, content)
    upload = (await sender.must_begin(paper.version, content))["id"]
    await sender.send(upload, content, [1, 2])
    both = await asyncio.gather(*(sender.complete(upload, content) for _ in range(2)))
    assert 200 in {one.status_code for one in both}
    assert {one.status_code for one in both} <= {200, 409}
    assert (await sender.complete(upload, content)).json()["state"] == "queued"
    await shelf.drain()
    assert (await sender.complete(upload, content)).json()["state"] == "stored"
    assert await shelf.drain() == 0
    await assert_nothing_is_left(shelf)


async def test_an_answer_lost_after_the_parts_were_joined_loses_nothing(
    shelf: Shelf, sender: Sender
) -> None:
    """Killed between the store's joining and the server's row, completing again goes on."""
    content = some_bytes(PART + 5)
    paper = await recorded(shelf, content)
    upload = (await sender.must_begin(paper.version, content))["id"]
    await sender.send(upload, content, [1, 2])
    pool = shelf.service.context.pool
    multipart = await pool.fetchval("SELECT multipart_id FROM upload WHERE id = $1", upload)
    await sender.complete(upload, content)
    await pool.execute(
        "UPDATE upload SET state = 'receiving', received_bytes = 0, multipart_id = $2"
        " WHERE id = $1",
        upload,
        multipart,
    )
    assert (await sender.complete(upload, content)).json()["state"] == "queued"
    await shelf.drain()
    assert await shelf.content(paper.version) == content
    await assert_nothing_is_left(shelf)


async def test_missing_parts_are_named_and_the_upload_goes_on(shelf: Shelf, sender: Sender) -> None:
    """Completed too early it is refused, whatever was said; what is held stays held."""
    content = some_bytes(2 * PART + 9)
    paper = await recorded(shelf, content)
    upload = (await sender.must_begin(paper.version, content))["id"]
    refused = await sender.complete(upload, content)
    assert code(refused) == "upload_parts_missing"
    await sender.send(upload, content, [2])
    refused = await sender.complete(upload, content)
    assert code(refused) == "upload_parts_missing"
    assert "1, 3" in refused.json()["detail"]
    assert code(await sender.complete(upload, content, sha256=[])) == "request_malformed"
    assert (await shelf.seen(paper.version))["state"] == "waiting"
    await sender.send(upload, content, [1, 3])
    assert (await sender.complete(upload, content)).status_code == 200


async def test_the_store_takes_the_signed_bytes_alone(shelf: Shelf, sender: Sender) -> None:
    """Other bytes, more bytes, fewer, without their checksum, another part, a part beyond."""
    content = some_bytes(PART + 100)
    paper = await recorded(shelf, content)
    upload = (await sender.must_begin(paper.version, content))["id"]
    first, last = parts_of(content).values()
    one, two = await sender.addresses(upload, {1: sha256(first), 2: sha256(last)})
    wrong = [
        await sender.put(one, first[:-1] + b"?"),
        await sender.put(one, first + b"?"),
        await sender.put(one, first[:-1]),
        await sender.put(two, last + bytes(PART)),
        await sender.store.put(one["url"], content=first),
        await sender.put({**one, "url": one["url"].replace("partNumber=1", "partNumber=2")}, first),
    ]
    assert {answer.status_code // 100 for answer in wrong} == {4}
    assert await sender.held(upload) == []
    beyond = {"parts": [{"number": 3, "sha256": sha256(b"")}]}
    assert code(await sender.ask("POST", f"/{upload}/addresses", beyond)) == "upload_too_large"


async def test_parts_of_another_file_are_not_taken_for_this_one(
    shelf: Shelf, sender: Sender
) -> None:
    """Bytes that do not come to the declared hash are refused by the worker, and let go."""
    content, other = some_bytes(PART + 100), some_bytes(PART + 100, seed=2)
    paper = await recorded(shelf, content)
    upload = (await sender.must_begin(paper.version, content))["id"]
    await sender.send(upload, other, [1, 2])
    assert code(await sender.complete(upload, content)) == "checksum_mismatch"
    assert (await sender.complete(upload, other)).status_code == 200
    await shelf.drain()
    version = await shelf.seen(paper.version)
    assert (version["state"], version["problem"]) == ("refused", "checksum_mismatch")
    assert not list(shelf.store.keys("objects/"))
    await assert_nothing_is_left(shelf)


@pytest.mark.parametrize(
    ("name", "head"),
    [("vanne.jpg", b"MZ"), ("plan.pdf", b"\x7fELF"), ("photo.png", b"\xff\xd8\xff")],
)
async def test_content_that_lies_about_its_type_is_refused_when_joined(
    shelf: Shelf, sender: Sender, name: str, head: bytes
) -> None:
    """By what it is, not by its name; nothing of it stays, and the version says why."""
    content = head + bytes(6000)
    paper = await recorded(shelf, content, file_name=name)
    upload = (await sender.must_begin(paper.version, content))["id"]
    await sender.send(upload, content, [1])
    assert code(await sender.complete(upload, content)) == "file_type_refused"
    version = await shelf.seen(paper.version)
    assert (version["state"], version["problem"]) == ("refused", "file_type_refused")
    assert code(await sender.complete(upload, content)) == "upload_gone"
    await assert_nothing_is_left(shelf)


async def test_another_persons_upload_is_not_there(shelf: Shelf, sender: Sender) -> None:
    """Its id known, another may not look at it, sign for it, complete or end it, by either way."""
    content = some_bytes(1000)
    paper = await recorded(shelf, content)
    upload = (await sender.must_begin(paper.version, content, id=new_id()))["id"]
    signing = {"parts": [{"number": 1, "sha256": sha256(content)}]}
    for method, path, body in (
        ("GET", "", None),
        ("POST", "/addresses", signing),
        ("POST", "/complete", {"sha256": [sha256(content)]}),
        ("DELETE", "", None),
    ):
        answer = await sender.ask(method, f"/{upload}{path}", body, shelf.chief)
        assert code(answer) == "not_found", (method, path)
    assert code(await sender.begin(paper.version, content, shelf.chief)) == "forbidden"
    stranger = await shelf.service.tablet("employee")
    refused = await sender.begin(paper.version, content, stranger)
    assert code(refused) == "document_version_missing"
    theirs = await recorded(shelf, content)
    assert code(await sender.begin(theirs.version, content, id=upload)) == "upload_id_taken"
    # One way's upload is none of the other's.
    by_tus = await shelf.service.client.head(
        f"/api/storage/uploads/{upload}", headers=shelf.headers()
    )
    assert by_tus.status_code == 404
    begun = await shelf.begin(theirs.version, len(content), metadata={"id": upload})
    assert code(begun) == "upload_id_taken"
    begun = await shelf.begin(theirs.version, len(content))
    other = begun.headers["location"].rpartition("/")[2]
    assert code(await sender.ask("GET", f"/{other}")) == "not_found"
    assert await sender.held(upload) == []


async def test_what_is_malformed_is_told_so(shelf: Shelf, sender: Sender) -> None:
    """Sizes, hashes, ids, numbers out of bounds; a size or hash other than the version's."""
    content = some_bytes(1000)
    paper = await recorded(shelf, content)
    for changed in (
        {"size": 0},
        {"size": -1},
        {"size": 2**60},
        {"size": 999},
        {"sha256": "0" * 63},
        {"sha256": "0" * 64},
        {"sha256": "Z" * 64},
        {"id": "../x"},
        {"other": 1},
    ):
        answer = await sender.begin(paper.version, content, **changed)
        assert code(answer) == "request_malformed", changed
    assert code(await sender.begin("x", content)) == "request_malformed"
    named = await sender.begin(paper.version, content, file_name="../../x.scr")
    assert code(named) == "file_type_refused"
    upload = (await sender.must_begin(paper.version, content))["id"]
    for parts in (
        [],
        [{"number": 0, "sha256": sha256(content)}],
        [{"number": 1, "sha256": "x"}],
        [{"number": 1, "sha256": sha256(content)}] * 101,
    ):
        answer = await sender.ask("POST", f"/{upload}/addresses", {"parts": parts})
        assert code(answer) == "request_malformed", len(parts)
    assert code(await sender.ask("GET", "/nothing")) == "not_found"
    assert code(await sender.ask("GET", f"/{new_id()}")) == "not_found"


async def test_an_upload_left_alone_is_swept_and_its_addresses_die(
    shelf: Shelf, sender: Sender
) -> None:
    """Given up after silence: its parts leave the store, a late part is refused, begin again."""
    content = some_bytes(PART + 100)
    paper = await recorded(shelf, content)
    upload = (await sender.must_begin(paper.version, content))["id"]
    await sender.send(upload, content, [1])
    late = (await sender.addresses(upload, {2: sha256(content[PART:])}))[0]
    context = shelf.service.context
    keeper = Keeper(shelf.service.settings, context.pool, context.intake, shelf.store)
    assert (await keeper.sweep())["transfers_ended"] == 0
    await context.pool.execute("UPDATE upload SET expires_at = now() - interval '1 second'")
    swept = await keeper.sweep()
    assert (swept["uploads_given_up"], swept["transfers_ended"]) == (1, 1)
    assert (await sender.put(late, content[PART:])).status_code == 404
    assert code(await sender.ask("GET", f"/{upload}")) == "not_found"
    await assert_nothing_is_left(shelf)
    again = (await sender.must_begin(paper.version, content, id=upload))["id"]
    await sender.send(again, content, [1, 2])
    assert (await sender.complete(again, content)).status_code == 200
    await shelf.drain()
    assert await shelf.content(paper.version) == content


async def test_an_address_is_good_for_a_short_time(settings: Settings, shelf: Shelf) -> None:
    """Past its seconds the object store refuses it."""
    shelf.service.context.settings = structs.replace(settings, upload_url_seconds=1)
    content = some_bytes(100)
    paper = await recorded(shelf, content)
    async with httpx.AsyncClient() as store:
        sender = Sender(shelf, store)
        upload = (await sender.must_begin(paper.version, content))["id"]
        (one,) = await sender.addresses(upload, {1: sha256(content)})
        await asyncio.sleep(2.1)  # its seconds are whole ones, by the store's own clock
        assert (await sender.put(one, content)).status_code == 403
        assert await sender.held(upload) == []


async def test_an_upload_given_up_leaves_nothing(shelf: Shelf, sender: Sender) -> None:
    """Ended by its client, before or after a part; complete, it stays."""
    content = some_bytes(PART + 100)
    paper = await recorded(shelf, content)
    upload = (await sender.must_begin(paper.version, content))["id"]
    await sender.send(upload, content, [1])
    assert (await sender.ask("DELETE", f"/{upload}")).status_code == 204
    assert code(await sender.ask("GET", f"/{upload}")) == "not_found"
    await assert_nothing_is_left(shelf)
    upload = (await sender.must_begin(paper.version, content))["id"]
    await sender.send(upload, content, [1, 2])
    await sender.complete(upload, content)
    assert (await sender.ask("DELETE", f"/{upload}")).status_code == 204
    await shelf.drain()
    assert await shelf.content(paper.version) == content


async def test_what_the_store_lost_is_sent_again(shelf: Shelf, sender: Sender) -> None:
    """A transfer that the store let go, by its own rules, is begun anew under the same upload."""
    content = some_bytes(PART + 100)
    paper = await recorded(shelf, content)
    upload = (await sender.must_begin(paper.version, content))["id"]
    await sender.send(upload, content, [1, 2])
    shelf.store.abandon(f"incoming/{upload}")
    assert code(await sender.complete(upload, content)) == "upload_parts_missing"
    assert await sender.held(upload) == []
    await sender.send(upload, content, [1, 2])
    assert (await sender.complete(upload, content)).status_code == 200
    shelf.store.delete(f"incoming/{upload}")
    await shelf.drain()
    version = await shelf.seen(paper.version)
    assert (version["state"], version["problem"]) == ("refused", "incoming_missing")


class TestLimits:
    """Size and quota."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        """Keep little."""
        return structs.replace(settings, upload_bytes_max=50_000, project_storage_bytes_max=100_000)

    async def test_size_and_quota_are_refused_before_a_byte_is_sent(
        self, shelf: Shelf, sender: Sender
    ) -> None:
        """By the size announced, with what comes by either way counted."""
        large = await shelf.paper()
        assert code(await sender.begin(large.version, bytes(50_001))) == "upload_too_large"
        await shelf.begin((await shelf.paper()).version, 45_000)
        await sender.must_begin((await shelf.paper()).version, bytes(45_000))
        assert code(await sender.begin(large.version, bytes(20_000))) == "storage_quota_exceeded"
        refused = await shelf.begin(large.version, 20_000)
        assert code(refused) == "storage_quota_exceeded"


class TestOff:
    """Where tablets do not reach the object store."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        """Have all go through the server."""
        return structs.replace(settings, s3_public_url=None)

    async def test_direct_uploads_are_off_unless_set(self, shelf: Shelf, sender: Sender) -> None:
        """The refusal says to go by tus."""
        paper = await shelf.paper()
        assert code(await sender.begin(paper.version, b"hello")) == "direct_uploads_off"


async def test_the_store_away_is_told_and_the_upload_goes_on(
    shelf: Shelf, sender: Sender, object_stack: Stack
) -> None:
    """With the object store down nothing begins; restarted, what it held counts."""
    content = some_bytes(PART + 100)
    paper = await recorded(shelf, content)
    upload = (await sender.must_begin(paper.version, content))["id"]
    await sender.send(upload, content, [1])
    await asyncio.to_thread(object_stack.restart, "objects")
    answer = await sender.ask("GET", f"/{upload}")
    assert answer.status_code in {200, 503}
    await asyncio.to_thread(object_stack.wait_ready, "objects")
    assert await sender.held(upload) == [1]
    await sender.send(upload, content, [2])
    assert (await sender.complete(upload, content)).status_code == 200
    await shelf.drain()
    stored = await shelf.content(paper.version)
    assert hashlib.sha256(stored).hexdigest() == sha256(content)
