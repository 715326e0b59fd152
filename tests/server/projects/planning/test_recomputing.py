"""After each change to the network the tasks get their forecast, their float and their colour."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import structs

from server.projects import mark_all, recompute_next
from server.projects.planning import recomputing
from server.projects.planning.forecast import FIELDS, forecast
from server.projects.planning.gathering import gather
from tests.server.site import new_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.server.projects.planning.conftest import Plan


async def _due(plan: Plan) -> int:
    return int(await plan.site.pool.fetchval("SELECT count(*) FROM schedule_due"))


async def test_a_link_moves_what_follows_it(plan: Plan) -> None:
    """Dates, floats and what is critical reach the rows that replicas pull."""
    first, second = await plan.task("Fouille", 2), await plan.task("Béton", 3)
    await plan.compute()
    assert await plan.dates(second) == ("2026-03-02T08:00", "2026-03-04T17:00", 0, True)
    assert await plan.dates(first) == ("2026-03-02T08:00", "2026-03-03T17:00", 480, False)
    await plan.link(first, second)
    await plan.compute()
    assert await plan.dates(second) == ("2026-03-04T08:00", "2026-03-06T17:00", 0, True)
    assert await plan.dates(first) == ("2026-03-02T08:00", "2026-03-03T17:00", 0, True)


async def test_a_milestone_marks_the_start_or_the_end_of_work(plan: Plan) -> None:
    """One of the end falls on the evening of what leads to it, one of the start on the morning."""
    work, milestone = await plan.task("Fouille", 2), await plan.task("Jalon", 0, kind="milestone")
    await plan.link(work, milestone)
    await plan.compute()
    evening, morning = "2026-03-03T17:00", "2026-03-04T08:00"
    assert (await plan.dates(milestone))[:2] == (evening, evening)
    await plan.change("task", milestone, milestone_at="start")
    await plan.compute()
    assert (await plan.dates(milestone))[:2] == (morning, morning)
    await plan.change("task", milestone, milestone_at="finish")
    await plan.compute()
    assert (await plan.dates(milestone))[:2] == (evening, evening)


async def test_a_start_milestone_that_nothing_leads_to_stands_where_it_was_planned(
    plan: Plan,
) -> None:
    """Its planned start holds it, as the planned finish holds one of the end."""
    dates = {"planned_start": "2026-03-04T08:00", "planned_finish": "2026-03-05T17:00"}
    start = await plan.task("Début", 0, kind="milestone", milestone_at="start", **dates)
    end = await plan.task("Fin", 0, kind="milestone", **dates)
    await plan.compute()
    assert (await plan.dates(start))[0] == "2026-03-04T08:00"
    assert (await plan.dates(end))[1] == "2026-03-05T17:00"


async def test_merges_coalesce_and_the_untouched_are_not_written(plan: Plan) -> None:
    """Many merges make one computation; it writes only the rows that it changes."""
    rows = [await plan.task(f"T{number}") for number in range(6)]
    assert await plan.compute() == 1
    assert await plan.compute() == 0
    seen = [(await plan.site.stored(row)).seq for row in rows]
    await plan.change("task", rows[0], duration_minutes=240)
    await plan.compute()
    after = [(await plan.site.stored(row)).seq for row in rows]
    assert after[1:] == seen[1:]
    assert after[0] > seen[0]


async def test_what_is_no_matter_of_the_network_makes_nothing_due(plan: Plan) -> None:
    """Notes, hours and names of tasks, and other tables, cost the scheduler nothing."""
    row = await plan.task("Fouille")
    await plan.compute()
    change = await plan.site.update("task", row, notes="Eau dans la fouille", name="Fouilles")
    await plan.planner.must(change)
    report = {"date": "2026-03-01", "shift": "day", "author_id": plan.crew.person}
    await plan.crew.must(plan.site.create("daily_report", new_id(), **report))
    assert await _due(plan) == 0


async def test_progress_from_the_field_moves_the_forecast(plan: Plan) -> None:
    """What a crew reports shortens what is left, and what follows comes earlier."""
    first, second = await plan.task("Pose", 4), await plan.task("Essai")
    await plan.link(first, second)
    started = {"status": "in_progress", "actual_start": "2026-02-26T08:00", "progress": 5_000}
    await plan.crew.must(await plan.site.update("task", first, **started))
    await plan.compute()
    assert (await plan.dates(first))[:2] == ("2026-02-26T08:00", "2026-03-03T17:00")
    assert (await plan.dates(second))[0] == "2026-03-04T08:00"
    done = {"status": "done", "progress": 10_000, "actual_finish": "2026-03-02T12:00"}
    await plan.crew.must(await plan.site.update("task", first, **done))
    await plan.compute()
    assert await plan.dates(first) == ("2026-02-26T08:00", "2026-03-02T12:00", None, False)
    assert (await plan.dates(second))[0] == "2026-03-02T13:00"


async def test_a_clock_that_ran_ahead_moves_no_data_date(plan: Plan) -> None:
    """An actual date of ten years from now does not push the rest of the project there."""
    first, second = await plan.task("Pose"), await plan.task("Essai")
    wild = {
        "status": "done",
        "actual_start": "2036-01-01T08:00",
        "actual_finish": "2036-01-02T08:00",
    }
    await plan.crew.must(await plan.site.update("task", first, **wild))
    await plan.compute()
    assert (await plan.dates(second))[0] == "2026-03-02T08:00"


async def test_tasks_that_nothing_leads_to_stay_where_they_were_planned(plan: Plan) -> None:
    """Without links a plan is its dates: the forecast does not pull it to the data date."""
    row = await plan.task("Levage", planned_start="2026-04-01T08:00")
    await plan.compute()
    assert (await plan.dates(row))[0] == "2026-04-01T08:00"


async def test_a_project_without_any_date_has_no_forecast(plan: Plan) -> None:
    """Nothing is made up: no date in the project and none in its tasks gives none, and says so."""
    row = await plan.task("Levage")
    manager = await plan.site.person("manager")
    await manager.must(await plan.site.update("project", plan.site.project, data_date=None))
    await plan.compute()
    assert await plan.dates(row) == (None, None, None, None)
    faults = await plan.site.pool.fetchval("SELECT faults::text FROM project_schedule")
    assert "no_dates" in faults


async def test_calendars_holidays_and_rotations_count(plan: Plan) -> None:
    """A calendar of Algeria rests on Friday and on its holidays, a crew's when it is away."""
    calendar, rig = new_id(), new_id()
    await plan.planner.must(plan.site.create("calendar", calendar, name="Hassi", country="DZ"))
    rotation = {"rotation_start": "2026-02-02", "rotation_days_on": 28, "rotation_days_off": 28}
    week = [[[0, 1440]]] * 7
    await plan.planner.must(plan.site.create("calendar", rig, name="Rig", week=week, **rotation))
    late = "2026-06-29T08:00"
    held = {"constraint_kind": "start_no_earlier", "constraint_date": late}
    row = await plan.task("Génie civil", 6, calendar_id=calendar, **held)
    away = await plan.task("Forage", 1, calendar_id=rig)
    await plan.compute()
    # Friday 3 and Saturday 4 are the weekend, Sunday 5 July is Independence Day.
    assert (await plan.dates(row))[1] == "2026-07-07T17:00"
    assert (await plan.dates(away))[0] == "2026-03-30T00:00"


async def test_a_ring_is_shown_and_the_rest_is_dated(plan: Plan) -> None:
    """Two people close a ring offline: both links are merged, the ring is named, none crashes."""
    tasks = [await plan.task(name) for name in "ABC"]
    await plan.link(tasks[0], tasks[1])
    other = await plan.site.person("employee", member="supervisor")
    ends = {"predecessor_id": tasks[1], "successor_id": tasks[0], "kind": "finish_start"}
    await other.must(plan.site.create("task_link", new_id(), **ends))
    await plan.link(tasks[1], tasks[2])
    await plan.compute()
    cycles = await plan.site.pool.fetchval("SELECT cycles::text FROM project_schedule")
    assert set(tasks[:2]) <= set(cycles.replace('"', " ").split())
    assert (await plan.dates(tasks[2]))[0] == "2026-03-03T08:00"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"duration_minutes": 1 << 52}, "task_undatable"),
        ({"duration_minutes": 480, "planned_start": "0001-01-01T00:00"}, None),
        ({"constraint_kind": "mandatory_start", "constraint_date": "9999-12-31T23:59"}, "task_u"),
    ],
)
async def test_values_out_of_this_world_are_named_not_fatal(
    plan: Plan, values: dict[str, Any], code: str | None
) -> None:
    """A duration of millennia or a date at the end of time leaves the others their dates."""
    await plan.task("Erreur", **values)
    row = await plan.task("Essai")
    await plan.compute()
    assert (await plan.dates(row))[0] == "2026-03-02T08:00"
    faults = await plan.site.pool.fetchval("SELECT faults::text FROM project_schedule")
    assert (code or "[]") in faults
    assert await _due(plan) == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("country", "XX"),
        ("week", [[]] * 6),
        ("week", [[[480, 480]]] * 7),
        ("week", [[["8", "12"]]] * 7),
        ("week", {"monday": []}),
        ("exceptions", [["2026-13-01", "2026-13-02", []]]),
        ("exceptions", [["2026-05-02", "2026-05-01", []]]),
        ("exceptions", [["0001-01-01", "9999-12-31", []]]),
        ("exceptions", [["2026-05-01", "2026-05-01", {"week": [1]}]]),
        ("rotation_days_on", 0),
    ],
)
async def test_a_calendar_that_makes_no_sense_is_refused(
    plan: Plan, field: str, value: Any
) -> None:
    """Weeks of six days, shifts of no time, days that do not exist: refused, with the field."""
    change = plan.site.create("calendar", new_id(), name="?", **{field: value})
    (answer,) = await plan.planner.push(plan.planner.change_set(change))
    assert answer.rejection is not None
    assert answer.rejection.field == field


async def test_a_calendar_without_any_work_gives_way_and_is_named(plan: Plan) -> None:
    """Nobody ever works by it: its tasks are dated by the office week, and the plan says so."""
    calendar = new_id()
    await plan.planner.must(plan.site.create("calendar", calendar, name="?", week=[[]] * 7))
    row = await plan.task("Essai", calendar_id=calendar)
    await plan.compute()
    assert (await plan.dates(row))[1] == "2026-03-02T17:00"
    assert "calendar_idle" in await plan.site.pool.fetchval(
        "SELECT faults::text FROM project_schedule"
    )


# Links


async def test_a_task_is_not_tied_to_itself_nor_twice(plan: Plan) -> None:
    """Refused with a reason, also within one push; another kind, or after a deletion, is merged."""
    one, other = await plan.task("A"), await plan.task("B")
    ends = {"predecessor_id": one, "successor_id": other, "kind": "finish_start"}

    def make(**values: Any) -> Any:
        change = plan.site.create("task_link", new_id(), **{**ends, **values})
        return plan.planner.change_set(change)

    answers = await plan.planner.push(
        make(successor_id=one), make(), make(), make(kind="start_start")
    )
    codes = [answer.rejection and answer.rejection.code for answer in answers]
    assert codes == ["link_to_itself", None, "link_repeated", None]
    (again,) = await plan.planner.push(make())
    assert again.rejection is not None
    assert again.rejection.code == "link_repeated"
    stored = await plan.site.pool.fetchval(
        "SELECT id::text FROM task_link WHERE kind = 'finish_start'"
    )
    await plan.planner.must(await plan.site.delete("task_link", stored))
    (fresh,) = await plan.planner.push(make())
    assert fresh.rejection is None
    turned = await plan.site.pool.fetchval(
        "SELECT id::text FROM task_link WHERE kind = 'start_start'"
    )
    assert (
        await plan.planner.do(await plan.site.update("task_link", turned, kind="finish_start"))
        == "link_repeated"
    )


# Concurrency


async def _expected(plan: Plan) -> Mapping[str, Mapping[str, Any]]:
    async with plan.site.pool.acquire() as connection:
        gathered = await gather(connection, plan.site.project)
    assert gathered is not None
    assert {
        name: {field: values[field] for field in FIELDS}
        for name, values in gathered.present.items()
    } == forecast(gathered.snapshot, 1 << 40).values
    return gathered.present


async def test_a_project_touched_while_it_is_computed_is_due_again(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A merge between the snapshot and the writing is not lost: the next round has it."""
    first, second = await plan.task("A"), await plan.task("B")
    await plan.link(first, second)
    await plan.compute()
    plain = forecast
    loop = asyncio.get_running_loop()
    held = await plan.site.update("task", first, duration_minutes=5 * 480)
    pushed: list[str] = []

    def meanwhile(*arguments: Any) -> Any:
        if not pushed:
            future = asyncio.run_coroutine_threadsafe(plan.planner.do(held), loop)
            pushed.append(future.result(10))
        return plain(*arguments)

    monkeypatch.setattr(recomputing, "forecast", meanwhile)
    await plan.change("task", first, duration_minutes=2 * 480)
    held = structs.replace(held, context=(await plan.site.stored(first)).vector)
    assert await plan.compute() == 2
    assert pushed == ["merged"]
    assert (await plan.dates(second))[0] == "2026-03-09T08:00"
    assert await _due(plan) == 0


async def test_concurrent_merges_and_workers_end_in_what_a_fresh_computation_gives(
    plan: Plan,
) -> None:
    """Pushes and two workers at once: in the end every row has what the network gives."""
    tasks = [await plan.task(f"T{number}", 1 + number % 3) for number in range(12)]
    for before, after in itertools.pairwise(tasks):
        await plan.link(before, after)
    site = plan.site
    devices = [await site.person("employee", member="supervisor") for _ in range(3)]

    async def edit(number: int) -> None:
        for turn in range(6):
            row = tasks[(number * 5 + turn * 3) % len(tasks)]
            minutes = 240 * (1 + (number + turn) % 7)
            await devices[number].must(await site.update("task", row, duration_minutes=minutes))

    async def work() -> None:
        for _ in range(25):
            await recompute_next(site.pool, site.intake, site.settings, site.clock())
            await asyncio.sleep(0)

    await asyncio.gather(*(edit(number) for number in range(3)), work(), work())
    await plan.compute()
    assert await _due(plan) == 0
    assert len(await _expected(plan)) == len(tasks)


async def test_a_worker_that_fails_tries_again_later(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours leaves the project due, and does not keep the worker from others."""
    row = await plan.task("A")

    def fail(*_: Any) -> Any:
        raise RuntimeError("planted")

    with monkeypatch.context() as patch:
        patch.setattr(recomputing, "forecast", fail)
        site = plan.site
        assert await recompute_next(site.pool, site.intake, site.settings, site.clock())
    assert await _due(plan) == 1
    await plan.site.pool.execute("UPDATE schedule_due SET next_at = now()")
    await plan.compute()
    assert (await plan.dates(row))[0] == "2026-03-02T08:00"
    assert await _due(plan) == 0


async def test_what_was_missed_is_healed_overnight(plan: Plan) -> None:
    """A network that changed behind the merge's back is dated by the nightly check."""
    row = await plan.task("A")
    await plan.compute()
    assert await mark_all(plan.site.pool) == 1
    assert await mark_all(plan.site.pool) == 0
    await plan.site.pool.execute("UPDATE task SET duration_minutes = 960")
    await plan.compute()
    assert (await plan.dates(row))[1] == "2026-03-03T17:00"
    await plan.site.pool.execute("UPDATE project SET status = 'archived'")
    assert await mark_all(plan.site.pool) == 0


async def test_a_large_plan_is_written_in_pieces(plan: Plan) -> None:
    """More tasks than one transaction takes are all written."""
    site = plan.site
    site.settings = structs.replace(site.settings, schedule_rows_max=7)
    changes = [
        site.create("task", new_id(), name=f"T{number}", kind="task", duration_minutes=480)
        for number in range(30)
    ]
    await plan.planner.must(*changes)
    await plan.compute()
    written = await site.pool.fetchval("SELECT count(*) FROM task WHERE early_start IS NOT NULL")
    assert written == 30
