"""What a hostile or broken client sends is refused early and clearly, and changes nothing."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from server.storage import audit
from tests.server.storage.shelf import some_bytes
from tests.serving import new_id, problem_of

if TYPE_CHECKING:
    from server.settings import Settings
    from tests.server.storage.shelf import Shelf


def _code(answer: object) -> str:
    return problem_of(answer).code  # type: ignore[arg-type]


async def test_offsets_that_overlap_skip_or_repeat_are_refused(shelf: Shelf) -> None:
    """Only the very next byte is taken; after each refusal the offset stands where it stood."""
    content = some_bytes(10_000)
    paper = await shelf.paper()
    answer = await shelf.begin(paper.version, len(content), content=content[:4000])
    upload = answer.headers["location"].rpartition("/")[2]
    for offset in (0, 3999, 4001, 9999, 2**52):
        refused = await shelf.append(upload, offset, content[offset : offset + 1])
        assert refused.status_code in {409, 413}
        assert await shelf.offset(upload) == 4000
    assert _code(await shelf.append(upload, 4000, bytes(6001))) == "upload_too_large"
    assert await shelf.offset(upload) == 4000
    for words in ("-1", "4e3", "٤", "4000.0", "", "9" * 40):
        headers = shelf.headers(content_type="application/offset+octet-stream")
        raw = [*((k.encode(), v.encode()) for k, v in headers.items())]
        raw.append((b"upload-offset", words.encode()))
        answer = await shelf.service.client.patch(
            f"/api/storage/uploads/{upload}", headers=raw, content=b"x"
        )
        assert _code(answer) == "request_malformed"
    assert (await shelf.append(upload, 4000, content[4000:])).status_code == 204
    await shelf.drain()
    assert await shelf.content(paper.version) == content


async def test_another_persons_upload_is_not_there(shelf: Shelf) -> None:
    """Its id known, another may not read, write or end it, nor give bytes to another's version."""
    paper = await shelf.paper()
    answer = await shelf.begin(paper.version, 100, content=bytes(50), metadata={"id": new_id()})
    upload = answer.headers["location"].rpartition("/")[2]
    assert _code(await shelf.append(upload, 50, bytes(50), shelf.chief)) == "not_found"
    path = f"/api/storage/uploads/{upload}"
    client = shelf.service.client
    assert (await client.head(path, headers=shelf.headers(shelf.chief))).status_code == 404
    assert _code(await client.delete(path, headers=shelf.headers(shelf.chief))) == "not_found"
    taken = await shelf.begin(
        (await shelf.paper(shelf.chief)).version, 100, shelf.chief, metadata={"id": upload}
    )
    assert _code(taken) == "upload_id_taken"
    assert _code(await shelf.begin(paper.version, 100, shelf.chief)) == "forbidden"
    stranger = await shelf.service.tablet("employee")
    assert _code(await shelf.begin(paper.version, 100, stranger)) == "document_version_missing"
    assert await shelf.offset(upload) == 50


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("vanne.jpg", b"MZ" + bytes(5000)),
        ("vanne.jpg", b"<!DOCTYPE html><script>alert(1)</script>" + b" " * 5000),
        ("plan.pdf", b"\x7fELF" + bytes(5000)),
        ("plan.pdf", b"PK\x03\x04" + bytes(100)),
        ("notes.txt", b"#!/bin/sh\nrm -rf /\n"),
        ("photo.png", b"\xff\xd8\xff\xe0" + bytes(5000)),
    ],
)
async def test_content_that_lies_about_its_type_is_refused(
    shelf: Shelf, name: str, content: bytes
) -> None:
    """By what it is, not by its name: refused as soon as its head is there, and let go."""
    paper = await shelf.paper(file_name=name)
    answer = await shelf.begin(paper.version, len(content) + 10_000, content=content)
    if len(content) < 4096:
        upload = answer.headers["location"].rpartition("/")[2]
        answer = await shelf.append(upload, len(content), bytes(10_000))
    assert _code(answer) == "file_type_refused"
    version = await shelf.seen(paper.version)
    assert (version["state"], version["problem"]) == ("refused", "file_type_refused")
    assert not list(shelf.worker()._spool.uploads())


async def test_a_program_by_its_name_is_refused_before_a_byte_is_sent(shelf: Shelf) -> None:
    """The name of the version, or the one that the upload gives."""
    paper = await shelf.paper(file_name="facture.pdf.exe")
    assert _code(await shelf.begin(paper.version, 10)) == "file_type_refused"
    other = await shelf.paper()
    said = {"filename": "../../x.scr"}
    assert _code(await shelf.begin(other.version, 10, metadata=said)) == "file_type_refused"


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..\\..\\boot.ini", "/etc/cron.d/x", "a\0b", "CON", "." * 300]
)
async def test_a_name_with_a_path_names_no_file(shelf: Shelf, name: str) -> None:
    """File names are words for people: nothing appears outside the spool and the bucket."""
    version = await shelf.version(await shelf.document(), file_name=name.replace("\0", "")[:255])
    answer = await shelf.begin(version, 5, content=b"hello", metadata={"filename": name})
    assert answer.status_code == 201, answer.text
    spool = shelf.worker()._spool.directory
    assert {one.name for one in spool.parent.iterdir()} == {"spool"}
    await shelf.drain()
    shown = await shelf.get(f"versions/{version}/content")
    assert "\n" not in shown.headers["content-disposition"]
    assert "/" not in shown.headers["content-disposition"].split(";")[1]
    assert (await audit(shelf.service.context.pool, shelf.store)).sound


async def test_a_part_that_was_damaged_on_the_way_is_not_counted(shelf: Shelf) -> None:
    """Each checksum of tus is verified; an unknown one is refused."""
    content = some_bytes(5000)
    paper = await shelf.paper()
    answer = await shelf.begin(paper.version, len(content))
    upload = answer.headers["location"].rpartition("/")[2]
    offset = 0
    for name in ("sha256", "sha1", "md5"):
        part = content[offset : offset + 1000]
        good = base64.b64encode(hashlib.new(name, part).digest()).decode()
        bad = await shelf.append(upload, offset, part[:-1] + b"?", upload_checksum=f"{name} {good}")
        assert bad.status_code == 460
        assert _code(bad) == "checksum_mismatch"
        assert await shelf.offset(upload) == offset
        done = await shelf.append(upload, offset, part, upload_checksum=f"{name} {good}")
        assert done.status_code == 204
        offset += 1000
    wrong = await shelf.append(upload, offset, b"x", upload_checksum="rot13 eA==")
    assert _code(wrong) == "request_malformed"


async def test_bytes_of_another_hash_than_recorded_are_not_stored(shelf: Shelf) -> None:
    """The device's own count is held against the server's: the version says what happened."""
    paper = await shelf.paper(sha256="0" * 64)
    await shelf.send(paper.version, b"something else")
    await shelf.drain()
    version = await shelf.seen(paper.version)
    assert (version["state"], version["problem"]) == ("refused", "checksum_mismatch")
    assert not list(shelf.store.keys("objects/"))


async def test_what_is_not_tus_is_told_so(shelf: Shelf) -> None:
    """No version, another version, another media type, metadata that cannot be read."""
    paper = await shelf.paper()
    client = shelf.service.client
    bare = {"authorization": f"Bearer {shelf.tablet.token}", "upload-length": "5"}
    for version in ({}, {"tus-resumable": "0.2.2"}):
        answer = await client.post("/api/storage/uploads", headers={**bare, **version})
        assert _code(answer) == "tus_unsupported"
    for metadata in ("version ???", "version", "version YQ==", "version YQ==,version YQ=="):
        headers = {**shelf.headers(), "upload-length": "5", "upload-metadata": metadata}
        answer = await client.post("/api/storage/uploads", headers=headers)
        assert _code(answer) == "request_malformed"
    upload = (await shelf.begin(paper.version, 5)).headers["location"].rpartition("/")[2]
    headers = shelf.headers(upload_offset=0, content_type="text/plain")
    answer = await client.patch(f"/api/storage/uploads/{upload}", headers=headers, content=b"hello")
    assert _code(answer) == "media_type_unsupported"
    unsigned = await client.head(f"/api/storage/uploads/{upload}")
    assert unsigned.status_code == 401
    asked = await client.options("/api/storage/uploads")
    assert asked.status_code == 204
    assert "termination" in asked.headers["tus-extension"]


async def test_an_upload_given_up_is_gone(shelf: Shelf) -> None:
    """Ended by its client, it holds no disk and answers no more; the version still waits."""
    paper = await shelf.paper()
    answer = await shelf.begin(paper.version, 100, content=bytes(50))
    path = answer.headers["location"]
    ended = await shelf.service.client.delete(path, headers=shelf.headers())
    assert ended.status_code == 204
    assert not list(shelf.worker()._spool.uploads())
    assert (await shelf.service.client.head(path, headers=shelf.headers())).status_code == 404
    await shelf.send(paper.version, b"again")
    await shelf.drain()
    assert await shelf.content(paper.version) == b"again"


class TestLimits:
    """Size, quota and disk."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        """Keep little."""
        return structs.replace(settings, upload_bytes_max=50_000, project_storage_bytes_max=100_000)

    async def test_too_large_a_file_and_a_full_project_are_refused_at_once(
        self, shelf: Shelf
    ) -> None:
        """By the size announced, with what is on its way counted too; room freed is room again."""
        large = await shelf.paper()
        assert _code(await shelf.begin(large.version, 50_001)) == "upload_too_large"
        await shelf.keep(some_bytes(45_000))
        begun = await shelf.begin((await shelf.paper()).version, 45_000)
        assert begun.status_code == 201
        full = await shelf.begin(large.version, 20_000)
        assert _code(full) == "storage_quota_exceeded"
        path = begun.headers["location"]
        await shelf.service.client.delete(path, headers=shelf.headers())
        assert (await shelf.begin(large.version, 20_000)).status_code == 201


async def test_a_disk_without_room_refuses_files_and_goes_on_with_rows(
    settings: Settings, shelf: Shelf
) -> None:
    """Before the last free space is gone new uploads wait; a push is merged meanwhile."""
    paper = await shelf.paper()
    begun = await shelf.begin(paper.version, 1000, content=bytes(500))
    context = shelf.service.context
    context.settings = structs.replace(settings, spool_free_bytes_min=2**60)
    refused = await shelf.begin((await shelf.paper()).version, 10)
    assert refused.status_code == 507
    assert _code(refused) == "spool_full"
    assert int(refused.headers["retry-after"]) > 0
    upload = begun.headers["location"].rpartition("/")[2]
    assert _code(await shelf.append(upload, 500, bytes(500))) == "spool_full"
    await shelf.document()
    context.settings = settings
    assert (await shelf.append(upload, 500, bytes(500))).status_code == 204
