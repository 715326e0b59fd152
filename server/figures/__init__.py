"""A project's figures: earned value, the S-curve, cash flow, the age of invoices."""

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

__all__ = [
    "EarnedValue",
    "Undefined",
    "Value",
    "Work",
    "cost_index",
    "earned_value",
    "estimate_typical",
    "schedule_index",
]
