"""Costs become a budget to the cent: every line rounded, their sum as the file has it."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given
from hypothesis import strategies as st

from server.projects.importing.costs import shared
from server.projects.schedules.model import Expense
from tests.server.projects.importing.small_schedules import activity, plan, schedule

COSTS = st.lists(
    st.decimals("0.0001", "1e12", allow_nan=False, allow_infinity=False, places=4),
    min_size=1,
    max_size=30,
)


@given(costs=COSTS, digits=st.integers(0, 4))
def test_lines_add_up_to_the_rounded_total(costs: list[Decimal], digits: int) -> None:
    """Each line is within one minor unit of its cost, and the sum is the sum's own rounding."""
    amounts = shared(costs, digits)
    total = sum(costs, Decimal(0)).scaleb(digits)
    assert sum(amounts) == int(total.quantize(Decimal(1), ROUND_HALF_UP))
    for cost, amount in zip(costs, amounts, strict=True):
        assert abs(cost.scaleb(digits) - amount) < 1


def test_leftover_units_go_to_the_largest_remainders() -> None:
    """Three thirds of a euro are 34, 33 and 33 cents; of 0.4 and 0.6 cents the second is one."""
    third = Decimal("0.3333")
    assert shared([Decimal("0.3334"), third, third], 2) == [34, 33, 33]
    assert shared([Decimal("0.004"), Decimal("0.006")], 2) == [0, 1]


def test_expenses_count_and_work_outside_any_lot_is_the_projects() -> None:
    """An activity right below the project is charged to a line with the project's code."""
    loose = activity("X1", "1")
    expense = (Expense("e1", "iX1", "Location", Decimal("12.5"), None, None),)
    planned = plan(schedule(loose, expenses=expense), currency="EUR")
    assert planned.costs is not None
    assert [(one.code, one.amount) for one in planned.costs.lines] == [("PAD", 1250)]


def test_a_lot_below_zero_is_said_and_left() -> None:
    """A credit cannot be a budget line; the other lots are not reduced by it."""
    file = schedule(activity("A1"), activity("B1", "4"), costs={"A1": "-5", "B1": "10"})
    planned = plan(file)
    assert planned.costs is not None
    assert planned.costs.total == 10
    assert [one.reason for one in planned.left] == ["cost_negative"]


def test_a_file_without_costs_makes_no_budget() -> None:
    """A budget of nothing would raise an alert at the first expense."""
    assert plan(schedule(activity("A1"))).costs is None
