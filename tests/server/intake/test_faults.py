"""Each fault has its clear error, and changes nothing."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import zstandard

from sync.changes import Change, PushRequest, PushResponse
from tests.serving import (
    JSON,
    MESSAGEPACK,
    Service,
    Tablet,
    new_id,
    new_replica,
    problem_of,
    project_created,
    serve_here,
    task_created,
)

if TYPE_CHECKING:
    from server.settings import Settings


async def _refused(tablet: Tablet, raw: bytes) -> str:
    """Push one change set as bytes, between two good ones; return the code it is refused with."""
    good = new_id()
    tablet.counter = 0
    tablet.replica = new_replica()
    await tablet.register()
    before = tablet.edit(project_created(good))
    tablet.counter += 1
    after = tablet.edit(task_created(good))
    answer = await tablet.send(before, raw, after)
    assert answer.status_code == 200, answer.text
    one, two, three = tablet.decode(answer, PushResponse).answers
    assert (one.status, three.status) == ("merged", "merged")
    assert two.rejection is not None, two
    return two.rejection.code


def _change_set(**values: Any) -> dict[str, Any]:
    project = new_id()
    change = {
        "scope": f"project:{project}",
        "table": "project",
        "row": project,
        "operation": "create",
        "after": {"code": "P", "name": "Plateforme", "currency": "XAF", "status": "draft"},
    }
    change |= values.pop("change", {})
    return {
        "counter": 2,
        "time": 1,
        "intent": "test",
        "schema": 1,
        "changes": [change],
        **values,
    }


_DEEP: Any = []
for _ in range(200):
    _DEEP = [_DEEP]


_BAD: list[tuple[dict[str, Any], str]] = [
    ({"intent": "a\x00b"}, "change_set_malformed"),
    ({"schema": 0}, "change_set_malformed"),
    ({"changes": []}, "change_set_malformed"),
    ({"colour": "red"}, "change_set_malformed"),
    ({"change": {"scope": "project:\x00"}}, "change_set_malformed"),
    ({"change": {"table": "nothing"}}, "table_unknown"),
    ({"change": {"table": "no\x00thing"}}, "table_unknown"),
    ({"change": {"scope": f"project:{new_id()}"}}, "scope_unknown"),
    ({"change": {"row": "x" * 36, "scope": "org"}}, "value_invalid"),
    ({"change": {"after": {"colour": "red"}}}, "field_unknown"),
    ({"change": {"after": {"code": "P"}}}, "field_missing"),
    ({"change": {"after": {"spent_off_budget": 1}}}, "field_read_only"),
    ({"change": {"context": {"x": 1}}}, "change_set_malformed"),
    ({"change": {"before": {"name": _DEEP}}}, "value_invalid"),
    ({"change": {"before": {"name": 2**60}}}, "value_invalid"),
    ({"change": {"before": {"name": 0.5}}}, "value_invalid"),
]


@pytest.mark.parametrize("media_type", [MESSAGEPACK, JSON])
async def test_a_bad_change_set_is_rejected_alone(service: Service, media_type: str) -> None:
    """A change set at fault is refused with its own code, and its neighbours are merged."""
    tablet = await service.tablet(media_type=media_type)
    for values, code in _BAD:
        assert await _refused(tablet, tablet.encode(_change_set(**values))) == code, values
    kept = await tablet.get("rejections")
    assert [one["code"] for one in reversed(kept)] == [code for _, code in _BAD]


_SMUGGLED_JSON = [
    (b'"name":', b'"name":"x","name":'),
    (b'"intent":', b'"intent":"x","intent":'),
    (b'"XAF"', b"123456789012345678901234567890"),
    (b'"XAF"', b"1e400"),
    (b'"Plateforme"', b'"\xff"'),
    (b'"Plateforme"', b'"\\ud800"'),
]


async def test_what_json_can_smuggle_is_rejected_alone(service: Service) -> None:
    """Keys named twice, wild numbers and broken text in JSON spoil their change set only."""
    tablet = await service.tablet(media_type=JSON)
    for find, replace in _SMUGGLED_JSON:
        tablet.replica = new_replica()
        await tablet.register()
        raw = json.dumps(_change_set(), separators=(",", ":")).encode()
        assert find in raw
        body = tablet.encode(tablet.push_request(b'"HERE"')).replace(
            b'"HERE"', raw.replace(find, replace).replace(b'"counter":2', b'"counter":1')
        )
        answer = await tablet.post("push", body)
        if answer.status_code == 400:
            assert problem_of(answer).code == "request_malformed"
            continue
        (one,) = tablet.decode(answer, PushResponse).answers
        assert one.rejection is not None
        assert one.rejection.code in {"change_set_malformed", "value_invalid"}


_SMUGGLED_MESSAGEPACK = [
    (b"\xa4name", b"\xa4code"),
    (b"\xa6intent\xa4test", b"\xa6schema\x01"),
    (b"\xa3XAF", b"\xcb" + b"\x7f\xf8" + bytes(6)),
    (b"\xa3XAF", b"\xcf" + b"\xff" * 8),
    (b"\xa3XAF", b"\xc4\x01x"),
    (b"\xa3XAF", b"\xa3X\xffF"),
]


async def test_what_messagepack_can_smuggle_is_rejected_alone(service: Service) -> None:
    """Keys named twice, NaN, wild numbers, bytes and broken text spoil their change set only."""
    tablet = await service.tablet()
    for find, replace in _SMUGGLED_MESSAGEPACK:
        raw = msgspec.msgpack.encode(_change_set())
        assert find in raw
        code = await _refused(tablet, raw.replace(find, replace))
        assert code in {"change_set_malformed", "value_invalid"}


async def test_a_map_in_a_longer_form_is_no_fault(service: Service) -> None:
    """A client whose maps have long heads, or that spells out defaults, is understood."""
    tablet = await service.tablet()
    raw = msgspec.msgpack.encode(_change_set(counter=1, change={"before": {}, "context": {}}))
    assert raw[0] == 0x85
    (one,) = tablet.decode(await tablet.send(b"\xde\x00\x05" + raw[1:]), PushResponse).answers
    assert one.status == "merged"


@pytest.mark.parametrize("media_type", [MESSAGEPACK, JSON])
async def test_deep_nesting_is_refused(service: Service, media_type: str) -> None:
    """Nesting beyond reason is a clear refusal, of the change set or of the request."""
    tablet = await service.tablet(media_type=media_type)
    held = tablet.encode("HERE")
    outside = tablet.encode(tablet.push_request(held))
    inside = tablet.encode(_change_set(counter=1, change={"before": {"name": "HERE"}}))
    for depth in (100_000, 100):
        deep = b"\x91" * depth + b"\xc0"
        if media_type == JSON:
            deep = b"[" * depth + b"]" * depth
        answer = await tablet.post("push", outside.replace(held, inside.replace(held, deep)))
        if answer.status_code == 200:
            (one,) = tablet.decode(answer, PushResponse).answers
            assert one.rejection is not None
        else:
            assert problem_of(answer).code == "request_malformed"


async def test_an_unreadable_change_set_is_kept_as_it_came(service: Service) -> None:
    """The bytes of what cannot be read are stored with the rejection."""
    tablet = await service.tablet()
    raw = msgspec.msgpack.encode({**_change_set(), "colour": "red"})
    assert await _refused(tablet, raw) == "change_set_malformed"
    stored = await service.context.pool.fetchval("SELECT raw FROM rejection")
    assert stored == raw


async def test_fields_of_a_newer_app_are_kept_and_given_back(service: Service) -> None:
    """A field that a newer schema knows is merged, stored and pulled again."""
    tablet = await service.tablet()
    project = new_id()
    made = tablet.edit(project_created(project, colour="rouge"), schema=999)
    assert (await tablet.push(made))[0].status == "merged"
    await tablet.pull()
    tablet.assert_sums()
    assert tablet.rows[f"project:{project}", project].values["colour"] == "rouge"


async def test_a_wild_clock_is_pulled_back_and_flagged(service: Service) -> None:
    """A change from next year counts as of now, and the device is flagged."""
    tablet, other = await service.tablet(), await service.tablet()
    project = new_id()
    scope = f"project:{project}"
    await tablet.push(tablet.edit(project_created(project)))
    for one in (tablet, other):
        await one.pull()
    future = (other.clock() + 366 * 86_400_000) * 1000
    await tablet.push(tablet.edit(tablet.update(scope, project, name="Demain"), time=future))
    await tablet.pull()
    # Written later by a sane clock, and concurrent: the later write wins, so "Demain" was clamped.
    late = (other.clock() + 30_000) * 1000
    await other.push(other.edit(other.update(scope, project, name="Ce soir"), time=late))
    await tablet.pull()
    assert tablet.rows[scope, project].values["name"] == "Ce soir"
    devices = {one["id"]: one["clock_flagged"] for one in await tablet.get("replicas")}
    assert devices == {tablet.replica: True, other.replica: False}


async def test_a_counter_gap_names_the_last_counter(service: Service) -> None:
    """A push that leaves a gap is answered 409 with what the server holds; nothing is merged."""
    tablet = await service.tablet()
    await tablet.must(project_created(new_id()))
    tablet.edit(project_created(new_id()))
    last = tablet.edit(project_created(new_id()))
    answer = await tablet.send(last)
    found = problem_of(answer)
    assert (answer.status_code, found.code, found.last_counter) == (409, "counter_gap", 1)
    assert [one.status for one in await tablet.push()] == ["merged", "merged"]


async def test_a_gap_within_a_push_is_malformed(service: Service) -> None:
    """Counters inside one push must follow each other."""
    tablet = await service.tablet()
    first = tablet.edit(project_created(new_id()))
    tablet.counter += 1
    answer = await tablet.send(first, tablet.edit(project_created(new_id())))
    assert problem_of(answer).code == "request_malformed"


async def test_a_restored_replica_is_told_that_it_forked(service: Service) -> None:
    """A counter that comes back with other content is 409; the stored work stays as it was."""
    tablet = await service.tablet()
    await tablet.must(project_created(new_id()))
    tablet.counter = 0
    answer = await tablet.send(tablet.edit(project_created(new_id())))
    found = problem_of(answer)
    assert (answer.status_code, found.code, found.last_counter) == (409, "replica_forked", 1)


async def test_an_old_epoch_is_a_fork(service: Service) -> None:
    """A replica of an epoch that is no longer current may neither push nor pull."""
    tablet = await service.tablet()
    await service.context.pool.execute("UPDATE replica SET epoch = 2")
    answer = await tablet.send(tablet.edit(project_created(new_id())))
    assert problem_of(answer).code == "replica_forked"
    wanted = tablet.encode({"replica": tablet.replica, "epoch": 1})
    assert problem_of(await tablet.post("pull", wanted)).code == "replica_forked"


async def test_a_replica_is_its_persons_alone(service: Service) -> None:
    """Nobody registers, pushes or pulls as someone else's replica, nor as the server's."""
    mine, theirs = await service.tablet(), await service.tablet()
    mine.replica = theirs.replica
    wanted = {"replica": theirs.replica, "epoch": 1}
    for answer in (
        await mine.post("replicas", mine.encode({"replica": theirs.replica, "name": "x"})),
        await mine.send(mine.edit(project_created(new_id()))),
        await mine.post("pull", mine.encode(wanted)),
    ):
        assert (answer.status_code, problem_of(answer).code) == (403, "replica_unknown")
    server = {"replica": "0" * 16, "name": "x"}
    assert (await mine.post("replicas", mine.encode(server))).status_code in (400, 403)


async def test_a_revoked_replica_merges_and_reads_nothing(service: Service) -> None:
    """What a revoked replica pushes is refused and kept; its pull says no more than to wipe."""
    tablet = await service.tablet()
    project = new_id()
    await service.context.pool.execute("UPDATE replica SET revoked_at = now()")
    assert await tablet.do(project_created(project)) == "change_set_held"
    found = await tablet.pull_once()
    assert (found.wipe, found.pages, found.snapshots) == (True, [], [])
    kept = await service.context.pool.fetchval("SELECT payload::text FROM rejection")
    assert project in kept


async def test_who_left_writes_and_reads_nothing(service: Service) -> None:
    """An inactive person's work is rejected and kept; a pull takes all scopes away."""
    tablet = await service.tablet()
    project = await service.project(tablet)
    await tablet.pull()
    async with service.context.intake.server_transaction(["org"]) as transaction:
        await transaction.load("org", [tablet.person])
        transaction.workspace.write(
            "org", "person", tablet.person, {"active": False}, intent="test"
        )
    assert await tablet.do(task_created(project)) == "access_denied"
    found = await tablet.pull_once()
    assert f"project:{project}" in found.withdrawn
    assert found.pages == []
    assert tablet.rows == {}


_BAD_UPDATES: list[tuple[dict[str, Any], str]] = [
    ({"parent_id": new_id()}, "reference_missing"),
    ({"assignees": [new_id()]}, "reference_missing"),
    ({"status": "verified"}, "transition_forbidden"),
    ({"project_id": new_id()}, "write_once_written"),
    ({"progress": 10_001}, "value_invalid"),
    ({"planned_finish": "2026-02-30T10:00"}, "value_invalid"),
    ({"name": None}, "value_invalid"),
]


async def test_a_bad_update_is_rejected(service: Service) -> None:
    """An update at fault is refused with its code and field, and the row stays."""
    tablet = await service.tablet()
    project = await service.project(tablet)
    row = new_id()
    scope = f"project:{project}"
    await tablet.must(task_created(project, row))
    await tablet.pull()
    before = tablet.rows[scope, row]
    for change, code in _BAD_UPDATES:
        (answer,) = await tablet.push(tablet.edit(tablet.update(scope, row, **change)))
        assert answer.rejection is not None, change
        assert answer.rejection.code == code
        assert answer.rejection.field == next(iter(change))
        assert (answer.rejection.table, answer.rejection.row) == ("task", row)
    await tablet.pull()
    assert tablet.rows[scope, row] == before


async def test_a_row_stands_once_in_a_change_set(service: Service) -> None:
    """One entry may not change the same row twice, and is refused whole."""
    tablet = await service.tablet()
    project = await service.project(tablet)
    row = new_id()
    twice = task_created(project, row)
    assert await tablet.do(twice, task_created(project), twice) == "row_repeated"
    await tablet.pull()
    assert tablet.live(f"project:{project}").keys() == {project}


async def test_a_change_set_has_a_limit(settings: Settings) -> None:
    """More changes than a change set may hold are refused, whole and alone."""
    small = msgspec.structs.replace(settings, change_set_changes_max=50)
    async with serve_here(small) as service:
        tablet = await service.tablet()
        project = await service.project(tablet)
        tablet.edit(*(task_created(project) for _ in range(51)))
        tablet.edit(*(task_created(project) for _ in range(50)))
        one, two = await tablet.push()
        assert one.rejection is not None
        assert one.rejection.code == "change_set_too_large"
        assert two.status == "merged"


async def test_a_hundred_thousand_changes_are_refused_quickly(service: Service) -> None:
    """A change set far over the limit is answered, and the queue goes on."""
    tablet = await service.tablet()
    row = new_id()
    change = Change(f"project:{row}", "task", row, "update", after={"name": "x"})
    assert await tablet.do(*([change] * 100_000)) == "change_set_too_large"
    await tablet.must(project_created(new_id()))


async def test_a_body_has_a_limit_however_it_is_sent(settings: Settings) -> None:
    """Declared, streamed or unpacked: what is over the limit is 413 and costs no memory."""
    small = msgspec.structs.replace(settings, push_body_bytes_max=100_000)
    async with serve_here(small) as service:
        tablet = await service.tablet()
        zeros = bytes(50_000_000)
        assert problem_of(await tablet.post("push", bytes(100_001))).code == "body_too_large"
        for coding, bomb in (("gzip", gzip.compress(zeros)), ("zstd", zstandard.compress(zeros))):
            assert len(bomb) < 100_000
            answer = await tablet.post("push", bomb, content_encoding=coding)
            assert (answer.status_code, problem_of(answer).code) == (413, "body_too_large")

        async def stream() -> Any:
            for _ in range(11):
                yield bytes(10_000)

        headers = {"authorization": f"Bearer {tablet.token}", "content-type": MESSAGEPACK}
        answer = await service.client.post("/api/sync/push", content=stream(), headers=headers)
        assert problem_of(answer).code == "body_too_large"


@pytest.mark.parametrize("path", ["push", "pull", "replicas"])
async def test_a_body_that_cannot_be_read_is_malformed(service: Service, path: str) -> None:
    """Truncated, empty, of another shape, not UTF-8: 400 with a clear word, never 500."""
    tablet = await service.tablet()
    whole = tablet.encode(tablet.push_request(tablet.edit(project_created(new_id()))))
    for body in (b"", b"\xc1", whole[:-1], whole[: len(whole) // 2], b"\x91" * 50_000, b"\x01"):
        answer = await tablet.post(path, body)
        assert (answer.status_code, problem_of(answer).code) == (400, "request_malformed"), body
    tablet.media_type = JSON
    for body in (b"", b"{", b"[]", b'"\xff"', b"[" * 50_000, b'{"replica":"\\u0000"}', b"NaN"):
        answer = await tablet.post(path, body)
        assert (answer.status_code, problem_of(answer).code) == (400, "request_malformed"), body


async def test_numbers_and_keys_of_a_request_are_checked(service: Service) -> None:
    """A key named twice, a NUL or a number beyond all reason refuses the request."""
    tablet = await service.tablet(media_type=JSON)
    base = f'"replica":"{tablet.replica}","epoch":1'
    for path, body in (
        ("push", f'{{{base},"sent_at":1,"sent_at":2,"change_sets":[]}}'),
        ("push", f'{{{base},"sent_at":{2**63},"change_sets":[]}}'),
        ("push", f'{{{base},"sent_at":1,"change_sets":[],"waiting":{{"change_sets":{2**63}}}}}'),
        (
            "push",
            f'{{{base},"sent_at":1,"change_sets":[],"waiting":{{"oldest":1,"oldest":2}}}}',
        ),
        ("pull", f'{{{base},"cursor":{{"org":1,"org":2}}}}'),
        ("pull", f'{{{base},"cursor":{{"o\\u0000":1}}}}'),
        ("pull", f'{{{base},"cursor":{{"org":{2**60}}}}}'),
        ("replicas", f'{{"replica":"{tablet.replica}","name":"a\\u0000"}}'),
    ):
        answer = await tablet.post(path, body.encode())
        assert (answer.status_code, problem_of(answer).code) == (400, "request_malformed"), body


async def test_the_media_type_is_checked(service: Service) -> None:
    """Plain text, a form, no type at all or an unknown coding: 415."""
    tablet = await service.tablet()
    body = tablet.encode(tablet.push_request())
    for kind in ("text/plain", "application/x-www-form-urlencoded", "", "text/json"):
        answer = await tablet.post("push", body, content_type=kind)
        assert (answer.status_code, problem_of(answer).code) == (415, "media_type_unsupported")
    answer = await tablet.post("push", body, content_encoding="br")
    assert problem_of(answer).code == "media_type_unsupported"
    for coding in ("gzip", "zstd"):
        answer = await tablet.post("push", body, content_encoding=coding)
        assert problem_of(answer).code == "request_malformed"
        packed = gzip.compress(body) if coding == "gzip" else zstandard.compress(body)
        answer = await tablet.post("push", packed[:-6], content_encoding=coding)
        assert problem_of(answer).code == "request_malformed"


async def test_another_protocol_is_refused(service: Service) -> None:
    """A protocol number that this server does not speak has its own code."""
    tablet = await service.tablet()
    request = msgspec.structs.replace(tablet.push_request(), protocol=2)
    assert isinstance(request, PushRequest)
    answer = await tablet.post("push", tablet.encode(request))
    assert (answer.status_code, problem_of(answer).code) == (400, "protocol_unsupported")
