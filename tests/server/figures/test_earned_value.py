"""Earned value: the definitions give the domain's worked example to the last digit."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.figures import Undefined, Value, Work, earned_value
from server.figures.earned_value import earned_of, planned_of, shown_amount, shown_ratio

EXAMPLE = Work(budget=100_000, planned=50_000, earned=40_000, spent=48_000)
AMOUNTS = st.integers(0, 10**13)


def _ratio(value: Value) -> Decimal:
    assert isinstance(value, Fraction)
    return shown_ratio(value)


def _amount(value: Value) -> int:
    assert isinstance(value, Fraction)
    assert value.denominator == 1, "the example's amounts are whole"
    return shown_amount(value)


def test_the_worked_example_to_the_last_digit() -> None:
    """BAC 100 000, planned 50 %, done 40 %, AC 48 000 give each figure as DOMAIN has it."""
    assert planned_of(100_000, days=10, elapsed=5) == 50_000
    assert earned_of(100_000, progress=4_000) == 40_000
    found = earned_value(EXAMPLE)
    assert _amount(found.cost_variance) == -8_000
    assert _amount(found.schedule_variance) == -10_000
    assert _ratio(found.cost_index) == Decimal("0.8333")
    assert _ratio(found.schedule_index) == Decimal("0.8000")
    assert _amount(found.typical.at_completion) == 120_000, "rounding CPI first gives 120 002.88"
    assert _amount(found.atypical.at_completion) == 108_000
    assert _amount(found.combined.at_completion) == 138_000
    assert _amount(found.typical.to_complete) == 72_000
    assert _amount(found.typical.variance) == -20_000
    assert _ratio(found.to_complete_index) == Decimal("1.1538")


@pytest.mark.parametrize(
    ("work", "figure", "reason"),
    [
        (Work(100, 50, 40, 0), "cost_index", Undefined.NOTHING_SPENT),
        (Work(100, 0, 40, 10), "schedule_index", Undefined.NOTHING_PLANNED),
        (Work(0, 0, 0, 10), "cost_index", Undefined.NO_BUDGET),
        (Work(100, None, None, 10), "schedule_index", Undefined.NO_BASELINE),
        (Work(100, None, None, 10), "cost_variance", Undefined.NO_BASELINE),
        (Work(100, 50, 40, 100), "to_complete_index", Undefined.BUDGET_SPENT),
        (Work(100, 50, 40, 120), "to_complete_index", Undefined.BUDGET_SPENT),
    ],
)
def test_a_ratio_without_meaning_has_a_reason(work: Work, figure: str, reason: Undefined) -> None:
    """An undefined ratio says why in both languages; it is never 0."""
    found = getattr(earned_value(work), figure)
    assert found is reason
    assert reason.sentence.fr
    assert reason.sentence.en


def test_nothing_earned_leaves_no_forecast_from_performance() -> None:
    """CPI of 0 is a value, yet no EAC can be worked out from it; the atypical one still stands."""
    found = earned_value(Work(100, 50, 0, 10))
    assert found.cost_index == 0
    assert found.typical.at_completion is Undefined.NOTHING_EARNED
    assert found.combined.to_complete is Undefined.NOTHING_EARNED
    assert found.atypical.at_completion == 110


@given(budget=AMOUNTS, planned=AMOUNTS, earned=AMOUNTS, spent=AMOUNTS)
def test_the_figures_agree_with_each_other(
    budget: int, planned: int, earned: int, spent: int
) -> None:
    """EAC = AC + ETC and VAC = BAC - EAC by each method; every figure has a value or a reason."""
    found = earned_value(Work(budget, planned, earned, spent))
    for one in (found.typical, found.atypical, found.combined):
        if isinstance(one.at_completion, Undefined):
            assert one.to_complete is one.variance is one.at_completion
            continue
        assert one.to_complete == one.at_completion - spent
        assert one.variance == budget - one.at_completion
    if isinstance(found.cost_index, Fraction) and isinstance(found.typical.at_completion, Fraction):
        assert found.typical.at_completion * found.cost_index == budget


@given(budget=AMOUNTS, days=st.integers(1, 4_000))
def test_value_is_whole_at_the_end_and_never_falls(budget: int, days: int) -> None:
    """What is planned grows day by day from 0 to exactly the budget, and no further."""
    grown = [planned_of(budget, days, day) for day in range(-1, days + 2)]
    assert grown == sorted(grown)
    assert grown[:2] == [0, 0]
    assert grown[-2:] == [budget, budget]


@given(value=st.fractions(), digits=st.integers(0, 6))
def test_rounding_is_to_the_nearest_and_away_from_zero(value: Fraction, digits: int) -> None:
    """A shown figure is within half a last digit of the exact one; a half goes away from zero."""
    shown = Fraction(shown_ratio(value, digits))
    assert abs(shown - value) <= Fraction(1, 2 * 10**digits)
    assert abs(shown) >= abs(value) or abs(shown - value) < Fraction(1, 2 * 10**digits)
