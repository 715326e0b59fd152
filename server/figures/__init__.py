"""A project's figures: earned value, the S-curve, cash flow, the age of invoices."""

from server.figures.basis import Basis, read_basis, read_tablets
from server.figures.cache import FigureCache
from server.figures.checking import mend_figures, rebuild_and_compare
from server.figures.documents import read_ageing, read_cash
from server.figures.earned_value import (
    EarnedValue,
    Undefined,
    Value,
    Work,
    cost_index,
    earned_value,
    estimate_typical,
    schedule_index,
)
from server.figures.following import follow_figures, zone_of
from server.figures.queries import (
    read_curve,
    read_dashboard,
    read_lines,
    read_money,
    read_work,
)
from server.figures.shapes import (
    CurvePoint,
    EarnedValueShown,
    LineFigures,
    LineYear,
    MoneyShown,
    Tablets,
)
from server.figures.taking import rebuild
from server.figures.years import read_years

__all__ = [
    "Basis",
    "CurvePoint",
    "EarnedValue",
    "EarnedValueShown",
    "FigureCache",
    "LineFigures",
    "LineYear",
    "MoneyShown",
    "Tablets",
    "Undefined",
    "Value",
    "Work",
    "cost_index",
    "earned_value",
    "estimate_typical",
    "follow_figures",
    "mend_figures",
    "read_ageing",
    "read_basis",
    "read_cash",
    "read_curve",
    "read_dashboard",
    "read_lines",
    "read_money",
    "read_tablets",
    "read_work",
    "read_years",
    "rebuild",
    "rebuild_and_compare",
    "schedule_index",
    "zone_of",
]
