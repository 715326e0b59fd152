"""Who is let in gets all, who is put out keeps nothing, at the next pull; no work is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.changes import LiveHello, LiveReady, Poke, PullRequest, PullResponse, PushResponse
from tests.server.users.permissions.subjects import open_ground
from tests.serving import budget_created, new_id, problem_of, task_created

if TYPE_CHECKING:
    from tests.serving import Service, Tablet

NEWS = "le secret du chantier"


async def _project(service: Service, chief: Tablet) -> str:
    project = await service.project(chief)
    await chief.must(task_created(project, name=NEWS))
    await chief.must(budget_created(project, name=NEWS))
    return project


def _held(tablet: Tablet) -> set[str]:
    return {scope.partition(":")[0] for scope, _ in tablet.rows}


async def test_someone_let_in_gets_rows_however_old(service: Service) -> None:
    """Rows made long before a membership arrive at the next pull, whole."""
    chief, worker = await service.tablet(), await service.tablet("employee")
    project = await _project(service, chief)
    await worker.pull()
    assert _held(worker) == {"org"}
    await service.member(chief, project, worker.person, "employee")
    await worker.pull()
    assert _held(worker) == {"org", "project"}
    worker.assert_sums()


async def test_someone_put_out_keeps_nothing(service: Service) -> None:
    """The pull after a removal withdraws the project and its money, and nothing else."""
    chief, worker = await service.tablet(), await service.tablet("employee")
    project = await _project(service, chief)
    kept = await _project(service, chief)
    await service.member(chief, kept, worker.person, "employee")
    membership = await service.member(chief, project, worker.person, "supervisor")
    await worker.pull()
    assert _held(worker) == {"org", "project", "finance"}
    await chief.pull()
    await chief.must(chief.delete(f"project:{project}", membership))
    answer = await worker.pull_once()
    assert answer.withdrawn == [f"finance:{project}", f"project:{project}"]
    await worker.pull()
    assert {scope for scope, _ in worker.rows} == {"org", f"project:{kept}"}


async def test_a_lower_role_withdraws_the_money_alone(service: Service) -> None:
    """A supervisor made an employee keeps the project and loses its finance scope."""
    chief, worker = await service.tablet(), await service.tablet("employee")
    project = await _project(service, chief)
    membership = await service.member(chief, project, worker.person, "supervisor")
    await worker.pull()
    await chief.pull()
    await chief.must(chief.update(f"project:{project}", membership, role="employee"))
    assert (await worker.pull_once()).withdrawn == [f"finance:{project}"]
    await worker.pull()
    assert _held(worker) == {"org", "project"}
    await chief.pull()
    await chief.must(chief.update(f"project:{project}", membership, role="accountant"))
    await worker.pull()
    assert _held(worker) == {"org", "project", "finance"}


async def test_a_deleted_project_leaves_its_members_and_comes_back_to_them(
    service: Service,
) -> None:
    """Deleting a project withdraws it from its members; one who leads all may bring it back."""
    chief, worker = await service.tablet("administrator"), await service.tablet("employee")
    project = await _project(service, chief)
    scope = f"project:{project}"
    await service.member(chief, project, worker.person, "employee")
    await worker.pull()
    await chief.pull()
    late = worker.update(scope, _task(worker, scope), notes="fait")
    await chief.must(chief.delete(scope, project))
    assert (await worker.pull_once()).withdrawn == [scope]
    assert await worker.do(late) == "access_denied"
    await chief.pull()
    assert chief.rows[scope, project].deleted
    await chief.must(chief.update(scope, project, name="De retour"))
    await worker.pull()
    assert not worker.rows[scope, project].deleted
    await worker.must(worker.update(scope, _task(worker, scope), notes="fait"))


def _task(tablet: Tablet, scope: str) -> str:
    (found,) = (one.row for one in tablet.live(scope).values() if one.table == "task")
    return found


async def test_someone_deactivated_keeps_nothing_and_loses_nothing(service: Service) -> None:
    """Every scope is withdrawn, the directory too; what was not sent is refused and kept."""
    chief, worker = await service.tablet("administrator"), await service.tablet("employee")
    project = await _project(service, chief)
    scope = f"project:{project}"
    await service.member(chief, project, worker.person, "employee")
    await worker.pull()
    work = worker.update(scope, _task(worker, scope), notes="fait")
    await chief.pull()
    await chief.must(chief.update("org", worker.person, active=False))
    answer = await worker.send(worker.edit(work))
    # The tokens of someone deactivated may be dead already: then the work waits on the tablet.
    assert answer.status_code in {200, 401, 403}
    if answer.status_code == 200:
        found = worker.decode(answer, PushResponse)
        assert [one.rejection.code for one in found.answers if one.rejection] == ["access_denied"]
        assert not found.heads
        pulled = await worker.post("pull", worker.encode(_wanted(worker)))
        if pulled.status_code == 200:
            assert set(worker.decode(pulled, PullResponse).withdrawn) == {"org", scope}


def _wanted(tablet: Tablet) -> PullRequest:
    return PullRequest(tablet.replica, tablet.epoch, tablet.cursor, None, tablet.server_epoch)


async def test_someone_removed_while_offline_learns_nothing_and_loses_nothing(
    service: Service,
) -> None:
    """Back with unsent work: each entry is refused with a reason, kept whole, and seen by leaders.

    Not a word of the project's news reaches him: not by push, pull, snapshot, history, conflicts,
    rejections or error texts.
    """
    chief, worker = await service.tablet("administrator"), await service.tablet("employee")
    project = await service.project(chief)
    scope, task = f"project:{project}", new_id()
    await chief.must(task_created(project, task, name="Soudure"))
    membership = await service.member(chief, project, worker.person, "employee")
    leader, mate = await service.tablet("employee"), await service.tablet("employee")
    await service.member(chief, project, leader.person, "supervisor")
    await service.member(chief, project, mate.person, "employee")
    await worker.pull()
    note = worker.edit(worker.update(scope, task, notes="Mon travail"))
    hours = worker.edit(worker.update(scope, task, hours_spent_minutes=90))
    probes = [
        worker.edit(worker.update(scope, task, name="Ailleurs")),
        worker.edit(task_created(project)),
        worker.edit(task_created(new_id())),
    ]
    await chief.pull()
    await chief.must(chief.delete(scope, membership))
    await chief.must(chief.update(scope, task, name=NEWS, notes=NEWS))

    answer = await worker.send(note, hours, *probes)
    seen = [answer.content]
    pushed = worker.decode(answer, PushResponse)
    assert [one.status for one in pushed.answers] == ["rejected"] * 5
    codes = {one.rejection.code for one in pushed.answers if one.rejection}
    # A project that he is not in and one that is not at all: he cannot tell which is which.
    assert codes == {"access_denied"}
    assert pushed.heads == {}

    pulled = await worker.post("pull", worker.encode(_wanted(worker)))
    assert worker.decode(pulled, PullResponse).withdrawn == [scope]
    seen.append(pulled.content)
    for path in ("history", "conflicts", "rejections?mine=false", "replicas"):
        url = f"/api/sync/{path}" + (f"?row={task}" if path == "history" else "")
        found = await worker.client.get(url, headers={"authorization": f"Bearer {worker.token}"})
        assert found.status_code == 200, found.text
        seen.append(found.content)
    assert not any(NEWS.encode() in body for body in seen)
    assert await worker.get("history", row=task) == []

    mine = await worker.get("rejections")
    assert {one["counter"] for one in mine} == {1, 2, 3, 4, 5}
    kept = {one["counter"]: one["payload"]["changes"][0]["after"] for one in mine}
    assert kept[1] == {"notes": "Mon travail"}
    assert kept[2] == {"hours_spent_minutes": 90}
    led = {one["counter"] for one in await leader.get("rejections", mine=False)}
    assert led == {1, 2, 3, 4}
    assert {one["counter"] for one in await chief.get("rejections", mine=False)} == {1, 2, 3, 4, 5}
    assert await mate.get("rejections", mine=False) == []


async def test_a_snapshot_page_is_closed_to_whoever_was_put_out(service: Service) -> None:
    """A page that was offered while he was in answers as if it had never been."""
    chief, worker = await service.tablet(), await service.tablet("employee")
    project = await _project(service, chief)
    membership = await service.member(chief, project, worker.person, "employee")
    (record,) = await service.context.pool.fetch(
        "SELECT id FROM scope WHERE name = $1", f"project:{project}"
    )
    offer = await service.context.snapshots.offer(record["id"], f"project:{project}")
    assert (await worker.snapshot_page(offer.snapshot, 0)).rows
    await chief.pull()
    await chief.must(chief.delete(f"project:{project}", membership))
    for snapshot in (offer.snapshot, f"{offer.snapshot}x"):
        answer = await worker.client.get(
            f"/api/sync/snapshots/{snapshot}/0",
            headers={"authorization": f"Bearer {worker.token}", "accept": worker.media_type},
        )
        assert problem_of(answer).code == "snapshot_gone"
        assert NEWS.encode() not in answer.content


async def test_answers_given_again_withhold_what_others_wrote(service: Service) -> None:
    """An answer lost on the way told of a conflict; asked again by an outsider, it does not."""
    chief, worker = await service.tablet(), await service.tablet("employee")
    project = await service.project(chief)
    scope, task = f"project:{project}", new_id()
    await chief.must(task_created(project, task, notes="un"))
    membership = await service.member(chief, project, worker.person, "employee")
    await worker.pull()
    await chief.pull()
    stale = worker.edit(worker.update(scope, task, actual_start="2026-01-01T08:00"), time=1)
    await chief.must(chief.update(scope, task, actual_start="2026-02-02T08:00"))
    first = worker.decode(await worker.send(stale), PushResponse).answers[0]
    assert first.conflicts
    again = worker.decode(await worker.send(stale), PushResponse).answers[0]
    assert again.conflicts == first.conflicts
    await chief.pull()
    await chief.must(chief.delete(scope, membership))
    outside = worker.decode(await worker.send(stale), PushResponse).answers[0]
    assert (outside.status, outside.stored) == ("duplicate", "merged_with_conflicts")
    assert not outside.conflicts


async def test_live_connections_are_poked_when_access_moves(service: Service) -> None:
    """Who is let in hears of the project at once; who is put out is told to pull once more."""
    from tests.server.feed.test_live import _connect, _ticket  # noqa: PLC0415 -- its listener

    chief, worker = await service.tablet(), await service.tablet("employee")
    project = await service.project(chief)
    scope = f"project:{project}"
    async with _connect(service) as ears:
        ears.say(LiveHello(await _ticket(worker)))
        ready = await ears.next()
        assert isinstance(ready, LiveReady)
        assert scope not in ready.heads
        membership = await service.member(chief, project, worker.person, "employee")
        await ears.hears(scope, 2)
        await chief.pull()
        await chief.must(chief.delete(scope, membership))
        await ears.hears(scope, 3)
        await chief.must(task_created(project))
        await service.member(chief, await service.project(chief), worker.person, "employee")
        told = await ears.next()
        assert isinstance(told, Poke)
        assert scope not in told.heads


async def test_the_last_administrator_stays(service: Service) -> None:
    """Nobody may demote, deactivate or delete the last one; two may not push each other out."""
    ground = await open_ground(service)
    first = await service.tablet("administrator")
    second = await service.tablet("administrator")
    await first.pull()
    await first.must(first.update("org", ground.other, role="manager"))
    both = (
        first.update("org", first.person, active=False),
        first.update("org", second.person, role="manager"),
    )
    assert await first.do(*both) == "last_administrator"
    await first.must(first.update("org", second.person, role="manager"))
    for last in (
        first.update("org", first.person, role="manager"),
        first.update("org", first.person, active=False),
        first.delete("org", first.person),
    ):
        assert await first.do(last) == "last_administrator"
    await first.pull()
    await first.must(first.update("org", second.person, role="administrator"))
    await first.must(first.update("org", first.person, role="manager"))
