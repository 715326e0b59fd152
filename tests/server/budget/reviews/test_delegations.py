"""A delegate decides for another who is away: within days, kinds and amounts, never beyond them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.server.site import DAY, new_id

if TYPE_CHECKING:
    from tests.server.budget.reviews.conftest import Board
    from tests.server.site import Device

LARGE = 2_000_000


async def _delegate(board: Board, person: Device, delegate: Device, **values: Any) -> str:
    row = new_id()
    known = {"start": "2026-03-01", "finish": "2026-03-08"}
    named = {"person_id": person.person, "delegate_id": delegate.person}
    await person.must(board.site.create("delegation", row, **{**known, **named, **values}))
    return row


async def _for(board: Board, delegate: Device, other: Device, request: str) -> str:
    return await board.say(delegate, request, on_behalf_of=other.person)


async def test_both_names_and_the_role_are_recorded(board: Board) -> None:
    """A supervisor in a manager's name approves what a manager may, and both are named."""
    await _delegate(board, board.manager, board.supervisor)
    request = await board.submitted(LARGE)
    assert await board.say(board.supervisor, request) == "approval_not_awaited"
    assert await _for(board, board.supervisor, board.manager, request) == "merged"
    assert await board.status(request) == "approved"
    record = await board.site.pool.fetchrow(
        "SELECT author_id::text, on_behalf_of::text, role FROM approval WHERE subject_id = $1",
        request,
    )
    assert record is not None
    assert tuple(record) == (board.supervisor.person, board.manager.person, "manager")


@pytest.mark.parametrize(
    "values",
    [
        {"start": "2026-03-02"},
        {"start": "2026-02-01", "finish": "2026-02-28"},
        {"ended": True},
        {"kinds": ["purchase_order"]},
        {"project_id": "00000000-0000-7000-8000-000000000001"},
        {"amount_below": LARGE},
    ],
)
async def test_a_delegation_is_bounded(board: Board, values: dict[str, Any]) -> None:
    """Outside its days, project, kinds or amount it allows nothing, and the reason is told."""
    await _delegate(board, board.manager, board.supervisor, **values)
    request = await board.submitted(LARGE)
    assert await _for(board, board.supervisor, board.manager, request) == "delegation_invalid"
    assert await _for(board, board.other_supervisor, board.manager, request) == (
        "delegation_invalid"
    )


async def test_it_never_gives_more_than_the_other_has(board: Board) -> None:
    """The other must be awaited themselves, and a delegate cannot pass it on."""
    await _delegate(board, board.other_supervisor, board.supervisor)
    await _delegate(board, board.manager, board.other_supervisor)
    request = await board.submitted(LARGE)
    assert await _for(board, board.supervisor, board.other_supervisor, request) == (
        "approval_not_awaited"
    )
    assert await _for(board, board.supervisor, board.manager, request) == "delegation_invalid"
    crew = await board.site.person("employee", "employee")
    await _delegate(board, crew, board.supervisor)
    assert await _for(board, board.supervisor, crew, request) == "delegation_invalid"


async def test_the_requester_and_their_delegates_are_out_at_every_level(board: Board) -> None:
    """Whoever stands in for the requester decides neither for them nor for anybody else."""
    await board.rule(1, role="supervisor")
    await board.rule(2, role="manager")
    await _delegate(board, board.accountant, board.other_manager, kinds=["purchase_order"])
    await _delegate(board, board.manager, board.other_manager)
    await _delegate(board, board.other_manager, board.manager)
    request = await board.submitted(5)
    for level in (1, 2):
        for name in (None, board.accountant.person, board.manager.person):
            word = await board.word(board.other_manager, request, level=level, on_behalf_of=name)
            assert await board.other_manager.do(word) == "approval_own"
        other = board.other_manager.person
        word = await board.word(board.manager, request, level=level, on_behalf_of=other)
        assert await board.manager.do(word) == "approval_own"
    assert await board.say(board.manager, request, level=2) == "merged"


async def test_a_word_given_offline_counts_by_the_day_it_was_given(board: Board) -> None:
    """What was decided while the delegation stood is taken later, but not for ever."""
    site = board.site
    await _delegate(board, board.manager, board.supervisor)
    first, second = await board.submitted(LARGE), await board.submitted(LARGE)
    name = board.manager.person
    given = [
        board.supervisor.change_set(await board.word(board.supervisor, one, on_behalf_of=name))
        for one in (first, second)
    ]
    site.clock.now_ms += 7 * DAY + board.site.settings.delegation_late_days_max * DAY
    (taken,) = await board.supervisor.push(given[0])
    assert taken.status == "merged"
    site.clock.now_ms += DAY
    (late,) = await board.supervisor.push(given[1])
    assert late.rejection is not None
    assert late.rejection.code == "delegation_invalid"


async def test_one_person_counts_once_in_whatever_name(board: Board) -> None:
    """A manager who also speaks for another is still one person."""
    await board.rule(1, role="manager")
    await board.rule(1, role="manager")
    await _delegate(board, board.other_manager, board.manager)
    request = await board.submitted(5)
    assert await board.say(board.manager, request) == "merged"
    assert await _for(board, board.manager, board.other_manager, request) == "merged"
    assert await board.status(request) == "in_review"
    assert await board.say(board.other_manager, request) == "merged"
    assert await board.status(request) == "approved"


async def test_a_bound_in_another_currency_needs_a_rate(board: Board) -> None:
    """Without a rate nobody knows whether it is within the bound."""
    site = board.site
    await _delegate(board, board.manager, board.supervisor, amount_below=3_000_00, currency="EUR")
    request = await board.submitted(LARGE)
    assert await _for(board, board.supervisor, board.manager, request) == "rate_missing"
    for date, rate, outcome in (
        ("2026-01-01", "600", "delegation_invalid"),
        ("2026-02-01", "700", "merged"),
    ):
        await board.accountant.must(
            site.create(
                "exchange_rate", new_id(), currency="EUR", quote="XAF", date=date, rate=rate
            )
        )
        assert await _for(board, board.supervisor, board.manager, request) == outcome


async def test_people_name_delegates_for_themselves(board: Board) -> None:
    """Nobody names one for another but an administrator; what makes no sense is refused."""
    site = board.site

    def make(**values: Any) -> Any:
        known = {"start": "2026-03-01", "finish": "2026-03-08"}
        named = {"person_id": board.manager.person, "delegate_id": board.supervisor.person}
        return site.create("delegation", new_id(), **{**known, **named, **values})

    assert await board.accountant.do(make()) == "access_denied"
    administrator = await site.person("administrator")
    assert await administrator.do(make()) == "merged"
    for values, code in (
        ({"delegate_id": board.manager.person}, "value_invalid"),
        ({"finish": "2026-02-28"}, "value_invalid"),
        ({"kinds": ["everything"]}, "value_invalid"),
        ({"currency": "XXX"}, "currency_unknown"),
        ({"amount_below": -1}, "value_invalid"),
    ):
        assert await board.manager.do(make(**values)) == code
    row = await _delegate(board, board.manager, board.supervisor, finish="9999-12-31")
    request = await board.submitted(LARGE)
    assert await _for(board, board.supervisor, board.manager, request) == "merged"
    await board.manager.must(await site.update("delegation", row, ended=True))
    assert await board.accountant.do(await site.update("delegation", row, ended=False)) == (
        "access_denied"
    )
