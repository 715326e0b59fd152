"""A change goes up, is answered, comes down to others, and leaves its records."""

import gzip
import zlib

import msgspec
import pytest
import zstandard

from sync.changes import Change, PullResponse, PushResponse
from tests.serving import (
    JSON,
    MESSAGEPACK,
    Service,
    new_id,
    project_created,
    task_created,
)


async def test_what_one_pushes_another_pulls(service: Service) -> None:
    """A merged change is in the next pull of who may read it, and the checksums agree."""
    writer, reader = await service.tablet(), await service.tablet()
    project = await service.project(writer)
    row = new_id()
    await writer.must(task_created(project, row, tags=["b", "a"]))
    for tablet in (writer, reader):
        await tablet.pull()
        tablet.assert_sums()
        values = tablet.rows[f"project:{project}", row].values
        assert (values["name"], values["tags"]) == ("Soudure", ["a", "b"])
    assert reader.rows == writer.rows


async def test_a_deleted_row_leaves_the_checksum(service: Service) -> None:
    """A delete reaches others as a tombstone that counts nothing."""
    tablet = await service.tablet()
    other = tablet.twin()
    await other.register()
    project = await service.project(tablet)
    row = new_id()
    scope = f"project:{project}"
    await tablet.must(task_created(project, row))
    await tablet.pull()
    await other.pull()
    await tablet.must(tablet.delete(scope, row))
    for one in (tablet, other):
        await one.pull()
        one.assert_sums()
        assert one.rows[scope, row].deleted


async def test_the_answer_tells_the_heads_that_the_writer_may_read(service: Service) -> None:
    """An expense moves the finance scope too, whose head an employee is not told."""
    office = await service.tablet("manager")
    crew = await service.tablet("employee")
    project = await service.project(office)
    await service.member(office, project, crew.person, "employee")
    values = {
        "project_id": project,
        "date": "2026-11-20",
        "amount": 85_000,
        "currency": "XAF",
        "author_id": crew.person,
        "status": "submitted",
    }
    scope = f"project:{project}"
    expense = crew.edit(Change(scope, "expense", new_id(), "create", after=values))
    told = crew.decode(await crew.send(expense), PushResponse)
    assert [one.status for one in told.answers] == ["merged"]
    assert told.heads.keys() == {scope}
    pulled = await crew.pull()
    assert told.heads[scope] == pulled.heads[scope][0]


async def test_history_tells_who_changed_what(service: Service) -> None:
    """A row's history holds each change: from what to what, by whom, on which device, when."""
    tablet = await service.tablet()
    project = await service.project(tablet)
    row = new_id()
    scope = f"project:{project}"
    await tablet.must(task_created(project, row))
    await tablet.pull()
    await tablet.must(tablet.update(scope, row, name="Soudure 2"))
    told = await tablet.get("history", row=row)
    first, number, second = told
    assert (number["changes"], number["person"]) == ({"number": [None, 1]}, None)
    assert (first["operation"], second["operation"]) == ("create", "update")
    assert second["changes"] == {"name": ["Soudure", "Soudure 2"]}
    assert second["person"] == tablet.person
    assert (second["replica"], second["device"]) == (tablet.replica, "tablet")
    assert second["counter"] == tablet.counter
    assert first["seq"] < second["seq"]
    assert first["at"] <= second["at"]


async def test_a_conflict_keeps_both_values_until_someone_decides(service: Service) -> None:
    """A race on money is recorded with both sides; a change that saw both closes the record."""
    one, two = await service.tablet(), await service.tablet()
    project = await service.project(one)
    budget = new_id()
    scope = f"finance:{project}"
    values = {"project_id": project, "name": "Forage", "currency": "XAF", "amount": 100}
    await one.must(Change(scope, "budget", budget, "create", after=values))
    await one.pull()
    await two.pull()
    await one.must(one.update(scope, budget, amount=200))
    assert await two.do(two.update(scope, budget, amount=300)) == "merged_with_conflicts"
    (record,) = await one.get("conflicts", open="true")
    assert {record["kept"], record["lost"]} == {200, 300}
    assert (record["scope"], record["row"], record["field"]) == (scope, budget, "amount")
    assert {record["replica"], record["other_replica"]} == {one.replica, two.replica}
    assert {record["person"], record["other_person"]} == {one.person, two.person}
    assert record["detected_at"]
    assert record["time"]
    assert record["other_time"]
    await one.pull()
    assert one.rows[scope, budget].review == ["amount"]
    await one.must(one.update(scope, budget, amount=250))
    await one.pull()
    assert one.rows[scope, budget].review == []
    assert await one.get("conflicts", open="true") == []
    (closed,) = await one.get("conflicts")
    assert closed["resolved_by"] == one.person
    assert closed["resolved_at"]


async def test_conflicts_are_asked_for_by_scope(service: Service) -> None:
    """The scope of the question limits the answer."""
    one, two = await service.tablet(), await service.tablet()
    project = await service.project(one)
    scope = f"project:{project}"
    row = new_id()
    await one.must(task_created(project, row))
    await one.pull()
    await two.pull()
    await one.must(one.update(scope, row, name="A"))
    await two.do(two.update(scope, row, name="B"))
    assert len(await one.get("conflicts", scope=scope)) == 1
    assert await one.get("conflicts", scope="org") == []


async def test_a_rejection_keeps_the_whole_entry_for_its_author(service: Service) -> None:
    """What a guard refuses is stored whole; its author reads it back, a colleague does not."""
    office = await service.tablet()
    crew = await service.tablet("employee")
    project = await service.project(office)
    change = task_created(project, notes="à refaire")
    assert await crew.do(change) == "access_denied"
    (kept,) = await crew.get("rejections")
    assert kept["code"] == "access_denied"
    assert (kept["replica"], kept["counter"]) == (crew.replica, 1)
    assert kept["payload"]["changes"][0]["after"] == change.after
    assert kept["detail"]["message"]["fr"]
    assert await office.get("rejections") == []
    assert len(await office.get("rejections", mine="false")) == 1
    assert await crew.get("rejections", mine="false") == [kept]


async def test_the_server_knows_of_unsent_work(service: Service) -> None:
    """Each push says what still waits on the device; the list of devices shows it."""
    tablet = await service.tablet()
    waiting = {"change_sets": 7, "oldest": 5_000, "upload_bytes": 9}
    body = msgspec.to_builtins(tablet.push_request()) | {"waiting": waiting, "change_sets": []}
    answer = await tablet.post("push", tablet.encode(body))
    assert answer.status_code == 200
    (device,) = await tablet.get("replicas")
    assert device["waiting_change_sets"] == 7
    assert device["waiting_oldest"] == 5_000
    assert device["waiting_upload_bytes"] == 9
    assert device["last_seen_at"]


async def test_json_and_messagepack_say_the_same(service: Service) -> None:
    """The same pushes and pulls give the same answers in both encodings."""
    seen = []
    project = await service.project(await service.tablet())
    row = new_id()
    for media_type in (MESSAGEPACK, JSON):
        tablet = await service.tablet(media_type=media_type)
        statuses = [
            await tablet.do(task_created(project, row, name="Bride", notes="é\n")),
            await tablet.do(task_created(project, new_id(), name=None)),
        ]
        await tablet.pull()
        tablet.assert_sums()
        seen.append((statuses, tablet.rows[f"project:{project}", row].values))
    assert seen[0][0] == ["merged", "value_invalid"]
    assert seen[1][1] == seen[0][1]


@pytest.mark.parametrize(("first", "second"), [(MESSAGEPACK, JSON), (JSON, MESSAGEPACK)])
async def test_a_retry_in_the_other_encoding_is_a_retry(
    service: Service, first: str, second: str
) -> None:
    """A change set sent again in the other encoding is a duplicate, not a fork."""
    tablet = await service.tablet(media_type=first)
    made = tablet.edit(project_created(new_id()))
    assert (await tablet.push(made))[0].status == "merged"
    tablet.media_type = second
    (again,) = await tablet.push(made)
    assert (again.status, again.stored) == ("duplicate", "merged")


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
async def test_bodies_are_compressed_both_ways(service: Service, coding: str) -> None:
    """A compressed push is read, and a large answer comes back in the coding asked for."""
    tablet = await service.tablet()
    project = await service.project(tablet)
    made = tablet.edit(*(task_created(project, name="x" * 300) for _ in range(20)))
    plain = tablet.encode(tablet.push_request(made))
    packed = gzip.compress(plain) if coding == "gzip" else zstandard.compress(plain)
    answer = await tablet.post("push", packed, content_encoding=coding)
    assert answer.status_code == 200, answer.text
    wanted = tablet.encode({"replica": tablet.replica, "epoch": 1})
    headers = {"authorization": f"Bearer {tablet.token}", "accept-encoding": coding}
    headers |= {"content-type": MESSAGEPACK, "accept": MESSAGEPACK}
    async with service.client.stream(
        "POST", "/api/sync/pull", content=wanted, headers=headers
    ) as got:
        raw = b"".join([chunk async for chunk in got.aiter_raw()])
    assert got.headers["content-encoding"] == coding
    unpacked = (
        zlib.decompress(raw, wbits=31)
        if coding == "gzip"
        else zstandard.ZstdDecompressor().decompressobj().decompress(raw)
    )
    found = msgspec.msgpack.decode(unpacked, type=PullResponse)
    assert sum(len(page.rows) for page in found.pages) >= 21
    assert len(raw) < len(unpacked) / 2


async def test_a_reference_does_not_reach_into_another_project(service: Service) -> None:
    """A row of another project is no row to refer to, whatever is merged beside it."""
    tablet = await service.tablet()
    here, there = await service.project(tablet), await service.project(tablet)
    foreign = new_id()
    assert (
        await tablet.do(task_created(there, foreign), task_created(here, parent_id=foreign))
        == "reference_missing"
    )
    await tablet.must(task_created(there, foreign))
    assert (
        await tablet.do(task_created(there), task_created(here, parent_id=foreign))
        == "reference_missing"
    )
    own = new_id()
    await tablet.must(task_created(here, own), task_created(here, parent_id=own))
