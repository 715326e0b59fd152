"""A request is submitted, decided level by level, and moves the budget with the last approval."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.server.site import new_id

if TYPE_CHECKING:
    from tests.server.budget.reviews.conftest import Board


async def test_an_approved_increase_moves_line_and_budget_with_its_version(board: Board) -> None:
    """The last approval moves the amounts and writes the version, in the same merge."""
    site = board.site
    request = await board.submitted(200_000)
    values = (await site.stored(request)).values
    assert (values["number"], values["round"], values["level"], values["levels"]) == (1, 1, 1, 1)
    assert values["approvals_needed"] == [[1, "supervisor", None]]
    assert values["waiting_since"] == values["submitted_at"] == site.clock.now_ms
    assert await board.amounts() == (500_000, 500_000, 100_000, 1_100_000)
    assert await board.say(board.supervisor, request) == "merged"
    values = (await site.stored(request)).values
    assert (values["status"], values["decided_at"]) == ("approved", site.clock.now_ms)
    assert values["waiting_since"] is None
    assert await board.amounts() == (700_000, 500_000, 100_000, 1_300_000)
    record = await site.pool.fetchrow(
        "SELECT number, amount, cause, request_id::text, lines FROM budget_version"
        " WHERE budget_id = $1 ORDER BY number DESC",
        board.budget,
    )
    assert record is not None
    assert tuple(record)[:4] == (2, 1_300_000, "request", request)
    assert board.lines[0] in record["lines"]
    assert await site.value(board.lines[0], "original_amount") == 500_000
    assert await site.value(board.budget, "version") == 2


async def test_more_than_a_small_amount_is_a_managers(board: Board) -> None:
    """Without rules of the project itself, the small is a supervisor's, the rest a manager's."""
    request = await board.submitted(1_000_000)
    assert await board.say(board.supervisor, request) == "approval_not_awaited"
    assert await board.say(board.manager, request) == "merged"
    assert await board.status(request) == "approved"


@pytest.mark.parametrize(
    ("kind", "source", "after"),
    [
        ("transfer", "line", (600_000, 400_000, 100_000, 1_100_000)),
        ("contingency", "contingency", (600_000, 500_000, 0, 1_100_000)),
    ],
)
async def test_money_moves_from_one_line_to_another(
    board: Board, kind: str, source: str, after: tuple[int, int, int, int]
) -> None:
    """A transfer and a contingency draw leave the whole as it is."""
    line = board.lines[1] if source == "line" else board.contingency
    request = await board.submitted(100_000, kind=kind, source_line_id=line)
    assert await board.say(board.supervisor, request) == "merged"
    assert await board.amounts() == after


async def test_a_request_names_lines_that_fit_it(board: Board) -> None:
    """An increase has no source, a transfer has one, only a draw takes from the contingency."""
    first, second, spare = *board.lines, board.contingency
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({"source_line_id": second}, "value_invalid"),
        ({"kind": "transfer"}, "field_missing"),
        ({"kind": "transfer", "source_line_id": first}, "value_invalid"),
        ({"kind": "transfer", "source_line_id": spare}, "value_invalid"),
        ({"kind": "contingency", "source_line_id": second}, "value_invalid"),
        ({"kind": "transfer", "source_line_id": new_id()}, "reference_missing"),
        ({"amount": 0}, "value_invalid"),
        ({"author_id": board.manager.person}, "access_denied"),
        ({"status": "approved"}, "access_denied"),
        ({"status": "in_review"}, "access_denied"),
    )
    for values, code in cases:
        request = board.request(new_id(), **{"amount": 5, **values})
        assert await board.accountant.do(request) == code, values


async def test_levels_are_met_one_by_one_by_different_people(board: Board) -> None:
    """Who approves at one level is not counted at the next; levels may come in any order."""
    await board.rule(10, role="supervisor")
    await board.rule(20, role="manager")
    request = await board.submitted(5)
    values = (await board.site.stored(request)).values
    assert (values["level"], values["levels"]) == (1, 2)
    assert await board.say(board.manager, request, level=2) == "merged"
    assert await board.site.value(request, "level") == 1
    assert await board.status(request) == "in_review"
    assert await board.say(board.manager, request, level=1) == "merged"
    assert await board.status(request) == "in_review"
    assert await board.say(board.supervisor, request, level=1) == "merged"
    assert await board.status(request) == "approved"


async def test_equal_levels_run_in_parallel(board: Board) -> None:
    """Two rules of one level need two people, in whatever order."""
    await board.rule(1, role="supervisor")
    await board.rule(1, role="accountant")
    request = await board.submitted(5, board.manager)
    assert await board.say(board.accountant, request) == "merged"
    assert await board.status(request) == "in_review"
    assert await board.say(board.supervisor, request) == "merged"
    assert await board.status(request) == "approved"


async def test_rules_choose_by_amount_category_and_person(board: Board) -> None:
    """The first bound is counted in, the second not; a person named is awaited, nobody else."""
    await board.rule(1, role="supervisor", amount_below=100)
    await board.rule(1, role="manager", amount_from=100, category="Forage")
    await board.rule(1, person_id=board.other_manager.person, amount_from=100, amount_below=200)
    needs = {
        (99, None): [[1, "supervisor", None]],
        (100, None): [[1, None, board.other_manager.person]],
        (100, "Forage"): [[1, None, board.other_manager.person], [1, "manager", None]],
        (200, None): [[1, "supervisor", None]],
    }
    for (amount, category), expected in needs.items():
        request = await board.submitted(amount, category=category)
        assert await board.site.value(request, "approvals_needed") == expected
    named = await board.submitted(150)
    assert await board.say(board.manager, named) == "approval_not_awaited"
    assert await board.say(board.other_manager, named) == "merged"
    asked = await board.submitted(150, board.other_manager)
    assert await board.site.value(asked, "approvals_needed") == [[1, "manager", None]]


async def test_a_refusal_says_why_and_a_return_can_be_mended(board: Board) -> None:
    """Refused stays refused, with its reason; what is returned is mended and submitted anew."""
    refused = await board.submitted(5)
    bare = await board.word(board.supervisor, refused, "rejected", reason=" ")
    assert await board.supervisor.do(bare) == "field_missing"
    assert await board.say(board.supervisor, refused, "rejected") == "merged"
    values = (await board.site.stored(refused)).values
    assert (values["status"], values["decision_reason"]) == ("rejected", "Non justifié")
    again = await board.site.update("budget_request", refused, status="submitted")
    assert await board.accountant.do(again) == "review_closed"

    returned = await board.submitted(5)
    assert await board.say(board.supervisor, returned, "returned") == "merged"
    mended = await board.site.update("budget_request", returned, amount=4, status="submitted")
    await board.accountant.must(mended)
    values = (await board.site.stored(returned)).values
    assert (values["status"], values["round"], values["decision_reason"]) == ("submitted", 2, None)
    assert values["number"] == 2


async def test_changing_what_matters_begins_the_review_anew(board: Board) -> None:
    """Approvals of what it was count no more; what does not matter changes nothing."""
    await board.rule(1, role="supervisor")
    await board.rule(2, role="manager")
    site, request = board.site, await board.submitted(5)
    await board.say(board.supervisor, request)
    late = await board.word(board.manager, request, level=2)
    await board.accountant.must(await site.update("budget_request", request, reason="Parce que"))
    assert (await site.value(request, "round"), await site.value(request, "level")) == (1, 2)
    await board.accountant.must(await site.update("budget_request", request, amount=6))
    values = (await site.stored(request)).values
    assert (values["round"], values["level"], values["status"]) == (2, 1, "submitted")
    assert await board.manager.do(late) == "approval_outdated"
    title = await site.update("budget_request", request, title="Autre")
    assert await board.accountant.do(title) == "review_pending"
    other = await site.update("budget_request", request, amount=7)
    assert await board.manager.do(other) == "review_pending"
    assert await board.accountant.do(await site.delete("budget_request", request)) == (
        "review_pending"
    )


async def test_an_approver_must_have_seen_what_they_approve(board: Board) -> None:
    """A word on another amount is refused, also when the change comes in the same merge."""
    site, request = board.site, await board.submitted(5)
    assert await board.say(board.supervisor, request, amount=4) == "approval_outdated"
    for values in ({"amount": 6}, {"budget_line_id": board.lines[1]}):
        edit = await site.update("budget_request", request, **values)
        word = await board.word(board.supervisor, request, amount=6)
        # The first runs alone; the others wait for it, and are then merged together.
        _, edited, said = await asyncio.gather(
            board.manager.do(board.request(new_id(), 5, board.manager)),
            board.accountant.do(edit),
            board.supervisor.do(word),
        )
        assert (edited, said) == ("merged", "approval_outdated")
    assert await board.status(request) == "submitted"


async def test_nobody_decides_on_their_own(board: Board) -> None:
    """Not the requester, at no level, in no name; not after it was withdrawn either."""
    request = await board.submitted(5, board.manager)
    assert await board.say(board.manager, request) == "approval_own"
    assert await board.say(board.supervisor, request, author_id=board.manager.person) == (
        "access_denied"
    )
    await board.manager.must(await board.site.update("budget_request", request, status="withdrawn"))
    assert await board.say(board.supervisor, request) == "review_closed"
    assert await board.amounts() == (500_000, 500_000, 100_000, 1_100_000)


async def test_saying_the_same_twice_is_refused(board: Board) -> None:
    """A second word that says nothing new is answered so."""
    await board.rule(1, role="supervisor")
    await board.rule(1, role="manager")
    request = await board.submitted(5)
    assert await board.say(board.supervisor, request) == "merged"
    assert await board.say(board.supervisor, request) == "approval_repeated"


async def test_words_on_what_is_not_there_are_refused(board: Board) -> None:
    """A word on nothing, on a draft, on something else, or in a wrong level is refused."""
    draft = new_id()
    await board.accountant.must(board.request(draft, 5, status="draft"))
    assert await board.say(board.supervisor, draft) == "review_closed"
    request = await board.submitted(5)
    for values in ({"subject_id": new_id()}, {"subject_table": "purchase_order"}):
        assert await board.say(board.supervisor, request, **values) == "reference_missing"
    assert await board.say(board.supervisor, request, level=2) == "approval_not_awaited"
    assert await board.say(board.supervisor, request, round=2) == "approval_outdated"
    assert await board.say(board.supervisor, request, level=0) == "value_invalid"


async def test_a_foreign_budget_without_a_rate_cannot_be_submitted(board: Board) -> None:
    """Rules are in the project's currency: without a rate nobody knows whose it is to approve."""
    site, budget, line = board.site, new_id(), new_id()
    await board.manager.must(
        site.create("budget", budget, name="USD", currency="USD", amount=9_00, status="draft")
    )
    await board.manager.must(
        site.create("budget_line", line, budget_id=budget, cost_code="U", amount=9_00)
    )
    await board.manager.must(await site.update("budget", budget, status="locked"))
    values: dict[str, Any] = {"budget_id": budget, "budget_line_id": line}
    refused = board.request(new_id(), 5, **values)
    assert await board.accountant.do(refused) == "rate_missing"
    await board.accountant.must(
        site.create(
            "exchange_rate",
            new_id(),
            currency="USD",
            quote="XAF",
            date="2026-02-01",
            rate="600",
        )
    )
    large = await board.submitted(2_000_00, **values)
    assert await site.value(large, "approvals_needed") == [[1, "manager", None]]
    small = await board.submitted(1_000_00, **values)
    assert await site.value(small, "approvals_needed") == [[1, "supervisor", None]]
