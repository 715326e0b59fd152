"""The control grid stops approvals where there is no room, and never keeps anyone from entering."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from server.budget import mend_totals, recompute
from sync.tables.budget import settings_id
from tests.server.budget.reviews.test_laws import assert_sound
from tests.server.site import new_id

if TYPE_CHECKING:
    from tests.server.budget.reviews.conftest import Board


async def _settings(board: Board, **values: Any) -> None:
    site = board.site
    row = site.create("finance_settings", settings_id(site.project), **values)
    await board.manager.must(row)


def _expense(board: Board, row: str, amount: int, **values: Any) -> Any:
    known = {
        "date": "2026-03-01",
        "amount": amount,
        "currency": "XAF",
        "status": "submitted",
        "author_id": board.supervisor.person,
        "budget_line_id": board.lines[0],
    }
    return board.site.create("expense", row, **{**known, **values})


async def test_an_expense_over_its_line_is_taken_and_marked(board: Board) -> None:
    """It counts like any other; the latest of those that wait say by how much they are over."""
    site = board.site
    first, second, third = rows = new_id(), new_id(), new_id()
    spent = ((third, "03", 10_000), (first, "01", 450_000), (second, "02", 90_000))
    for row, day, amount in spent:
        await board.supervisor.must(_expense(board, row, amount, date=f"2026-03-{day}"))

    async def marks() -> list[Any]:
        return [await site.value(row, "over_budget") for row in rows]

    assert await marks() == [None, 40_000, 10_000]
    await board.supervisor.must(await site.update("expense", third, amount=5_000))
    assert await marks() == [None, 40_000, 5_000]
    await board.manager.must(await site.update("expense", second, status="approved"))
    assert await marks() == [40_000, None, 5_000]
    moved = await site.update("expense", third, budget_line_id=board.lines[1])
    await board.supervisor.must(moved)
    assert await marks() == [40_000, None, None]
    request = await board.submitted(30_000)
    assert await board.say(board.manager, request) == "merged"
    assert await marks() == [10_000, None, None]


async def test_stop_keeps_an_expense_from_being_approved_and_nothing_else(board: Board) -> None:
    """With `stop` it is entered, marked, and not approved until there is room; `ignore` is mute."""
    site, row = board.site, new_id()
    await _settings(board, control_actual="stop", control_sum="ignore")
    await board.supervisor.must(_expense(board, row, 600_000))
    assert await site.value(row, "over_budget") == 100_000
    approve = await site.update("expense", row, status="approved")
    assert await board.manager.do(approve) == "over_budget"
    request = await board.submitted(100_000)
    assert await board.say(board.manager, request) == "merged"
    assert await board.manager.do(await site.update("expense", row, status="approved")) == "merged"
    assert await site.value(row, "over_budget") is None
    settings = await site.update(
        "finance_settings", settings_id(site.project), control_actual="ignore"
    )
    await board.manager.must(settings)
    quiet = new_id()
    await board.supervisor.must(_expense(board, quiet, 600_000))
    assert await site.value(quiet, "over_budget") is None


async def test_a_transfer_leaves_what_was_spent(board: Board) -> None:
    """By default the source keeps what it needs; with `warn` it may go below, never below zero."""
    site = board.site
    await board.supervisor.must(_expense(board, new_id(), 450_000, budget_line_id=board.lines[1]))
    values: dict[str, Any] = {"kind": "transfer", "source_line_id": board.lines[1]}
    large = await board.submitted(60_000, **values)
    assert await board.say(board.manager, large) == "over_budget"
    fitting = await board.submitted(50_000, **values)
    assert await board.say(board.manager, fitting) == "merged"
    settings = await site.stored(settings_id(site.project))
    assert settings.values["last_request_number"] == 2
    await board.manager.must(
        await site.update("finance_settings", settings_id(site.project), control_request="warn")
    )
    assert await board.say(board.manager, large) == "merged"
    beyond = await board.submitted(400_000, **values)
    assert await board.say(board.manager, beyond) == "over_budget"
    assert (await board.amounts())[:2] == (610_000, 390_000)
    await assert_sound(board)


async def test_two_approvals_at_once_never_draw_the_same_money(board: Board) -> None:
    """Of two draws that fit alone, merged together, one waits until money comes to the line."""
    values: dict[str, Any] = {"kind": "contingency", "source_line_id": board.contingency}
    first = await board.submitted(80_000, **values)
    second = await board.submitted(70_000, **values)
    words = [
        await board.word(board.manager, first),
        await board.word(board.other_manager, second),
    ]
    done = await asyncio.gather(
        board.accountant.do(board.request(new_id(), 5, board.accountant)),
        board.manager.do(words[0]),
        board.other_manager.do(words[1]),
    )
    assert [*done] == ["merged"] * 3
    states = {first: await board.status(first), second: await board.status(second)}
    assert sorted(states.values()) == ["approved", "in_review"]
    held = next(row for row, state in states.items() if state == "in_review")
    assert await board.site.value(held, "decision_reason") == "over_budget"
    raised = await board.submitted(60_000, budget_line_id=board.contingency)
    assert await board.say(board.manager, raised) == "merged"
    assert await board.status(held) == "approved"
    await assert_sound(board)


async def _order(board: Board, amount: int) -> str:
    row = new_id()
    values = {"supplier": "S", "title": "T", "date": "2026-03-01", "currency": "XAF"}
    made = {"amount": amount, "budget_line_id": board.lines[0], "status": "submitted", **values}
    author = board.accountant
    await author.must(board.site.create("purchase_order", row, author_id=author.person, **made))
    return row


async def _two_orders_at_once(board: Board) -> str:
    """Approve two orders for which there is room for one, in one group; return the other."""
    rows = [await _order(board, 230_000) for _ in range(2)]
    assert [await board.site.value(row, "number") for row in rows] == [1, 2]
    one, other = [
        await board.word(by, row)
        for by, row in zip((board.manager, board.other_manager), rows, strict=True)
    ]
    # Someone else's entry goes first, so that the two words are merged as one group.
    await asyncio.gather(
        board.accountant.do(board.request(new_id(), 5, board.accountant)),
        board.manager.do(one),
        board.other_manager.do(other),
    )
    states = {await board.status(row): row for row in rows}
    assert states.keys() == {"approved", "submitted"}
    assert await board.site.value(states["submitted"], "decision_reason") == "over_budget"
    return states["submitted"]


async def test_two_orders_at_once_never_take_the_same_room(board: Board) -> None:
    """The one that is held says why, and is approved as soon as spending falls."""
    site = board.site
    await _settings(board, control_sum="stop")
    expense = new_id()
    await board.supervisor.must(_expense(board, expense, 50_000))
    held = await _two_orders_at_once(board)
    await board.supervisor.must(await site.update("expense", expense, amount=40_000))
    assert await board.status(held) == "approved"
    assert await site.value(board.lines[0], "committed") == 460_000
    assert await recompute(site.pool) == []


async def test_what_no_merge_freed_is_freed_by_night(board: Board) -> None:
    """Room that came without any merge's effects is found, and what all approved is approved."""
    site = board.site
    await _settings(board, control_sum="stop")
    await board.supervisor.must(_expense(board, new_id(), 50_000))
    held = await _two_orders_at_once(board)
    scope = site.scope("finance")
    async with site.intake.server_transaction([scope]) as transaction:
        await transaction.load(scope, [board.lines[0]])
        write = transaction.workspace.write
        write(scope, "budget_line", board.lines[0], {"amount": 510_000}, intent="test")
    assert await board.status(held) == "submitted"
    await mend_totals(site.intake, site.pool)
    assert await board.status(held) == "approved"
    assert await site.value(board.lines[0], "committed") == 460_000
    assert await recompute(site.pool) == []


async def test_what_is_small_is_the_projects_to_say(board: Board) -> None:
    """A supervisor's word is enough for less, a manager's from there on; any amount that is set."""
    site = board.site
    for bound, role in (
        (None, "supervisor"),
        (900, "manager"),
        (901, "supervisor"),
        (0, "manager"),
    ):
        if bound == 900:
            await _settings(board, small_below=bound)
        elif bound is not None:
            row = settings_id(site.project)
            await board.manager.must(await site.update("finance_settings", row, small_below=bound))
        request = await board.submitted(900)
        assert await site.value(request, "approvals_needed") == [[1, role, None]]


async def test_a_project_has_one_row_of_rules_of_money(board: Board) -> None:
    """Its id follows from the project's, so that two tablets make the same one."""
    site = board.site
    for row in (new_id(), site.project):
        made = site.create("finance_settings", row, control_sum="stop")
        assert await board.manager.do(made) == "value_invalid"
    wrong = site.create("finance_settings", settings_id(site.project), control_sum="never")
    assert await board.manager.do(wrong) == "value_invalid"
    await _settings(board, control_sum="stop")
