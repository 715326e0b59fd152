"""Earned value: the definitions, as pure functions of four amounts. Exact until they are shown.

Sources: PMI, *The Standard for Earned Value Management* (2019), section 4 and its glossary; ISO
21508:2018, clause 5; ANSI/EIA-748. The names are theirs:

    BAC  budget at completion   the whole budget of the work
    PV   planned value          of that, what was to be done by the data date (frozen baseline)
    EV   earned value           of that, what is done
    AC   actual cost            what was spent by the data date
    CV = EV - AC, SV = EV - PV  cost and schedule variance
    CPI = EV / AC               cost performance index
    SPI = EV / PV               schedule performance index
    EAC                         estimate at completion, by three methods:
        typical                 BAC / CPI: what is left costs as what was done
        atypical                AC + BAC - EV: what is left costs what was budgeted
        combined                AC + (BAC - EV) / (CPI x SPI): cost and delay go on as they did
    ETC = EAC - AC              estimate to complete
    VAC = BAC - EAC             variance at completion
    TCPI = (BAC - EV) / (BAC - AC)  how well the rest must go for the budget to hold

Amounts are integers in minor units of one currency, ratios are fractions: a CPI rounded before it
divides gives a wrong EAC. A ratio that has no meaning is `Undefined`, with its reason, never 0.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from fractions import Fraction

from msgspec import Struct

from sync.changes import Sentence

PROGRESS_WHOLE = 10_000
"""Progress is in basis points."""
RATIO_DIGITS = 4


class Undefined(Enum):
    """Why a figure has no value."""

    NO_BASELINE = "no_baseline"
    NO_BUDGET = "no_budget"
    NOTHING_PLANNED = "nothing_planned"
    NOTHING_SPENT = "nothing_spent"
    NOTHING_EARNED = "nothing_earned"
    BUDGET_SPENT = "budget_spent"

    @property
    def sentence(self) -> Sentence:
        """Return the reason in words."""
        return _REASONS[self]


_REASONS = {
    Undefined.NO_BASELINE: Sentence(
        fr="Le projet n'a pas de planning de référence.", en="The project has no baseline."
    ),
    Undefined.NO_BUDGET: Sentence(
        fr="Ce travail n'a pas de budget.", en="This work has no budget."
    ),
    Undefined.NOTHING_PLANNED: Sentence(
        fr="Rien n'était prévu à cette date.", en="Nothing was planned by this date."
    ),
    Undefined.NOTHING_SPENT: Sentence(
        fr="Rien n'a été dépensé à cette date.", en="Nothing was spent by this date."
    ),
    Undefined.NOTHING_EARNED: Sentence(
        fr="Rien n'a été réalisé à cette date.", en="Nothing was earned by this date."
    ),
    Undefined.BUDGET_SPENT: Sentence(
        fr="Tout le budget est dépensé.", en="The whole budget is spent."
    ),
}

Value = Fraction | Undefined
"""An exact figure, or why there is none."""


class Work(Struct, frozen=True):
    """What is known of some work at a data date: a task, a budget line, a project."""

    budget: int
    """BAC."""
    planned: int | None
    """PV; None without a baseline."""
    earned: int | None
    """EV; None without a baseline, which says what the work is worth."""
    spent: int
    """AC."""


class Estimate(Struct, frozen=True):
    """What the work will have cost, by one method."""

    at_completion: Value
    """EAC."""
    to_complete: Value
    """ETC."""
    variance: Value
    """VAC."""


class EarnedValue(Struct, frozen=True):
    """All figures of some work at a data date."""

    work: Work
    cost_variance: Value
    schedule_variance: Value
    cost_index: Value
    schedule_index: Value
    typical: Estimate
    atypical: Estimate
    combined: Estimate
    to_complete_index: Value


def earned_value(work: Work) -> EarnedValue:
    """Work out every figure."""
    return EarnedValue(
        work,
        cost_variance(work),
        schedule_variance(work),
        cost_index(work),
        schedule_index(work),
        _estimate(work, estimate_typical(work)),
        _estimate(work, estimate_atypical(work)),
        _estimate(work, estimate_combined(work)),
        to_complete_index(work),
    )


def _undefined(work: Work) -> Undefined | None:
    if work.planned is None or work.earned is None:
        return Undefined.NO_BASELINE
    return Undefined.NO_BUDGET if work.budget <= 0 else None


def cost_variance(work: Work) -> Value:
    """Return CV = EV - AC: under zero, the work cost more than it was worth."""
    if work.earned is None:
        return Undefined.NO_BASELINE
    return Fraction(work.earned - work.spent)


def schedule_variance(work: Work) -> Value:
    """Return SV = EV - PV: under zero, less was done than planned."""
    if work.earned is None or work.planned is None:
        return Undefined.NO_BASELINE
    return Fraction(work.earned - work.planned)


def cost_index(work: Work) -> Value:
    """Return CPI = EV / AC: what one unit spent has earned."""
    reason = _undefined(work)
    if reason is not None or work.earned is None:
        return reason or Undefined.NO_BASELINE
    return Fraction(work.earned, work.spent) if work.spent > 0 else Undefined.NOTHING_SPENT


def schedule_index(work: Work) -> Value:
    """Return SPI = EV / PV: how much of what was planned is done."""
    reason = _undefined(work)
    if reason is not None or work.earned is None or work.planned is None:
        return reason or Undefined.NO_BASELINE
    return Fraction(work.earned, work.planned) if work.planned > 0 else Undefined.NOTHING_PLANNED


def estimate_typical(work: Work) -> Value:
    """Return EAC = BAC / CPI: the rest costs as what was done has."""
    index = cost_index(work)
    if isinstance(index, Undefined):
        return index
    return work.budget / index if index else Undefined.NOTHING_EARNED


def estimate_atypical(work: Work) -> Value:
    """Return EAC = AC + (BAC - EV): the rest costs what was budgeted."""
    reason = _undefined(work)
    if reason is not None or work.earned is None:
        return reason or Undefined.NO_BASELINE
    return Fraction(work.spent + work.budget - work.earned)


def estimate_combined(work: Work) -> Value:
    """Return EAC = AC + (BAC - EV) / (CPI x SPI): the rest suffers from cost and delay alike."""
    cost, schedule = cost_index(work), schedule_index(work)
    if isinstance(cost, Undefined):
        return cost
    if isinstance(schedule, Undefined):
        return schedule
    if not cost or not schedule or work.earned is None:
        return Undefined.NOTHING_EARNED
    return work.spent + (work.budget - work.earned) / (cost * schedule)


def _estimate(work: Work, at_completion: Value) -> Estimate:
    """Return EAC with ETC = EAC - AC and VAC = BAC - EAC."""
    if isinstance(at_completion, Undefined):
        return Estimate(at_completion, at_completion, at_completion)
    return Estimate(at_completion, at_completion - work.spent, work.budget - at_completion)


def to_complete_index(work: Work) -> Value:
    """Return TCPI = (BAC - EV) / (BAC - AC): what the rest must earn for each unit still there."""
    reason = _undefined(work)
    if reason is not None or work.earned is None:
        return reason or Undefined.NO_BASELINE
    left = work.budget - work.spent
    return Fraction(work.budget - work.earned, left) if left > 0 else Undefined.BUDGET_SPENT


def earned_of(budget: int, progress: int) -> int:
    """Return what a task has earned, in whole minor units: none is claimed before it is whole.

    Args:
        budget: of the task, by the baseline.
        progress: in basis points.

    """
    return budget * min(max(progress, 0), PROGRESS_WHOLE) // PROGRESS_WHOLE


def planned_of(budget: int, days: int, elapsed: int) -> int:
    """Return what a task was planned to have earned at the end of a day.

    Its value grows evenly over its calendar days, in whole minor units, and is whole on the last.

    Args:
        budget: of the task, by the baseline.
        days: from its planned start to its planned finish, both counted; 1 for a milestone.
        elapsed: of these, those that have passed, the day itself included; under 1 before it.

    """
    return budget * min(max(elapsed, 0), days) // days


def shown_ratio(value: Fraction, digits: int = RATIO_DIGITS) -> Decimal:
    """Round a ratio for people, halves away from zero: the only place where it is rounded."""
    scaled = abs(value) * 10**digits
    rounded = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    # From text, since arithmetic on decimals rounds to a precision of its own.
    return Decimal(f"{'-' if value < 0 else ''}{rounded}E-{digits}")


def shown_amount(value: Fraction) -> int:
    """Round an amount for people to whole minor units, halves away from zero."""
    return int(shown_ratio(value, 0))
