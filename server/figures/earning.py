"""How far tasks are, day by day, and what they earned on which day: pure functions.

A report is what someone said of a task's progress on a day; of several on one day the last counts.
The reports are a set: they give the same days in whatever order, and batches, they arrive. What
stands now is the merged task itself, which ends the series.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

from server.figures.earned_value import PROGRESS_WHOLE, earned_of

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = dt.date.max
"""The day of what stands now; `infinity` in PostgreSQL."""
GONE = -1
"""The progress of a task that is deleted: it earns nothing, ever."""

SETTLED = ("done", "verified")
MEASURED = ("quantity", "duration", "units", "children")
"""Ways of knowing progress that the server works out."""

REPORTED = frozenset({"status", "progress", "progress_rolled"})
"""Fields that say how far a task is."""


class Report(NamedTuple):
    """What was said last on a day."""

    progress: int
    time: int
    """Hybrid time of the write."""


def progress_now(values: Mapping[str, Any], *, deleted: bool = False) -> int:
    """Return how far a task is, in basis points."""
    if deleted:
        return GONE
    if values.get("status") in SETTLED:
        return PROGRESS_WHOLE
    rolled = values.get("progress_rolled")
    if rolled is not None and values.get("progress_by") in MEASURED:
        return int(rolled)
    return int(values.get("progress") or 0)


def progress_said(after: Mapping[str, Any]) -> int | None:
    """Return the progress that a change says, if any."""
    if after.get("status") in SETTLED:
        return PROGRESS_WHOLE
    said = after.get("progress_rolled")
    return after.get("progress") if said is None else said


def day_said(after: Mapping[str, Any], progress: int, written: dt.date) -> dt.date:
    """Return the day that a report is about: an end that is dated was reached on that date."""
    finish = after.get("actual_finish")
    if progress < PROGRESS_WHOLE or not isinstance(finish, str):
        return written
    return min(written, dt.date.fromisoformat(finish[:10]))


def earned_steps(
    budget: int, reports: Mapping[dt.date, Report], now: int | None
) -> dict[dt.date, int]:
    """Return what a task earned on each day, in minor units.

    Args:
        budget: what the task is worth.
        reports: by day; one of the day NOW is left out of account.
        now: its progress as it stands; None when nothing is known of it.

    """
    if now is None or now == GONE:
        return {}
    days = sorted(day for day in reports if day != NOW)
    steps: dict[dt.date, int] = {}
    earned = 0
    for day in days:
        progress = now if day == days[-1] else reports[day].progress
        reached = earned_of(budget, progress)
        if reached != earned:
            steps[day] = reached - earned
        earned = reached
    return steps
