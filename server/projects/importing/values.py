"""From the schedule's units to those of the tables: minutes, basis points, local times, text."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING

from sync.schema import INTEGER_MAX
from sync.tables.planning import PROGRESS_MAX

if TYPE_CHECKING:
    from datetime import datetime

_WHOLE_DIGITS_MAX = 15
_DECIMALS_MAX = 10


def minutes(hours: float | None) -> int | None:
    """Return hours as whole minutes; None for none, and for what is no number of this world."""
    if hours is None or not math.isfinite(hours):
        return None
    whole = round(hours * 60)
    return whole if abs(whole) <= INTEGER_MAX else None


def duration_minutes(hours: float | None) -> int | None:
    """Return a duration as whole minutes; a negative one is none."""
    whole = minutes(hours)
    return whole if whole is not None and whole >= 0 else None


def local_time(moment: datetime | None) -> str | None:
    """Return a moment at the site as the tables write it; seconds are dropped."""
    return None if moment is None else moment.isoformat(timespec="minutes")


def day(moment: datetime | None) -> str | None:
    """Return the day of a moment at the site."""
    return None if moment is None else moment.date().isoformat()


def basis_points(percent: float) -> int:
    """Return per cents as basis points, within 0 and all."""
    if not math.isfinite(percent):
        return 0
    return min(PROGRESS_MAX, max(0, round(percent * PROGRESS_MAX / 100)))


def decimal_text(number: float | None) -> str | None:
    """Return a quantity as exact text, without trailing zeros; None for one that is too large."""
    if number is None or not math.isfinite(number):
        return None
    exact = round(Decimal(str(number)), _DECIMALS_MAX)
    if abs(exact) >= Decimal(10) ** _WHOLE_DIGITS_MAX:
        return None
    text = f"{exact:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def fitted(text: str | None, characters_max: int) -> str | None:
    """Return a text that a column takes: without NUL, cut with an ellipsis; None when empty."""
    if text is None:
        return None
    text = text.replace("\x00", "").strip()
    if len(text) > characters_max:
        text = text[: characters_max - 1] + "…"
    return text or None
