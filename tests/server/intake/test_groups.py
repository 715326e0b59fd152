"""Pushes on one scope merge together; on others, side by side; nobody waits for ever."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec
import pytest

from server.rules import rules
from tests.serving import Service, Tablet, new_id, problem_of, serve_here, task_created

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from server.intake import MergeTransaction, Rules
    from server.settings import Settings


def _with(settings: Settings, effect: Callable[[MergeTransaction], Awaitable[None]]) -> Rules:
    """Add an effect to those of the services."""
    ours = rules(settings)
    return msgspec.structs.replace(ours, effects=(*ours.effects, effect))


def _names(transaction: MergeTransaction) -> set[str]:
    """Return the names of the tasks that a merge touches."""
    return {
        entry.row.values["name"]
        for entry in transaction.workspace.touched.values()
        if entry.table.name == "task" and entry.row is not None
    }


async def test_pushes_on_one_scope_merge_together(settings: Settings) -> None:
    """What arrives during a merge on a scope is merged in one transaction after it."""
    merges: list[int] = []

    async def count(transaction: MergeTransaction) -> None:
        if found := _names(transaction):
            merges.append(len(found))
            await asyncio.sleep(0.05)

    async with serve_here(settings, services=_with(settings, count)) as service:
        tablets = [await service.tablet() for _ in range(12)]
        project = await service.project(tablets[0])
        await asyncio.gather(
            *(
                tablet.must(task_created(project, name=f"T{number}"))
                for number, tablet in enumerate(tablets)
            )
        )
        assert sum(merges) == 12
        assert len(merges) <= 4


async def test_disjoint_scopes_do_not_wait_for_each_other(settings: Settings) -> None:
    """A merge held up in one project does not delay another project's."""
    free = asyncio.Event()
    held = asyncio.Event()

    async def hold(transaction: MergeTransaction) -> None:
        if "slow" in _names(transaction):
            held.set()
            await free.wait()

    async with serve_here(settings, services=_with(settings, hold)) as service:
        one, two = await service.tablet(), await service.tablet()
        here, there = await service.project(one), await service.project(two)
        slow = asyncio.create_task(one.do(task_created(here, name="slow")))
        await held.wait()
        async with asyncio.timeout(10):
            await two.must(task_created(there, name="quick"))
        assert not slow.done()
        free.set()
        assert await slow == "merged"


async def test_a_push_over_two_scopes_is_not_starved(settings: Settings) -> None:
    """While two scopes are always busy in turn, a push that needs both gets its turn."""

    async def slow(transaction: MergeTransaction) -> None:
        if _names(transaction):
            await asyncio.sleep(0.01)

    async with serve_here(settings, services=_with(settings, slow)) as service:
        tablets = [await service.tablet() for _ in range(7)]
        here, there = [await service.project(tablets[0]) for _ in range(2)]
        done = asyncio.Event()

        async def busy(tablet: Tablet, project: str) -> None:
            while not done.is_set():
                await tablet.must(task_created(project))

        crowd = [
            asyncio.create_task(busy(tablet, (here, there)[number % 2]))
            for number, tablet in enumerate(tablets[1:])
        ]
        await asyncio.sleep(0.1)
        async with asyncio.timeout(10):
            await tablets[0].must(task_created(here), task_created(there))
        done.set()
        await asyncio.gather(*crowd)


async def test_a_replicas_order_is_kept(service: Service) -> None:
    """Pushes of one replica sent together are merged in counter order, or told of the gap."""
    tablet = await service.tablet()
    project = await service.project(tablet)
    made = [tablet.edit(task_created(project, name=f"T{number}")) for number in range(10)]
    answers = await asyncio.gather(*(tablet.send(one) for one in made))
    # On their way in they may overtake one another.
    for answer in answers:
        assert answer.status_code == 200 or problem_of(answer).code == "counter_gap"
    for one in await tablet.push(*made):
        assert (one.stored or one.status) == "merged"
    await tablet.pull()
    rows = sorted(tablet.live(f"project:{project}").values(), key=lambda one: one.seq)
    assert [one.values["name"] for one in rows if one.table == "task"] == [
        f"T{number}" for number in range(10)
    ]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (asyncpg.CheckViolationError("a secret row"), "constraint_failed"),
        (RuntimeError("a secret row"), "internal"),
    ],
)
async def test_poison_is_rejected_alone(
    settings: Settings, fault: Exception, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a rule or the database cannot take spoils its change set only, and is not quoted."""

    async def poison(transaction: MergeTransaction) -> None:
        if "poison" in _names(transaction):
            raise fault

    async with serve_here(settings, services=_with(settings, poison)) as service:
        tablets = [await service.tablet() for _ in range(4)]
        project = await service.project(tablets[0])
        bad = tablets[1]
        for name in ("before", "poison", "after"):
            bad.edit(task_created(project, name=name))
        others = [tablets[0], *tablets[2:]]
        pushing = asyncio.create_task(bad.push())
        found = await asyncio.gather(
            *(one.do(task_created(project, name="good")) for one in others)
        )
        answers = await pushing
        assert found == ["merged"] * 3
        assert [one.status for one in answers] == ["merged", "rejected", "merged"]
        assert answers[1].rejection is not None
        assert answers[1].rejection.code == code
        assert "secret" not in repr(answers)
        await bad.pull()
        bad.assert_sums()
        names = [one.values["name"] for one in bad.live(f"project:{project}").values()]
        assert "poison" not in names
        assert names.count("good") == 3
        (kept,) = await bad.get("rejections")
        assert kept["payload"]["changes"][0]["after"]["name"] == "poison"
    told = capsys.readouterr()
    assert "secret" not in told.out + told.err


async def test_a_constraint_of_the_database_rejects_its_change_set(service: Service) -> None:
    """A rule that only PostgreSQL knows refuses one entry; the queue goes on."""
    await service.context.pool.execute("SELECT 1")
    tablet = await service.tablet()
    project = await service.project(tablet)
    owner = service.settings.database_owner_url
    connection = await asyncpg.connect(owner)
    try:
        await connection.execute("ALTER TABLE task ADD CHECK (name <> 'forbidden')")
    finally:
        await connection.close()
    for name in ("one", "forbidden", "two"):
        tablet.edit(task_created(project, name=name))
    answers = await tablet.push()
    assert [one.status for one in answers] == ["merged", "rejected", "merged"]
    assert answers[1].rejection is not None
    assert answers[1].rejection.code == "constraint_failed"
    await tablet.pull()
    tablet.assert_sums()


async def test_a_lost_backend_is_no_rejection(settings: Settings) -> None:
    """A database connection killed in mid-merge is 503 with Retry-After; the retry is merged."""
    once: list[Any] = []

    async def kill(transaction: MergeTransaction) -> None:
        if "fatal" in _names(transaction) and not once:
            once.append(True)
            number = transaction.connection.get_server_pid()
            owner = await asyncpg.connect(settings.database_url)
            await owner.execute("SELECT pg_terminate_backend($1)", number)
            await owner.close()

    async with serve_here(settings, services=_with(settings, kill)) as service:
        tablet = await service.tablet()
        project = await service.project(tablet)
        tablet.edit(task_created(project, new_id(), name="fatal"))
        answer = await tablet.send(*tablet.outbox)
        assert (answer.status_code, problem_of(answer).code) == (503, "unavailable")
        assert int(answer.headers["retry-after"]) > 0
        assert [one.status for one in await tablet.push()] == ["merged"]
