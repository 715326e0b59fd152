"""The daily figures follow the merge: any order, any batching, and from scratch, all agree."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from typing import TYPE_CHECKING, Any

import msgspec

from server.budget import move_daily_sums, move_totals, rebuild_daily_sums, wrong_daily_sums
from server.figures import mend_figures, rebuild_and_compare
from server.figures.earning import Report, earned_steps
from tests.server.figures.conftest import open_yard
from tests.server.site import DAY, NOON, Clock, count_statements, new_id, open_site

if TYPE_CHECKING:
    from server.settings import Settings
    from sync.changes import Change, ChangeSet
    from tests.server.figures.conftest import Yard


def _day(month: int, day: int) -> dt.date:
    return dt.date(2026, month, day)


async def test_a_baseline_freezes_what_tasks_are_worth(yard: Yard) -> None:
    """Lines are spread by weight over their work, to the last franc; later prices change nothing.

    Line A of 40 000 over the two tasks of the summary, 3 to 1; line B of 60 000 over all, 3:1:1:1.
    """
    baseline = await yard.take_baseline()
    records = await yard.site.pool.fetch(
        "SELECT task_id::text, sum(budget)::bigint AS budget, min(days) AS days "
        "FROM baseline_value WHERE baseline_id = $1 GROUP BY task_id",
        baseline,
    )
    worth = {one["task_id"]: one["budget"] for one in records}
    assert [worth[task] for task in yard.tasks] == [60_000, 20_000, 10_000, 10_000]
    assert {one["days"] for one in records} == {10}
    planned = await yard.days("planned")
    assert sum(planned.values()) == 100_000
    assert planned[_day(2, 20)] == 7_000
    assert planned[_day(3, 11)] == 3_000
    await yard.manager.must(
        await yard.site.update("budget_line", yard.lines[1], amount=90_000),
        await yard.site.update("task", yard.tasks[0], planned_finish="2026-03-20T18:00"),
    )
    assert await yard.days("planned") == planned


async def test_progress_earns_on_the_day_it_was_made(yard: Yard) -> None:
    """Value is earned on the local day of the report; an end with a date, on that date."""
    await yard.take_baseline()
    task = yard.tasks[0]
    await yard.report(task, progress=2_500)
    yard.site.clock.now_ms += 2 * DAY
    await yard.report(task, progress=5_000)
    assert await yard.days("earned") == {_day(3, 1): 15_000, _day(3, 3): 15_000}
    yard.site.clock.now_ms += 3 * DAY
    await yard.report(task, status="done", actual_finish="2026-03-05T17:00")
    assert (await yard.days("earned"))[_day(3, 5)] == 30_000
    await yard.report(task, status="in_progress")
    assert await yard.earned() == 30_000, "a task reopened is as far as it was said to be"
    await yard.manager.must(await yard.site.delete("task", task))
    assert await yard.days("earned") == {}
    assert await mend_figures(yard.site.intake, yard.site.pool, _day(3, 6)) == []


async def test_tasks_added_after_the_baseline_earn_nothing_until_the_next(yard: Yard) -> None:
    """A task that came later counts as added; re-baselined it earns, by earlier reports too."""
    first = await yard.take_baseline()
    task = new_id()
    await yard.supervisor.must(
        yard.site.create("task", task, name="Avenant", kind="task", status="todo", weight=4)
    )
    await yard.report(task, progress=10_000)

    async def state() -> tuple[Any, ...]:
        (record,) = await yard.site.pool.fetch("SELECT added, baseline_id::text FROM figure_state")
        return tuple(record)

    assert await state() == (1, first)
    assert await yard.earned() == 0
    yard.site.clock.now_ms += DAY
    second = await yard.take_baseline("B1")
    assert await state() == (0, second)
    assert await yard.days("earned") == {_day(3, 1): 24_000}
    await yard.manager.must(await yard.site.delete("baseline", second))
    assert await state() == (1, first)
    assert await yard.earned() == 0


async def test_progress_before_the_first_baseline_is_not_forgotten(yard: Yard) -> None:
    """Reports are kept from the start: the first baseline gives them their value."""
    await yard.report(yard.tasks[2], progress=5_000)
    assert await yard.days("earned") == {}
    await yard.take_baseline()
    assert await yard.days("earned") == {_day(3, 1): 5_000}


async def _play(yard: Yard, seed: int, batch: int) -> tuple[Any, ...]:
    """Play the same reports of two crews, in an order and batches that depend on the seed."""
    site = yard.site
    generator = random.Random(7)
    others = [yard.crew, yard.supervisor]
    made: dict[int, list[ChangeSet]] = {0: [], 1: []}
    start = site.clock.now_ms
    for step in range(24):
        who = generator.randrange(2)
        site.clock.now_ms = start + step * DAY // 3
        task = yard.tasks[generator.randrange(4)]
        wire = await site.stored(task)
        values: dict[str, Any] = {"progress": generator.randrange(0, 10_001, 500)}
        change: Change = msgspec.structs.replace(
            await site.update("task", task, **values), context=wire.vector
        )
        made[who].append(others[who].change_set(change))
    site.clock.now_ms = start + 30 * DAY
    shuffled = random.Random(seed)
    while made[0] or made[1]:
        who = shuffled.choice([one for one in made if made[one]])
        taken, made[who] = made[who][:batch], made[who][batch:]
        await others[who].push(*taken)
    return tuple(sorted((await yard.days("earned")).items()))


async def test_any_order_and_any_batches_earn_the_same_on_the_same_days(
    settings: Settings,
) -> None:
    """Two crews' offline days, in other orders and batches, give one curve; so does a rebuild."""
    found = []
    for seed, batch in ((1, 1), (2, 5), (3, 100)):
        async with open_site(settings, Clock(NOON)) as site:
            site._numbers = itertools.count(seed * 100)
            again = await open_yard(site)
            await again.take_baseline()
            found.append(await _play(again, seed, batch))
            async with site.pool.acquire() as connection:
                assert await rebuild_and_compare(connection, site.project, _day(4, 1))
    assert found[0]
    assert found[0] == found[1] == found[2]


async def test_a_long_push_forgets_no_day(yard: Yard) -> None:
    """Changes written while the rest of a push is still being merged count like the others."""
    await yard.take_baseline()
    made = []
    for number in range(300):
        change = await yard.site.update("task", yard.tasks[0], progress=20 * number)
        made.append(yard.crew.change_set(change))
        yard.site.clock.now_ms += DAY // 10
    await yard.crew.push(*made)
    assert len(await yard.days("earned")) == 31


async def test_daily_sums_follow_every_change_of_an_expense(yard: Yard) -> None:
    """Recorded, moved to another day or task, refused, mended, deleted: the sums stay true."""
    site, expense = yard.site, new_id()
    days = "SELECT day, amount, expenses FROM expense_day WHERE expenses <> 0 ORDER BY day"
    tasks = "SELECT task_id::text, amount FROM expense_task WHERE expenses <> 0"
    line, task = yard.lines[0], yard.tasks[0]
    await yard.crew.must(yard.expense(500, id=expense, budget_line_id=line, task_id=task))
    await yard.crew.must(yard.expense(70, date="2026-02-28"))
    assert [tuple(one) for one in await site.pool.fetch(days)] == [
        (_day(2, 28), 70, 1),
        (_day(3, 1), 500, 1),
    ]
    assert [tuple(one) for one in await site.pool.fetch(tasks)] == [(task, 500)]
    await yard.crew.must(
        await site.update("expense", expense, date="2026-02-28", amount=600, task_id=yard.tasks[1])
    )
    assert [tuple(one) for one in await site.pool.fetch(days)] == [(_day(2, 28), 670, 2)]
    assert [tuple(one) for one in await site.pool.fetch(tasks)] == [(yard.tasks[1], 600)]
    await yard.supervisor.must(
        await site.update("expense", expense, status="refused", refusal_reason="double")
    )
    assert [tuple(one) for one in await site.pool.fetch(days)] == [(_day(2, 28), 70, 1)]
    await yard.crew.must(await site.update("expense", expense, status="submitted"))
    await yard.crew.must(await site.delete("expense", expense))
    assert [tuple(one) for one in await site.pool.fetch(days)] == [(_day(2, 28), 70, 1)]
    assert await wrong_daily_sums(site.pool) == []


async def test_foreign_expenses_are_counted_in_the_currency_of_their_budget(
    yard: Yard,
) -> None:
    """An expense adds what it is worth in the currency of its budget, wherever it moves."""
    site, line, other = yard.site, new_id(), new_id()
    rate = {"currency": "EUR", "quote": "XAF", "date": "2026-01-01", "rate": "655.957"}
    await yard.accountant.must(site.create("exchange_rate", new_id(), **rate))
    await yard.manager.must(
        site.create("budget", other, name="EUR", currency="EUR", amount=10_000),
        site.create("budget_line", line, budget_id=other, cost_code="E", amount=10_000),
    )
    await yard.crew.must(yard.expense(100_00, currency="EUR", budget_line_id=yard.lines[0]))
    moved = new_id()
    await yard.crew.must(yard.expense(100_00, id=moved, currency="EUR", budget_line_id=line))
    sums = "SELECT currency, amount FROM expense_day WHERE expenses <> 0 ORDER BY currency"
    assert [tuple(one) for one in await site.pool.fetch(sums)] == [("EUR", 10_000), ("XAF", 65_596)]
    await yard.crew.must(await site.update("expense", moved, budget_line_id=None))
    assert [tuple(one) for one in await site.pool.fetch(sums)] == [("XAF", 131_192)]
    assert await wrong_daily_sums(site.pool) == []


async def test_an_approved_invoice_counts_in_the_stead_of_its_expenses(yard: Yard) -> None:
    """Approved, it is spent on its own date and its expenses no more; cancelled, they are again."""
    site, invoice, line = yard.site, new_id(), yard.lines[0]
    days = "SELECT day, amount, invoiced FROM expense_day WHERE expenses <> 0 ORDER BY day"
    await yard.accountant.must(
        site.create(
            "supplier_invoice",
            invoice,
            reference="F-1",
            supplier="Forex",
            date="2026-02-25",
            amount=900,
            currency="XAF",
            budget_line_id=line,
            task_id=yard.tasks[0],
            status="pending",
            author_id=yard.accountant.person,
        )
    )
    await yard.crew.must(yard.expense(400, budget_line_id=line, invoice_id=invoice))
    await yard.crew.must(yard.expense(500, budget_line_id=line, invoice_id=invoice))
    assert [tuple(one) for one in await site.pool.fetch(days)] == [(_day(3, 1), 900, 0)]
    async with site.intake.server_transaction([site.scope("project"), site.scope("finance")]) as on:
        await on.load(site.scope("finance"), [invoice])
        approved = {"status": "approved"}
        on.workspace.write(site.scope("finance"), "supplier_invoice", invoice, approved, intent="t")
        await move_totals(on)
        await move_daily_sums(on)
    assert [tuple(one) for one in await site.pool.fetch(days)] == [(_day(2, 25), 900, 900)]
    assert await wrong_daily_sums(site.pool) == []


async def test_wrong_sums_are_found_and_rebuilt(yard: Yard) -> None:
    """The nightly check sees a sum put wrong behind the merge's back, and mends it."""
    await yard.crew.must(yard.expense(500))
    await yard.site.pool.execute("UPDATE expense_day SET amount = amount + 1")
    assert await wrong_daily_sums(yard.site.pool) == [yard.site.project]
    async with yard.site.pool.acquire() as connection:
        await rebuild_daily_sums(connection, yard.site.project)
    assert await wrong_daily_sums(yard.site.pool) == []


async def test_the_cost_follows_what_changed(yard: Yard) -> None:
    """One report and a hundred cost the same number of statements; a note costs none of ours."""
    await yard.take_baseline()
    mine = ("figure_", "progress_day", "baseline_value", "expense_day", "expense_task")

    async def cost(*change_sets: ChangeSet) -> int:
        async with count_statements(yard.site) as seen:
            await yard.crew.push(*change_sets)
        return sum(any(one in statement for one in mine) for statement in seen)

    async def reports(count: int) -> list[ChangeSet]:
        return [
            yard.crew.change_set(
                await yard.site.update("task", yard.tasks[number % 4], progress=100 + number)
            )
            for number in range(count)
        ]

    assert await cost(*await reports(1)) == await cost(*await reports(100)) <= 5
    note = yard.crew.change_set(await yard.site.update("task", yard.tasks[0], notes="vu"))
    assert await cost(note) == 0
    many = [yard.crew.change_set(yard.expense(10, task_id=yard.tasks[0])) for _ in range(100)]
    assert await cost(*many) <= 3


def test_the_last_report_is_what_stands() -> None:
    """The merged task ends the series; what it lost to a concurrent report earns nothing."""
    reports = {_day(3, 1): Report(3_000, 1), _day(3, 2): Report(4_000, 2)}
    assert earned_steps(1_000, reports, 5_000) == {_day(3, 1): 300, _day(3, 2): 200}
    assert earned_steps(1_000, reports, None) == {}
