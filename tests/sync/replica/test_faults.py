"""The rare cases, forced by name: lost answers, forks, gaps, restores, withdrawals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sync.replica import (
    BatchLimits,
    Edit,
    LoginNeededError,
    RefusedError,
    Replica,
    WrongPersonError,
    synchronise,
)
from tests.sync.replica.conftest import change, new_project, new_task
from tests.sync.replica.faulty_transport import FAULTS, FaultyTransport

if TYPE_CHECKING:
    from tests.sync.replica.conftest import Bench
    from tests.sync.replica.faulty_transport import Fault


async def counted_task(bench: Bench, name: str = "ann") -> tuple[Replica, str, str]:
    """Make a replica with a synchronised task whose counter tells how often changes were merged."""
    ann = bench.replica(name)
    project, scope = new_project(ann)
    task = new_task(ann, project, hours_spent_minutes=0)
    await bench.sync(name)
    return ann, task, scope


def minutes(bench: Bench, task: str) -> int:
    """Return what the server counts."""
    found: int = bench.server.state.rows[task].row.values["hours_spent_minutes"]
    return found


@pytest.mark.parametrize("fault", FAULTS[1:])
async def test_a_fault_on_the_way_loses_and_repeats_nothing(bench: Bench, fault: Fault) -> None:
    """Whatever befalls a push, what has no answer is kept, and each entry is merged once."""
    ann, task, _ = await counted_task(bench)
    for total in (10, 20, 30):
        change(ann, task, hours_spent_minutes=total)
    before = [entry.payload for entry in ann.waiting()]
    bench.transports["ann"].plan.append(fault)
    try:
        report = await bench.sync("ann")
    except LoginNeededError:
        assert fault == "login"
    else:
        assert report.push_error is not None or fault in {"twice", "half_answered"}
    waiting = [entry.payload for entry in ann.waiting()]
    assert waiting == before[len(before) - len(waiting) :]
    shown = ann.row(task)
    assert shown is not None
    assert shown.values["hours_spent_minutes"] == 30

    report = await bench.sync("ann")
    assert report.complete
    assert minutes(bench, task) == 30
    shown = ann.row(task)
    assert shown is not None
    assert (shown.values["hours_spent_minutes"], shown.state) == (30, "confirmed")


async def test_an_expired_login_touches_nothing(bench: Bench) -> None:
    """An expired login asks for a login; the outbox is sent verbatim after it."""
    ann, task, _ = await counted_task(bench)
    change(ann, task, hours_spent_minutes=5)
    payload = ann.waiting()[0].payload
    bench.transports["ann"].plan.append("login")
    with pytest.raises(LoginNeededError):
        await bench.sync("ann")
    assert [entry.payload for entry in ann.waiting()] == [payload]
    await bench.sync("ann")
    assert minutes(bench, task) == 5


async def test_another_persons_login_sends_nothing(bench: Bench) -> None:
    """A replica's work is never sent under another person's name."""
    ann, task, _ = await counted_task(bench)
    change(ann, task, hours_spent_minutes=5)
    bench.server.state.replicas.clear()
    bench.transports["ann"] = FaultyTransport(bench.server, "eve")
    report = await bench.sync("ann")
    assert isinstance(report.push_error, WrongPersonError)
    assert minutes(bench, task) == 0
    assert len(ann.waiting()) == 1


async def test_a_full_body_is_halved(bench: Bench) -> None:
    """A push that is too large is halved until it passes."""
    ann, task, _ = await counted_task(bench)
    for total in range(1, 21):
        change(ann, task, hours_spent_minutes=total)
    bench.server.push_bytes_max = 3 * len(ann.waiting()[0].payload)
    report = await bench.sync("ann")
    assert report.complete
    assert minutes(bench, task) == 20


async def test_one_change_set_too_large_waits_in_sight(bench: Bench) -> None:
    """A single change set the server cannot take stays, says why, and goes once it can."""
    ann, task, _ = await counted_task(bench)
    change(ann, task, hours_spent_minutes=5)
    bench.server.push_bytes_max = 10
    report = await bench.sync("ann")
    assert report.waiting == 1
    assert report.pull_error is None
    assert ann.waiting()[0].trouble == "body_too_large"
    assert ann.status().troubles == ["body_too_large"]
    bench.server.push_bytes_max = 1 << 20
    await bench.sync("ann")
    assert ann.status().troubles == []
    assert minutes(bench, task) == 5


async def test_batches_are_bounded(bench: Bench) -> None:
    """No push carries more change sets than allowed, and each says what still waits."""
    ann, task, _ = await counted_task(bench)
    for total in range(1, 8):
        change(ann, task, hours_spent_minutes=total)
    pushed = bench.transports["ann"].pushed
    pushed.clear()
    await bench.sync("ann", limits=BatchLimits(change_sets_max=3), upload_bytes=77)
    assert [len(request.change_sets) for request in pushed] == [3, 3, 1]
    assert [request.waiting.change_sets for request in pushed] == [4, 1, 0]
    assert {request.waiting.upload_bytes for request in pushed} == {77}
    assert pushed[0].waiting.oldest is not None
    assert pushed[2].waiting.oldest is None


async def test_a_restored_tablet_takes_a_new_id_and_loses_nothing(bench: Bench) -> None:
    """A tablet restored from a backup re-sends its new work under a new id; nothing is doubled."""
    ann, task, _ = await counted_task(bench)
    change(ann, task, hours_spent_minutes=1)
    bench.copy("ann", "backup")
    change(bench.replicas["ann"], task, hours_spent_minutes=11)
    await bench.sync("ann")
    assert minutes(bench, task) == 11

    old = bench.replicas["ann"].identity().replica
    bench.replicas["backup"] = restored = Replica.open(
        bench.folder / "backup.sqlite", clock=bench.clock, random=bench.random.randbytes
    )
    bench.transports["backup"] = bench.transports["ann"]
    change(restored, task, hours_spent_minutes=101)
    assert len(restored.waiting()) == 2
    report = await bench.sync("backup")

    assert report.complete
    assert (report.forked, report.duplicates) == (1, 1)
    assert restored.identity().replica != old
    assert minutes(bench, task) == 111
    shown = restored.row(task)
    assert shown is not None
    assert shown.values["hours_spent_minutes"] == 111


async def test_an_older_copy_learns_it_before_it_reuses_a_counter(bench: Bench) -> None:
    """A copy whose waiting work had arrived already takes a new id before its next entry."""
    ann, task, _ = await counted_task(bench)
    change(ann, task, hours_spent_minutes=1)
    bench.copy("ann", "backup")
    change(bench.replicas["ann"], task, hours_spent_minutes=2)
    await bench.sync("ann")
    bench.replicas["backup"] = restored = Replica.open(
        bench.folder / "backup.sqlite", clock=bench.clock, random=bench.random.randbytes
    )
    bench.transports["backup"] = bench.transports["ann"]
    report = await bench.sync("backup")
    assert (report.forked, report.duplicates) == (1, 1)
    change(restored, task, hours_spent_minutes=7)
    report = await bench.sync("backup")
    assert report.forked == 0
    assert minutes(bench, task) == 7


async def test_two_copies_that_fork_over_the_same_work_send_it_once(bench: Bench) -> None:
    """Two copies of one restored file re-send the same work under the same dots: merged once."""
    _, task, _ = await counted_task(bench)
    bench.copy("ann", "first")
    change(bench.replicas["ann"], task, hours_spent_minutes=1)
    await bench.sync("ann")
    ids = set()
    for name, copied in (("first", "second"), ("second", "third")):
        bench.replicas[name] = Replica.open(
            bench.folder / f"{name}.sqlite", clock=bench.clock, random=bench.random.randbytes
        )
        bench.transports[name] = bench.transports["ann"]
        if name == "first":
            change(bench.replicas[name], task, hours_spent_minutes=16)
        bench.copy(name, copied)
        report = await bench.sync(name)
        assert report.complete
        assert report.forked > 0
        ids.add(bench.replicas[name].identity().replica)
    assert minutes(bench, task) == 17
    assert len(ids) == 1


async def test_own_earlier_work_is_no_rival_after_a_fork(bench: Bench) -> None:
    """Work re-sent under a new id still counts as made after what the old id had sent."""
    ann, task, _ = await counted_task(bench)
    change(ann, task, name="Un")
    bench.transports["ann"].plan.extend(["none", "cut_before"])
    await bench.sync("ann")
    change(ann, task, name="Deux")
    bench.server.state.replicas[ann.identity().replica].epoch += 1
    report = await bench.sync("ann")
    assert (report.forked, report.conflicts) == (1, 0)
    shown = ann.row(task)
    assert shown is not None
    assert shown.values["name"] == "Deux"
    assert bench.server.state.rows[task].row.values["name"] == "Deux"


async def test_a_gap_is_filled_from_the_retained_change_sets(bench: Bench) -> None:
    """A server that lost answered work without saying so gets it again from the last it holds."""
    ann, task, _ = await counted_task(bench)
    backup = bench.server.backup()
    for total in (1, 2, 3):
        change(ann, task, hours_spent_minutes=total)
    await bench.sync("ann")
    bench.server.state = backup
    change(ann, task, hours_spent_minutes=4)
    report = await bench.sync("ann")
    assert report.resent == 1
    assert minutes(bench, task) == 4


async def test_a_gap_too_old_to_fill_becomes_a_fork(bench: Bench) -> None:
    """When the missing change sets are pruned, the rest goes under a new id rather than nowhere."""
    ann, task, _ = await counted_task(bench)
    backup = bench.server.backup()
    change(ann, task, hours_spent_minutes=1)
    await bench.sync("ann")
    bench.clock.now += 400 * 86_400_000
    await bench.sync("ann")
    assert ann.retained() == []
    bench.server.restore(backup)
    change(ann, task, hours_spent_minutes=5)
    report = await bench.sync("ann")
    assert report.complete
    assert report.forked == 1
    assert minutes(bench, task) == 4


async def test_a_restored_server_gets_back_what_it_lost(bench: Bench) -> None:
    """After a restore of the server, answered work above its last counter is sent again."""
    ann, task, scope = await counted_task(bench)
    ben = bench.replica("ben")
    await bench.sync("ben")
    backup = bench.server.backup()
    change(ann, task, hours_spent_minutes=10)
    await bench.sync("ann")
    change(ben, task, name="Ben")
    await bench.sync("ben")
    await bench.sync("ann")
    bench.server.restore(backup)

    report = await bench.sync("ann")
    assert report.renewed == 1
    assert report.complete
    shown = ann.row(task)
    assert shown is not None
    assert shown.values["hours_spent_minutes"] == 10
    await bench.sync("ben")
    await bench.sync("ann")
    assert minutes(bench, task) == 10
    for replica in (ann, ben):
        shown = replica.row(task)
        assert shown is not None
        assert (shown.values["name"], shown.values["hours_spent_minutes"]) == ("Ben", 10)
        assert replica.checksum(scope) == bench.server.checksum(scope)
        assert replica.status().server_epoch == 2


async def test_rows_stay_in_sight_while_a_restored_server_is_fetched(bench: Bench) -> None:
    """When the link breaks in mid-fetch after a server's restore, nothing vanishes from sight."""
    ann, task, scope = await counted_task(bench)
    bench.server.restore(bench.server.backup())
    bench.transports["ann"].plan.extend(["none", "none", "cut_before"])
    report = await bench.sync("ann")
    assert report.pull_error is not None
    assert [row.row for row in ann.rows("task", scope)] == [task]


async def test_a_withdrawn_scope_leaves_the_device(bench: Bench) -> None:
    """A withdrawn scope's rows go; unsent work is sent, rejected with a reason, and kept."""
    ann, task, scope = await counted_task(bench)
    change(ann, task, name="Trop tard")
    bench.server.readers["ada"] = {"org"}
    bench.transports["ann"].plan.append("error_before")
    report = await bench.sync("ann")
    assert report.withdrawn == [scope]
    assert ann.rows("task") == []
    assert ann.row(task) is None
    assert len(ann.waiting()) == 1
    assert ann.status().withdrawn[0].waiting == 1

    await bench.sync("ann")
    assert ann.waiting() == []
    assert ann.rejections()[0].changes[0].after == {"name": "Trop tard"}
    del bench.server.readers["ada"]
    await bench.sync("ann")
    assert [row.row for row in ann.rows("task", scope)] == [task]
    assert ann.status().withdrawn == []


async def test_a_differing_scope_alone_is_fetched_again(bench: Bench) -> None:
    """A checksum that differs makes only that scope come again, and is counted."""
    ann, task, scope = await counted_task(bench)
    project, other = new_project(ann, "Forage 8")
    new_task(ann, project)
    await bench.sync("ann")
    with ann.database.writing() as connection:
        connection.execute("DELETE FROM sync_base WHERE row = ?", (task,))
        connection.execute("UPDATE sync_cursor SET checksum = checksum - 1 WHERE scope = ?",
                           (scope,))  # fmt: skip
    new_task(ann, scope.partition(":")[2])
    report = await bench.sync("ann")
    assert report.refetched == 1
    assert report.complete
    assert len(ann.rows("task", scope)) == 2
    assert ann.checksum(scope) == bench.server.checksum(scope)
    assert ann.checksum(other) == bench.server.checksum(other)


async def test_a_snapshot_goes_on_where_it_was_cut(bench: Bench) -> None:
    """A cut download of a snapshot resumes at its missing page, even after a restart."""
    ann, ben = bench.replica("ann"), bench.replica("ben")
    project, scope = new_project(ann)
    for _ in range(10):
        new_task(ann, project)
    await bench.sync("ann")
    bench.server.snapshot_rows_min = 5
    bench.transports["ben"].plan.extend(["none", "none", "none", "none", "cut_after"])
    report = await bench.sync("ben")
    assert report.pull_error is not None
    assert ben.rows("task") == []
    ben = bench.reopen("ben")
    pages: list[int] = []
    report = await bench.sync("ben", progress=lambda one: pages.append(one.pages_done))
    assert report.snapshots == 1
    assert pages == [1, 2, 3, 4]
    assert len(ben.rows("task", scope)) == 10
    assert ben.checksum(scope) == bench.server.checksum(scope)


async def test_pages_of_two_snapshots_never_mix(bench: Bench) -> None:
    """When the server prepares another build in mid-download, the download starts again."""
    ann, ben = bench.replica("ann"), bench.replica("ben")
    project, scope = new_project(ann)
    tasks = [new_task(ann, project) for _ in range(8)]
    await bench.sync("ann")
    bench.server.snapshot_rows_min = 5
    bench.transports["ben"].plan.extend(["none", "none", "none", "cut_after"])
    await bench.sync("ben")
    bench.server.replace_snapshots()
    change(ann, tasks[0], name="Neuf")
    await bench.sync("ann")
    await bench.sync("ben")
    assert ben.checksum(scope) == bench.server.checksum(scope)
    assert len(ben.rows("task", where="name = ?", parameters=("Neuf",))) == 1


async def test_a_revoked_device_hands_in_its_work_and_wipes_itself(bench: Bench) -> None:
    """A wipe is obeyed only once nothing waits, and leaves no row behind."""
    ann, task, _ = await counted_task(bench)
    change(ann, task, hours_spent_minutes=5)
    bench.server.revoked.add("ada")
    bench.transports["ann"].plan.append("error_before")
    report = await bench.sync("ann")
    assert not report.wiped
    assert ann.status().wipe_ordered
    report = await bench.sync("ann")
    assert report.wiped
    assert minutes(bench, task) == 5
    assert ann.rows("task") == []
    assert ann.retained() == []
    assert task.encode() not in (bench.folder / "ann.sqlite").read_bytes()


async def test_the_receipt_of_a_wipe_is_given_until_it_is_answered(bench: Bench) -> None:
    """A lost receipt is sent again, then never more; nothing is entered on a wiped device."""
    ann, task, _ = await counted_task(bench)
    bench.server.revoked.add("ada")
    bench.transports["ann"].plan += ["none", "cut_after"]
    report = await bench.sync("ann")
    assert (report.wiped, report.complete) == (True, False)
    assert not ann.status().receipt_given
    for _ in range(2):
        assert (await bench.sync("ann")).complete
        assert ann.status().receipt_given
    assert len(bench.server.receipts) == 2
    assert ann.status().replica in bench.server.receipts[0]
    with pytest.raises(RefusedError, match="device_revoked"):
        change(ann, task, hours_spent_minutes=5)


async def test_another_device_takes_over_an_outbox(bench: Bench) -> None:
    """An exported outbox is sent by another replica, and merged once even if both send it."""
    ann, task, _ = await counted_task(bench)
    change(ann, task, hours_spent_minutes=5)
    change(ann, task, hours_spent_minutes=12)
    path = bench.folder / "outbox.json"
    assert ann.export_outbox(path) == 2
    ben = bench.replica("ben")
    assert ben.import_outbox(path) == 2
    assert ben.import_outbox(path) == 0
    await bench.sync("ben")
    assert minutes(bench, task) == 12
    report = await bench.sync("ann")
    assert report.duplicates == 2
    assert report.complete
    assert minutes(bench, task) == 12


async def test_a_colleague_takes_over_an_outbox(bench: Bench) -> None:
    """An outbox of someone else's replica goes under the importer's own id."""
    ann, task, _ = await counted_task(bench)
    change(ann, task, hours_spent_minutes=5)
    path = bench.folder / "outbox.json"
    ann.export_outbox(path)
    eve = bench.replica("eve", person="eve")
    eve.import_outbox(path)
    report = await bench.sync("eve")
    assert report.complete
    assert minutes(bench, task) == 5


async def test_the_clock_never_goes_back(bench: Bench) -> None:
    """Hybrid times rise when the wall clock jumps back, and pass what the server has seen."""
    ann, task, _ = await counted_task(bench)
    change(ann, task, progress=1)
    bench.clock.now -= 86_400_000
    change(ann, task, progress=2)
    first, second = (entry.time for entry in ann.waiting())
    assert second > first
    ben = bench.replica("ben")
    bench.clock.now += 10 * 86_400_000
    bench.server.clock = lambda: bench.clock.now + 3_600_000
    await synchronise(ben, bench.transports["ben"])
    ben.edit("site.create", [Edit("site", operation="create", after={"name": "Nord"})])
    assert ben.waiting()[0].time > (bench.clock.now + 3_000_000) * 1_000
