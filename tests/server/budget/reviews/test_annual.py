"""What a line may take in a year: the grid acts upon it beside what it may take in all."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.budget import mend_daily_sums, recompute, wrong_daily_sums
from server.budget.annual import annual_amounts, span_of, well_formed, year_of
from sync.tables.budget import settings_id
from tests.server.budget.reviews.test_laws import assert_sound
from tests.server.site import new_id

if TYPE_CHECKING:
    import datetime as dt

    from tests.server.budget.reviews.conftest import Board


async def _rules(board: Board, **values: Any) -> None:
    site, row = board.site, settings_id(board.site.project)
    if await site.pool.fetchval("SELECT count(*) FROM finance_settings"):
        await board.manager.must(await site.update("finance_settings", row, **values))
    else:
        await board.manager.must(site.create("finance_settings", row, **values))


async def _years(board: Board, line: str, **amounts: int) -> None:
    years = {year.removeprefix("y"): amount for year, amount in amounts.items()}
    await board.manager.must(await board.site.update("budget_line", line, annual_amounts=years))


def _expense(board: Board, row: str, amount: int, day: str, **values: Any) -> Any:
    known = {
        "date": day,
        "amount": amount,
        "currency": "XAF",
        "status": "submitted",
        "author_id": board.supervisor.person,
        "budget_line_id": board.lines[0],
    }
    return board.site.create("expense", row, **{**known, **values})


async def _order(board: Board, amount: int, day: str) -> str:
    row = new_id()
    values = {"supplier": "S", "title": "T", "date": day, "currency": "XAF", "amount": amount}
    values |= {"budget_line_id": board.lines[0], "status": "submitted"}
    author = board.accountant
    await author.must(board.site.create("purchase_order", row, author_id=author.person, **values))
    return row


@given(day=st.dates(), first=st.integers(1, 12))
def test_every_day_lies_in_its_year(day: dt.date, first: int) -> None:
    """A year begins with its month, is called after that of its first day, and none overlap."""
    if day.year < 2 or day.year > 9_000:
        return
    since, until = span_of(year_of(day, first), first)
    assert since <= day < until
    assert year_of(until, first) == year_of(day, first) + 1


@pytest.mark.parametrize(
    "amounts",
    [
        {"2026": -1},
        {"2026": 1.5},
        {"2026": True},
        {"2026": 2**53},
        {"2026": None},
        {"2026": "5"},
        {"02026": 1},
        {"26": 1},
        {"deux mille": 1},
        {"²026": 1},
        {"2026-27": 1},
        [2026],
        "2026",
        {str(1900 + year): 1 for year in range(61)},
    ],
)
async def test_what_is_no_amount_by_year_is_refused(board: Board, amounts: Any) -> None:
    """Years in figures, whole amounts that are not below zero, and not too many."""
    assert not well_formed(amounts)
    update = await board.site.update("budget_line", board.lines[0], annual_amounts=amounts)
    assert await board.manager.do(update) == "value_invalid"


async def test_a_year_gets_its_amount_once_the_budget_is_locked(board: Board) -> None:
    """A year that had none gets one; what it has is moved by approved requests alone."""
    update, line = board.site.update, board.lines[0]
    await _years(board, line, y2026=300_000)
    await _years(board, line, y2026=300_000, y2027=100_000)
    for amounts in ({"2026": 300_001, "2027": 100_000}, {"2027": 100_000}, None, {}):
        change = await update("budget_line", line, annual_amounts=amounts)
        assert await board.manager.do(change) == "budget_locked"
    assert annual_amounts((await board.site.stored(line)).values) == {2026: 300_000, 2027: 100_000}


async def test_an_order_over_the_year_is_stopped_though_the_whole_has_room(board: Board) -> None:
    """By the date of the order; a year without an amount is bounded by the whole alone."""
    await _years(board, board.lines[0], y2026=100_000)
    fits = await _order(board, 100_000, "2026-12-31")
    assert await board.say(board.manager, fits) == "merged"
    assert await board.status(fits) == "approved"
    over = await _order(board, 1, "2026-01-01")
    assert await board.say(board.manager, over) == "over_budget"
    next_year = await _order(board, 200_000, "2027-01-01")
    assert await board.say(board.manager, next_year) == "merged"
    assert await board.status(next_year) == "approved"
    await _rules(board, annual_order="warn")
    assert await board.say(board.manager, over) == "merged"
    assert await board.status(over) == "approved"
    await assert_sound(board)
    assert await wrong_daily_sums(board.site.pool) == []


async def test_a_year_begins_with_the_month_that_the_project_names(board: Board) -> None:
    """Changed, what was spent falls to other years at once, with nothing recorded anew."""
    site = board.site
    await _years(board, board.lines[0], y2025=100_000, y2026=50_000)
    row = new_id()
    await board.supervisor.must(_expense(board, row, 60_000, "2026-03-31"))
    assert await site.value(row, "over_budget") == 10_000
    await _rules(board, fiscal_year_month=4)
    assert await site.value(row, "over_budget") is None
    late = await _order(board, 40_000, "2026-03-31")
    assert await board.say(board.manager, late) == "merged"
    assert await board.status(late) == "approved"
    await _rules(board, fiscal_year_month=3)
    assert await site.value(row, "over_budget") == 50_000
    assert await recompute(site.pool) == []


async def test_an_expense_over_the_year_is_taken_marked_and_held_back(board: Board) -> None:
    """Whatever the tablet knew; with `stop` it is not approved, with `ignore` nobody is told."""
    site = board.site
    await _years(board, board.lines[0], y2026=100_000)
    first, second, other = new_id(), new_id(), new_id()
    await board.supervisor.must(_expense(board, second, 50_000, "2026-05-02"))
    await board.supervisor.must(_expense(board, first, 80_000, "2026-05-01"))
    await board.supervisor.must(_expense(board, other, 90_000, "2025-05-01"))

    async def marks() -> list[Any]:
        return [await site.value(row, "over_budget") for row in (first, second, other)]

    assert await marks() == [None, 30_000, None]
    await _rules(board, annual_actual="stop")
    approve = await site.update("expense", first, status="approved")
    assert await board.manager.do(approve) == "over_budget"
    assert await board.manager.do(await site.update("expense", other, status="approved")) == (
        "merged"
    )
    moved = await site.update("expense", second, date="2027-05-02")
    await board.supervisor.must(moved)
    assert await marks() == [None, None, None]
    assert await board.manager.do(await site.update("expense", first, status="approved")) == (
        "merged"
    )
    await board.supervisor.must(await site.update("expense", second, date="2026-05-02"))
    assert await marks() == [None, 30_000, None]
    await _rules(board, annual_actual="ignore", annual_sum="ignore")
    assert await marks() == [None, None, None]
    assert await recompute(site.pool) == []


async def test_the_larger_of_both_marks_holds(board: Board) -> None:
    """Over the line by less than over the year: an expense bears what it is over the year."""
    site, row = board.site, new_id()
    await _years(board, board.lines[0], y2026=100_000)
    await board.supervisor.must(_expense(board, new_id(), 420_000, "2025-01-01"))
    await board.supervisor.must(_expense(board, row, 130_000, "2026-01-01"))
    assert await site.value(row, "over_budget") == 50_000
    await board.supervisor.must(await site.update("expense", row, amount=170_000))
    assert await site.value(row, "over_budget") == 90_000
    assert await recompute(site.pool) == []


async def test_a_request_moves_the_year_that_it_names(board: Board) -> None:
    """On the lines that have one for it; from a year's amount no more goes than it has free."""
    site, (first, second) = board.site, board.lines
    await _years(board, first, y2026=100_000)
    await _years(board, second, y2026=80_000)
    request = await board.submitted(20_000, annual_year=2026)
    assert await board.say(board.manager, request) == "merged"
    values = (await site.stored(first)).values
    assert (values["amount"], values["annual_amounts"]) == (520_000, {"2026": 120_000})
    await board.supervisor.must(
        _expense(board, new_id(), 50_000, "2026-01-01", budget_line_id=second)
    )
    transfer: dict[str, Any] = {"kind": "transfer", "source_line_id": second, "annual_year": 2026}
    large = await board.submitted(40_000, **transfer)
    assert await board.say(board.manager, large) == "over_budget"
    fits = await board.submitted(30_000, **transfer)
    assert await board.say(board.manager, fits) == "merged"
    assert annual_amounts((await site.stored(second)).values) == {2026: 50_000}
    assert annual_amounts((await site.stored(first)).values) == {2026: 150_000}
    # Whatever the grid says, no year's amount becomes negative.
    await _rules(board, annual_request="ignore", control_request="ignore")
    beyond = await board.submitted(50_001, **transfer)
    assert await board.say(board.manager, beyond) == "over_budget"
    assert await board.say(board.manager, large) == "merged"
    await assert_sound(board)


async def test_two_orders_at_once_never_take_the_same_year(board: Board) -> None:
    """Approved in one group one is held, and freed by what goes to another year in the same sum."""
    site = board.site
    await _years(board, board.lines[0], y2026=100_000)
    await _rules(board, annual_sum="stop")
    expense = new_id()
    await board.supervisor.must(_expense(board, expense, 30_000, "2026-02-01"))
    rows = [await _order(board, 33_000, "2026-03-01") for _ in range(3)]
    words = [await board.word(board.manager, row) for row in rows]
    await board.manager.must(words[0])
    await asyncio.gather(
        board.accountant.do(board.request(new_id(), 5, board.accountant)),
        board.manager.do(words[1]),
        board.other_manager.do(await board.word(board.other_manager, rows[2])),
    )
    states = {row: await board.status(row) for row in rows}
    assert sorted(states.values()) == ["approved", "approved", "submitted"]
    held = next(row for row, state in states.items() if state == "submitted")
    assert await site.value(held, "decision_reason") == "over_budget"
    # The line as a whole stays as it is: this year gives what the next takes.
    await board.supervisor.must(
        await site.update("expense", expense, amount=29_999),
        _expense(board, new_id(), 1, "2027-01-01"),
    )
    assert await board.status(held) == "submitted"
    await board.supervisor.must(await site.update("expense", expense, date="2027-01-01"))
    assert await board.status(held) == "approved"
    assert await recompute(site.pool) == []


spent = st.lists(
    st.tuples(st.sampled_from(("2025-12-31", "2026-01-01", "2026-12-31")), st.integers(1, 90)),
    min_size=1,
    max_size=6,
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(history=spent, chance=st.randoms(use_true_random=False))
async def test_any_order_marks_the_same(board: Board, history: Any, chance: Any) -> None:
    """Marks and sums follow from what there is: entered in another order they are the same."""
    site = board.site
    value, line, twin = 100, new_id(), new_id()
    budget = new_id()
    made = {"name": "B", "currency": "XAF", "amount": 2 * value, "status": "draft"}
    await board.manager.must(site.create("budget", budget, **made))
    for row in (line, twin):
        years = {"2025": 40, "2026": 60}
        known = {"cost_code": "X", "amount": value, "annual_amounts": years}
        await board.manager.must(site.create("budget_line", row, budget_id=budget, **known))
    order = [*range(len(history))]
    chance.shuffle(order)
    ids = sorted(new_id() for _ in history)
    twins = sorted(new_id() for _ in history)
    for at in range(len(history)):
        day, amount = history[at]
        await board.supervisor.must(_expense(board, ids[at], amount, day, budget_line_id=line))
    for at in order:
        day, amount = history[at]
        await board.supervisor.must(_expense(board, twins[at], amount, day, budget_line_id=twin))
    marks = [await site.value(row, "over_budget") for row in ids]
    assert [await site.value(row, "over_budget") for row in twins] == marks
    sums = "SELECT month, spent, committed FROM line_month WHERE line_id = $1 ORDER BY month"
    assert await site.pool.fetch(sums, line) == await site.pool.fetch(sums, twin)
    assert await recompute(site.pool) == []
    assert await wrong_daily_sums(site.pool) == []


async def test_wrong_sums_are_found_and_mended(board: Board) -> None:
    """The nightly check adds the months up from the documents, and puts them right."""
    site = board.site
    await board.supervisor.must(_expense(board, new_id(), 7, "2026-03-01"))
    await site.pool.execute("UPDATE line_month SET spent = spent + 1")
    assert await wrong_daily_sums(site.pool) == [site.project]
    assert await mend_daily_sums(site.intake, site.pool) == [site.project]
    assert await wrong_daily_sums(site.pool) == []
