"""Baselines: taken by a merge, frozen, replaced by the next, and what came after them listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.server.site import NOON, new_id

if TYPE_CHECKING:
    from tests.server.projects.planning.conftest import Plan


async def take(plan: Plan, name: str = "Contrat", **values: Any) -> str:
    row = new_id()
    known = {"name": name, "author_id": plan.planner.person}
    await plan.planner.must(plan.site.create("baseline", row, **{**known, **values}))
    return row


async def frozen(plan: Plan, baseline: str) -> dict[str, tuple[Any, ...]]:
    records = await plan.site.pool.fetch(
        "SELECT task_id::text, start, duration_minutes FROM baseline_task"
        " WHERE baseline_id = $1::text::uuid",
        baseline,
    )
    return {
        one["task_id"]: (one["start"].isoformat(timespec="minutes"), one["duration_minutes"])
        for one in records
    }


async def test_a_baseline_freezes_what_the_merge_leaves(plan: Plan) -> None:
    """It has the tasks of before, those of its own push as they end up, and not the deleted."""
    old = await plan.task("A", planned_start="2026-03-02T08:00")
    gone = await plan.task("B", planned_start="2026-03-02T08:00")
    new, baseline = new_id(), new_id()
    site, device = plan.site, plan.planner
    task = site.create(
        "task", new, name="C", kind="task", planned_start="2026-03-05T08:00", duration_minutes=60
    )
    taken = site.create("baseline", baseline, name="Contrat", author_id=device.person)
    answers = await device.push(
        device.change_set(await site.update("task", old, planned_start="2026-03-03T08:00")),
        device.change_set(await site.delete("task", gone)),
        device.change_set(taken, task),
    )
    assert [answer.status for answer in answers] == ["merged"] * 3
    assert await frozen(plan, baseline) == {
        old: ("2026-03-03T08:00", 480),
        new: ("2026-03-05T08:00", 60),
    }
    values = (await site.stored(baseline)).values
    assert (values["number"], values["tasks"], values["taken_at"]) == (1, 2, NOON)


async def test_the_latest_baseline_is_on_the_tasks_and_the_first_stays_as_it_was(
    plan: Plan,
) -> None:
    """Re-planning changes no baseline; a second one moves the tasks' baseline dates to its own."""
    row = await plan.task("A", planned_start="2026-03-02T08:00", planned_finish="2026-03-02T17:00")
    first = await take(plan)
    await plan.compute()
    assert await plan.site.value(row, "baseline_finish") == "2026-03-02T17:00"
    await plan.change(
        "task", row, planned_start="2026-03-09T08:00", planned_finish="2026-03-09T17:00"
    )
    await plan.compute()
    assert await plan.site.value(row, "baseline_finish") == "2026-03-02T17:00"
    before = await frozen(plan, first)
    second = await take(plan, "Avenant 1", reason="Pluies")
    await plan.compute()
    assert await plan.site.value(row, "baseline_finish") == "2026-03-09T17:00"
    assert await plan.site.value(second, "number") == 2
    assert await frozen(plan, first) == before
    manager = await plan.site.person("manager")
    await manager.must(await plan.site.delete("baseline", second))
    await plan.compute()
    assert await plan.site.value(row, "baseline_finish") == "2026-03-02T17:00"


async def test_a_task_added_later_has_no_baseline_date(plan: Plan) -> None:
    """What came after the baseline earns nothing against it: its dates there are none."""
    await take(plan)
    row = await plan.task("A", planned_start="2026-03-02T08:00")
    await plan.compute()
    assert await plan.site.value(row, "baseline_start") is None


async def test_two_baselines_taken_offline_count_in_the_order_of_their_merge(plan: Plan) -> None:
    """Both are kept, numbered as they arrive, in one push or in two."""
    device, site = plan.planner, plan.site
    rows = [new_id() for _ in range(3)]
    sets = [
        device.change_set(site.create("baseline", row, name="R", author_id=device.person))
        for row in rows
    ]
    await device.push(*sets[:2])
    await device.push(*sets[2:])
    assert [await site.value(row, "number") for row in rows] == [1, 2, 3]


async def test_a_baseline_is_taken_in_ones_own_name_and_not_taken_again(plan: Plan) -> None:
    """Another's name, its number and its author are refused; its name may be mended."""
    row = new_id()
    other = plan.site.create("baseline", row, name="R", author_id=plan.crew.person)
    assert await plan.planner.do(other) == "access_denied"
    crews = plan.site.create("baseline", row, name="R", author_id=plan.crew.person)
    assert await plan.crew.do(crews) == "access_denied"
    row = await take(plan)
    assert await plan.planner.do(await plan.site.update("baseline", row, number=7)) != "merged"
    await plan.change("baseline", row, name="Référence contractuelle")
    assert await plan.site.value(row, "number") == 1
