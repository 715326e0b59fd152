"""The S-curve: what was planned, earned and spent, added up at the end of each week."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

from server.figures.shapes import CurvePoint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

WEEKS_MAX = 1_000
"""Nineteen years: dates further apart than that are mistaken, and leave the far ones out."""
_WEEK = dt.timedelta(days=7)


def week_end(day: dt.date) -> dt.date:
    """Return the Sunday that ends a day's week, which starts on Monday."""
    return day + dt.timedelta(days=6 - day.weekday())


def weekly(
    planned: Mapping[dt.date, int],
    earned: Mapping[dt.date, int],
    spent: Mapping[dt.date, int],
    at: dt.date,
) -> list[CurvePoint]:
    """Add daily amounts up by week; what was earned and spent only up to the data date.

    The week of the data date stands as it does on that date.
    """
    days = {*planned, *(day for one in (earned, spent) for day in one if day <= at)}
    if not days:
        return []
    last = week_end(max(days))
    first = max(week_end(min(days)), last - WEEKS_MAX * _WEEK)
    upto_planned, upto_earned, upto_spent = map(_added_up, (planned, earned, spent))
    points: list[CurvePoint] = []
    day = first
    while day <= last:
        known = day - _WEEK < at
        points.append(
            CurvePoint(
                day,
                upto_planned(day),
                upto_earned(min(day, at)) if known else None,
                upto_spent(min(day, at)) if known else None,
            )
        )
        day += _WEEK
    return points


def _added_up(amounts: Mapping[dt.date, int]) -> Callable[[dt.date], int]:
    """Return what gives the sum of all amounts up to a day."""
    days = sorted(amounts)
    sums = [0, *accumulate(amounts[day] for day in days)]
    return lambda day: sums[bisect_right(days, day)]
