"""A file's way: sent in parts, safe on disk, stored once, marked through the merge, given back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.storage.objects import object_key
from tests.server.storage.shelf import sha256, some_bytes

if TYPE_CHECKING:
    from tests.server.storage.shelf import Shelf

MEGABYTE = 1024 * 1024


async def test_a_photo_sent_in_parts_arrives_whole_where_it_belongs(shelf: Shelf) -> None:
    """Created, sent in two parts, stored by the worker, seen by every replica, downloaded."""
    content = some_bytes(6 * MEGABYTE)
    paper = await shelf.paper(size_bytes=len(content), sha256=sha256(content))
    answer = await shelf.begin(paper.version, len(content))
    assert answer.status_code == 201, answer.text
    upload = answer.headers["location"].rpartition("/")[2]
    assert (await shelf.append(upload, 0, content[:MEGABYTE])).status_code == 204
    assert await shelf.offset(upload) == MEGABYTE
    done = await shelf.append(upload, MEGABYTE, content[MEGABYTE:])
    assert done.status_code == 204, done.text
    assert int(done.headers["upload-offset"]) == len(content)
    assert (await shelf.seen(paper.version))["state"] == "received"
    # The store has not heard of it yet: the server gives it from its own disk.
    assert await shelf.content(paper.version) == content

    assert await shelf.drain() == 1
    version = await shelf.seen(paper.version)
    assert version["state"] == "stored"
    assert version["object_sha256"] == sha256(content)
    assert version["number"] == 1
    document = await shelf.seen(paper.document)
    assert document["version_id"] == paper.version
    assert document["size_bytes"] == len(content)
    assert await shelf.content(paper.version) == content
    assert await shelf.offset(upload) == len(content)
    assert not list(shelf.worker()._spool.uploads())


async def test_the_same_file_sent_twice_is_stored_once(shelf: Shelf) -> None:
    """Two people send one content: two documents, one object."""
    content = some_bytes(300_000)
    first = await shelf.keep(content)
    second = await shelf.keep(content, shelf.chief)
    keys = list(shelf.store.keys("objects/"))
    assert keys == [object_key(sha256(content))]
    assert await shelf.content(first.version) == await shelf.content(second.version) == content


async def test_a_range_is_a_range(shelf: Shelf) -> None:
    """First, middle, last bytes and beyond; a condition that holds and one that does not."""
    content = some_bytes(3 * MEGABYTE)
    paper = await shelf.keep(content)
    path = f"versions/{paper.version}/content"
    for asked, start, end in (
        ("bytes=0-9", 0, 10),
        ("bytes=1000000-2000000", 1_000_000, 2_000_001),
        ("bytes=-5", len(content) - 5, len(content)),
        (f"bytes={len(content) - 1}-{2**40}", len(content) - 1, len(content)),
    ):
        answer = await shelf.get(path, range=asked)
        assert answer.status_code == 206
        assert answer.content == content[start:end]
        assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{len(content)}"
    assert (await shelf.get(path, range=f"bytes={len(content)}-")).status_code == 416
    other = await shelf.get(path, range="bytes=0-9", if_range='"another"')
    assert other.status_code == 200
    assert other.content == content
    etag = other.headers["etag"]
    assert (await shelf.get(path, if_none_match=etag)).status_code == 304
