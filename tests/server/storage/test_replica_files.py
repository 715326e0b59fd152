"""The replica's own lane of files, against a real server: offline first, resumed, verified."""

from __future__ import annotations

import functools
import os
import random
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from sync.replica import (
    NewFile,
    Replica,
    attach,
    fetch_file,
    send_files,
    synchronise,
    waiting_bytes,
    waiting_files,
)
from sync.replica.files import DamagedFileError, folder_of
from sync.replica.http import HttpTransport
from tests.server.storage.shelf import sha256, some_bytes
from tests.serving import new_id, serve_process, task_created
from tests.simulation.fault_proxy import Fault, FaultProxy

if TYPE_CHECKING:
    from pathlib import Path

    from server.settings import Settings
    from tests.server.storage.shelf import Shelf
    from tests.serving import Tablet

MEGABYTE = 1024 * 1024


def _replica(path: Path, by: Tablet) -> Replica:
    return Replica.create(
        path,
        server="http://derrick.test",
        person=by.person,
        name="tablette",
        clock=lambda: time.time_ns() // 1_000_000,
        random=os.urandom,
    )


def _new(shelf: Shelf, by: Tablet, **more: object) -> NewFile:
    return NewFile(project=shelf.project, title="Vanne", author=by.person, **more)  # type: ignore[arg-type]


def _transport(shelf: Shelf, by: Tablet) -> HttpTransport:
    return HttpTransport("http://derrick.test", token=lambda: by.token, client=shelf.service.client)


async def test_a_photo_attached_offline_is_sent_after_its_row_and_fetched_by_another(
    shelf: Shelf, tmp_path: Path
) -> None:
    """Kept when the camera's file is gone; rows first, bytes once; hash held on the other side."""
    task = new_id()
    await shelf.chief.must(task_created(shelf.project, task))
    photo = tmp_path / "IMG_0001.bin"
    photo.write_bytes(some_bytes(MEGABYTE))
    replica = _replica(tmp_path / "a.sqlite", shelf.tablet)
    transport = _transport(shelf, shelf.tablet)
    await synchronise(replica, transport)
    given = _new(shelf, shelf.tablet, subject=("task", task), purpose="photo_before")
    made = attach(replica, photo, given)
    photo.unlink()
    assert waiting_bytes(replica) == MEGABYTE
    # Bytes before rows: the server knows of no such version, and nothing is lost.
    early = await send_files(replica, transport)
    assert (early.sent, early.refused, early.waiting) == (0, 0, 1)
    assert waiting_files(replica)[0].problem == "document_version_missing"
    report = await synchronise(replica, transport, upload_bytes=waiting_bytes(replica))
    assert report.error is None
    heard: list[int] = []
    done = await send_files(replica, transport, progress=lambda _, sent: heard.append(sent))
    assert (done.sent, done.sent_bytes, done.waiting) == (1, MEGABYTE, 0)
    assert heard == sorted(heard)
    assert heard[-1] == MEGABYTE
    assert not any(one.is_file() for one in folder_of(replica).iterdir())
    await shelf.drain()
    other = _replica(tmp_path / "b.sqlite", shelf.chief)
    there = _transport(shelf, shelf.chief)
    await synchronise(other, there)
    (link,) = other.rows("document_link", where="subject_id = ?", parameters=[task])
    assert link.values["document_id"] == made.document
    kept = await fetch_file(other, there, made.version)
    assert kept.read_bytes() == some_bytes(MEGABYTE)
    replica.close()
    other.close()


async def test_a_refused_file_holds_up_no_other(shelf: Shelf, tmp_path: Path) -> None:
    """A program is refused for good and shown so; the next file arrives."""
    replica = _replica(tmp_path / "a.sqlite", shelf.tablet)
    transport = _transport(shelf, shelf.tablet)
    await synchronise(replica, transport)
    bad, good = tmp_path / "photo.jpg", tmp_path / "plan.bin"
    bad.write_bytes(b"MZ" + bytes(5000))
    good.write_bytes(some_bytes(5000))
    attach(replica, bad, _new(shelf, shelf.tablet))
    made = attach(replica, good, _new(shelf, shelf.tablet))
    await synchronise(replica, transport)
    report = await send_files(replica, transport)
    assert (report.sent, report.refused, report.waiting) == (1, 1, 0)
    (left,) = waiting_files(replica)
    assert (left.state, left.problem) == ("refused", "file_type_refused")
    await shelf.drain()
    assert await shelf.content(made.version) == good.read_bytes()
    replica.close()


async def test_a_large_file_goes_on_where_the_link_or_the_app_stopped(
    shelf: Shelf, settings: Settings, tmp_path: Path
) -> None:
    """Cut again and again, the app started anew each time: what was safe is never sent again."""
    content = some_bytes(24 * MEGABYTE)
    source = tmp_path / "video.bin"
    source.write_bytes(content)
    path = tmp_path / "a.sqlite"
    replica = _replica(path, shelf.tablet)
    await synchronise(replica, _transport(shelf, shelf.tablet))
    made = attach(replica, source, _new(shelf, shelf.tablet))
    await synchronise(replica, _transport(shelf, shelf.tablet))
    replica.close()
    drawn = random.Random(5)
    cuts = [Fault("cut_request", drawn.randrange(4 * MEGABYTE, 9 * MEGABYTE)) for _ in range(3)]
    # Each pass asks for the offset on a connection that lives on for the bytes.
    passes = 0
    token = functools.partial(str, shelf.tablet.token)
    with serve_process(settings) as server:
        port = int(server.url.rpartition(":")[2])
        async with FaultProxy(port, draw=lambda: cuts.pop() if cuts else Fault()) as proxy:
            while True:
                passes += 1
                replica = Replica.open(
                    path, clock=lambda: time.time_ns() // 1_000_000, random=os.urandom
                )
                transport = HttpTransport(
                    proxy.url, token=token, client=httpx.AsyncClient(timeout=20)
                )
                report = await send_files(replica, transport)
                await transport.close()
                carried = transport.traffic.sent_bytes
                replica.close()
                if report.sent:
                    break
                assert report.error is not None
                assert report.waiting == 1
    assert passes == 4
    assert carried < len(content)
    await shelf.drain()
    version = await shelf.seen(made.version)
    assert version["object_sha256"] == sha256(content)
    assert await shelf.content(made.version) == content


async def test_a_download_goes_on_where_it_was_cut_and_is_held_against_its_hash(
    shelf: Shelf, tmp_path: Path
) -> None:
    """Half is here already: the other half is asked for; a damaged half is fetched again."""
    content = some_bytes(3 * MEGABYTE)
    paper = await shelf.keep(content)
    replica = _replica(tmp_path / "a.sqlite", shelf.tablet)
    transport = _transport(shelf, shelf.tablet)
    await synchronise(replica, transport)
    part = folder_of(replica) / "kept" / f"{paper.version}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(content[:MEGABYTE])
    before = transport.traffic.received_bytes
    kept = await fetch_file(replica, transport, paper.version)
    assert kept.read_bytes() == content
    assert transport.traffic.received_bytes - before == 2 * MEGABYTE
    kept.unlink()
    part.write_bytes(bytes(MEGABYTE))
    with pytest.raises(DamagedFileError):
        await fetch_file(replica, transport, paper.version)
    assert (await fetch_file(replica, transport, paper.version)).read_bytes() == content
    replica.close()
