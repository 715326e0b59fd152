"""A project's figures: earned value, the S-curve, cash flow, the age of invoices."""

from server.figures.cache import FigureCache
from server.figures.checking import mend_figures, rebuild_and_compare
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
from server.figures.following import follow_figures

__all__ = [
    "EarnedValue",
    "FigureCache",
    "Undefined",
    "Value",
    "Work",
    "cost_index",
    "earned_value",
    "estimate_typical",
    "follow_figures",
    "mend_figures",
    "rebuild_and_compare",
    "schedule_index",
]
