"""What the routes of the figures answer.

Amounts are integers in minor units of the currency beside them; ratios are decimal texts, rounded
here and nowhere before. What someone may not see is absent, not null.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 -- the structs' types are read at run time

from msgspec import UNSET, Struct, UnsetType

from server.figures.earned_value import (
    EarnedValue,
    Estimate,
    Undefined,
    Value,
    shown_amount,
    shown_ratio,
)
from sync.changes import Sentence  # noqa: TC001


class Amount(Struct, frozen=True):
    """An amount in minor units, or why there is none."""

    value: int | None
    reason: str | None = None
    message: Sentence | None = None


class Ratio(Struct, frozen=True):
    """A ratio with four decimals, or why there is none."""

    value: str | None
    reason: str | None = None
    message: Sentence | None = None


class EstimateShown(Struct, frozen=True):
    """EAC, ETC and VAC by one method."""

    eac: Amount
    etc: Amount
    vac: Amount


class EarnedValueShown(Struct, frozen=True):
    """Earned value at the data date; the definitions are in `server.figures.earned_value`."""

    bac: int
    pv: int | None
    ev: int | None
    ac: int
    cv: Amount
    sv: Amount
    cpi: Ratio
    spi: Ratio
    typical: EstimateShown
    """BAC / CPI."""
    atypical: EstimateShown
    """AC + BAC - EV."""
    combined: EstimateShown
    """AC + (BAC - EV) / (CPI x SPI)."""
    tcpi: Ratio


class BaselineShown(Struct, frozen=True):
    """The frozen plan that the figures are measured against."""

    id: str
    name: str | None
    number: int | None
    taken_at: int | None
    tasks_added: int
    """Tasks that came after it: they earn nothing until the next."""


class Tablets(Struct, frozen=True):
    """How fresh the field's word is: a silent tablet makes value look late."""

    devices: int
    oldest_sync_at: int | None
    newest_sync_at: int | None
    waiting_change_sets: int
    """Entries that devices said they still hold."""


class Reading(Struct, frozen=True):
    """What a reading of the figures is about."""

    project: str
    currency: str
    data_date: dt.date
    read_at: int
    baseline: BaselineShown | None
    tablets: Tablets


class MoneyShown(Struct, frozen=True):
    """A project's money in one currency: the budgets in it, and spending without a line."""

    currency: str
    original: int
    allocated: int
    committed: int
    spent: int
    remaining: int
    """Allocated less committed and spent."""
    forecast: int
    """At completion."""
    off_budget: int
    """Spent without a line: in none of the figures before."""


class ProjectFigures(Struct, frozen=True):
    """The figures of a project's dashboard."""

    reading: Reading
    progress: int | UnsetType | None = UNSET
    """Earned of the whole, in basis points; None without a baseline."""
    planned_progress: int | UnsetType | None = UNSET
    money: list[MoneyShown] | UnsetType = UNSET
    """The project's own currency first."""
    earned_value: EarnedValueShown | UnsetType = UNSET
    """In the project's currency."""


class CurvePoint(Struct, frozen=True):
    """The S-curve at the end of a week (Sunday); what is still to come is None."""

    day: dt.date
    pv: int
    ev: int | None
    ac: int | None


class Curve(Struct, frozen=True):
    """Planned, earned and spent, added up week by week."""

    reading: Reading
    points: list[CurvePoint]


class TaskFigures(Struct, frozen=True):
    """Earned value of one task."""

    task: str
    number: int | None
    code: str | None
    name: str
    progress: int
    valued: bool
    """Whether the baseline knows it; others earn nothing."""
    earned_value: EarnedValueShown


class TaskFiguresPage(Struct, frozen=True):
    """Tasks by id; `next` is where the following page starts, None at the end."""

    reading: Reading
    tasks: list[TaskFigures]
    next: str | None


class LineFigures(Struct, frozen=True):
    """The six figures of a budget line, and its earned value."""

    line: str
    budget: str
    cost_code: str
    category: str | None
    kind: str
    description: str | None
    currency: str
    original: int
    revised: int
    committed: int
    spent: int
    remaining: int
    forecast: int
    earned_value: EarnedValueShown | None
    """None in another currency than the project's."""


class LineYear(Struct, frozen=True):
    """What a budget line may take in one year, and what of it is used."""

    line: str
    cost_code: str
    description: str | None
    currency: str
    year: int
    """The calendar year in which it begins."""
    amount: int
    committed: int
    spent: int
    remaining: int


class LinesFigures(Struct, frozen=True):
    """Every line of a project, and the years that lines have amounts for."""

    reading: Reading
    lines: list[LineFigures]
    years: list[LineYear]


class CashMonth(Struct, frozen=True):
    """What comes in and goes out in a month."""

    month: str
    """YYYY-MM."""
    currency: str
    received: int
    paid: int
    expected: int
    """Still to come in: scheduled, or due."""
    to_pay: int
    balance: int
    """All of them, added up from the first month on."""


class CashFlow(Struct, frozen=True):
    """Cash flow by month."""

    reading: Reading
    months: list[CashMonth]


class AgeingRow(Struct, frozen=True):
    """What one party owes, or is owed, by how long it is overdue."""

    side: str
    """`receivable` or `payable`."""
    party: str
    currency: str
    invoices: int
    not_due: int
    days_30: int
    """Overdue for up to 30 days, and so on."""
    days_60: int
    days_90: int
    older: int
    total: int


class Ageing(Struct, frozen=True):
    """Unpaid invoices by party and age."""

    reading: Reading
    rows: list[AgeingRow]


def show_amount(value: Value) -> Amount:
    """Round an amount for people."""
    if isinstance(value, Undefined):
        return Amount(None, value.value, value.sentence)
    return Amount(shown_amount(value))


def show_ratio(value: Value) -> Ratio:
    """Round a ratio for people."""
    if isinstance(value, Undefined):
        return Ratio(None, value.value, value.sentence)
    return Ratio(str(shown_ratio(value)))


def show_estimate(estimate: Estimate) -> EstimateShown:
    """Show EAC, ETC and VAC."""
    return EstimateShown(
        show_amount(estimate.at_completion),
        show_amount(estimate.to_complete),
        show_amount(estimate.variance),
    )


def show_earned_value(found: EarnedValue) -> EarnedValueShown:
    """Show all figures of some work."""
    work = found.work
    return EarnedValueShown(
        work.budget,
        work.planned,
        work.earned,
        work.spent,
        show_amount(found.cost_variance),
        show_amount(found.schedule_variance),
        show_ratio(found.cost_index),
        show_ratio(found.schedule_index),
        show_estimate(found.typical),
        show_estimate(found.atypical),
        show_estimate(found.combined),
        show_ratio(found.to_complete_index),
    )
