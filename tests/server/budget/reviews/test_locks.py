"""Once a budget is locked, its amounts move by approved requests alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.server.budget.reviews.test_laws import assert_sound
from tests.server.site import new_id

if TYPE_CHECKING:
    from tests.server.budget.reviews.conftest import Board


async def test_locking_freezes_the_original_amounts(board: Board) -> None:
    """The budget and its lines keep what they were, and the first version says when."""
    site = board.site
    values = (await site.stored(board.budget)).values
    assert (values["original_amount"], values["version"]) == (1_100_000, 1)
    assert values["locked_at"] == site.clock.now_ms
    for line in (*board.lines, board.contingency):
        stored = (await site.stored(line)).values
        assert stored["original_amount"] == stored["amount"]
    await assert_sound(board)


async def test_a_locked_amount_is_nobodys_to_change(board: Board) -> None:
    """Neither the budget's nor a line's, nor by adding, deleting or bringing back a line."""
    site, line = board.site, board.lines[0]
    do, update = board.manager.do, site.update
    assert await do(await update("budget", board.budget, amount=1)) == "budget_locked"
    assert await do(await update("budget_line", line, amount=1)) == "budget_locked"
    assert await do(await site.delete("budget", board.budget)) == "budget_locked"
    assert await do(await site.delete("budget_line", line)) == "budget_locked"
    assert await do(await update("budget", board.budget, status="draft")) == "transition_forbidden"
    added, empty = new_id(), new_id()
    made = {"budget_id": board.budget, "cost_code": "N"}
    assert await do(site.create("budget_line", added, **made, amount=1)) == "budget_locked"
    assert await do(site.create("budget_line", empty, **made, amount=0)) == "merged"
    assert await site.value(empty, "original_amount") == 0
    assert await do(await update("budget_line", line, description="Forage")) == "merged"
    assert await do(await update("budget_line", line, amount=500_000)) == "merged"
    assert await do(await site.delete("budget_line", empty)) == "merged"
    await assert_sound(board)


async def test_an_edit_from_before_the_lock_comes_too_late(board: Board) -> None:
    """A tablet that changed an amount offline is told that the budget was locked meanwhile."""
    site, budget, line = board.site, new_id(), new_id()
    await board.manager.must(
        site.create("budget", budget, name="B", currency="XAF", amount=9, status="draft")
    )
    await board.manager.must(
        site.create("budget_line", line, budget_id=budget, cost_code="C", amount=9)
    )
    gone = new_id()
    await board.manager.must(
        site.create("budget_line", gone, budget_id=budget, cost_code="D", amount=4)
    )
    await board.manager.must(await site.delete("budget_line", gone))
    offline = await site.update("budget_line", line, amount=8)
    await board.manager.must(await site.update("budget", budget, status="locked"))
    assert await board.accountant.do(offline) == "budget_locked"
    back = await site.update("budget_line", gone, description="x")
    assert await board.accountant.do(back) == "budget_locked"
    assert await site.value(line, "original_amount") == 9


async def test_a_draft_budget_takes_no_requests(board: Board) -> None:
    """What can still be changed directly needs no request."""
    site, budget, line = board.site, new_id(), new_id()
    await board.manager.must(
        site.create("budget", budget, name="B", currency="XAF", amount=9, status="draft")
    )
    await board.manager.must(
        site.create("budget_line", line, budget_id=budget, cost_code="C", amount=9)
    )
    values = {"budget_id": budget, "budget_line_id": line}
    row = new_id()
    asked = board.request(row, 5, **values, status="submitted")  # type: ignore[arg-type]
    assert await board.accountant.do(asked) == "budget_unlocked"
    crossed = board.request(row, 5, budget_line_id=line)
    assert await board.accountant.do(crossed) == "value_invalid"


async def test_a_budget_may_be_locked_with_the_change_that_makes_it(board: Board) -> None:
    """A budget that arrives locked, with its lines in the same action, is frozen so."""
    site, budget, line = board.site, new_id(), new_id()
    await board.manager.must(
        site.create("budget", budget, name="B", currency="XAF", amount=9, status="draft"),
        site.create("budget_line", line, budget_id=budget, cost_code="C", amount=9),
    )
    await board.manager.must(
        await site.update("budget", budget, status="locked"),
        await site.update("budget_line", line, amount=7),
    )
    assert await site.value(line, "original_amount") == 7
    whole = new_id()
    await board.manager.must(
        site.create("budget", whole, name="B", currency="XAF", amount=3, status="locked")
    )
    assert await site.value(whole, "version") == 1
