"""Task alerts: overdue, due and past the project's end, by merges and by the clock."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from server.alerts import evaluate_clock, recompute_alerts
from tests.server.site import (
    DAY,
    Clock,
    Device,
    Site,
    count_statements,
    new_id,
    open_site,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.settings import Settings

HOUR = DAY // 24


@pytest.fixture
async def site(settings: Settings) -> AsyncIterator[Site]:
    async with open_site(settings) as site:
        yield site


async def _plan(site: Site, **project: Any) -> Device:
    manager = await site.person("manager")
    await site.open_project(manager, **project)
    return manager


def _task(site: Site, task: str, finish: str | None, **values: Any) -> Any:
    return site.create(
        "task",
        task,
        **{"name": "Soudure", "kind": "task", "planned_finish": finish, **values},
    )


async def test_a_merge_raises_what_is_overdue_due_or_past_the_end(site: Site) -> None:
    """Each rule says its own of an open task, with the dates that make it so."""
    manager = await _plan(site, finish="2026-03-10")
    late, soon, far, beyond = (new_id() for _ in range(4))
    await manager.must(
        _task(site, late, "2026-02-28T17:00"),
        _task(site, soon, "2026-03-04T17:00"),
        _task(site, far, "2026-03-05T17:00"),
        _task(site, beyond, "2026-03-11T08:00"),
    )
    alerts = await site.alerts()
    assert set(alerts) == {
        ("task_overdue", late, None),
        ("task_due", soon, None),
        ("task_past_project_end", beyond, None),
    }
    past = alerts["task_past_project_end", beyond, None]
    assert past["facts"] == {"planned_finish": "2026-03-11T08:00", "project_finish": "2026-03-10"}
    assert past["cause"]["replica"] == manager.replica
    kinds = await site.pool.fetch("SELECT DISTINCT scope_kind FROM alert")
    assert [one["scope_kind"] for one in kinds] == ["project"]


async def test_finished_work_and_summaries_are_left_alone(site: Site) -> None:
    """No alert for summaries, nor for tasks that are cancelled, done or deleted meanwhile."""
    manager = await _plan(site)
    summary, task = new_id(), new_id()
    await manager.must(
        _task(site, summary, "2026-02-01T17:00", kind="summary"),
        _task(site, task, "2026-02-01T17:00", status="todo"),
    )
    assert await site.standing() == {("task_overdue", task, None)}
    await manager.must(await site.update("task", task, status="done"))
    assert await site.standing() == set()
    await manager.must(await site.update("task", task, status="in_progress"))
    assert await site.standing() == {("task_overdue", task, None)}
    await manager.must(await site.delete("task", task))
    assert await site.standing() == set()


async def test_moving_the_projects_end_looks_at_all_its_tasks(site: Site) -> None:
    """An earlier finish raises on tasks the merge did not touch; a later one clears."""
    manager = await _plan(site, finish="2026-06-30")
    tasks = [new_id() for _ in range(3)]
    for number, task in enumerate(tasks):
        await manager.must(_task(site, task, f"2026-0{4 + number}-15T17:00"))
    await manager.must(await site.update("project", site.project, finish="2026-05-01"))
    past = {("task_past_project_end", task, None) for task in tasks[1:]}
    assert await site.standing() == past
    task = new_id()
    await manager.must(
        await site.update("project", site.project, finish="2026-06-01"),
        _task(site, task, "2026-06-02T08:00"),
    )
    assert await site.standing() == {
        ("task_past_project_end", tasks[2], None),
        ("task_past_project_end", task, None),
    }
    for status in ("active", "closed"):
        await manager.must(await site.update("project", site.project, status=status))
    assert await site.standing() == set()


async def test_the_clock_turns_due_into_overdue_by_the_local_day(site: Site) -> None:
    """The same hour is another day elsewhere: each project goes by its own zone, once."""
    manager = await _plan(site, time_zone="Africa/Brazzaville")
    task = new_id()
    await manager.must(_task(site, task, "2026-03-04T17:00"))
    assert await site.standing() == {("task_due", task, None)}

    async def clock(now_ms: int) -> list[str]:
        site.clock.now_ms = now_ms
        return await evaluate_clock(site.intake, site.pool, now_ms)

    midnight = 1_772_582_400_000 + DAY  # 2026-03-05 00:00 UTC; in Brazzaville an hour ahead
    assert await clock(midnight - HOUR - 60_000) == []
    assert await clock(midnight - HOUR) == [site.project]
    assert await site.standing() == {("task_overdue", task, None)}
    assert await clock(midnight + 5 * HOUR) == []


async def test_the_clock_raises_nothing_twice(site: Site) -> None:
    """However often it runs, and though a person has acknowledged, the alert is the same one."""
    manager = await _plan(site)
    task = new_id()
    await manager.must(_task(site, task, "2026-03-20T17:00"))
    site.clock.now_ms += 30 * DAY
    for expected in ([site.project], [], []):
        assert await evaluate_clock(site.intake, site.pool, site.clock.now_ms) == expected
    ((key, alert),) = (await site.alerts()).items()
    assert key == ("task_overdue", task, None)
    values = {"status": "acknowledged", "acknowledged_by": manager.person}
    await manager.must(await site.update("alert", alert["id"], **values))
    site.clock.now_ms += DAY
    assert await evaluate_clock(site.intake, site.pool, site.clock.now_ms) == []
    assert (await site.alerts())[key]["status"] == "acknowledged"


async def test_the_cost_is_one_reading_whatever_the_number(site: Site) -> None:
    """Progress costs the alerts nothing; a hundred moved tasks cost the statements of one."""
    manager = await _plan(site, finish="2026-03-10")
    tasks = [new_id() for _ in range(100)]
    await manager.must(*(_task(site, task, "2026-04-01T17:00", progress=0) for task in tasks))

    async def cost(some: list[str], **values: Any) -> int:
        changes = [await site.update("task", task, **values) for task in some]
        async with count_statements(site) as seen:
            await manager.must(*changes)
        return len(seen)

    progress = await cost(tasks, progress=1_000)
    assert progress == await cost(tasks[:1], progress=2_000)
    moved = await cost(tasks, planned_finish="2026-05-01T17:00")
    assert moved == await cost(tasks[:1], planned_finish="2026-06-01T17:00")
    # The project, its alerts; then the alerts' own rows, in the two tables that hold them.
    assert moved - progress <= 4


@pytest.mark.parametrize("seed", range(4))
async def test_incremental_alerts_equal_a_full_recompute(settings: Settings, seed: int) -> None:
    """After any history of merges and clock runs, evaluating all anew changes nothing."""
    draw = random.Random(seed)
    async with open_site(settings, Clock()) as site:
        manager = await _plan(site, finish="2026-03-15")
        tasks: list[str] = []
        for _ in range(25):
            match draw.randrange(6):
                case 0 | 1:
                    tasks.append(new_id())
                    await manager.must(_task(site, tasks[-1], _day(draw), status="todo"))
                case 2 if tasks:
                    task = draw.choice(tasks)
                    await manager.must(await site.update("task", task, planned_finish=_day(draw)))
                case 3 if tasks:
                    status = draw.choice(["in_progress", "done", "cancelled", "todo"])
                    await manager.do(await site.update("task", draw.choice(tasks), status=status))
                case 4:
                    finish = draw.choice([None, "2026-03-05", "2026-03-25"])
                    await manager.must(await site.update("project", site.project, finish=finish))
                case _:
                    site.clock.now_ms += draw.choice([HOUR, DAY, 3 * DAY])
                    await evaluate_clock(site.intake, site.pool, site.clock.now_ms)
        await evaluate_clock(site.intake, site.pool, site.clock.now_ms)
        before = await site.alerts()
        assert await recompute_alerts(site.intake, site.pool) == 0
        assert await site.alerts() == before


def _day(draw: random.Random) -> str:
    return f"2026-03-{draw.randint(1, 28):02d}T{draw.randint(0, 23):02d}:00"
